/**
 * A report as JSON text, in pieces: its beginning, each run file by file, its end. So a report can be written while
 * it is made, and memory stays flat however much there is.
 */
import { REPORT_SCHEMA, type RunReport } from './model.ts';

export function formatReportStart(traceyVersion: string): string {
  const head = JSON.stringify({ schema: REPORT_SCHEMA, traceyVersion });
  return `${head.slice(0, -1)},"runs":[`;
}

/** A run: a line for what it is, and one for each of its files. */
export function* formatReportRun(run: RunReport, place: 'first' | 'later'): Generator<string> {
  const { files, documents, ...rest } = run;
  yield `${place === 'first' ? '\n' : ',\n'}${JSON.stringify(rest).slice(0, -1)},"files":[`;
  for (const [index, file] of files.entries()) yield `${index === 0 ? '\n' : ',\n'}${JSON.stringify(file)}`;
  yield `\n],"documents":${JSON.stringify(documents)}}`;
}

export const REPORT_END = '\n]}\n';
