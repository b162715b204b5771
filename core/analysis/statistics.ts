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
