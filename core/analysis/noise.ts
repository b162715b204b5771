/**
 * How much a series moves when nothing happens: a robust scale of its noise, from differences between observations,
 * so that changes of level hardly count, and at several lags, so that slow wander does.
 */
import { computeMedianOf, computeQuantileOf } from './statistics.ts';

/** Makes the median absolute deviation of normal noise its standard deviation. */
const MAD_TO_SD = 1.4826;

/** Lags at which wander is looked for. */
const LAGS = [2, 3, 5, 8, 13, 21, 34, 55] as const;

/** Fewer and shorter ones for a level that may have only just begun. */
const ARRIVING_LAGS = [1, 2, 5, 13] as const;

/** The 95 % quantile of the normal distribution. */
const NORMAL_95 = 1.644854;

/** With n differences the noise is raised by `DOUBT / n`: of few, the median is easily too small. */
const DOUBT = 2.5;

/** A lag counts from so many differences on. */
const LEAST_PAIRS = 20;

/**
 * `1.4826 · median|yᵢ − yᵢ₋₁| / √2`: the standard deviation of normal noise around a level that seldom changes.
 * Zero when more than half of the neighbours are equal.
 */
export function computeDifferenceNoise(values: Float64Array): number {
  return computeLagNoise(values, { lag: 1, cuts: [] }) ?? 0;
}

/**
 * The largest of the noise at lags 2 to 55, differences taken inside segments only; null when no lag has pairs
 * enough. White noise gives the same at every lag; a level that wanders gives more at longer ones.
 *
 * @param cuts where segments begin, ascending, without the 0
 */
export function findWander(values: Float64Array, cuts: readonly number[]): number | null {
  let most: number | null = null;
  for (const lag of LAGS) {
    const noise = computeLagNoise(values, { lag, cuts });
    if (noise !== null && (most === null || noise > most)) most = noise;
  }
  return most;
}

function computeLagNoise(
  values: Float64Array,
  { lag, cuts }: { readonly lag: number; readonly cuts: readonly number[] },
): number | null {
  const differences = takeRoom('differences', values.length);
  let count = 0;
  let begin = 0;
  for (let segment = 0; segment <= cuts.length; segment++) {
    const end = cuts[segment] ?? values.length;
    for (let at = begin + lag; at < end; at++) {
      differences[count++] = Math.abs((values[at] as number) - (values[at - lag] as number));
    }
    begin = end;
  }
  if (count < (lag === 1 ? 1 : LEAST_PAIRS)) return null;
  return (MAD_TO_SD * computeMedianOf(differences, count)) / Math.SQRT2;
}

/**
 * The noise of a series cut into segments: the largest of the noise at lags 1 to 13 and of half the middle 90 % around
 * the segments' medians, which sees a second mode that a median of differences does not. Raised where the
 * differences are few.
 */
export function computeSegmentNoise(values: Float64Array, cuts: readonly number[]): number {
  let noise = 0;
  for (const lag of ARRIVING_LAGS) {
    noise = Math.max(noise, computeLagNoise(values, { lag, cuts }) ?? 0);
  }
  const residuals = takeRoom('residuals', values.length);
  const copy = takeRoom('differences', values.length);
  let count = 0;
  let begin = 0;
  for (let segment = 0; segment <= cuts.length; segment++) {
    const end = cuts[segment] ?? values.length;
    if (end - begin >= 4) {
      for (let at = begin; at < end; at++) copy[at - begin] = values[at] as number;
      const median = computeMedianOf(copy, end - begin);
      for (let at = begin; at < end; at++) residuals[count++] = (values[at] as number) - median;
    }
    begin = end;
  }
  if (count >= 10) {
    const sorted = residuals.subarray(0, count).sort();
    const middle = computeQuantileOf(sorted, 0.95) - computeQuantileOf(sorted, 0.05);
    noise = Math.max(noise, middle / (2 * NORMAL_95));
  }
  return noise * (1 + DOUBT / Math.max(1, values.length - 1 - cuts.length));
}

/** Room that is used again and again, because a new buffer for every series of every run costs more than the rest. */
const ROOM = { differences: new Float64Array(256), residuals: new Float64Array(256) };

function takeRoom(name: keyof typeof ROOM, size: number): Float64Array {
  if (ROOM[name].length < size) ROOM[name] = new Float64Array(size);
  return ROOM[name];
}
