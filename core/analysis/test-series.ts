/** What is kept of one test while runs arrive: its newest points, bounded, and where its levels begin. */

import { fromScale, toScale } from './scale.ts';

/** Points that are kept. What is older decides nothing any more. */
const KEPT_POINTS = 250;

/** Points are dropped in heaps, so that each costs little. */
const ROOM = KEPT_POINTS + 32;

/** Bytes of a point: two places, a run, a runner. */
const POINT_BYTES = 4 + 4 + 4 + 2;

export interface TestSeries {
  /** Points there are. */
  size: number;
  /** The number of the run of each point. */
  readonly run: Int32Array;
  /** Which runner measured it, by its place in the list of runners. */
  readonly runner: Uint16Array;
  /** Its place on the logarithmic scale, freed from what its runner is always slower or faster by. */
  readonly measured: Float32Array;
  /** The same, freed from the machine's factor in that run besides. */
  readonly adjusted: Float32Array;
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
  // One buffer for all columns: there may be ten thousand tests.
  const room = new ArrayBuffer(ROOM * POINT_BYTES);
  return {
    size: 0,
    measured: new Float32Array(room, 0, ROOM),
    adjusted: new Float32Array(room, ROOM * 4, ROOM),
    run: new Int32Array(room, ROOM * 8, ROOM),
    runner: new Uint16Array(room, ROOM * 12, ROOM),
    cuts: [],
    level: Number.NaN,
    noise: Number.NaN,
    noiseSeen: 0,
    seen: 0,
    offsets: new Map(),
  };
}

export function addPoint(series: TestSeries, point: Point): void {
  if (series.size === ROOM) dropOldest(series, ROOM - KEPT_POINTS);
  series.run[series.size] = point.run;
  series.runner[series.size] = point.runner;
  series.measured[series.size] = point.measured;
  series.adjusted[series.size] = point.adjusted;
  series.size++;
  series.seen++;
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
