/**
 * Screens a stored history: replays its runs in their order, and says what the newest of them show — levels that begin
 * among them, points of the very last one that are off, shifts of the machine. Pure.
 */
import { findStart } from './body-changes.ts';
import { computeLevelP, computeTellableP, createPointTail } from './false-discoveries.ts';
import type { MachineChange } from './machine-changes.ts';
import { createScreener, type PresentLevel, type TestChange } from './screener.ts';
import { computeMedianOf } from './statistics.ts';

/** Series of durations by their rows, from 0 on: there may be so many that nothing is made for each. */
export interface HistoryRows {
  readonly size: number;
  readonly getKey: (row: number) => number;
  /** The file that a test is of; undefined for what is no test. */
  readonly getFile: (row: number) => number | undefined;
  /** In ms by the position of the run; NaN where it was not measured. */
  readonly getDurations: (row: number) => Float64Array;
  /** What every row has at a position. */
  readonly readRun: (at: number, into: Float64Array) => void;
  /** Positions at which it becomes another test, ascending. */
  readonly getRestarts: (row: number) => readonly number[];
}

export interface HistoryToScreen {
  readonly runs: number;
  /** The first position that is new: what showed before is known. */
  readonly from: number;
  readonly rows: HistoryRows;
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
  /** Where the series are that the last run has, by their keys. */
  readonly listLevels: () => Iterable<readonly [key: number, level: PresentLevel]>;
}

/** Of what a job tells of its tests, at most this share is false on average. */
const FALSE_SHARE = 0.1;

/** Before so many newest runs, changes are looked for in every fourth alone: what is looked for is known already. */
const CLOSELY = { runs: 40, every: 4 } as const;

/** Points on either side of a change that its medians are of. */
const WINDOW = 25;

/** A point of the last run is looked at from so many noise units on. */
const LEAST_DISTANCE = 3;

export function screenHistory(history: HistoryToScreen): HistoryScreening {
  const { runs, from, rows, minimumRatio } = history;
  const distances = createDistances(rows.size, runs);
  let at = 0;
  const screener = createScreener<number>({
    minimumRatio,
    runs,
    machine: 'shared',
    findFile: rows.getFile,
    onPoint: (row, distance) => distances.set(row, at, distance),
  });
  const tests = Uint32Array.from({ length: rows.size }, (_, row) => row);
  const restarts = gatherRestarts(rows);
  const durationsMs = new Float64Array(rows.size);
  const changes: TestChange<number>[] = [];
  const machineChanges: MachineChange[] = [];
  const close = Math.min(from, runs - CLOSELY.runs);
  for (at = 0; at < runs; at++) {
    rows.readRun(at, durationsMs);
    for (const row of restarts.get(at) ?? []) screener.restart(row);
    const use = at >= close || at % CLOSELY.every === 0 ? 'judged' : 'read';
    const found = screener.screen({ run: at, runner: '', tests, durationsMs, use });
    // Between a change and where it was seen the points are off because of it, which says nothing of chance.
    for (const change of found.changes) distances.forget(change.test, change.at, at + 1);
    if (at < from) continue;
    changes.push(...found.changes);
    machineChanges.push(...found.machineChanges);
  }
  function* listLevels(): Generator<readonly [number, PresentLevel]> {
    for (const row of tests) {
      // What the newest run has, which was read last.
      const level = Number.isNaN(durationsMs[row]) ? null : screener.findPresentLevel(row);
      if (level) yield [rows.getKey(row), level];
    }
  }
  let looked = 0;
  for (const _ of listLevels()) looked++;
  const told = changes.flatMap((change) => describeLevel(rows, change) ?? []);
  const off = findPointsOff({ history, distances, isTold: new Set(told.map(({ key }) => key)) });
  return {
    nominations: [...control(told, looked), ...control(off, looked)].sort((a, b) => a.pValue - b.pValue),
    machineChanges,
    listLevels,
  };
}

/** By position, the rows that begin anew there. */
function gatherRestarts(rows: HistoryRows): ReadonlyMap<number, readonly number[]> {
  const restarts = new Map<number, number[]>();
  for (let row = 0; row < rows.size; row++) {
    for (const at of new Set(rows.getRestarts(row))) {
      const known = restarts.get(at);
      if (known) known.push(row);
      else restarts.set(at, [row]);
    }
  }
  return restarts;
}

/** Those that may be told of so many that were looked at. */
function control(nominations: readonly Nomination[], looked: number): Nomination[] {
  const tellable = computeTellableP(
    nominations.map(({ pValue }) => pValue),
    { rate: FALSE_SHARE, looked },
  );
  return nominations.filter(({ pValue }) => pValue <= tellable);
}

