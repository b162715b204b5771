/** When the store fails, a run still must not be lost: it is kept as a report file that can be imported later. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatThrown, StoreError } from '../errors.ts';
import type { RunResults } from '../model.ts';
import { formatReportEnd, formatReportRun, formatReportStart } from '../report-format.ts';
import type { Store } from './store.ts';

/**
 * Stores a run, or else keeps it as a file.
 *
 * @param folders where to keep it, the first that can be written
 * @throws StoreError with the store's own code, naming the file, or saying that there is none
 */
export async function writeOrRescue(
  store: Store,
  run: RunResults,
  { folders, traceyVersion }: { readonly folders: readonly string[]; readonly traceyVersion: string },
): Promise<void> {
  try {
    await store.writeRun(run);
  } catch (cause) {
    const code = cause instanceof StoreError ? cause.code : 'store/write-failed';
    const tried: string[] = [];
    for (const folder of folders) {
      const file = join(folder, `tracey-report-${run.id}.json`);
      try {
        await mkdir(folder, { recursive: true });
        await writeFile(file, formatReport(run, traceyVersion), { mode: 0o600 });
      } catch (failure) {
        tried.push(formatThrown(failure));
        // Half a report is none: a full disk, or what was measured cannot be read back.
        await rm(file, { force: true }).catch(() => undefined);
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

async function* formatReport(run: RunResults, traceyVersion: string): AsyncGenerator<string> {
  yield formatReportStart(traceyVersion);
  yield* formatReportRun(run, 'first');
  yield* formatReportEnd();
}
