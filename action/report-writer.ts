/** Writes a report run by run, as they come, so that nothing has to be kept for its end. */
import type { FileStream, RunFacts } from '../core/model.ts';
import { formatReportEnd, formatReportRun, formatReportStart } from '../core/report-format.ts';
import { readFindings } from '../core/store/report-findings.ts';
import type { Store } from '../core/store/store.ts';

export interface ReportWriter {
  readonly write: (run: RunFacts & { readonly files: FileStream }) => Promise<void>;
  /** Makes the report whole, with what the store has found with its runs; one without runs is one, too. */
  readonly end: (store: Store) => Promise<void>;
}

/** @param put writes a piece; resolves when the next may come */
export function createReportWriter(
  traceyVersion: string,
  put: (piece: string) => Promise<unknown>,
): ReportWriter {
  let place: 'first' | 'later' = 'first';
  const runIds = new Set<string>();
  const begin = async () => {
    if (place === 'first') await put(formatReportStart(traceyVersion));
  };
  return {
    async write(run) {
      await begin();
      for await (const piece of formatReportRun(run, place)) await put(piece);
      place = 'later';
      runIds.add(run.id);
    },
    async end(store) {
      await begin();
      const found = await readFindings(store, { runIds });
      for (const piece of formatReportEnd(found)) await put(piece);
    },
  };
}
