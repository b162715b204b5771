import { describe, expect, it } from 'vitest';
import { encodeDeltas } from '../../dashboard/columns.ts';
import type { MachineFacts, RunFileEntry, RunsFile } from '../../dashboard/data-format.ts';
import { findNearest, fitAxis, panRange, zoomRange } from '../../dashboard/src/charts/range.ts';
import { compareResults, isClear } from '../../dashboard/src/comparison/compare.ts';
import { indexReleases } from '../../dashboard/src/data/releases.ts';
import { joinEarlier } from '../../dashboard/src/data/renamed.ts';
import { decodeRuns, type Runs } from '../../dashboard/src/data/runs.ts';
import { joinSeries } from '../../dashboard/src/data/series.ts';
import { findShard } from '../../dashboard/src/data/site.ts';
import { decodeSubjects, formatSubject } from '../../dashboard/src/data/subjects.ts';
import { decodeSummary, rank } from '../../dashboard/src/repo/standings.ts';
import { placeFiles } from '../../dashboard/src/run/timeline.ts';
import { computeCalibrationNoise, pickComparable } from '../../dashboard/src/runners/calibration.ts';
import { createAxis } from '../../dashboard/src/series/axis.ts';
import { computeLevels, findEditedRuns } from '../../dashboard/src/series/levels.ts';
import { createTrend } from '../../dashboard/src/series/trend.ts';

const DAY = 86_400_000;
const BEGIN = Date.UTC(2026, 0, 1);
const MACHINE = { hostname: 'a' } as MachineFacts;

/** Runs of one commit a day, stored in the order that is given; commits by their number. */
function makeRuns(commits: readonly number[], more: Partial<RunsFile> = {}): Runs {
  return decodeRuns({
    startedMs: encodeDeltas(commits.map((_, run) => BEGIN + 400 * DAY + run * 1000)),
    committedS: encodeDeltas(commits.map((commit) => (BEGIN + commit * DAY) / 1000)),
    commits: encodeDeltas(commits),
    outcomes: '0'.repeat(commits.length),
    nodeVersion: encodeDeltas(commits.map(() => 0)),
    machine: encodeDeltas(commits.map(() => 0)),
    branch: encodeDeltas(commits.map(() => 0)),
    flags: '0'.repeat(commits.length),
    nodeVersions: ['24.1.0'],
    machines: [MACHINE],
    branches: ['main'],
    machineChanges: [],
    ...more,
  });
}

function makeHistory(durationsMs: readonly (number | null)[], edited: readonly number[] = []) {
  return joinSeries(
    [{ subject: 1, first: 0, unitNs: 1e6, durations: encodeGapped(durationsMs), edited }],
    durationsMs.length,
  );
}

function encodeGapped(values: readonly (number | null)[]): (number | null)[] {
  let last = 0;
  return values.map((value) => {
    if (value === null) return null;
    const delta = value - last;
    last = value;
    return delta;
  });
}

describe('runs', () => {
  it('are ordered by commit, whenever they were measured', () => {
    expect(makeRuns([3, 1, 2]).order).toEqual([1, 2, 0]);
  });

  it('say what is remarkable of them', () => {
    const { flags } = makeRuns([1, 2, 3], { flags: '7f0' });
    expect(flags[0]).toEqual({ modified: true, interrupted: true, noisy: true });
    expect(flags[2]).toEqual({ modified: false, interrupted: false, noisy: false });
  });
});

describe('a series', () => {
  it('is put together from its parts by run, the newer part winning', () => {
    const history = joinSeries(
      [
        { subject: 1, first: 0, unitNs: 1000, durations: [2000, null, 1000], outcomes: '0-1' },
        { subject: 1, first: 2, unitNs: 1e6, durations: [5, 1], spreads: [50, null] },
      ],
      5,
    );
    expect(history.durationsMs).toEqual([2, null, 5, 6, null]);
    expect(history.outcomes).toEqual(['passed', null, 'passed', 'passed', null]);
    expect(history.spreads).toEqual([null, null, 0.05, null, null]);
  });

  it('is looked for in the shard that begins before it', () => {
    const shards = { ref: 'abc', starts: [2, 8, 10] };
    expect([1, 2, 9, 10, 99].map((subject) => findShard(shards, subject))).toEqual([
      null,
      'abc/0',
      'abc/0',
      'abc/1',
      'abc/2',
    ]);
    expect(findShard(null, 3)).toBeNull();
  });

  it('is named by its titles, and nothing of them is invisible', () => {
    const table = {
      numbers: [5, 1, 1, 1, 1],
      kinds: 'flstt',
      parents: [-1, 0, 0, 2, 2],
      names: ['test/a.js', '', 'app', ' ', 'works\u202e\n'],
      occurrences: [[4, 2]] as const,
    };
    expect(
      decodeSubjects('test/a.js', table).map((subject) => [subject.number, formatSubject(subject)]),
    ).toEqual([
      [5, 'test/a.js'],
      [6, 'Loading test/a.js'],
      [7, 'app'],
      [8, 'app › (no title)'],
      [9, 'app › works\\u202e\\n #2'],
    ]);
  });
});

