/** Writes a report run by run, as they come, so that nothing has to be kept for its end. */
import type { FileStream, RunFacts } from '../core/model.ts';
import { formatReportRun, formatReportStart, REPORT_END } from '../core/report-format.ts';

export interface ReportWriter {
  readonly write: (run: RunFacts & { readonly files: FileStream }) => Promise<void>;
  /** Makes the report whole; one without runs is one, too. */
  readonly end: () => Promise<void>;
}

/** @param put writes a piece; resolves when the next may come */
export function createReportWriter(
  traceyVersion: string,
  put: (piece: string) => Promise<unknown>,
): ReportWriter {
  let place: 'first' | 'later' = 'first';
  const begin = async () => {
    if (place === 'first') await put(formatReportStart(traceyVersion));
  };
  return {
    async write(run) {
      await begin();
      for await (const piece of formatReportRun(run, place)) await put(piece);
      place = 'later';
    },
    async end() {
      await begin();
      await put(REPORT_END);
    },
  };
}
