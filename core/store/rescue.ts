/** When the store fails, a run still must not be lost: it is kept as a report file that can be imported later. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatThrown, StoreError } from '../errors.ts';
import { REPORT_SCHEMA, type RunReport } from '../model.ts';
import type { Store } from './store.ts';

/**
 * Stores a run, or else keeps it as a file.
 *
 * @param folders where to keep it, the first that can be written
 * @throws StoreError with the store's own code, naming the file, or saying that there is none
 */
export async function writeOrRescue(
  store: Store,
  run: RunReport,
  { folders, traceyVersion }: { readonly folders: readonly string[]; readonly traceyVersion: string },
): Promise<void> {
  try {
    await store.writeRun(run);
  } catch (cause) {
    const code = cause instanceof StoreError ? cause.code : 'store/write-failed';
    const text = JSON.stringify({ schema: REPORT_SCHEMA, traceyVersion, runs: [run] });
    const tried: string[] = [];
    for (const folder of folders) {
      const file = join(folder, `tracey-report-${run.id}.json`);
      try {
        await mkdir(folder, { recursive: true });
        await writeFile(file, text, { mode: 0o600 });
      } catch (failure) {
        tried.push(formatThrown(failure));
        continue;
      }
      throw new StoreError(`${formatThrown(cause)} The run is kept in ${file}.`, {
        code,
        hint: `When the cause is mended, take it in with: tracey import ${file}`,
        cause,
      });
    }
    throw new StoreError(
      `${formatThrown(cause)} The run could not be kept as a file either: ${tried.join('; ')}.`,
      {
        code,
        hint: 'Make room or name another place with --database, and measure again.',
        cause,
      },
    );
  }
}