describe('a series under another name', () => {
  it('begins with what the earlier one has until then, in the order of commits', () => {
    const [now, earlier] = [makeHistory([null, 5, 6, null]), makeHistory([1, 2, null, 4], [3])];
    const gone = { ...now, outcomes: [null, 'passed', 'failed', null] as const };
    // By commit the run 3 is the first, the run 1 the last.
    const joined = joinEarlier(gone, earlier, makeRuns([2, 4, 3, 1]).order);
    expect(joined.durationsMs).toEqual([1, 5, 6, 4]);
    expect(joined.outcomes).toEqual(['passed', 'passed', 'failed', 'passed']);
    expect(joined.edited).toEqual([3]);
  });

  it('is all that the earlier one has where it has nothing itself', () => {
    const [now, earlier] = [makeHistory([null, null]), makeHistory([1, 2])];
    const gone = { ...now, outcomes: [null, null] };
    expect(joinEarlier(gone, earlier, makeRuns([1, 2]).order).durationsMs).toEqual([1, 2]);
  });
});

describe('levels', () => {
  const steady = Array.from({ length: 20 }, (_, run) => 100 + (run % 3));
  const slower = Array.from({ length: 20 }, (_, run) => 130 + (run % 3));
  const commits = Array.from({ length: 40 }, (_, run) => run);

  it('are found with the change between them', () => {
    const { stretches, changes } = computeLevels(
      makeHistory([...steady, ...slower]),
      makeRuns(commits),
      null,
    );
    expect(stretches.map(({ levelMs }) => levelMs)).toEqual([101, 131]);
    expect(changes).toMatchObject([
      { run: 20, runBefore: 19, direction: 'slower', beforeMs: 101, nowMs: 131 },
    ]);
    expect(changes[0]?.ratioLow).toBeGreaterThan(1.2);
    for (const { lowMs, levelMs, highMs } of stretches)
      expect(lowMs < levelMs && levelMs < highMs).toBe(true);
  });

  it('pass over runs that were interrupted, failed, or of modified files', () => {
    const flags = [...'0'.repeat(20), ...'2'.repeat(10), ...'1'.repeat(10)].join('');
    const { stretches, changes } = computeLevels(
      makeHistory([...steady, ...slower]),
      makeRuns(commits, { flags }),
      null,
    );
    expect(changes).toEqual([]);
    expect(stretches).toHaveLength(1);
    expect(stretches[0]?.runs).toHaveLength(20);
  });

  it('begin anew where the body of a test changed, which is no change of its time', () => {
    const [history, runs] = [makeHistory([...steady, ...slower], [20]), makeRuns(commits)];
    const levels = computeLevels(history, runs, null);
    expect(levels.stretches.map(({ levelMs }) => levelMs)).toEqual([101, 131]);
    expect(levels.changes).toEqual([]);
    const axis = createAxis('commit', [runs]);
    const { events } = createTrend({
      axis,
      histories: [{ name: 'a', runs, history, colour: 0 }],
      levels,
      measure: 'time',
      releases: indexReleases({ releases: [] }),
      shows: () => true,
    });
    expect(events).toEqual([{ x: 20, kind: 'edited', text: 'body changed' }]);
  });

  it('show the change of a body at the next run that the test was in', () => {
    const history = makeHistory([1, 1, null, 1], [2]);
    const gone = { ...history, outcomes: history.outcomes.map((one, run) => (run === 2 ? null : one)) };
    expect(findEditedRuns(gone, makeRuns([1, 2, 3, 4]))).toEqual([3]);
    expect(findEditedRuns({ ...gone, edited: [2, 3] }, makeRuns([1, 2, 3, 4]))).toEqual([3]);
  });

  it('are none without a run that counts', () => {
    expect(computeLevels(makeHistory([null, null]), makeRuns([1, 2]), null)).toEqual({
      stretches: [],
      changes: [],
    });
  });
});

