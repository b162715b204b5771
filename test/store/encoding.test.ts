import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StoreError } from '../../core/errors.ts';
import {
  computeSpread,
  MAX_DURATION_MS,
  packColumn,
  type Result,
  toMilliseconds,
  toNanoseconds,
  toOutcome,
  unpackResult,
} from '../../core/store/encoding.ts';

describe('toNanoseconds', () => {
  it('keeps every duration to the nanosecond', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e8, noNaN: true }), (durationMs) => {
        const readMs = toMilliseconds(toNanoseconds(durationMs)) ?? Number.NaN;
        expect(Math.abs(readMs - durationMs)).toBeLessThanOrEqual(1e-6);
      }),
    );
  });

  it('keeps null null and zero zero', () => {
    expect(toMilliseconds(toNanoseconds(null))).toBeNull();
    expect(toMilliseconds(toNanoseconds(0))).toBe(0);
  });

  it('gives whole nanoseconds back exactly as they were', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 31 - 1), (durationNs) => {
        expect(toNanoseconds(durationNs / 1e6)).toBe(durationNs);
      }),
    );
  });

  it('refuses what it cannot keep exactly', () => {
    expect(() => toNanoseconds(1e10)).toThrow(StoreError);
    expect(() => toNanoseconds(1e10)).toThrow(
      `Store: a duration must be at most ${MAX_DURATION_MS} ms, got 10000000000.`,
    );
  });
});

describe('computeSpread', () => {
  it.each([
    // Median 3, deviations 2 1 0 1 2, their median 1: 1.4826 / 3.
    [[1, 2, 3, 4, 5], 4942],
    [[5, 5, 5], 0],
    // Median 2, deviations 1 1: 1.4826 / 2.
    [[1, 3], 7413],
    // One outlier moves it little: median 10, deviations 0 0 0 0 990.
    [[10, 10, 10, 10, 1000], 0],
  ])('of %j is %d ten-thousandths', (samples, spread) => {
    expect(computeSpread(samples)).toBe(spread);
  });

  it.each([[[]], [[7]], [[0, 0, 5]]])('of %j is unknown', (samples) => {
    expect(computeSpread(samples)).toBeNull();
  });

  it('is never more than two bytes hold', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 2 }), (samples) => {
        expect(computeSpread(samples) ?? 0).toBeLessThanOrEqual(14_826);
      }),
    );
  });
});

describe('packColumn', () => {
  const result: fc.Arbitrary<Result> = fc.record({
    outcome: fc.nat(3),
    durationNs: fc.option(
      fc.oneof(
        fc.nat(300),
        fc.maxSafeNat().map((n) => n % (MAX_DURATION_MS * 1e6)),
      ),
    ),
    spread: fc.option(fc.nat(65_534)),
  });

  it('loses nothing', () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(result, { nil: undefined }), { minLength: 1, maxLength: 64 }),
        (column) => {
          const packed = packColumn(column);
          const read = column.map((_, position) => unpackResult(packed, position, column.length));
          expect(read).toEqual(column);
        },
      ),
    );
  });

  it('takes no room for what goes without saying', () => {
    expect(packColumn([{ outcome: 0, durationNs: null, spread: null }])).toEqual({
      outcomes: null,
      durations: null,
      spreads: null,
    });
  });

  it('takes as many bytes per duration as the longest needs', () => {
    const column = [254, 65_534, 0].map((durationNs) => ({ outcome: 0, durationNs, spread: null }));
    expect(packColumn(column.slice(0, 1)).durations).toHaveLength(1);
    expect(packColumn(column).durations).toHaveLength(6);
  });
});

describe('toOutcome', () => {
  it('refuses a code that was never written', () => {
    expect(toOutcome(1)).toBe('failed');
    expect(() => toOutcome(4)).toThrow('no outcome has the code 4');
  });
});
