/**
 * Screens a stored history: replays its runs in their order, and says what the newest of them show — levels that begin
 * among them, points of the very last one that are off, shifts of the machine. Pure.
 */
import { computeLevelP, computeTellableP, createPointTail, type PointTail } from './false-discoveries.ts';
import type { MachineChange } from './machine-changes.ts';
import { createScreener, type PresentLevel, type TestChange } from './screener.ts';
import { computeMedianOf } from './statistics.ts';

/** A series of durations in ms by the position of the run; NaN where it was not measured. */
export interface HistorySeries {
  readonly key: number;
  readonly durationsMs: Float64Array;
  /** Positions at which it becomes another test, ascending. */
  readonly restarts?: readonly number[];
}

export interface HistoryToScreen {
  readonly runs: number;
  /** The first position that is new: what showed before is known. */
  readonly from: number;
  readonly series: readonly HistorySeries[];
  /** Smaller changes are none: 0.05 = 5 %. */
  readonly minimumRatio: number;
}

/** What one series shows. */
export interface Nomination {
  readonly key: number;
  /** `level`: several runs; `run`: the last one alone. */
  readonly origin: 'level' | 'run';
  readonly direction: 'slower' | 'faster';
  /** The first position on the new level, and the last one with a duration before it. */
  readonly at: number;
  readonly before: number;
  /** Medians on either side. */
  readonly beforeMs: number;
  readonly nowMs: number;
  readonly ratio: number | null;
  readonly ratioLow: number | null;
  readonly ratioHigh: number | null;
  readonly pValue: number;
}

export interface HistoryScreening {
  /** Surest first. */
  readonly nominations: readonly Nomination[];
  readonly machineChanges: readonly MachineChange[];
  /** Where the series are that the last run has. */
  readonly levels: ReadonlyMap<number, PresentLevel>;
}

/** Of what a job tells of its tests, at most this share is false on average. */
export const FALSE_SHARE = 0.1;

/** Before so many newest runs, changes are looked for in every fourth alone: what is looked for is known already. */
const CLOSELY = { runs: 40, every: 4 } as const;

/** Points on either side of a change that its medians are of. */
const WINDOW = 25;

/** A point of the last run is looked at from so many noise units on. */
const LEAST_DISTANCE = 3;

export function screenHistory(history: HistoryToScreen): HistoryScreening {
  const { runs, from, series, minimumRatio } = history;
  const rows = new Map(series.map((one, row) => [one.key, row]));
  const distances = series.map(() => new Float32Array(runs).fill(Number.NaN));
  let at = 0;
  const screener = createScreener<number>({
    minimumRatio,
    machine: 'shared',
    onPoint: (row, distance) => {
      (distances[row] as Float32Array)[at] = distance;
    },
  });
  const tests = series.map((_, row) => row);
  const durationsMs = new Float64Array(series.length);
  const changes: TestChange<number>[] = [];
  const machineChanges: MachineChange[] = [];
  const close = Math.min(from, runs - CLOSELY.runs);
  for (at = 0; at < runs; at++) {
    for (const row of tests) {
      const one = series[row] as HistorySeries;
      durationsMs[row] = one.durationsMs[at] as number;
      if (one.restarts?.includes(at)) screener.restart(row);
    }
    const use = at >= close || at % CLOSELY.every === 0 ? 'judged' : 'read';
    const found = screener.screen({ run: at, runner: '', tests, durationsMs, use });
    // Between a change and where it was seen the points are off because of it, which says nothing of chance.
    for (const change of found.changes)
      (distances[change.test] as Float32Array).fill(Number.NaN, change.at, at + 1);
    if (at < from) continue;
    changes.push(...found.changes);
    machineChanges.push(...found.machineChanges);
  }
  const levels = new Map<number, PresentLevel>();
  for (const [key, row] of rows) {
    const isThere = !Number.isNaN((series[row] as HistorySeries).durationsMs[runs - 1] as number);
    const level = isThere ? screener.findPresentLevel(row) : null;
    if (level) levels.set(key, level);
  }
  const told = changes.flatMap((change) => describeLevel(series[change.test] as HistorySeries, change) ?? []);
  const off = findPointsOff({ history, distances, isTold: new Set(told.map(({ key }) => key)) });
  return {
    nominations: [...control(told, levels.size), ...control(off, levels.size)].sort(
      (a, b) => a.pValue - b.pValue,
    ),
    machineChanges,
    levels,
  };
}

