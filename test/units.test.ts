import { describe, expect, it } from 'vitest';
import { formatBytes, formatCount, formatDuration, formatRatio } from '../core/units.ts';

describe('a duration is shown in the unit a person reads at a glance', () => {
  it.each([
    [null, '–'],
    [Number.NaN, '–'],
    [0, '0 ms'],
    [0.000042, '0.04 µs'],
    [0.42, '420 µs'],
    [0.9994, '999 µs'],
    [0.9999, '1.00 ms'],
    [1.239, '1.24 ms'],
    [12.34, '12.3 ms'],
    [999.4, '999 ms'],
    [999.6, '1.00 s'],
    [3100, '3.10 s'],
    [59_949, '59.9 s'],
    [59_960, '1 min 00 s'],
    [125_000, '2 min 05 s'],
    [3_725_000, '1 h 02 min'],
    [-1.5, '-1.50 ms'],
  ])('%s is %s', (durationMs, text) => expect(formatDuration(durationMs)).toBe(text));
});

describe('a ratio is shown as a signed change', () => {
  it.each([
    [null, '–'],
    [1, '0.0 %'],
    [1.0004, '0.0 %'],
    [1.124, '+12.4 %'],
    [0.97, '-3.0 %'],
    [0.5, '-50.0 %'],
    [2.5, '+150.0 %'],
    [3.2, '3.20×'],
    [120, '120×'],
  ])('%s is %s', (ratio, text) => expect(formatRatio(ratio)).toBe(text));
});

describe('a size is shown in powers of 1000', () => {
  it.each([
    [null, '–'],
    [0, '0 B'],
    [512, '512 B'],
    [1240, '1.24 kB'],
    [999_600, '1.00 MB'],
    [2_500_000_000, '2.50 GB'],
  ])('%s is %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));
});

it('counts one thing and many', () => {
  expect([formatCount(1, 'test'), formatCount(2, 'test'), formatCount(0, 'process', 'processes')]).toEqual([
    '1 test',
    '2 tests',
    '0 processes',
  ]);
});
