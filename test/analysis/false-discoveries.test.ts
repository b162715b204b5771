import { describe, expect, it } from 'vitest';
import { computeLevelP, computeTellableP, createPointTail } from '../../core/analysis/false-discoveries.ts';

describe('computeTellableP', () => {
  // Benjamini and Hochberg (1995), section 3.2: fifteen p-values, of which four are told at a rate of 0.05.
  const EXAMPLE = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528,
    0.759, 1,
  ];

  it('tells what the procedure tells in the example of those who found it', () => {
    expect(computeTellableP(EXAMPLE, { rate: 0.05, looked: 15 })).toBe(0.0095);
  });

  it('counts tests whose p-value is not listed as 1', () => {
    expect(computeTellableP(EXAMPLE.slice(0, 5), { rate: 0.05, looked: 15 })).toBe(0.0095);
    expect(computeTellableP([0.001], { rate: 0.1, looked: 100 })).toBe(0.001);
    expect(computeTellableP([0.001], { rate: 0.1, looked: 101 })).toBe(-1);
  });

  it('tells nothing of nothing', () => {
    expect(computeTellableP([], { rate: 0.1, looked: 10 })).toBe(-1);
  });
});

describe('computeLevelP', () => {
  it('is what was measured, and falls with the excess', () => {
    expect(computeLevelP(1)).toBeCloseTo(3e-5, 7);
    expect(computeLevelP(2)).toBeCloseTo(0.75e-5, 7);
    expect(computeLevelP(0.5)).toBe(computeLevelP(1));
  });
});

describe('createPointTail', () => {
  it('gives the share of points that are at least as far off, never 0', () => {
    const tail = createPointTail();
    for (let point = 0; point < 99; point += 1) tail.add(point / 10);
    expect(tail.computeP(9)).toBeCloseTo(10 / 100);
    expect(tail.computeP(1000)).toBeCloseTo(1 / 100);
    expect(tail.computeP(-5)).toBe(1);
  });
});
