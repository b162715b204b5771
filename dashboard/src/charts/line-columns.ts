/** Lines of a trend as columns of numbers, which a thousand points are drawn from in no time. Pure. */
import type { TrendLine, TrendPoint } from './model.ts';
import type { Range } from './range.ts';

export interface LineColumns {
  /** Of every point, ascending. */
  readonly xs: Float64Array;
  /** NaN where there is no value. */
  readonly ys: Float64Array;
  /** 1 where a run failed or was interrupted: it may have been over in no time, and does not decide the scale. */
  readonly isOdd: Uint8Array;
  /** The line itself goes past what is drawn apart; NaN is a gap in it. */
  readonly lineXs: Float64Array;
  readonly lineYs: Float64Array;
}

export function toColumns({ points }: Pick<TrendLine, 'points'>): LineColumns {
  const count = points.length;
  const [xs, ys, isOdd] = [new Float64Array(count), new Float64Array(count), new Uint8Array(count)];
  const [lineXs, lineYs] = [new Float64Array(count), new Float64Array(count)];
  let drawn = 0;
  // One loop: `from` with a function takes ten times as long.
  for (let at = 0; at < count; at += 1) {
    const { x, y, kind } = points[at] as TrendPoint;
    xs[at] = x;
    ys[at] = y ?? Number.NaN;
    isOdd[at] = kind === 'failed' || kind === 'interrupted' ? 1 : 0;
    if (y !== null && kind !== 'ordinary' && kind !== 'noisy') continue;
    lineXs[drawn] = x;
    lineYs[drawn] = y ?? Number.NaN;
    drawn += 1;
  }
  return { xs, ys, isOdd, lineXs: lineXs.subarray(0, drawn), lineYs: lineYs.subarray(0, drawn) };
}

/** Position of the first of ascending values that is not below `wanted`; their number when all are. */
export function findFirst(values: Float64Array, wanted: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] as number) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The values within a range that decide the scale: those of odd runs only where there are no others. */
export function gatherValues(lines: readonly LineColumns[], { from, to }: Range): number[] {
  const usual: number[] = [];
  const odd: number[] = [];
  for (const { xs, ys, isOdd } of lines) {
    for (let at = findFirst(xs, from); at < xs.length && (xs[at] as number) <= to; at += 1) {
      const y = ys[at] as number;
      if (!Number.isNaN(y)) (isOdd[at] === 1 ? odd : usual).push(y);
    }
  }
  return usual.length > 0 ? usual : odd;
}
