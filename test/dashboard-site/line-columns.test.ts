import { describe, expect, it } from 'vitest';
import { findFirst, gatherValues, toColumns } from '../../dashboard/src/charts/line-columns.ts';
import type { PointKind, TrendPoint } from '../../dashboard/src/charts/model.ts';

const point = (x: number, y: number | null, kind: PointKind = 'ordinary'): TrendPoint => ({
  x,
  y,
  kind,
  run: x,
  spread: null,
});

describe('the columns of a line', () => {
  const columns = toColumns({
    points: [
      point(0, 10),
      point(1, 1, 'failed'),
      point(2, null),
      point(3, 14, 'noisy'),
      point(4, 90, 'modified'),
    ],
  });

  it('have every point, and of the line those that count, with its gaps', () => {
    expect([...columns.xs]).toEqual([0, 1, 2, 3, 4]);
    expect([...columns.ys]).toEqual([10, 1, Number.NaN, 14, 90]);
    expect([...columns.lineXs]).toEqual([0, 2, 3]);
    expect([...columns.lineYs]).toEqual([10, Number.NaN, 14]);
  });

  it('decide the scale of what is seen, failed runs only where there are no others', () => {
    expect(gatherValues([columns], { from: 0, to: 3 })).toEqual([10, 14]);
    expect(gatherValues([columns], { from: 1, to: 2 })).toEqual([1]);
    expect(gatherValues([columns], { from: 7, to: 9 })).toEqual([]);
  });

  it('are searched by place', () => {
    expect([-1, 0, 2.5, 4, 5].map((x) => findFirst(columns.xs, x))).toEqual([0, 0, 3, 4, 5]);
  });
});
