/** The text of a report file, or of stdin, and what was taken of it in words. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { formatThrown, StoreError } from '../core/errors.ts';
import type { WriteCounts } from '../core/store/store.ts';
import { formatCount } from '../core/units.ts';

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

/** `2 runs stored, 1 known already`, and `, 3 changes` where there are any that are new or not as they were. */
export function formatTaken({ stored, known, changes }: WriteCounts): string {
  const taken = `${formatCount(stored, 'run')} stored, ${known} known already`;
  return changes === 0 ? taken : `${taken}, ${formatCount(changes, 'change')}`;
}
