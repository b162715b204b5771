/** Statistics of small samples. Pure; lists are never changed. */

/**
 * The median: the middle value, or the mean of the two middle ones.
 *
 * @throws RangeError when there are no values
 */
export function computeMedian(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('computeMedian: no values');
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

/**
 * The median of the first `count` values, which are moved about in place: for callers that own them, and many of
 * them. C. A. R. Hoare's selection (1961), so that nothing is sorted that need not be.
 *
 * @throws RangeError when there are no values
 */
export function computeMedianOf(values: Float64Array, count = values.length): number {
  if (count === 0) throw new RangeError('computeMedianOf: no values');
  const middle = count >> 1;
  const upper = select(values, middle, count - 1);
  if (count % 2 === 1) return upper;
  let lower = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < middle; index++) lower = Math.max(lower, values[index] as number);
  return (lower + upper) / 2;
}

/** The value that would be at `wanted` in ascending order; what is before it is not greater, what is after not less. */
function select(values: Float64Array, wanted: number, last: number): number {
  let low = 0;
  let high = last;
  while (low < high) {
    const pivot = pickPivot(values, low, high);
    let left = low;
    let right = high;
    while (left <= right) {
      while ((values[left] as number) < pivot) left++;
      while ((values[right] as number) > pivot) right--;
      if (left > right) break;
      const held = values[left] as number;
      values[left++] = values[right] as number;
      values[right--] = held;
    }
    if (wanted <= right) high = right;
    else if (wanted >= left) low = left;
    else break;
  }
  return values[wanted] as number;
}

/** The median of the first, the middle and the last. */
function pickPivot(values: Float64Array, low: number, high: number): number {
  const [a, b, c] = [values[low], values[(low + high) >> 1], values[high]] as [number, number, number];
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}

/** What a rank-sum test says of two samples. */
export interface RankSum {
  /** Pairs in which the second is greater, a tie counting half: Mann and Whitney's U. */
  readonly u: number;
  /** Standardised, without continuity correction; positive when the second sample is greater. 0 when all are equal. */
  readonly z: number;
  /** Between −1 (all of the second below all of the first) and 1: Cliff's delta. */
  readonly dominance: number;
}

/**
 * The rank-sum test of Wilcoxon, Mann and Whitney with the variance corrected for ties:
 * `mn/12 · (N + 1 − Σ(t³ − t) / (N(N − 1)))`; E. L. Lehmann, "Nonparametrics" (1975), section 1.4. The samples are put
 * in order in place.
 *
 * @throws RangeError when one of them is empty
 */
export function computeRankSum(first: Float64Array, second: Float64Array): RankSum {
  const m = first.length;
  const n = second.length;
  if (m === 0 || n === 0) throw new RangeError('computeRankSum: an empty sample');
  first.sort();
  second.sort();
  let u = 0;
  let ties = 0;
  let i = 0;
  let j = 0;
  while (i < m || j < n) {
    const value = Math.min(first[i] ?? Number.POSITIVE_INFINITY, second[j] ?? Number.POSITIVE_INFINITY);
    let inFirst = 0;
    let inSecond = 0;
    while (i < m && first[i] === value) {
      i++;
      inFirst++;
    }
    while (j < n && second[j] === value) {
      j++;
      inSecond++;
    }
    u += inSecond * (i - inFirst + inFirst / 2);
    const tied = inFirst + inSecond;
    ties += tied * tied * tied - tied;
  }
  const total = m + n;
  const variance = ((m * n) / 12) * (total + 1 - ties / (total * (total - 1)));
  const excess = u - (m * n) / 2;
  return { u, z: variance > 0 ? excess / Math.sqrt(variance) : 0, dominance: (2 * excess) / (m * n) };
}

/** A difference between two samples, with an interval. */
export interface Shift {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/** The two-sided 95 % quantile of the normal distribution. */
const NORMAL_95 = 1.959964;

/**
 * How much greater the second sample is: the median of all pairwise differences, with the 95 % interval that inverts
 * the rank-sum test (normal approximation). J. L. Hodges and E. L. Lehmann (1963); M. Hollander and D. A. Wolfe,
 * "Nonparametric Statistical Methods" (1999), sections 4.2 and 4.3.
 *
 * @throws RangeError when one of them is empty
 */
export function computeShift(first: Float64Array, second: Float64Array): Shift {
  const pairs = first.length * second.length;
  if (pairs === 0) throw new RangeError('computeShift: an empty sample');
  const differences = new Float64Array(pairs);
  let count = 0;
  for (const before of first) for (const after of second) differences[count++] = after - before;
  differences.sort();
  const estimate = computeQuantileOf(differences, 0.5);
  const spread = Math.sqrt((pairs * (first.length + second.length + 1)) / 12);
  const outside = Math.max(0, Math.floor(pairs / 2 - NORMAL_95 * spread));
  return {
    estimate,
    low: differences[outside] as number,
    high: differences[pairs - 1 - outside] as number,
  };
}

/** A quantile of values in ascending order, between neighbours by linear interpolation (R's type 7). */
export function computeQuantileOf(sorted: Float64Array, share: number): number {
  if (sorted.length === 0) throw new RangeError('computeQuantileOf: no values');
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)] as number;
  const above = sorted[Math.ceil(place)] as number;
  return below + (place - Math.floor(place)) * (above - below);
}
