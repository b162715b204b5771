/**
 * From what a screened history shows to changes of commits: what cannot be a commit's doing is left out, what is known is
 * not told again, and where only a total shows it the files that carry it are named. It reads the store, and writes
 * nothing.
 */
import { findStart } from '../analysis/body-changes.ts';
import type { Nomination } from '../analysis/screen-history.ts';
import { computeMedian } from '../analysis/statistics.ts';
import type { NominatedChange, StoredChange } from '../store/change-store.ts';
import type { LaneHistory, LaneRun, LaneSeries } from '../store/lane-store.ts';
import type { Store } from '../store/store.ts';

export interface NominationContext {
  readonly store: Store;
  /** In their order; positions are indices of it. */
  readonly runs: readonly LaneRun[];
  readonly series: LaneHistory;
  /** Changes of the lane that are known. */
  readonly known: readonly StoredChange[];
  /** Where the bodies of tests changed, by subject, for those whose did. */
  readonly bodyChanges: ReadonlyMap<number, readonly number[]>;
  /** Totals must have changed by so much: 0.1 = 10 %. */
  readonly totalRatio: number;
}

/** A known change and a new one at most so many runs apart are the same: places are estimates. */
const SAME_PLACE = 3;

/** A point of one run is not looked at again within so many runs of a change that it may belong to. */
const AFTERMATH = 8;

/** The change of a file's code is looked for as many runs around a place. */
const PLACE_ERROR = 2;

/** So many files stand for a total, each with at least this share of what it grew by. */
const FOR_TOTAL = { files: 3, share: 0.15 } as const;

/** What is left of nominations as changes to be kept. */
export async function selectChanges(
  nominations: readonly Nomination[],
  context: NominationContext,
): Promise<NominatedChange[]> {
  const chosen: Nomination[] = [];
  for (const nomination of nominations) {
    const series = context.series.find(nomination.key);
    if (series === undefined || isKnown(nomination, context)) continue;
    if (series.kind !== 'total') {
      const placed = await placeByFingerprint(nomination, series, context);
      if (placed !== null) chosen.push(placed);
    } else if (isLarge(nomination, context)) {
      chosen.push(nomination, ...(await findCarriers(nomination, chosen, context)));
    }
  }
  return chosen.filter((one) => isOfCommit(one, context)).map((one) => toChange(one, context));
}

/** A rerun of the same commit shows what a machine does, not what a commit did. */
function isOfCommit({ at, before }: Nomination, { runs }: NominationContext): boolean {
  return runs[at]?.commit !== runs[before]?.commit;
}

function isLarge({ ratio, direction }: Nomination, { totalRatio }: NominationContext): boolean {
  if (ratio === null) return false;
  return direction === 'slower' ? ratio >= 1 + totalRatio : ratio <= 1 / (1 + totalRatio);
}

function isKnown({ key, at, direction, origin }: Nomination, { runs, known }: NominationContext): boolean {
  return known.some((change) => {
    if (change.subjectId !== key || change.direction !== direction) return false;
    const place = runs.findIndex(({ commit }) => commit === change.head);
    if (place === -1) return false;
    return origin === 'run' ? place >= at - AFTERMATH : Math.abs(place - at) <= SAME_PLACE;
  });
}

/**
 * Where the code that a file loads changed, nearest to where its time did; null when it did not change around there,
 * which clears every commit. Where fingerprints are unknown the place stays.
 */
async function placeByFingerprint(
  nomination: Nomination,
  { subjectId, fileId, durationsMs }: LaneSeries,
  { store, runs, bodyChanges }: NominationContext,
): Promise<Nomination | null> {
  const { at, before, origin } = nomination;
  if (fileId === null) return nomination;
  const error = origin === 'run' ? 0 : PLACE_ERROR;
  // Beyond where its body changed it is another test.
  const changes = bodyChanges.get(subjectId) ?? [];
  const first = Math.max(0, before - error, findStart(changes, before));
  const end = Math.min(runs.length, changes.find((change) => change > at) ?? runs.length);
  const positions: number[] = [];
  for (let position = first; position <= at + error && position < end; position += 1) {
    if (!Number.isNaN(durationsMs[position] ?? Number.NaN)) positions.push(position);
  }
  const fingerprints = await store.readFingerprints(
    fileId,
    positions.map((position) => runs[position]?.id ?? ''),
  );
  if (fingerprints.some((one) => one === null)) return nomination;
  const turns = positions.flatMap((position, index) =>
    index > 0 && fingerprints[index] !== fingerprints[index - 1]
      ? [{ at: position, before: positions[index - 1] as number }]
      : [],
  );
  const [nearest] = turns.sort((one, other) => Math.abs(one.at - at) - Math.abs(other.at - at));
  return nearest === undefined ? null : { ...nomination, ...nearest };
}

/** The files by which a total grew, if nothing that is nominated at the same place explains it. */
async function findCarriers(
  total: Nomination,
  chosen: readonly Nomination[],
  context: NominationContext,
): Promise<Nomination[]> {
  if (total.direction === 'faster' || chosen.some(({ at }) => Math.abs(at - total.at) <= SAME_PLACE))
    return [];
  const growthMs = total.nowMs - total.beforeMs;
  const carriers = [...context.series.list('file')]
    .flatMap((series) => {
      const sides = takeMedians(series.durationsMs, total);
      return sides === null ? [] : [{ series, ...sides, growthMs: sides.nowMs - sides.beforeMs }];
    })
    .filter((one) => one.growthMs >= FOR_TOTAL.share * growthMs)
    .sort((one, other) => other.growthMs - one.growthMs)
    .slice(0, FOR_TOTAL.files);
  const placed: Nomination[] = [];
  for (const { series, beforeMs, nowMs } of carriers) {
    const ratio = beforeMs > 0 ? nowMs / beforeMs : null;
    const nomination: Nomination = {
      ...total,
      key: series.subjectId,
      beforeMs,
      nowMs,
      ratio,
      ratioLow: null,
      ratioHigh: null,
    };
    if (isKnown(nomination, context)) continue;
    const found = await placeByFingerprint(nomination, series, context);
    if (found !== null) placed.push(found);
  }
  return placed;
}

/** Runs on either side that medians are of. */
const WINDOW = 25;

function takeMedians(
  durationsMs: Float64Array,
  { at, before }: Nomination,
): { readonly beforeMs: number; readonly nowMs: number } | null {
  const measured = (from: number, to: number) =>
    [...durationsMs.subarray(Math.max(0, from), to)].filter((ms) => !Number.isNaN(ms));
  const [first, second] = [measured(before + 1 - WINDOW, before + 1), measured(at, at + WINDOW)];
  if (first.length === 0 || second.length === 0) return null;
  return { beforeMs: computeMedian(first), nowMs: computeMedian(second) };
}

function toChange(nomination: Nomination, { runs }: NominationContext): NominatedChange {
  const { key, at, before, ...rest } = nomination;
  const { direction, origin, beforeMs, nowMs, ratio, ratioLow, ratioHigh, pValue } = rest;
  const [base, head, last] = [runs[before], runs[at], runs.at(-1)];
  if (!base || !head || !last) throw new RangeError(`there is no run at ${before}, ${at} or at the end`);
  return {
    subjectId: key,
    branch: last.branch,
    direction,
    origin,
    base: base.commit,
    head: head.commit,
    beforeMs,
    nowMs,
    ratio,
    ratioLow,
    ratioHigh,
    pValue,
    headRunId: head.id,
    foundRunId: last.id,
    state: 'new',
    stateReason: null,
    stateBy: 'tracey',
  };
}