describe('the axis', () => {
  it('has a place for each commit that any environment measured', () => {
    const axis = createAxis('commit', [makeRuns([1, 3, 3]), makeRuns([2, 3])]);
    expect(axis.places).toEqual([
      [0, 2, 2.5],
      [1, 2],
    ]);
    expect(axis.format(1)).toBe('2026-01-03');
    expect(axis.format(1.5)).toBe('');
  });

  it.each(['commit', 'date'] as const)('finds a stretch again by what an address says of it: %s', (kind) => {
    const axis = createAxis(kind, [makeRuns([0, 1, 2, 3, 4, 5, 6, 7])]);
    const [from, to] = [axis.places[0]?.[2] ?? 0, axis.places[0]?.[5] ?? 0];
    const half = (to - from) / 6;
    const text = axis.formatRange({ from: from - half, to: to + half });
    expect(axis.parseRange(text)).toEqual({ from: from - half, to: to + half });
    for (const nonsense of ['', '~', 'x~y', '2026-02-01~2026-01-01']) {
      expect(axis.parseRange(nonsense), nonsense).toBeNull();
    }
  });
});

describe('a trend', () => {
  it('draws the machine, Node and the smallest change apart from changes', () => {
    const runs = makeRuns([0, 1, 2, 3], {
      nodeVersion: [0, 0, 1, 0],
      nodeVersions: ['24.1.0', '24.2.0'],
      machineChanges: [{ run: 1, ratio: 1.2, calibrationRatio: null, causes: [] }],
      flags: '0400',
      commits: [5, 1, 1, 1],
    });
    const present = { levelMs: 10, noise: 0.02, smallestRatio: 1.1 };
    const history = { ...makeHistory([10, 11, 10, null]), present };
    const trend = createTrend({
      axis: createAxis('commit', [runs]),
      histories: [{ name: 'here', runs, history, colour: 0 }],
      levels: { stretches: [], changes: [] },
      measure: 'time',
      releases: indexReleases({
        releases: [
          { name: 'v1.0.0', commit: 7 },
          { name: 'latest\u202e', commit: 7 },
        ],
      }),
      shows: () => true,
    });
    expect(trend.events).toEqual([
      { x: 1, kind: 'machine', text: 'machine +20.0\u00a0%' },
      { x: 2, kind: 'node', text: 'Node 24.2.0' },
      { x: 2, kind: 'release', text: 'v1.0.0, latest\\u202e' },
    ]);
    expect(trend.smallest?.toMs).toBeCloseTo(11);
    expect(trend.lines[0]?.points.map(({ kind }) => kind)).toEqual([
      'ordinary',
      'noisy',
      'ordinary',
      'ordinary',
    ]);
  });

  it('shows lines of different height each against its median', () => {
    const runs = makeRuns([0, 1, 2]);
    const line = (values: number[]) => ({ name: 'x', runs, history: makeHistory(values), colour: 0 });
    const trend = createTrend({
      axis: createAxis('commit', [runs, runs]),
      histories: [line([10, 10, 20]), line([400, 400, 800])],
      levels: { stretches: [], changes: [] },
      measure: 'ratio',
      releases: new Map(),
      shows: () => true,
    });
    expect(trend.lines.map(({ points }) => points.map(({ y }) => y))).toEqual([
      [1, 1, 2],
      [1, 1, 2],
    ]);
  });
});

describe('what is seen of a chart', () => {
  const limits = { from: 0, to: 100 };

  it('is zoomed around a place that stays, within what there is', () => {
    expect(zoomRange(limits, { limits, factor: 0.5, around: 20, least: 1 })).toEqual({ from: 10, to: 60 });
    expect(zoomRange({ from: 10, to: 60 }, { limits, factor: 9, around: 20, least: 1 })).toEqual(limits);
    expect(zoomRange({ from: 10, to: 12 }, { limits, factor: 0.1, around: 11, least: 2 })).toEqual({
      from: 10,
      to: 12,
    });
  });

  it('is moved as far as there is something', () => {
    expect(panRange({ from: 10, to: 30 }, 15, limits)).toEqual({ from: 25, to: 45 });
    expect(panRange({ from: 10, to: 30 }, -99, limits)).toEqual({ from: 0, to: 20 });
  });

  it('finds the nearest point', () => {
    expect([-5, 2.4, 2.6, 99].map((x) => findNearest([0, 2, 3, 10], x))).toEqual([0, 1, 2, 3]);
    expect(findNearest([], 1)).toBe(-1);
  });

  it('is not flattened by one point far above the others', () => {
    const axis = fitAxis([...Array.from({ length: 50 }, (_, index) => 10 + (index % 3)), 5000]);
    expect(axis.to).toBeLessThan(40);
    expect(axis.from).toBeLessThan(10);
  });
});

