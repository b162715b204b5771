/** One series as it is published: whole units that keep four digits, differences, and nothing where there is nothing. Pure. */
import { ABSENT } from '../../core/store/bulk-reader.ts';
import { encodeGappedDeltas } from '../columns.ts';
import type { SeriesColumns, SeriesPresent } from '../data-format.ts';

/** The results of one subject in consecutive runs. */
export interface SeriesResults {
  readonly subject: number;
  /** Number of the first run. */
  readonly firstRun: number;
  readonly runs: number;
  readonly outcomes: Uint8Array;
  readonly durationsNs: Float64Array;
  readonly spreads: Int16Array;
  readonly present?: SeriesPresent;
}

/** Undefined when the subject was in none of the runs. */
export function encodeSeries(results: SeriesResults): SeriesColumns | undefined {
  const { subject, runs, outcomes, durationsNs, spreads, present } = results;
  let [from, to] = [0, runs];
  while (from < to && outcomes[from] === ABSENT) from += 1;
  while (to > from && outcomes[to - 1] === ABSENT) to -= 1;
  if (from === to) return undefined;
  const unitNs = chooseUnit(durationsNs.subarray(from, to));
  const durations: (number | null)[] = [];
  const shownSpreads: (number | null)[] = [];
  let [shownOutcomes, allPassed, hasSpread] = ['', true, false];
  for (let run = from; run < to; run += 1) {
    const durationNs = durationsNs[run] as number;
    durations.push(Number.isNaN(durationNs) ? null : Math.round(durationNs / unitNs));
    const spread = spreads[run] as number;
    shownSpreads.push(spread < 0 ? null : Math.round(spread / 10));
    if (spread >= 0) hasSpread = true;
    const outcome = outcomes[run] as number;
    if (outcome !== 0) allPassed = false;
    shownOutcomes += outcome === ABSENT ? '-' : String(outcome);
  }
  return {
    subject,
    first: results.firstRun + from,
    unitNs,
    durations: encodeGappedDeltas(durations),
    ...(!allPassed && { outcomes: shownOutcomes }),
    ...(hasSpread && { spreads: shownSpreads }),
    ...(present && { present }),
  };
}

/** Runs that the unit is chosen by: some, evenly among all. */
const RUNS_FOR_UNIT = 100;

/** The power of ten that leaves four digits to all but the tenth of the durations that are shorter. */
function chooseUnit(durationsNs: Float64Array): number {
  const step = Math.ceil(durationsNs.length / RUNS_FOR_UNIT);
  const some: number[] = [];
  for (let at = 0; at < durationsNs.length; at += step) some.push(durationsNs[at] as number);
  const sorted = Float64Array.from(some.filter((value) => value > 0)).sort();
  const short = sorted[Math.floor(sorted.length / 10)];
  return short === undefined ? 1 : 10 ** Math.max(0, Math.floor(Math.log10(short)) - 3);
}
