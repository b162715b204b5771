/** Files whose tests come one at a time, all at once as a report has them. */
import type { FileResult, FileResults } from '../core/model.ts';

export function gatherFiles(files: Iterable<FileResults>): FileResult[] {
  return Array.from(files, (file) => ({ ...file, suites: [...file.suites], tests: [...file.tests] }));
}