function describeLevel(rows: HistoryRows, change: TestChange<number>): Nomination | null {
  const { test: row, at, direction, ratio, ratioLow, ratioHigh } = change;
  const sides = takeSides(rows, { row, at });
  if (sides === null) return null;
  const pValue = computeLevelP(change.excess);
  return {
    key: rows.getKey(row),
    origin: 'level',
    direction,
    at,
    ...sides,
    ratio,
    ratioLow,
    ratioHigh,
    pValue,
  };
}

/** The points of the last run that are off, and are slower, by what they and all others have been off before. */
function findPointsOff({
  history: { runs, from, rows, minimumRatio },
  distances,
  isTold,
}: {
  readonly history: HistoryToScreen;
  readonly distances: Distances;
  readonly isTold: ReadonlySet<number>;
}): Nomination[] {
  const last = runs - 1;
  if (last < from) return [];
  const tail = createPointTail();
  for (let row = 0; row < rows.size; row++) {
    for (let at = 0; at < last; at++) {
      const distance = distances.get(row, at);
      if (!Number.isNaN(distance)) tail.add(distance);
    }
  }
  const off: Nomination[] = [];
  for (let row = 0; row < rows.size; row++) {
    const distance = distances.get(row, last);
    const key = rows.getKey(row);
    if (!(distance >= LEAST_DISTANCE) || isTold.has(key)) continue;
    const sides = takeSides(rows, { row, at: last });
    if (sides === null || sides.beforeMs === 0) continue;
    const ratio = sides.nowMs / sides.beforeMs;
    if (ratio < 1 + minimumRatio) continue;
    const pValue = Math.max(tail.computeP(distance), computeOwnP(distances, { row, last }));
    const rest = { direction: 'slower', ratio, ratioLow: null, ratioHigh: null, pValue } as const;
    off.push({ key, origin: 'run', at: last, ...sides, ...rest });
  }
  return off;
}

/** A test that has been as far off before is no news, however seldom others are: the share of its points that were. */
function computeOwnP(
  distances: Distances,
  { row, last }: { readonly row: number; readonly last: number },
): number {
  const distance = distances.get(row, last);
  let points = 0;
  let further = 0;
  for (let at = 0; at < last; at++) {
    const one = distances.get(row, at);
    if (Number.isNaN(one)) continue;
    points++;
    if (one >= distance) further++;
  }
  return points === 0 ? 1 : further / points;
}

/** How far each point is from its level, by series and run; NaN where that is not known. */
interface Distances {
  readonly set: (row: number, at: number, distance: number) => void;
  readonly forget: (row: number, from: number, to: number) => void;
  readonly get: (row: number, at: number) => number;
}

/** Hundredths in two bytes each: there may be millions. */
function createDistances(rows: number, runs: number): Distances {
  const unknown = -32_768;
  const most = 32_767;
  const hundredths = new Int16Array(rows * runs).fill(unknown);
  return {
    set(row, at, distance) {
      hundredths[row * runs + at] = Math.max(-most, Math.min(most, Math.round(distance * 100)));
    },
    forget(row, from, to) {
      hundredths.fill(unknown, row * runs + from, row * runs + to);
    },
    get(row, at) {
      const found = hundredths[row * runs + at] as number;
      return found === unknown ? Number.NaN : found / 100;
    },
  };
}

/**
 * The medians around a position, and where the last duration before it is, neither beyond where it became another test;
 * null when one side has none.
 */
function takeSides(
  rows: HistoryRows,
  { row, at }: { readonly row: number; readonly at: number },
): { readonly before: number; readonly beforeMs: number; readonly nowMs: number } | null {
  const durationsMs = rows.getDurations(row);
  const restarts = rows.getRestarts(row);
  const end = restarts.find((restart) => restart > at) ?? durationsMs.length;
  const before = listMeasured(durationsMs, { from: at - 1, to: findStart(restarts, at), step: -1 });
  const after = listMeasured(durationsMs, { from: at, to: end - 1, step: 1 });
  const [last] = before;
  if (last === undefined || after.length === 0) return null;
  const computeMedianAt = (positions: readonly number[]) =>
    computeMedianOf(Float64Array.from(positions, (position) => durationsMs[position] as number));
  return { before: last, beforeMs: computeMedianAt(before), nowMs: computeMedianAt(after) };
}

/** The next positions with a duration, the last one included, at most {@link WINDOW}. */
function listMeasured(
  durationsMs: Float64Array,
  { from, to, step }: { readonly from: number; readonly to: number; readonly step: 1 | -1 },
): number[] {
  const positions: number[] = [];
  for (let at = from; (to - at) * step >= 0 && positions.length < WINDOW; at += step) {
    if (!Number.isNaN(durationsMs[at] as number)) positions.push(at);
  }
  return positions;
}
