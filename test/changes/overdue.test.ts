import { describe, expect, it } from 'vitest';
import { findOverdue } from '../../core/changes/overdue.ts';
import { watchRunners } from '../../core/notify/watch-runners.ts';
import type { LaneStarts } from '../../core/store/notice-store.ts';
import { createRun } from '../../scripts/bench/runs.ts';
import { openTestStore } from '../store/temporary.ts';

const NIGHTLY = {
  repository: 'happner/sample',
  jobType: null,
  nodeVersions: ['22', '24'],
  schedule: '0 0 2 * * *',
} as const;

/** Runs at ten past two on these days of March. */
function startOn(days: readonly number[], overrides: Partial<LaneStarts> = {}): LaneStarts {
  return {
    repository: 'happner/sample',
    runner: 'bench',
    role: 'field',
    jobType: 'performance-tracker-lite',
    nodeLine: '24',
    startedAt: days.map((day) => `2026-03-${String(day).padStart(2, '0')}T02:10:00.000Z`),
    ...overrides,
  };
}

function listOverdue(lanes: readonly LaneStarts[], now: string): string[] {
  const found = findOverdue(lanes, { schedules: [NIGHTLY], now: new Date(now) });
  return found.map(({ runner, lastStartedAt, dueAt }) => `${runner} ${lastStartedAt} ${dueAt}`);
}

describe('a machine is overdue', () => {
  it('when its next slot has passed by two hours, and nobody measured', () => {
    const lanes = [startOn([3, 2, 1])];
    expect(listOverdue(lanes, '2026-03-04T03:59:00Z')).toEqual([]);
    expect(listOverdue(lanes, '2026-03-04T04:01:00Z')).toEqual([
      'bench 2026-03-03T02:10:00.000Z 2026-03-04T04:00:00.000Z',
    ]);
    expect(findOverdue(lanes, { schedules: [], now: new Date('2026-04-01T00:00:00Z') })).toEqual([]);
  });

  it('by the Node line that it measured last, for a line may be given up', () => {
    const lanes = [startOn([1], { nodeLine: '22' }), startOn([3])];
    expect(listOverdue(lanes, '2026-03-04T03:00:00Z')).toEqual([]);
    expect(listOverdue(lanes, '2026-03-04T05:00:00Z')).toHaveLength(1);
  });

  it('not while another machine of its role does its work by turns with it', () => {
    const other = startOn([5, 3, 1], { runner: 'other' });
    expect(listOverdue([startOn([4, 2]), other], '2026-03-06T03:00:00Z')).toEqual([]);
    expect(listOverdue([startOn([4, 2]), other], '2026-03-06T05:00:00Z')).toHaveLength(2);
  });

  it('though another of its role works, when it came every time so far', () => {
    const lanes = [startOn([4, 3, 2, 1]), startOn([6, 5, 4, 3], { runner: 'other' })];
    expect(listOverdue(lanes, '2026-03-06T05:00:00Z')).toEqual([
      'bench 2026-03-04T02:10:00.000Z 2026-03-05T04:00:00.000Z',
    ]);
  });

  it('no longer after a year', () => {
    expect(listOverdue([startOn([1])], '2027-02-28T00:00:00Z')).toHaveLength(1);
    expect(listOverdue([startOn([1])], '2027-03-02T00:00:00Z')).toEqual([]);
  });
});

describe('who is told of an overdue machine', () => {
  const store = () => openTestStore();
  const run = (index: number, day: number) => ({
    ...createRun({ files: 1, testsPerFile: 1, samples: 1 }, index),
    startedAt: `2026-03-0${day}T02:10:00.000Z`,
  });
  const look = (on: ReturnType<typeof store>, now: string, channel: 'shown' | 'mail' = 'mail') =>
    watchRunners(on, { schedules: [NIGHTLY], channel, now: new Date(now) });

  it('hears of it once, each channel for itself, and once more when it is back', async () => {
    const history = store();
    await history.writeRun(run(1, 1));
    const expected = { repository: 'happner/sample', runner: 'bench', dueAt: '2026-03-02T04:00:00.000Z' };
    expect(await look(history, '2026-03-02T05:00:00Z')).toMatchObject({ overdue: [expected], back: [] });
    expect(await look(history, '2026-03-03T05:00:00Z')).toEqual({ overdue: [], back: [] });
    expect((await look(history, '2026-03-03T05:00:00Z', 'shown')).overdue).toMatchObject([expected]);
    await history.writeRun(run(2, 4));
    expect(await look(history, '2026-03-04T05:00:00Z')).toMatchObject({ overdue: [], back: [expected] });
    expect(await look(history, '2026-03-04T06:00:00Z')).toEqual({ overdue: [], back: [] });
    const again = { ...expected, dueAt: '2026-03-05T04:00:00.000Z' };
    expect(await look(history, '2026-03-05T05:00:00Z')).toMatchObject({ overdue: [again], back: [] });
  });

  it('hears of the next time, too, when nobody looked in between', async () => {
    const history = store();
    await history.writeRun(run(1, 1));
    await look(history, '2026-03-02T05:00:00Z');
    await history.writeRun(run(2, 4));
    expect(await look(history, '2026-03-06T05:00:00Z')).toMatchObject({
      overdue: [{ lastStartedAt: '2026-03-04T02:10:00.000Z' }],
      back: [],
    });
  });
});
