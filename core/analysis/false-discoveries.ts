/**
 * How sure a job must be of one test, given that it looks at all of them: p-values of what screening finds, and the share
 * of false ones among what is told.
 */

/**
 * Which of the p-values may be told so that, of all that are told, at most the share `rate` is false on average:
 * Y. Benjamini and Y. Hochberg, "Controlling the False Discovery Rate", J. R. Statist. Soc. B 57 (1995). It holds for
 * tests that are independent or, as those of one run are, move together (Benjamini and Yekutieli 2001).
 *
 * @param looked how many tests were looked at: those whose p-value is not listed are 1
 * @returns the largest p-value that may be told; −1 when none may
 */
export function computeTellableP(
  pValues: readonly number[],
  { rate, looked }: { readonly rate: number; readonly looked: number },
): number {
  const sorted = pValues.toSorted((a, b) => a - b);
  for (let rank = sorted.length; rank >= 1; rank--) {
    const pValue = sorted[rank - 1] as number;
    if (pValue <= (rate * rank) / Math.max(looked, sorted.length)) return pValue;
  }
  return -1;
}

/** Of a million results in which nothing changed so many were told, and fewer the further they exceed what is needed. */
const LEVEL_TAIL = { rate: 3e-5, power: 2 } as const;

/**
 * How often a test in which nothing changed is told, in one run, with a new level that exceeds what is needed so many
 * times. Measured, not derived: the rules look at a series again and again, and at what is no normal noise.
 */
export function computeLevelP(excess: number): number {
  return Math.min(1, LEVEL_TAIL.rate * Math.max(1, excess) ** -LEVEL_TAIL.power);
}

/** Distances are counted in bins of this width, up to the last. */
const BIN = { width: 0.1, count: 1000 } as const;

/** How often points are so far from their level, by all points of all tests so far. */
export interface PointTail {
  readonly add: (distance: number) => void;
  /** The share of points at least as far, the point itself counted in, so that it is never 0. */
  readonly computeP: (distance: number) => number;
}

export function createPointTail(): PointTail {
  const counts = new Uint32Array(BIN.count);
  let total = 0;
  const findBin = (distance: number) =>
    Math.min(BIN.count - 1, Math.max(0, Math.floor(distance / BIN.width)));
  return {
    add(distance) {
      counts[findBin(distance)] = (counts[findBin(distance)] as number) + 1;
      total++;
    },
    computeP(distance) {
      let further = 0;
      for (let bin = findBin(distance); bin < BIN.count; bin++) further += counts[bin] as number;
      return (further + 1) / (total + 1);
    },
  };
}
