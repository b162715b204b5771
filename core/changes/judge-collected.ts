/**
 * What runs of other machines say about changes, once they are in the history: screened as those of a job of this machine, and
 * proven by nothing, for base and head of a suspect would have to run on the machine that it was found on. The repo
 * need not be here: commits come in the order of their dates, branch by branch, and what the repo itself decides was applied
 * where it was measured. Tests that are gone were told there, too.
 */
import { type LaneName, pickLane, type StoredChange } from '../store/change-store.ts';
import type { RunSummary, Store } from '../store/store.ts';
import { type JudgedRun, screenCommits } from './screen-commits.ts';
import type { LaneFindings } from './screen-lane.ts';

/** A history that is brought whole was judged where it was made: of each lane so many of the newest runs are. */
const MOST_JUDGED = 30;

/** Runs of a lane that commits are put in order of. */
const SEARCHED = 5000;

/** What was taken in, by ids. */
export interface Collected {
  readonly runIds: readonly string[];
  /** Changes that came along, and are new or not as they were. */
  readonly changeIds: readonly string[];
}

/** What there is to tell of what was collected, environment by environment and branch by branch. */
export async function judgeCollected(
  { runIds, changeIds }: Collected,
  options: { readonly store: Store; readonly thresholdRatio: number | null },
): Promise<readonly LaneFindings[]> {
  const { store } = options;
  const runs: RunSummary[] = [];
  for (const id of runIds) runs.push(...((await findWhole(store, id)) ?? []));
  const brought: StoredChange[] = [];
  for (const id of changeIds) brought.push(...(await store.readChanges({ id, limit: 1 })));
  const findings: LaneFindings[] = [];
  for (const ofLane of groupByLane(runs).values()) {
    for (const ofBranch of Map.groupBy(ofLane, ({ branch }) => branch).values()) {
      const found = await screenBranch(ofBranch, options);
      if (found !== null) findings.push(found);
    }
  }
  return addBrought(findings, brought);
}

async function findWhole(store: Store, id: string): Promise<[RunSummary] | null> {
  const run = await store.findRun(id);
  return run === undefined || run.interrupted || run.modified ? null : [run];
}

function groupByLane<One extends LaneName>(items: readonly One[]): Map<string, One[]> {
  return Map.groupBy(items, (one) => JSON.stringify(pickLane(one)));
}

async function screenBranch(
  runs: readonly RunSummary[],
  options: { readonly store: Store; readonly thresholdRatio: number | null },
): Promise<LaneFindings | null> {
  const [first] = runs;
  if (first === undefined) return null;
  const lane = pickLane(first);
  const stored = await options.store.listLaneRuns(lane, SEARCHED);
  const ofBranch = stored.filter(({ branch }) => branch === first.branch);
  const line = { shas: [...new Set(ofBranch.map(({ commit }) => commit))], own: new Set<string>() };
  const places = new Map(line.shas.map((sha, place) => [sha, place]));
  const judged = runs
    .map(({ id, commit }): JudgedRun => ({ id, lane, commit, isWhole: true }))
    .sort((a, b) => (places.get(a.commit) ?? 0) - (places.get(b.commit) ?? 0))
    .slice(-MOST_JUDGED);
  const screened = await screenCommits(judged, line, options);
  return screened === null ? null : { ...screened, origins: new Map(), vanished: [] };
}

/** What came along is told with what was found in the same environment. */
function addBrought(findings: readonly LaneFindings[], brought: readonly StoredChange[]): LaneFindings[] {
  const left = groupByLane(brought);
  const told = findings.map((one): LaneFindings => {
    const key = JSON.stringify(pickLane(one.lane));
    const changes = left.get(key) ?? [];
    left.delete(key);
    return addChanges(one, changes);
  });
  const others = [...left.values()].map((changes) =>
    addChanges(createEmpty(changes[0] as LaneName), changes),
  );
  return [...told, ...others];
}

function addChanges(findings: LaneFindings, changes: readonly StoredChange[]): LaneFindings {
  const isOver = ({ state }: StoredChange) => state === 'recovered';
  return {
    ...findings,
    found: [...changes.filter((one) => !isOver(one)), ...findings.found],
    recovered: [...changes.filter(isOver), ...findings.recovered],
  };
}

function createEmpty(lane: LaneName): LaneFindings {
  return {
    lane: pickLane(lane),
    found: [],
    recovered: [],
    standing: [],
    machineChanges: [],
    known: [],
    differences: new Map(),
    renames: [],
    readTrendMs: () => [],
    findPassed: async () => [],
    origins: new Map(),
    vanished: [],
  };
}
