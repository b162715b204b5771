import { expect, test } from 'vitest';
import { computeFactor, type Residual } from '../../core/analysis/machine-factor.ts';
import { createRandom } from './random.ts';

const NONE = { usual: 0, settled: 0 };

function makeResiduals(distances: readonly number[]): Residual[] {
  const { normal } = createRandom(7);
  return distances.map((distance) => ({ distance: distance + 0.03 * normal(), noise: 0.03 }));
}

test('a machine on which all tests are slower has a factor', () => {
  expect(computeFactor(makeResiduals(new Array<number>(40).fill(0.2)), NONE)).toBeCloseTo(0.2, 1);
});

test('a commit that slows four tests in ten is not taken for the machine', () => {
  const distances = Array.from({ length: 50 }, (_, index) => (index < 20 ? 0.3 : 0));
  expect(Math.abs(computeFactor(makeResiduals(distances), NONE))).toBeLessThan(0.03);
});

test('tests that wait for a timer do not hide that the machine is slower', () => {
  const distances = Array.from({ length: 50 }, (_, index) => (index < 8 ? 0 : 0.25));
  expect(computeFactor(makeResiduals(distances), NONE)).toBeCloseTo(0.25, 1);
});

test('the factor stays what it was when there are too few tests to tell', () => {
  expect(computeFactor(makeResiduals([0.5, 0.5, 0.5]), { usual: 0.1, settled: 0 })).toBe(0.1);
});
