/** The text of a report file, or of stdin. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { formatThrown, StoreError } from '../core/errors.ts';

/**
 * Reads a report.
 *
 * @param source a path, or `-` for stdin
 * @throws StoreError `import/unreadable`
 */
export async function readReport(source: string, workingFolder: string): Promise<string> {
  try {
    if (source === '-') return await text(process.stdin);
    return await readFile(resolve(workingFolder, source), 'utf8');
  } catch (cause) {
    throw new StoreError(`${source}: cannot be read: ${formatThrown(cause)}.`, {
      code: 'import/unreadable',
      hint: 'Name a report that is there, or - for stdin.',
      cause,
    });
  }
}
