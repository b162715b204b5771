/** What is kept of one test while runs arrive: its newest points, bounded, and where its levels begin. */

import { fromScale, toScale } from './scale.ts';

/** Points that are kept. What is older decides nothing any more. */
const KEPT_POINTS = 250;

/** Points are dropped in heaps, so that each costs little. */
const MOST_ROOM = KEPT_POINTS + 32;

/** Room for points at first; it doubles when it is full. */
const FIRST_ROOM = 8;

/** Tests whose points lie in one piece of memory at first: arrays of its own would cost a test more than a few points do. */
const TESTS_IN_PIECE = 256;

/** Columns of points. */
interface Columns {
  /** The number of the run of each point. */
  readonly run: Int32Array;
  /** Its place on the logarithmic scale, freed from what its runner is always slower or faster by. */
  readonly measured: Float32Array;
  /** The same, freed from the machine's factor in that run besides. */
  readonly adjusted: Float32Array;
}

/** Where the points of a test lie: the columns may be those of other tests as well. */
interface PointRoom {
  columns: Columns;
  /** The place of its first point. */
  begin: number;
  room: number;
}

/** There may be fifty thousand of them: what few tests have is null until it is needed. */
export interface TestSeries extends PointRoom {
  /** Points there are. */
  size: number;
  /** Which runner measured each point, by its place in the list of runners; null: the first one measured all. */
  runner: Uint16Array | null;
  /** Where its levels begin, ascending, without the 0. */
  cuts: readonly number[];
  /** Its present level; NaN before the first point. */
  level: number;
  noise: number;
  /** When the noise was last estimated: the number of points seen until then. */
  noiseSeen: number;
  /** Points ever seen. */
  seen: number;
  /** What each runner but the first is slower or faster by, with the observations it was learnt from. */
  offsets: Map<number, RunnerOffset> | null;
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

const NO_CUTS: readonly number[] = [];

/**
 * Makes one test after the other.
 *
 * @param runs how many there will be, where that is known: then each test has room for as many from the start
 */
export function createSeriesMaker(runs: number | undefined): () => TestSeries {
  const room = Math.min(MOST_ROOM, runs ?? FIRST_ROOM);
  let columns = createColumns(0);
  let used = TESTS_IN_PIECE;
  return () => {
    if (used === TESTS_IN_PIECE) {
      columns = createColumns(TESTS_IN_PIECE * room);
      used = 0;
    }
    used++;
    return {
      columns,
      begin: (used - 1) * room,
      room,
      size: 0,
      runner: null,
      cuts: NO_CUTS,
      level: Number.NaN,
      noise: Number.NaN,
      noiseSeen: 0,
      seen: 0,
      offsets: null,
    };
  };
}

function createColumns(room: number): Columns {
  return { measured: new Float32Array(room), adjusted: new Float32Array(room), run: new Int32Array(room) };
}

export function addPoint(series: TestSeries, point: Point): void {
  if (series.size === series.room) makeRoom(series);
  const { columns, begin, size } = series;
  columns.run[begin + size] = point.run;
  columns.measured[begin + size] = point.measured;
  columns.adjusted[begin + size] = point.adjusted;
  if (point.runner > 0) series.runner ??= new Uint16Array(series.room);
  if (series.runner !== null) series.runner[size] = point.runner;
  series.size++;
  series.seen++;
}

function makeRoom(series: TestSeries): void {
  const { columns, begin, room, size, runner } = series;
  if (room === MOST_ROOM) {
    dropOldest(series, MOST_ROOM - KEPT_POINTS);
    return;
  }
  series.room = Math.min(MOST_ROOM, 2 * room);
  series.columns = createColumns(series.room);
  series.begin = 0;
  for (const name of COLUMNS) series.columns[name].set(columns[name].subarray(begin, begin + size));
  if (runner === null) return;
  series.runner = new Uint16Array(series.room);
  series.runner.set(runner);
}

const COLUMNS = ['run', 'measured', 'adjusted'] as const satisfies readonly (keyof Columns)[];

/** Its points as they lie, to be read. */
export function viewPoints(
  { columns, begin, size }: TestSeries,
  column: 'measured' | 'adjusted',
): Float32Array {
  return columns[column].subarray(begin, begin + size);
}

/** A stretch of its points, to be worked on. */
export function takePoints(
  series: TestSeries,
  column: 'measured' | 'adjusted',
  { from, to }: { readonly from: number; readonly to: number },
): Float64Array {
  return new Float64Array(viewPoints(series, column).subarray(from, to));
}

/** The number of the run of a point. */
export function findRun({ columns, begin }: TestSeries, at: number): number {
  return columns.run[begin + at] as number;
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
  const [measured, adjusted] = [viewPoints(series, 'measured'), viewPoints(series, 'adjusted')];
  for (let at = 0; at < series.size; at++) {
    if ((series.runner?.[at] ?? 0) !== runner) continue;
    measured[at] = (measured[at] as number) + by;
    adjusted[at] = (adjusted[at] as number) + by;
  }
}

/** Moves every point from the scale of one clock to that of another. */
export function rescale(
  series: TestSeries,
  { from, to }: { readonly from: number; readonly to: number },
): void {
  const move = (place: number) => toScale(fromScale(place, from), to);
  const [measured, adjusted] = [viewPoints(series, 'measured'), viewPoints(series, 'adjusted')];
  for (let at = 0; at < series.size; at++) {
    const place = measured[at] as number;
    adjusted[at] = (adjusted[at] as number) - place + move(place);
    measured[at] = move(place);
  }
  series.level = move(series.level);
}

function dropOldest(series: TestSeries, count: number): void {
  const { columns, begin, size, runner } = series;
  for (const name of COLUMNS) columns[name].copyWithin(begin, begin + count, begin + size);
  runner?.copyWithin(0, count);
  series.size -= count;
  series.cuts = series.cuts.map((cut) => cut - count).filter((cut) => cut > 0);
}
