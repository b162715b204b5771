import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { partition } from '../../core/analysis/partition.ts';

const RULES = { penalty: 6, bound: 3 };

/**
 * The least cost by trying every set of cuts. A bounded loss has its minimum where the derivative of some subset of
 * points is zero: at the mean of the points that are near it.
 */
function findLeastCost(values: readonly number[], { penalty, bound }: typeof RULES): number {
  const computeLoss = (part: readonly number[], level: number) =>
    part.reduce((sum, value) => sum + Math.min((value - level) ** 2, bound ** 2), 0);
  const computeFit = (part: readonly number[]) => {
    let least = part.length * bound ** 2;
    for (let chosen = 1; chosen < 1 << part.length; chosen++) {
      const near = part.filter((_, index) => chosen & (1 << index));
      least = Math.min(least, computeLoss(part, near.reduce((a, b) => a + b, 0) / near.length));
    }
    return least;
  };
  const best = [-penalty];
  for (let end = 1; end <= values.length; end++) {
    best[end] = Math.min(
      ...Array.from(
        { length: end },
        (_, begin) => (best[begin] as number) + penalty + computeFit(values.slice(begin, end)),
      ),
    );
  }
  return best.at(-1) as number;
}

function computeCost(values: readonly number[], cuts: readonly number[]): number {
  const edges = [0, ...cuts, values.length];
  let cost = RULES.penalty * cuts.length;
  for (let index = 1; index < edges.length; index++) {
    cost += findLeastCost(values.slice(edges[index - 1], edges[index]), { ...RULES, penalty: 1e9 });
  }
  return cost;
}

describe('partition', () => {
  test('is as cheap as the best of all partitions', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -40, max: 40 }), { minLength: 1, maxLength: 9 }), (integers) => {
        const values = integers.map((value) => value / 4);
        const cuts = partition(Float64Array.from(values), RULES);
        expect(computeCost(values, cuts)).toBeCloseTo(findLeastCost(values, RULES), 8);
      }),
      { numRuns: 150 },
    );
  });

  test('gives ascending indices inside the series', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { maxLength: 200 }), (values) => {
        const cuts = partition(Float64Array.from(values), RULES);
        expect(cuts).toEqual([...new Set(cuts)].sort((a, b) => a - b));
        expect(cuts.every((cut) => cut > 0 && cut < values.length)).toBe(true);
      }),
    );
  });

  test('cuts where a level begins', () => {
    const values = [0, 1, 0, 1, 0, 1, 9, 8, 9, 8, 9, 8];
    expect(partition(Float64Array.from(values), RULES)).toEqual([6]);
  });

  test('is not bought by one spike, however high', () => {
    const values = [0, 1, 0, 1, 0, 1e6, 0, 1, 0, 1, 0, 1];
    expect(partition(Float64Array.from(values), { penalty: 10, bound: 3 })).toEqual([]);
  });

  test('leaves a constant, a single value and nothing alone', () => {
    expect(partition(new Float64Array(100).fill(7), RULES)).toEqual([]);
    expect(partition(Float64Array.of(7), RULES)).toEqual([]);
    expect(partition(new Float64Array(0), RULES)).toEqual([]);
  });
});