/** Those that may be told of so many that were looked at. */
function control(nominations: readonly Nomination[], looked: number): Nomination[] {
  const tellable = computeTellableP(
    nominations.map(({ pValue }) => pValue),
    { rate: FALSE_SHARE, looked },
  );
  return nominations.filter(({ pValue }) => pValue <= tellable);
}

function describeLevel(one: HistorySeries, change: TestChange<number>): Nomination | null {
  const { at, direction, ratio, ratioLow, ratioHigh } = change;
  const sides = takeSides(one.durationsMs, at);
  if (sides === null) return null;
  const pValue = computeLevelP(change.excess);
  return { key: one.key, origin: 'level', direction, at, ...sides, ratio, ratioLow, ratioHigh, pValue };
}

/** The points of the last run that are off, and are slower, by what they and all others have been off before. */
function findPointsOff({
  history: { runs, from, series, minimumRatio },
  distances,
  isTold,
}: {
  readonly history: HistoryToScreen;
  readonly distances: readonly Float32Array[];
  readonly isTold: ReadonlySet<number>;
}): Nomination[] {
  const last = runs - 1;
  if (last < from) return [];
  const tail = createPointTail();
  for (const column of distances) addPoints(tail, column.subarray(0, last));
  return series.flatMap((one, row) => {
    const column = distances[row] as Float32Array;
    const distance = column[last] as number;
    if (isTold.has(one.key) || !(distance >= LEAST_DISTANCE)) return [];
    const sides = takeSides(one.durationsMs, last);
    if (sides === null || sides.beforeMs === 0) return [];
    const ratio = sides.nowMs / sides.beforeMs;
    if (ratio < 1 + minimumRatio) return [];
    const pValue = Math.max(tail.computeP(distance), computeOwnP(column.subarray(0, last), distance));
    const rest = { direction: 'slower', ratio, ratioLow: null, ratioHigh: null, pValue } as const;
    return [{ key: one.key, origin: 'run', at: last, ...sides, ...rest }];
  });
}

function addPoints(tail: PointTail, column: Float32Array): void {
  for (const distance of column) if (!Number.isNaN(distance)) tail.add(distance);
}

/** A test that has been as far off before is no news, however seldom others are: the share of its points that were. */
function computeOwnP(column: Float32Array, distance: number): number {
  let points = 0;
  let further = 0;
  for (const one of column) {
    if (Number.isNaN(one)) continue;
    points++;
    if (one >= distance) further++;
  }
  return points === 0 ? 1 : further / points;
}

/** The medians around a position, and where the last duration before it is; null when one side has none. */
function takeSides(
  durationsMs: Float64Array,
  at: number,
): { readonly before: number; readonly beforeMs: number; readonly nowMs: number } | null {
  const before = listMeasured(durationsMs, { from: at - 1, step: -1 });
  const after = listMeasured(durationsMs, { from: at, step: 1 });
  const [last] = before;
  if (last === undefined || after.length === 0) return null;
  const computeMedianAt = (positions: readonly number[]) =>
    computeMedianOf(Float64Array.from(positions, (position) => durationsMs[position] as number));
  return { before: last, beforeMs: computeMedianAt(before), nowMs: computeMedianAt(after) };
}

/** The next positions with a duration, at most {@link WINDOW}. */
function listMeasured(
  durationsMs: Float64Array,
  { from, step }: { readonly from: number; readonly step: 1 | -1 },
): number[] {
  const positions: number[] = [];
  for (let at = from; at >= 0 && at < durationsMs.length && positions.length < WINDOW; at += step) {
    if (!Number.isNaN(durationsMs[at] as number)) positions.push(at);
  }
  return positions;
}
