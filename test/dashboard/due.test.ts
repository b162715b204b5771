import { describe, expect, it } from 'vitest';
import { computeDue, type ScheduledRepo } from '../../core/config/due.ts';
import { createRun } from '../../scripts/bench/runs.ts';
import { makePlace, readSite, storeRuns } from './site.ts';

const NIGHTLY: ScheduledRepo = {
  repository: 'happner/sample',
  jobType: null,
  nodeVersions: null,
  schedule: '0 0 2 * * *',
};
const LAST = {
  repository: 'happner/sample',
  jobType: 'performance-tracker-lite',
  nodeLine: '24',
  lastStartedMs: Date.parse('2026-03-01T02:10:00Z'),
};

describe('the next run is due', () => {
  const due = (more: Partial<ScheduledRepo>, of = LAST) => {
    const ms = computeDue([{ ...NIGHTLY, ...more }], of);
    return ms === null ? null : new Date(ms).toISOString();
  };

  it('two hours after the next slot of its schedule', () => {
    expect(due({})).toBe('2026-03-02T04:00:00.000Z');
    expect(due({ repository: 'Happner/Sample', nodeVersions: ['22', '24'] })).toBe(
      '2026-03-02T04:00:00.000Z',
    );
    expect(due({ nodeVersions: ['lts'] })).toBe('2026-03-02T04:00:00.000Z');
  });

  it('never when no schedule is about it', () => {
    expect(due({ repository: 'happner/other' })).toBeNull();
    expect(due({ nodeVersions: ['22', '24.1.0'] })).toBeNull();
    expect(due({ jobType: 'performance-tracker' })).toBeNull();
    expect(due({ schedule: '0 0 2 31 2 *' })).toBeNull();
    expect(computeDue([], LAST)).toBeNull();
  });
});

it('the overview says when, of an environment that has a schedule', async () => {
  const { database, site, publish } = makePlace();
  await storeRuns(database, [createRun({ files: 1, testsPerFile: 2, samples: 1 }, 0)]);
  await publish();
  expect(readSite(site).overview.rows).toMatchObject([{ dueMs: null }]);
  await publish({ schedules: [NIGHTLY] });
  expect(readSite(site).overview.rows).toMatchObject([{ dueMs: Date.parse('2026-01-01T04:00:00Z') }]);
});
