/** Telling a StatsD server what the newest runs of a job measured. It fails in warnings only. */
import type { StatsdConfig } from '../config/config.ts';
import { formatThrown, NotifyError } from '../errors.ts';
import type { RunFacts } from '../model.ts';
import type { Store } from '../store/store.ts';
import { listGauges, type MeasuredRun } from './gauges.ts';
import { sendGauges } from './statsd.ts';
import { listRunnerGauges, type RunnerNews } from './watch-runners.ts';

export interface MetricsOptions {
  readonly statsd: StatsdConfig;
  /** Machines that are overdue, and those that are back. */
  readonly runners: RunnerNews;
  /** Has the job's runs. */
  readonly store: Pick<Store, 'readRun'>;
  /** Ends sending; the rest is left out. */
  readonly signal: AbortSignal;
  readonly onWarning: (warning: Error) => void;
}

/** Sends the gauges of a job's runs, oldest run first. Throws nothing: what fails is a warning. */
export async function tellMetrics(runs: readonly RunFacts[], options: MetricsOptions): Promise<void> {
  const { statsd, runners, store, signal, onWarning } = options;
  const style = statsd.style ?? 'names';
  try {
    const measured: MeasuredRun[] = [];
    for (const { id } of pickNewest(runs)) measured.push(await store.readRun(id));
    const ofRunners = listRunnerGauges(runners, style);
    if (ofRunners.length > 0) await sendGauges(ofRunners, { statsd, signal });
    if (measured.length > 0) await sendGauges(listGauges(measured, style), { statsd, signal });
  } catch (thrown) {
    onWarning(thrown instanceof NotifyError ? thrown : createMetricsProblem(thrown));
  }
}

/** Gauges that could not even be gathered. */
export function createMetricsProblem(cause: unknown): NotifyError {
  return new NotifyError(`StatsD: ${formatThrown(cause)}`, { code: 'notify/statsd-failed', cause });
}

/**
 * A gauge says how things are now: of several commits the newest counts, of an interrupted run none, and a modified folder is
 * nobody's commit.
 */
function pickNewest(runs: readonly RunFacts[]): RunFacts[] {
  const complete = runs.filter((run) => !run.interrupted && !run.commitDetails.modified);
  return [...new Map(complete.map((run) => [run.nodeLine, run])).values()];
}
