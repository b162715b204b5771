/**
 * What a lane with too few runs to be screened shows: the newest run beside the one before it. That is little to go by,
 * and no more than a reason for an experiment.
 */
import { compareRuns, gatherDifferences } from '../analysis/compare.ts';
import type { Nomination } from '../analysis/screen-history.ts';
import type { LaneName } from '../store/change-store.ts';
import type { LaneHistory, LaneRun } from '../store/lane-store.ts';
import type { Store } from '../store/store.ts';
import { formatTestName } from '../text.ts';

/** From so many runs on the history speaks for itself. */
const SCREENED_RUNS = 10;

/** So many tests are nominated, those that differ most. */
const MOST_TESTS = 10;

/** How often samples of one and the same time are wholly apart, three against three, in one direction. */
const P_VALUE = 0.05;

/** Tests whose samples are apart, and the total; none once there are enough runs. */
export async function nominateFromPair({
  store,
  lane,
  runs,
  series,
}: {
  readonly store: Store;
  readonly lane: LaneName;
  readonly runs: readonly LaneRun[];
  readonly series: LaneHistory;
}): Promise<Nomination[]> {
  const at = runs.length - 1;
  const before = runs.findLastIndex(({ commit }) => commit !== runs[at]?.commit);
  const [base, head] = [runs[before], runs[at]];
  if (runs.length >= SCREENED_RUNS || !base || !head) return [];
  const rest = { origin: 'run', direction: 'slower', at, before, ratioLow: null, ratioHigh: null } as const;
  const nominations: Nomination[] = [];
  const add = (key: number, beforeMs: number, nowMs: number) => {
    nominations.push({ ...rest, key, beforeMs, nowMs, ratio: nowMs / beforeMs, pValue: P_VALUE });
  };
  const [first, second] = [await store.readRun(base.id), await store.readRun(head.id)];
  const { changed } = await gatherDifferences(compareRuns(first, second));
  for (const { path, title, occurrence, verdict, baseMs, headMs } of changed) {
    if (verdict !== 'slower' || baseMs === null || headMs === null) continue;
    if (nominations.length >= MOST_TESTS) break;
    const { nodeLine, ...where } = lane;
    const text = formatTestName(path, { title, occurrence });
    const [found] = (await store.findSeries({ ...where, nodeLine, text, limit: 1 })).series;
    if (found?.text === text) add(found.subjectId, baseMs, headMs);
  }
  const [total] = series.list('total');
  const [beforeMs = 0, nowMs = 0] = [total?.durationsMs[before], total?.durationsMs[at]];
  if (total && beforeMs > 0 && nowMs > 0) add(total.subjectId, beforeMs, nowMs);
  return nominations;
}
