import { describe, expect, test } from 'vitest';
import { findChanges } from '../../core/analysis/changes.ts';
import { createRandom } from './random.ts';

const EVERY = { minimumRatio: 0 };

function makeSeries(
  levels: readonly (readonly [runs: number, ms: number])[],
  sigma = 0.03,
  seed = 1,
): number[] {
  const { normal } = createRandom(seed);
  return levels.flatMap(([runs, ms]) => Array.from({ length: runs }, () => ms * Math.exp(sigma * normal())));
}

function findPlaces(series: readonly (number | null)[], options = EVERY): number[] {
  return findChanges(series, options).map(({ at }) => at);
}

describe('changes of a series', () => {
  test('are found where a level begins, with direction and size', () => {
    const changes = findChanges(
      makeSeries([
        [40, 100],
        [40, 120],
        [40, 60],
      ]),
      EVERY,
    );
    expect(changes.map(({ at, direction }) => [at, direction])).toEqual([
      [40, 'slower'],
      [80, 'faster'],
    ]);
    const [slower, faster] = changes;
    expect(slower?.ratio).toBeCloseTo(1.2, 1);
    expect(faster?.ratio).toBeCloseTo(0.5, 1);
    expect(slower?.ratioLow).toBeLessThan(1.2);
    expect(slower?.ratioHigh).toBeGreaterThan(1.2);
    expect(slower?.noiseUnits).toBeGreaterThan(3);
    expect(slower?.z).toBeGreaterThan(3);
    expect(faster?.z).toBeLessThan(-3);
  });

  test('are none in noise, whatever its size', () => {
    for (const sigma of [0.001, 0.05, 0.5]) expect(findPlaces(makeSeries([[300, 100]], sigma))).toEqual([]);
  });

  test('are none where a few runs were slow', () => {
    const series = makeSeries([[200, 50]]);
    for (const at of [20, 60, 61, 150]) series[at] = 5000;
    expect(findPlaces(series)).toEqual([]);
  });

  test('are at the index of the series as given, when values are missing', () => {
    const series: (number | null)[] = makeSeries([
      [40, 100],
      [40, 150],
    ]);
    series.splice(10, 0, null, null, null);
    series[60] = null;
    expect(findPlaces(series)).toEqual([43]);
  });

  test('of less than the smallest ratio are none', () => {
    const series = makeSeries(
      [
        [60, 100],
        [60, 104],
      ],
      0.005,
    );
    expect(findPlaces(series)).toEqual([60]);
    expect(findPlaces(series, { minimumRatio: 0.03 })).toEqual([60]);
    expect(findPlaces(series, { minimumRatio: 0.06 })).toEqual([]);
  });

  test('are not made of one tick of a clock of whole milliseconds', () => {
    const { uniform } = createRandom(3);
    expect(findPlaces(Array.from({ length: 300 }, () => (uniform() < 0.4 ? 1 : 0)))).toEqual([]);
  });

  test('from 0 ms have no ratio', () => {
    const series = [...new Array<number>(30).fill(0), ...new Array<number>(30).fill(20)];
    expect(findChanges(series, EVERY)).toMatchObject([{ at: 30, direction: 'slower', ratio: null }]);
  });

  test.each([
    ['nothing', []],
    ['one value', [5]],
    ['two values', [5, 500]],
    ['a constant', new Array<number>(500).fill(12.5)],
    ['zeros', new Array<number>(500).fill(0)],
    ['nulls', new Array<null>(500).fill(null)],
    [
      'no numbers',
      [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, -50, -1, -50, -1, -50, -1],
    ],
  ])('are none in %s', (_, series) => {
    expect(findPlaces(series)).toEqual([]);
  });

  test('are found past NaN and negative clocks, which count as not measured', () => {
    const series = makeSeries([
      [40, 100],
      [40, 150],
    ]);
    series[5] = Number.NaN;
    series[50] = -3;
    expect(findPlaces(series)).toEqual([40]);
  });

  test('are found in a million values', { timeout: 120_000 }, () => {
    const series = makeSeries([
      [500_000, 100],
      [500_000, 110],
    ]);
    expect(findPlaces(series)).toEqual([500_000]);
  });
});
