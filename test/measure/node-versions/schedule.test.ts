import { describe, expect, it } from 'vitest';
import {
  computeLtsMajor,
  computeLtsStart,
  findCodenamedMajor,
} from '../../../core/measure/node-versions/schedule.ts';

describe('the LTS schedule', () => {
  // Start dates as in schedule.json of github.com/nodejs/Release.
  it.each([
    [4, '2015-10-12'],
    [6, '2016-10-18'],
    [8, '2017-10-31'],
    [10, '2018-10-30'],
    [12, '2019-10-21'],
    [14, '2020-10-27'],
    [16, '2021-10-26'],
    [18, '2022-10-25'],
    [20, '2023-10-24'],
    [22, '2024-10-29'],
    [24, '2025-10-28'],
    [26, '2026-10-28'],
  ])('has %i within three weeks after its published start', (major, published) => {
    const lateMs = (computeLtsStart(major)?.getTime() ?? Number.NaN) - Date.parse(published);
    expect(lateMs / 86_400_000).toBeGreaterThan(0);
    expect(lateMs / 86_400_000).toBeLessThanOrEqual(21);
  });

  it('has every major from 27 on, in the year of its number', () => {
    expect(computeLtsStart(27)?.toISOString()).toBe('2027-11-01T00:00:00.000Z');
    expect(computeLtsStart(28)?.toISOString()).toBe('2028-11-01T00:00:00.000Z');
  });

  it.each([0, 1, 3, 5, 21, 25])('never has %i', (major) => {
    expect(computeLtsStart(major)).toBeNull();
  });

  it('passes over lines that came out but are not LTS yet', () => {
    expect(computeLtsMajor([20, 22, 23, 24, 25, 26], new Date('2026-10-31T23:59:59Z'))).toBe(24);
    expect(computeLtsMajor([20, 22, 23, 24, 25, 26], new Date('2026-11-01T00:00:00Z'))).toBe(26);
    expect(computeLtsMajor([25, 23], new Date('2030-01-01'))).toBeNull();
  });

  it('knows the lines by their codenames', () => {
    expect(['argon', 'gallium', 'jod', 'krypton', 'xenon'].map(findCodenamedMajor)).toEqual([
      4,
      16,
      22,
      24,
      null,
    ]);
  });
});
