import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  computeMedian,
  computeMedianOf,
  computeQuantileOf,
  computeRankSum,
  computeShift,
} from '../../core/analysis/statistics.ts';

describe('median', () => {
  test('is the same by selection as by sorting', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 60 }), (values) => {
        expect(computeMedianOf(Float64Array.from(values))).toBe(computeMedian(values));
      }),
    );
  });

  test('of nothing is an error', () => {
    expect(() => computeMedianOf(new Float64Array(0))).toThrow('computeMedianOf: no values');
  });
});

describe('quantile', () => {
  // R: quantile(c(1, 2, 4, 8, 16), c(0, .1, .25, .5, .9, 1)), its default type 7.
  test.each([
    [0, 1],
    [0.1, 1.4],
    [0.25, 2],
    [0.5, 4],
    [0.9, 12.8],
    [1, 16],
  ])('at %f of 1, 2, 4, 8, 16 is %f', (share, quantile) => {
    expect(computeQuantileOf(Float64Array.of(1, 2, 4, 8, 16), share)).toBeCloseTo(quantile, 12);
  });

  test('of nothing is an error', () => {
    expect(() => computeQuantileOf(new Float64Array(0), 0.5)).toThrow('computeQuantileOf: no values');
  });
});

describe('rank-sum test', () => {
  // Hollander and Wolfe (1999), table 4.1: permeability of the human chorioamnion, as in R's ?wilcox.test, where
  // W = 35 for the pairs in which the first sample is greater; here the other pairs are counted: 50 - 35.
  test('gives the published statistic of the chorioamnion data', () => {
    const term = Float64Array.of(0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46);
    const early = Float64Array.of(1.15, 0.88, 0.9, 0.74, 1.21);
    const { u, z, dominance } = computeRankSum(term, early);
    expect(u).toBe(15);
    // (15 - 25) / sqrt(50 · 16 / 12)
    expect(z).toBeCloseTo(-1.224745, 6);
    expect(dominance).toBeCloseTo(-0.4, 12);
  });

  test('lowers the variance for ties', () => {
    // By hand: ranks of 1 1 2 | 1 2 2: ties of three and three, variance 9/12 · (7 - 48/30) = 4.05, U = 6.
    const { u, z } = computeRankSum(Float64Array.of(1, 1, 2), Float64Array.of(1, 2, 2));
    expect(u).toBe(6);
    expect(z).toBeCloseTo(1.5 / Math.sqrt(4.05), 12);
  });

  test('counts every pair as brute force does', () => {
    const sample = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 15 });
    fc.assert(
      fc.property(sample, sample, (first, second) => {
        let u = 0;
        for (const a of first) for (const b of second) u += a < b ? 1 : a === b ? 0.5 : 0;
        expect(computeRankSum(Float64Array.from(first), Float64Array.from(second)).u).toBe(u);
      }),
    );
  });

  test('is 0 when all are equal', () => {
    expect(computeRankSum(Float64Array.of(3, 3), Float64Array.of(3, 3, 3))).toEqual({
      u: 3,
      z: 0,
      dominance: 0,
    });
  });

  test('of an empty sample is an error', () => {
    expect(() => computeRankSum(new Float64Array(0), Float64Array.of(1))).toThrow('an empty sample');
  });
});

describe('shift', () => {
  test('is the Hodges-Lehmann estimate of the chorioamnion data', () => {
    // Hollander and Wolfe (1999), examples 4.3 and 4.4: 0.305, and 96 % between -0.15 and 0.76.
    const term = Float64Array.of(0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46);
    const early = Float64Array.of(1.15, 0.88, 0.9, 0.74, 1.21);
    const { estimate, low, high } = computeShift(early, term);
    expect(estimate).toBeCloseTo(0.305, 12);
    expect(low).toBeCloseTo(-0.15, 12);
    expect(high).toBeCloseTo(0.76, 12);
  });

  test('moves with the second sample', () => {
    const sample = fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(sample, sample, fc.integer({ min: -50, max: 50 }), (first, second, by) => {
        const before = computeShift(Float64Array.from(first), Float64Array.from(second));
        const after = computeShift(
          Float64Array.from(first),
          Float64Array.from(second, (value) => value + by),
        );
        expect(after.estimate).toBe(before.estimate + by);
        expect(after.low).toBeLessThanOrEqual(after.estimate);
        expect(after.high).toBeGreaterThanOrEqual(after.estimate);
      }),
    );
  });

  test('of an empty sample is an error', () => {
    expect(() => computeShift(Float64Array.of(1), new Float64Array(0))).toThrow('an empty sample');
  });
});