describe('comparing two runs', () => {
  const result = (subject: number, durationMs: number | null, outcome: 'passed' | 'failed' = 'passed') => ({
    subject,
    durationMs,
    outcome,
    spread: 0.02,
  });

  it('puts another outcome first, then clear changes, then new and gone, then the rest', () => {
    const compared = compareResults({
      base: [result(1, 10), result(2, 10), result(3, 10), result(4, 10)],
      head: [result(1, 10.1), result(2, 20), result(3, 10, 'failed'), result(5, 1)],
      noise: new Map([1, 2, 3, 4, 5].map((subject) => [subject, 0.05])),
      samples: { base: 3, head: 3 },
    });
    expect(compared.map(({ subject }) => subject)).toEqual([3, 2, 5, 4, 1]);
    expect(compared.map(isClear)).toEqual([false, true, false, false, false]);
  });

  it('takes the interval from ordinary noise, else from the samples, else says none', () => {
    const input = { base: [result(1, 10)], head: [result(1, 12)], samples: { base: 3, head: 3 } };
    const [byNoise] = compareResults({ ...input, noise: new Map([[1, 0.1]]) });
    expect(byNoise?.low).toBeCloseTo(1.2 / Math.exp(1.96 * 0.1 * Math.SQRT2));
    const [bySamples] = compareResults({ ...input, noise: new Map() });
    expect(bySamples?.low).toBeCloseTo(1.2 / Math.exp(1.96 * 1.2533 * Math.sqrt((2 * 0.02 ** 2) / 3)));
    const bare = { ...result(1, 10), spread: null };
    expect(compareResults({ ...input, base: [bare], noise: new Map() })[0]).toMatchObject({
      low: null,
      high: null,
    });
    expect(compareResults({ ...input, base: [result(1, 0)], noise: new Map() })[0]?.ratio).toBeNull();
  });
});

describe('standings', () => {
  it('are decoded from their columns and ranked, without what has no value', () => {
    const { standings, trends } = decodeSummary({
      subjects: [3, 4],
      outcomes: '01',
      levelMs: [10, null],
      noise: [50, null],
      smallest: [80, null],
      growth: [-20, null],
      unsteady: [[1, 4, 2]],
      runs: 64,
      trends: { runs: [0, 1], files: [{ subject: 3, durationsMs: [1, null] }] },
    });
    expect(standings).toEqual([
      {
        subject: 3,
        outcome: 'passed',
        levelMs: 10,
        noise: 0.05,
        smallestRatio: 1.08,
        growth: 0.98,
        broken: 0,
        turns: 0,
      },
      {
        subject: 7,
        outcome: 'failed',
        levelMs: null,
        noise: null,
        smallestRatio: null,
        growth: null,
        broken: 4,
        turns: 2,
      },
    ]);
    expect(trends.get(3)).toEqual([1, null]);
    expect(rank([1, null, 5, 0, 3], (one) => one, 2)).toEqual([5, 3]);
  });
});

describe('a run’s files', () => {
  it('follow one another, and their parts add up to their time and no more', () => {
    const entry = { durationMs: 100, loadMs: 60, hooksMs: 10, testsMs: 90 } as RunFileEntry;
    const rows = placeFiles([entry, { ...entry, hooksMs: null, loadMs: null, testsMs: 20 }]);
    expect(rows.map(({ fromMs }) => fromMs)).toEqual([0, 100]);
    expect(rows.map(({ parts }) => parts.map(({ durationMs }) => durationMs))).toEqual([
      [60, 10, 30, 0],
      [0, 0, 20, 80],
    ]);
  });
});

describe('calibrations', () => {
  const calibration = (cpuMs: number, workload = 'b') => ({
    atMs: 0,
    workload,
    cpuMs,
    memoryMs: 1,
    load: 0,
    cpuPressure: null,
  });

  it('are compared only where the workload is the newest one’s', () => {
    expect(pickComparable([calibration(1, 'a'), calibration(2), calibration(3)])).toHaveLength(2);
  });

  it('say how quiet a machine is, once there are enough', () => {
    expect(computeCalibrationNoise([20, 21, 19, 20].map((ms) => calibration(ms)))).toBeNull();
    expect(computeCalibrationNoise([20, 21, 19, 20, 22].map((ms) => calibration(ms)))).toBeCloseTo(
      1.4826 / 20,
    );
  });
});
