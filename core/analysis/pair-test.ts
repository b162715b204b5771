/**
 * Whether pairs of times, of base and head run by turns, show a difference: a test whose answer holds whenever one stops
 * looking. Pure. docs/comparison.md, "Confirming", derives it.
 */

import { computeMedianOf } from './statistics.ts';

/** How strongly each component of the mixture bets; the first suit small differences, the last large ones. */
const STAKES: readonly number[] = [0.16, 0.24, 0.36, 0.53, 0.8, 1.2, 1.8, 2.7, 4.2, 6.4];
/** Ranks as shares, in so many steps: a table is quicker than logarithms. */
const STEPS = 1024;
const WINS = STAKES.map((stake) => tabulate((share) => Math.log1p(Math.tanh(stake * share))));
const LOSSES = STAKES.map((stake) => tabulate((share) => Math.log1p(-Math.tanh(stake * share))));

/** Evidence for one direction: bets on the signs of differences, larger on those that are larger. */
interface Evidence {
  /** The largest logarithm of the wealth so far. */
  readonly logWealth: number;
  readonly add: (sign: number, share: number) => void;
}

/** A test of "the median log ratio is `shift`", in both directions. */
export interface PairTest {
  /** Takes in the log ratio of one more pair. */
  readonly add: (logRatio: number) => void;
  /** Log of an anytime-valid e-value against "at most `shift`": reject when it is `ln(1 / α)` or more. */
  readonly logEvidenceAbove: () => number;
  /** The same against "at least `shift`". */
  readonly logEvidenceBelow: () => number;
}

/**
 * The sequential signed-rank test by betting. If a pair's difference from `shift` is as likely up as down, given its size,
 * then after the i-th pair the wealth `Σ_λ w_λ Π (1 ± tanh(λ · rankᵢ / (i + 1)))`, with the rank of its size among the first
 * i, is a nonnegative martingale that starts at 1: V. Vovk and R. Wang, "Nonparametric e-tests of symmetry" (2024);
 * S. R. Howard et al., "Time-uniform Chernoff bounds via nonnegative supermartingales" (2020). By Ville's inequality it ever
 * reaches 1/α with probability α at most, which is why its maximum counts.
 */
export function createPairTest(shift: number): PairTest {
  let sizes = new Float64Array(64);
  let count = 0;
  const above = createEvidence();
  const below = createEvidence();
  return {
    add(logRatio) {
      const difference = logRatio - shift;
      const size = Math.abs(difference);
      if (count === sizes.length) {
        const larger = new Float64Array(2 * count);
        larger.set(sizes);
        sizes = larger;
      }
      const rank = countUpTo(sizes, count, size);
      sizes.copyWithin(rank + 1, rank, count);
      sizes[rank] = size;
      count += 1;
      const share = (rank + 1) / (count + 1);
      above.add(Math.sign(difference), share);
      below.add(-Math.sign(difference), share);
    },
    logEvidenceAbove: () => above.logWealth,
    logEvidenceBelow: () => below.logWealth,
  };
}

/** An interval of log ratios. */
export interface LogInterval {
  readonly low: number;
  readonly high: number;
}

/**
 * The shifts that {@link createPairTest} has not rejected, at `alpha / 2` on each side: a confidence sequence for the median
 * log ratio. Endless on a side on which there are too few pairs to say anything.
 */
export function computeLogInterval(logRatios: readonly number[], alpha: number): LogInterval {
  const needed = Math.log(2 / alpha);
  const low = findBound(logRatios, (shift) => compute(shift).logEvidenceAbove() >= needed);
  const mirrored = logRatios.map((logRatio) => -logRatio);
  const high = -findBound(mirrored, (shift) => compute(-shift).logEvidenceBelow() >= needed);
  return { low, high };

  function compute(shift: number): PairTest {
    const test = createPairTest(shift);
    for (const logRatio of logRatios) test.add(logRatio);
    return test;
  }
}

/**
 * The median of the means of all pairs of values, each with itself too: Hodges and Lehmann, "Estimates of location based on
 * rank tests" (1963).
 *
 * @throws RangeError when there are no values
 */
export function computeHodgesLehmann(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('computeHodgesLehmann: no values');
  const means = new Float64Array((values.length * (values.length + 1)) / 2);
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    for (let j = i; j < values.length; j++) {
      means[count++] = ((values[i] as number) + (values[j] as number)) / 2;
    }
  }
  return computeMedianOf(means);
}

/** Largest shift that is still rejected, coming from below; the search is by halves, to a millionth. */
function findBound(values: readonly number[], isRejected: (shift: number) => boolean): number {
  if (values.length === 0) return Number.NEGATIVE_INFINITY;
  const [least, most] = [Math.min(...values), Math.max(...values)];
  let low = least - (most - least) - 1e-6;
  if (!isRejected(low)) return Number.NEGATIVE_INFINITY;
  let high = most + 1e-6;
  while (high - low > 1e-6) {
    const middle = (low + high) / 2;
    if (isRejected(middle)) low = middle;
    else high = middle;
  }
  return low;
}

function createEvidence(): Evidence {
  const logWealths = STAKES.map(() => -Math.log(STAKES.length));
  let highest = 0;
  return {
    get logWealth() {
      return highest;
    },
    add(sign, share) {
      if (sign === 0) return;
      const step = Math.round(share * STEPS);
      const tables = sign > 0 ? WINS : LOSSES;
      let most = Number.NEGATIVE_INFINITY;
      for (let index = 0; index < logWealths.length; index++) {
        const logWealth = (logWealths[index] as number) + (tables[index]?.[step] as number);
        logWealths[index] = logWealth;
        if (logWealth > most) most = logWealth;
      }
      // The sum is not more than this: exponentials only where it may be a new height.
      if (most + Math.log(STAKES.length) <= highest) return;
      let sum = 0;
      for (const logWealth of logWealths) sum += Math.exp(logWealth - most);
      highest = Math.max(highest, most + Math.log(sum));
    },
  };
}

/** How many of the first `count` values, in ascending order, are not greater. */
function countUpTo(sorted: Float64Array, count: number, value: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function tabulate(compute: (share: number) => number): Float64Array {
  return Float64Array.from({ length: STEPS + 1 }, (_, step) => compute(step / STEPS));
}
