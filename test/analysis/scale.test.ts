import { expect, test } from 'vitest';
import { computeRatio, computeSize, findResolution, fromScale, toScale } from '../../core/analysis/scale.ts';

test.each([
  ['whole milliseconds', [12, 3, 0, 157], 1],
  ['tens, which are whole milliseconds too', [10, 20, 30], 1],
  ['microseconds', [0.125, 3.501, 12.007], 0.001],
  ['whole milliseconds with one exception in a hundred', [...new Array<number>(99).fill(7), 7.5], 1],
  ['any fraction', [Math.PI, Math.E, Math.SQRT2], 0],
  ['nothing but zeros', [0, 0], 0],
])('the resolution of %s is found', (_, values, resolution) => {
  expect(findResolution(values)).toBe(resolution);
});

test.each([0, 0.02, 1, 30_000])('%f ms come back from the scale', (durationMs) => {
  for (const resolution of [0, 0.001, 1]) {
    expect(fromScale(toScale(durationMs, resolution), resolution)).toBeCloseTo(durationMs, 6);
  }
});

test('a step on the scale is a ratio of durations, not of places', () => {
  const place = toScale(10, 1);
  expect(computeRatio({ place, step: toScale(15, 1) - place }, 1)).toBeCloseTo(1.5, 12);
});

test('a step from 0 ms has no ratio, and counts as larger than any', () => {
  expect(computeRatio({ place: toScale(0, 1), step: 1 }, 1)).toBeNull();
  expect(computeSize(null)).toBe(Number.POSITIVE_INFINITY);
});

test('slower by a fifth and back are of one size', () => {
  expect(computeSize(1.2)).toBeCloseTo(0.2, 12);
  expect(computeSize(1 / 1.2)).toBeCloseTo(0.2, 12);
});
