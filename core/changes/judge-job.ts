/**
 * What a job's runs say about changes: each lane is held against its line, what is found is decided on by what people said
 * beforehand, and what is left is proven by experiment. Only for whoever holds the machine.
 */
import type { Suspect } from '../analysis/suspect.ts';
import type { TraceyError } from '../errors.ts';
import type { Repository } from '../repository/git.ts';
import { type CommitLine, countCommits, findDefaultTip, readLine } from '../repository/line.ts';
import { readCommit } from '../repository/read.ts';
import type { LaneName, StoredChange } from '../store/change-store.ts';
import type { Store } from '../store/store.ts';
import { formatCount } from '../units.ts';
import { type Answer, confirmChanges, type Experiment } from './confirm-changes.ts';
import { applyDecisions, applyList } from './decide.ts';
import { openRepoDecisions, type RepoDecisions } from './repo-decisions.ts';
import { type ChangeOriginText, type LaneFindings, screenLane } from './screen-lane.ts';

/** A run that the job stored, and where it belongs. */
export interface JudgedRun {
  readonly id: string;
  readonly lane: LaneName;
  readonly commit: string;
  /** Whether it is a whole run of a commit as it is: others say nothing about commits. */
  readonly isWhole: boolean;
}

export interface JudgeOptions {
  readonly store: Store;
  readonly repository: Repository;
  /** SHA of what the branch is to be merged into; left out: the repository's default branch. */
  readonly target?: string | null;
  /** From which growth on a total has changed; 10 % when null. */
  readonly thresholdRatio: number | null;
  /** Proves suspects of a lane; null: nothing is proven. */
  readonly experiment: ((lane: LaneName, suspects: readonly Suspect[]) => AsyncIterable<Answer>) | null;
  readonly onStep: (text: string) => void;
  /** The list in the repo cannot be read. */
  readonly onWarning: (warning: TraceyError) => void;
}

/** Tests and files must have changed by so much. */
const TEST_RATIO = 0.05;
const DEFAULT_THRESHOLD_RATIO = 0.1;

/** So many changes are described; what is left is not told either. */
const MOST_ORIGINS = 200;

/** Commits of the line that runs are looked for at. */
const LINE_COMMITS = 5000;

/** Judges the runs of a job, lane by lane; a lane without a whole run has no findings. */
export async function judgeJob(
  runs: readonly JudgedRun[],
  options: JudgeOptions,
): Promise<readonly LaneFindings[]> {
  const lanes = Map.groupBy(
    runs.filter(({ isWhole }) => isWhole),
    ({ lane }) => JSON.stringify(lane),
  );
  const decisions = openRepoDecisions({
    repository: options.repository,
    onProblem: options.onWarning,
  });
  const findings: LaneFindings[] = [];
  for (const ofLane of lanes.values()) {
    const found = await judgeLane(ofLane, { ...options, decisions });
    if (found !== null) findings.push(found);
  }
  // Whoever works on the list wants to know now, not when it is committed.
  if (lanes.size === 0) await decisions.checkWorkTree();
  return findings;
}

/** The line that a lane is held against. Where it has runs of one commit alone, git need not be asked. */
async function findLine(
  { store, repository, target }: JudgeOptions,
  { lane, head }: { readonly lane: LaneName; readonly head: string },
): Promise<CommitLine> {
  const runs = await store.listLaneRuns(lane, LINE_COMMITS);
  if (runs.every(({ commit }) => commit === head)) return { shas: [head], own: new Set() };
  const into = target === undefined ? await findDefaultTip(repository) : target;
  return readLine(repository, { head, target: into, limit: LINE_COMMITS });
}

async function judgeLane(
  runs: readonly JudgedRun[],
  options: JudgeOptions & { readonly decisions: RepoDecisions },
): Promise<LaneFindings | null> {
  const { store, repository, thresholdRatio, experiment } = options;
  const last = runs.at(-1);
  if (last === undefined) return null;
  const { lane, commit: head } = last;
  const decisions = await options.decisions.readAt(head);
  const screened = await screenLane({
    store,
    lane,
    line: await findLine(options, { lane, head }),
    runIds: new Set(runs.map(({ id }) => id)),
    minimumRatio: { test: TEST_RATIO, total: thresholdRatio ?? DEFAULT_THRESHOLD_RATIO },
  });
  if (screened === null) return null;
  await applyList(screened.known, { store, decisions });
  const decided = await applyDecisions(screened.found, { store, repository, decisions });
  const standing = await applyDecisions(screened.standing, { store, repository, decisions });
  const suspects = decided.filter(({ direction, state }) => direction === 'slower' && state === 'new');
  if (suspects.length > 0) {
    options.onStep(`${formatCount(suspects.length, 'suspect')} on Node ${lane.nodeLine}, by history`);
  }
  const found =
    experiment === null
      ? decided
      : await prove(decided, { ...screened, store, experiment: (some) => experiment(lane, some) });
  const stands = standing.filter(({ state }) => state === 'new');
  const origins = await describeOrigins(repository, [...found, ...stands]);
  return { ...screened, found, standing: stands, origins };
}

/** Suspects of earlier jobs wait for their experiment for so many changes. */
const MOST_WAITING = 20;

/** Proves what is found, and what earlier jobs had no time for: that is told when there is an answer. */
async function prove(
  found: readonly StoredChange[],
  {
    known,
    store,
    experiment,
  }: { readonly known: readonly StoredChange[]; readonly store: Store; readonly experiment: Experiment },
): Promise<readonly StoredChange[]> {
  const waiting = known
    .filter(
      ({ verdict, state, direction, subject }) =>
        verdict === null && state === 'new' && direction === 'slower' && subject.kind !== 'total',
    )
    .slice(0, MOST_WAITING);
  const judged = await confirmChanges([...found, ...waiting], { store, experiment });
  return judged.filter(({ verdict }, index) => index < found.length || verdict !== null);
}

/** The commits that slow-downs are put down to, in git's words: not all of them were measured. */
async function describeOrigins(
  repository: Repository,
  changes: readonly StoredChange[],
): Promise<Map<string, ChangeOriginText>> {
  const origins = new Map<string, ChangeOriginText>();
  for (const { id, verdict, base, head, headCommit } of changes.slice(0, MOST_ORIGINS)) {
    const range = { base: verdict?.base ?? base, head: verdict?.head ?? head };
    const commit =
      range.head === headCommit.sha ? headCommit : await readCommit(repository, range.head).catch(() => null);
    origins.set(id, { commit: commit ?? headCommit, commits: await countCommits(repository, range) });
  }
  return origins;
}
