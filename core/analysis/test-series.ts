/** What is kept of one test while runs arrive: its newest points, bounded, and where its levels begin. */

import { fromScale, toScale } from './scale.ts';

/** Points that are kept. What is older decides nothing any more. */
const KEPT_POINTS = 250;

/** Points are dropped in heaps, so that each costs little. */
const MOST_ROOM = KEPT_POINTS + 32;

/** Room for points at first; it doubles when it is full, since there may be fifty thousand tests with a few points each. */
const FIRST_ROOM = 8;

/** Bytes of a point: two places, a run, a runner. */
const POINT_BYTES = 4 + 4 + 4 + 2;

export interface TestSeries {
  /** Points there are. */
  size: number;
  /** The number of the run of each point. */
  run: Int32Array;
  /** Which runner measured it, by its place in the list of runners. */
  runner: Uint16Array;
  /** Its place on the logarithmic scale, freed from what its runner is always slower or faster by. */
  measured: Float32Array;
  /** The same, freed from the machine's factor in that run besides. */
  adjusted: Float32Array;
  /** Where its levels begin, ascending, without the 0. */
  cuts: number[];
  /** Its present level; NaN before the first point. */
  level: number;
  noise: number;
  /** When the noise was last estimated: the number of points seen until then. */
  noiseSeen: number;
  /** Points ever seen. */
  seen: number;
  /** What each runner but the first is slower or faster by, with the observations it was learnt from. */
  readonly offsets: Map<number, RunnerOffset>;
}

export interface RunnerOffset {
  readonly observed: number[];
  value: number;
}

export interface Point {
  readonly run: number;
  readonly runner: number;
  readonly measured: number;
  readonly adjusted: number;
}

export function createTestSeries(): TestSeries {
  return {
    size: 0,
    ...createColumns(FIRST_ROOM),
    cuts: [],
    level: Number.NaN,
    noise: Number.NaN,
    noiseSeen: 0,
    seen: 0,
    offsets: new Map(),
  };
}

type Columns = Pick<TestSeries, 'measured' | 'adjusted' | 'run' | 'runner'>;

/** One buffer for all columns: there may be ten thousand tests. */
function createColumns(room: number): Columns {
  const buffer = new ArrayBuffer(room * POINT_BYTES);
  return {
    measured: new Float32Array(buffer, 0, room),
    adjusted: new Float32Array(buffer, room * 4, room),
    run: new Int32Array(buffer, room * 8, room),
    runner: new Uint16Array(buffer, room * 12, room),
  };
}

export function addPoint(series: TestSeries, point: Point): void {
  if (series.size === series.run.length) makeRoom(series);
  series.run[series.size] = point.run;
  series.runner[series.size] = point.runner;
  series.measured[series.size] = point.measured;
  series.adjusted[series.size] = point.adjusted;
  series.size++;
  series.seen++;
}

function makeRoom(series: TestSeries): void {
  const room = series.run.length;
  if (room === MOST_ROOM) {
    dropOldest(series, MOST_ROOM - KEPT_POINTS);
    return;
  }
  const { measured, adjusted, run, runner } = series;
  Object.assign(series, createColumns(Math.min(MOST_ROOM, 2 * room)));
  series.measured.set(measured);
  series.adjusted.set(adjusted);
  series.run.set(run);
  series.runner.set(runner);
}

/** A stretch of a column, to be worked on. */
export function takePoints(column: Float32Array, from: number, to: number): Float64Array {
  const points = new Float64Array(to - from);
  for (let at = from; at < to; at++) points[at - from] = column[at] as number;
  return points;
}

/** Where the present level begins. */
export function findPresentStart(series: TestSeries): number {
  return series.cuts.at(-1) ?? 0;
}

/** Moves every point of one runner, when it is known better what that runner is slower or faster by. */
export function movePoints(
  series: TestSeries,
  { runner, by }: { readonly runner: number; readonly by: number },
) {
  for (let at = 0; at < series.size; at++) {
    if (series.runner[at] !== runner) continue;
    series.measured[at] = (series.measured[at] as number) + by;
    series.adjusted[at] = (series.adjusted[at] as number) + by;
  }
}

/** Moves every point from the scale of one clock to that of another. */
export function rescale(
  series: TestSeries,
  { from, to }: { readonly from: number; readonly to: number },
): void {
  const move = (place: number) => toScale(fromScale(place, from), to);
  for (let at = 0; at < series.size; at++) {
    const measured = series.measured[at] as number;
    series.adjusted[at] = (series.adjusted[at] as number) - measured + move(measured);
    series.measured[at] = move(measured);
  }
  series.level = move(series.level);
}

function dropOldest(series: TestSeries, count: number): void {
  for (const column of [series.run, series.runner, series.measured, series.adjusted])
    column.copyWithin(0, count);
  series.size -= count;
  series.cuts = series.cuts.map((cut) => cut - count).filter((cut) => cut > 0);
}
