/** The newest of each repository and environment. Pure. */
import { computeMedian } from '../../core/analysis/statistics.ts';
import { computeDue, type ScheduledRepo } from '../../core/config/due.ts';
import type { BulkRun } from '../../core/store/bulk-reader.ts';
import type { ChangeEntry, OverviewRow } from '../data-format.ts';
import { countOpen } from './changes.ts';
import { sortByCommit } from './commit-order.ts';
import { roundTo, toMs } from './figures.ts';
import type { PublishedLane } from './lane.ts';
import { readStart } from './run-columns.ts';

const TREND_RUNS = 48;

/** Runs at either end of a trend that are compared, at most. */
const END_RUNS = 10;

/** Fewer pauses between runs say nothing of a rhythm. */
const LEAST_PAUSES = 3;

/** Pauses that a rhythm is read from: the newest. */
const MOST_PAUSES = 20;

export interface LaneOfRepository extends PublishedLane {
  readonly repository: string;
  readonly number: number;
  readonly changes: readonly ChangeEntry[];
  readonly schedules: readonly ScheduledRepo[];
}

/** One row of the overview; undefined for an environment without runs. */
export function composeOverviewRow(of: LaneOfRepository): OverviewRow | undefined {
  const { runs, lane, repository, number, changes, schedules } = of;
  const last = findNewest(runs);
  if (last === undefined) return undefined;
  const trendMs = listTrend(runs);
  const { runner, role, nodeLine, jobType, isolation } = lane;
  return {
    repository,
    environment: number,
    runner,
    role,
    nodeLine,
    jobType,
    isolation,
    runs: runs.length,
    last: {
      startedMs: readStart(last.uid),
      finishedMs: toMs(last.finishedAt),
      outcome: last.outcome,
      interrupted: last.interrupted,
      sha: last.sha,
      branch: last.branch,
      subject: last.subject.slice(0, 200),
      tests: last.tests,
      failed: last.failed,
      aborted: last.aborted,
      durationMs: roundTo(last.durationMs, 5),
    },
    trendMs,
    trendRatio: computeTrendRatio(trendMs),
    openChanges: countOpen(changes.filter(({ environment }) => environment === number)),
    everyMs: computeRhythm(runs),
    dueMs: computeDue(schedules, { repository, jobType, nodeLine, lastStartedMs: readStart(last.uid) }),
  };
}

function findNewest(runs: readonly BulkRun[]): BulkRun | undefined {
  let newest: BulkRun | undefined;
  for (const run of runs) if (newest === undefined || run.uid > newest.uid) newest = run;
  return newest;
}

function listTrend(runs: readonly BulkRun[]): number[] {
  const whole = runs.filter(({ interrupted }) => !interrupted);
  return sortByCommit(whole)
    .slice(-TREND_RUNS)
    .map((position) => roundTo((whole[position] as BulkRun).durationMs, 4));
}

function computeTrendRatio(trendMs: readonly number[]): number | null {
  const count = Math.min(END_RUNS, Math.floor(trendMs.length / 2));
  if (count < 2) return null;
  const before = computeMedian(trendMs.slice(0, count));
  return before > 0 ? roundTo(computeMedian(trendMs.slice(-count)) / before, 4) : null;
}

/** How often it runs: the median of the pauses between the newest starts. */
function computeRhythm(runs: readonly BulkRun[]): number | null {
  const starts = runs
    .map(({ uid }) => readStart(uid))
    .sort((a, b) => a - b)
    .slice(-MOST_PAUSES - 1);
  const pauses = starts.slice(1).map((start, at) => start - (starts[at] as number));
  return pauses.length < LEAST_PAUSES ? null : Math.round(computeMedian(pauses));
}
