/** Which confirmed slow-downs are over, by the newest runs of their series, and which still stand. */
import type { StoredChange } from '../store/change-store.ts';
import type { LaneHistory, LaneRun } from '../store/lane-store.ts';
import type { Store } from '../store/store.ts';

/**
 * So many runs in a row show that a change is over: on a branch of its own, where few runs come, one; two where one job
 * measured all of it, before, slow and after, so that the machine was the same.
 */
const RUNS_TO_RECOVER = { line: 3, own: 1, job: 2 } as const;

/** Notes those that are over. */
export async function findRecoveries({
  store,
  runs,
  series,
  known,
  own,
  within = 'line',
}: {
  readonly store: Store;
  readonly runs: readonly LaneRun[];
  readonly series: LaneHistory;
  readonly known: readonly StoredChange[];
  /** Commits of the branch that was measured, which are on no other. */
  readonly own: ReadonlySet<string>;
  /** `job`: the changes were found by this very job. */
  readonly within?: 'line' | 'job';
}): Promise<{ readonly recovered: readonly StoredChange[]; readonly standing: readonly StoredChange[] }> {
  const recovered: StoredChange[] = [];
  const standing: StoredChange[] = [];
  const open = known.filter(
    ({ verdict, direction, state }) =>
      verdict?.kind === 'confirmed' &&
      direction === 'slower' &&
      (state === 'new' || state === 'acknowledged'),
  );
  for (const change of open) {
    const isOwn = own.has(change.head);
    const durationsMs = series.find(change.subjectId)?.durationsMs;
    const needed = isOwn ? RUNS_TO_RECOVER.own : RUNS_TO_RECOVER[within];
    const at = durationsMs ? findReturn(durationsMs, { change, runs, needed }) : null;
    const run = at === null ? undefined : runs[at];
    if (run) {
      const state = { state: 'recovered', reason: null, by: 'tracey' } as const;
      await store.updateChange(change.id, { state, recoveredRunId: run.id });
      recovered.push({ ...change, ...{ state: 'recovered', recoveredRunId: run.id } });
    } else if (isOwn && change.state === 'new') standing.push(change);
  }
  return { recovered, standing };
}

/** Where the newest runs begin that are all nearer to the level before the change than to that after it. */
function findReturn(
  durationsMs: Float64Array,
  {
    change,
    runs,
    needed,
  }: { readonly change: StoredChange; readonly runs: readonly LaneRun[]; readonly needed: number },
): number | null {
  const place = runs.findLastIndex(({ commit }) => commit === change.head);
  // Half way on the scale of ratios.
  const middleMs = Math.sqrt(change.beforeMs * change.nowMs);
  let first: number | null = null;
  let count = 0;
  for (let at = durationsMs.length - 1; at > place; at -= 1) {
    const durationMs = durationsMs[at] as number;
    if (Number.isNaN(durationMs)) continue;
    if (durationMs >= middleMs) break;
    first = at;
    count += 1;
  }
  return count >= needed ? first : null;
}
