import { describe, expect, it } from 'vitest';
import type { BulkState } from '../../core/store/bulk-reader.ts';
import { formatCommit } from '../../dashboard/publish/commits.ts';
import { isNoisy } from '../../dashboard/publish/noisy.ts';
import { computePresent } from '../../dashboard/publish/present.ts';
import { PublishError, translateWriteError } from '../../dashboard/publish/publish-error.ts';
import { createRandom } from '../../scripts/bench/runs.ts';

describe('the author of a commit', () => {
  it.each([
    ['Ada Lovelace <ada@example.org>', 'Ada Lovelace'],
    ['<ada@example.org>', 'ada'],
    ['ada@example.org', 'ada'],
    ['Ada <ada@example.org> ', 'Ada'],
    ['', ''],
  ])('%j is named as %j, without an address', (author, name) => {
    const commit = { sha: 'a', author, subject: 'x'.repeat(500), committedAt: '2026-01-01T00:00:00.000Z' };
    expect(formatCommit(commit)).toMatchObject({ author: name, committedS: 1_767_225_600 });
    expect(formatCommit(commit).subject).toHaveLength(200);
  });
});

describe('a run is noisy', () => {
  const state = (cpuPressure: number | null, cpuMs = 20, workload = '1, Node 24.0.0'): BulkState => ({
    at: '2026-01-01T00:00:00.000Z',
    load: 0,
    cpuPressure,
    calibration: { workload, cpuMs, memoryMs: 30 },
  });
  it.each([
    ['when others wanted the CPU', state(0.21), state(0), true],
    ['when the machine became slower meanwhile', state(0, 20), state(0, 22.5), true],
    ['but not when it stayed as it was', state(0.19, 20), state(null, 21), false],
    ['but not by calibrations that cannot be compared', state(0, 20), state(0, 40, '2, Node 24.0.0'), false],
    ['but not when nothing is known', null, null, false],
  ])('%s', (_, before, after, expected) => {
    expect(isNoisy(before, after)).toBe(expected);
  });
});

describe('where a series stands', () => {
  const random = createRandom(3);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const around = (levelMs: number, count: number, sd = 0.05) =>
    Array.from({ length: count }, () => levelMs * Math.exp(sd * normal()));
  const compute = (values: readonly number[], smallestRatio?: number) =>
    computePresent(Float64Array.from(values), { resolutionMs: 0, smallestRatio });

  it('has the noise around its levels, and not the step between them', () => {
    const found = compute([...around(10, 32), ...around(20, 32)]);
    expect(found?.noise).toBeGreaterThan(0.03);
    expect(found?.noise).toBeLessThan(0.1);
    expect(found?.levelMs).toBeGreaterThan(18);
    expect(found?.growthRatio).toBeGreaterThan(1.8);
  });

  it('could show smaller changes the less noise there is, and what screening said goes first', () => {
    const ratioOf = (sd: number) => compute(around(10, 64, sd))?.smallestRatio ?? 0;
    expect(ratioOf(0.05)).toBeGreaterThan(1.06);
    expect(ratioOf(0.3)).toBeGreaterThan(ratioOf(0.05));
    expect(ratioOf(0.001)).toBeCloseTo(1.05);
    expect(compute(around(10, 64), 1.77)?.smallestRatio).toBe(1.77);
  });

  it('says nothing that few runs do not tell', () => {
    expect(compute([])).toBeUndefined();
    expect(compute([3, 4, 5])).toEqual({ levelMs: 4, growthRatio: null, noise: null, smallestRatio: null });
  });
});

describe('a failure to write', () => {
  const fail = (code: string) =>
    translateWriteError('/srv/site', Object.assign(new Error(`${code}: write`), { code }));
  it.each([
    [
      'ENOSPC',
      'dashboard/disk-full',
      'no room left on the disk; the site that was there is still whole (ENOSPC',
    ],
    ['EDQUOT', 'dashboard/disk-full', 'this user may not store more'],
    ['EACCES', 'dashboard/unwritable', 'this user may not write here'],
    ['EPERM', 'dashboard/unwritable', 'this user may not write here'],
    ['EROFS', 'dashboard/unwritable', 'this file system can only be read'],
  ])('%s says what happened, and what to do', (code, ours, what) => {
    const error = fail(code);
    expect(error).toBeInstanceOf(PublishError);
    expect(error).toMatchObject({ code: ours, hint: expect.stringMatching(/\.$/) });
    expect(String(error)).toContain(what);
  });

  it('that is none stays what it is', () => {
    const defect = new TypeError('x is not a function');
    expect(translateWriteError('/srv/site', defect)).toBe(defect);
  });
});
