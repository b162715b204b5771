/**
 * Screens several commits of one lane, each as if it had been measured by a job of its own: none is looked at less than the
 * last.
 */
import type { RunResults } from '../model.ts';
import type { CommitLine } from '../repository/line.ts';
import { type LaneName, pickLane } from '../store/change-store.ts';
import type { Store } from '../store/store.ts';
import { type LaneScreening, screenLane } from './screen-lane.ts';

/** A run that the job stored, and where it belongs. */
export interface JudgedRun {
  readonly id: string;
  readonly lane: LaneName;
  readonly commit: string;
  /** Whether it is a whole run of a commit as it is: others say nothing about commits. */
  readonly isWhole: boolean;
}

/** A run as it is judged. */
export function describeJudged(run: Omit<RunResults, 'files'>): JudgedRun {
  const { id, commit, interrupted, commitDetails } = run;
  return {
    id,
    lane: pickLane(run),
    commit,
    isWhole: !interrupted && !commitDetails.modified,
  };
}

export interface ScreenOptions {
  readonly store: Store;
  /** From which growth on a total has changed; 10 % when null. */
  readonly thresholdRatio: number | null;
}

/** Tests and files must have changed by so much. */
const TEST_RATIO = 0.05;
const DEFAULT_THRESHOLD_RATIO = 0.1;

/** What the runs of one lane and line show; null when there is nothing that could be judged. */
export async function screenCommits(
  runs: readonly JudgedRun[],
  line: CommitLine,
  { store, thresholdRatio }: ScreenOptions,
): Promise<LaneScreening | null> {
  const places = new Map(line.shas.map((sha, place) => [sha, place]));
  const commits = [...Map.groupBy(runs, ({ commit }) => places.get(commit) ?? 0)].sort(([a], [b]) => a - b);
  let all: LaneScreening | null = null;
  for (const [place, ofCommit] of commits) {
    const screened = await screenLane({
      store,
      lane: (ofCommit[0] as JudgedRun).lane,
      line: { ...line, shas: line.shas.slice(0, place + 1) },
      runIds: new Set(ofCommit.map(({ id }) => id)),
      minimumRatio: { test: TEST_RATIO, total: thresholdRatio ?? DEFAULT_THRESHOLD_RATIO },
    });
    if (screened !== null) all = all === null ? screened : addScreening(all, screened);
  }
  return all;
}

/** Later commits see what stands and what was known; what is found, and what is over, is gathered. */
function addScreening(earlier: LaneScreening, later: LaneScreening): LaneScreening {
  const found = [...earlier.found, ...later.found];
  return {
    ...later,
    found,
    recovered: [...earlier.recovered, ...later.recovered],
    machineChanges: [...earlier.machineChanges, ...later.machineChanges],
    renames: [...earlier.renames, ...later.renames],
    known: later.known.filter(({ id }) => !found.some((one) => one.id === id)),
    differences: new Map([...earlier.differences, ...later.differences]),
  };
}
