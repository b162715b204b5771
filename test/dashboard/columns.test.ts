import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ABSENT } from '../../core/store/bulk-reader.ts';
import {
  decodeDeltas,
  decodeGappedDeltas,
  encodeDeltas,
  encodeGappedDeltas,
} from '../../dashboard/columns.ts';
import { roundTo } from '../../dashboard/publish/figures.ts';
import { encodeSeries } from '../../dashboard/publish/series-columns.ts';

const whole = fc.maxSafeInteger().map((value) => Math.round(value / 4) + 0);

describe('columns', () => {
  it('give back the numbers that were written, and their gaps', () => {
    fc.assert(
      fc.property(fc.array(whole), (values) => {
        expect(decodeDeltas(encodeDeltas(values))).toEqual(values);
      }),
    );
    fc.assert(
      fc.property(fc.array(fc.option(whole)), (values) => {
        expect(decodeGappedDeltas(encodeGappedDeltas(values))).toEqual(values);
      }),
    );
  });

  it('keep four digits of a series, however long its tests are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1000, max: 9_999 }), { minLength: 1 }),
        fc.integer({ min: 0, max: 9 }),
        (values, power) => {
          const durationsNs = Float64Array.from(values, (value) => value * 10 ** power + 0.3);
          const series = encodeSeries({
            subject: 1,
            firstRun: 7,
            runs: values.length,
            outcomes: new Uint8Array(values.length),
            durationsNs,
            spreads: new Int16Array(values.length).fill(-1),
          });
          const back = decodeGappedDeltas(series?.durations ?? []).map(
            (units) => (units ?? 0) * (series?.unitNs ?? 0),
          );
          back.forEach((ns, at) => {
            expect(Math.abs(ns / (durationsNs[at] as number) - 1)).toBeLessThan(0.000_51);
          });
          expect(series).toMatchObject({ first: 7 });
          expect(series).not.toHaveProperty('outcomes');
          expect(series).not.toHaveProperty('spreads');
        },
      ),
    );
  });

  it('begin and end where the test was there', () => {
    const outcomes = Uint8Array.from([ABSENT, ABSENT, 0, ABSENT, 3, ABSENT]);
    const durationsNs = Float64Array.from([
      Number.NaN,
      Number.NaN,
      5_000_000,
      Number.NaN,
      Number.NaN,
      Number.NaN,
    ]);
    const spreads = Int16Array.from([-1, -1, 214, -1, -1, -1]);
    const rest = { subject: 4, firstRun: 10, durationsNs, spreads };
    expect(encodeSeries({ ...rest, runs: 6, outcomes })).toEqual({
      subject: 4,
      first: 12,
      unitNs: 1000,
      durations: [5000, null, null],
      outcomes: '0-3',
      spreads: [21, null, null],
    });
    expect(encodeSeries({ ...rest, runs: 2, outcomes: outcomes.slice(0, 2) })).toBeUndefined();
  });
});

describe('rounding', () => {
  it('writes so many digits and no more', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e12, noNaN: true }), (value) => {
        const rounded = roundTo(value, 4);
        expect(Math.abs(rounded / value - 1)).toBeLessThan(0.000_51);
        expect(
          String(rounded)
            .replace(/e.*|\D/g, '')
            .replace(/^0+|0+$/g, '').length,
        ).toBeLessThanOrEqual(4);
      }),
    );
    expect([0, Number.POSITIVE_INFINITY, -1.23456].map((value) => roundTo(value, 3))).toEqual([0, 0, -1.23]);
  });
});
