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
import { type JudgedRun, screenCommits } from './screen-commits.ts';
import type { ChangeOriginText, LaneFindings } from './screen-lane.ts';
import { createFileFinder, findVanished, type LaneVanished, settleVanished } from './vanished.ts';

export interface JudgeOptions {
  readonly store: Store;
  readonly repository: Repository;
  /** SHA of what the branch is to be merged into; left out: the repository's default branch. */
  readonly target?: string | null;
  /** From which growth on a total has changed; 10 % when null. */
  readonly thresholdRatio: number | null;
  /** Only some files were to be run, so that others are not missed; left out: all were. */
  readonly isPartial?: boolean;
  /** Proves suspects of a lane; null: nothing is proven. */
  readonly experiment: ((lane: LaneName, suspects: readonly Suspect[]) => AsyncIterable<Answer>) | null;
  readonly onStep: (text: string) => void;
  /** The list in the repo cannot be read. */
  readonly onWarning: (warning: TraceyError) => void;
}

/** So many changes are described; what is left is not told either. */
const MOST_ORIGINS = 200;

/** Commits of the line that runs are looked for at. */
const LINE_COMMITS = 5000;

/**
 * Judges the runs of a job, lane by lane and line by line: usually all commits of a job are of one. A lane without a whole run
 * has no findings.
 */
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
  const judged: JudgedLine[] = [];
  for (const ofLane of lanes.values()) judged.push(...(await judgeLane(ofLane, { ...options, decisions })));
  // Whoever works on the list wants to know now, not when it is committed.
  if (lanes.size === 0) await decisions.checkWorkTree();
  const vanished = await settleVanished(
    judged.map(({ vanished: gone }) => gone),
    options.store,
  );
  return judged.map(({ findings, vanished: gone }) => ({ ...findings, vanished: vanished.get(gone) ?? [] }));
}

interface JudgedLine {
  readonly findings: Omit<LaneFindings, 'vanished'>;
  readonly vanished: LaneVanished;
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
): Promise<JudgedLine[]> {
  const { store, repository, isPartial = false } = options;
  const judged: JudgedLine[] = [];
  let left = runs;
  while (left.length > 0) {
    const { commit: head, lane } = left.at(-1) as JudgedRun;
    const line = await findLine(options, { lane, head });
    const ofLine = left.filter(({ commit }) => line.shas.includes(commit));
    const findings = await judgeLine(ofLine, line, options);
    const runIds = new Set(ofLine.map(({ id }) => id));
    const hasFile = createFileFinder(repository);
    const vanished = await findVanished({ store, lane, line, runIds, isPartial, hasFile });
    if (findings !== null && vanished !== null) judged.push({ findings, vanished });
    // Commits that are not before the last one, as when somebody names them in another order, have a line of their own.
    left = left.filter((run) => !ofLine.includes(run));
  }
  return judged;
}

/** Judges the runs of one lane that are of one line, proves what they show, and says what is to be told. */
async function judgeLine(
  runs: readonly JudgedRun[],
  line: CommitLine,
  options: JudgeOptions & { readonly decisions: RepoDecisions },
): Promise<JudgedLine['findings'] | null> {
  const { store, repository, experiment } = options;
  const { lane, commit: head } = runs.at(-1) as JudgedRun;
  const decisions = await options.decisions.readAt(head);
  const screened = await screenCommits(runs, line, options);
  if (screened === null) return null;
  await applyList(screened.known, { store, decisions });
  const decided = await applyDecisions(screened.found, { store, repository, decisions });
  const standing = await applyDecisions(screened.standing, { store, repository, decisions });
  const suspects = decided.filter(({ direction, state }) => direction === 'slower' && state === 'new');
  if (suspects.length > 0) {
    options.onStep(`${formatCount(suspects.length, 'suspect')} on Node ${lane.nodeLine}, by history`);
  }
  const proven =
    experiment === null
      ? decided
      : await prove(decided, { ...screened, store, experiment: (some) => experiment(lane, some) });
  // Of several commits a later one may have taken back what an earlier one did.
  const passed = await screened.findPassed(proven);
  const found = proven.filter(({ id }) => !passed.some((change) => change.id === id));
  const recovered = [...screened.recovered, ...passed];
  const stands = standing.filter(({ state }) => state === 'new');
  const origins = await describeOrigins(repository, [...found, ...stands, ...passed]);
  return { ...screened, found, recovered, standing: stands, origins };
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
