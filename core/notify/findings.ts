/**
 * From a job's news to findings. Pure. What is found here is that the job could not measure; what became slower is decided
 * elsewhere, and joins in.
 */
import {
  type CommitRef,
  type ErrorFinding,
  type Finding,
  formatProblemKey,
  type Place,
  type Problem,
  type RecoveredFinding,
} from './finding.ts';
import type { JobNews, RunNews } from './news.ts';

/** Lines of the log's end that are told. */
const LOG_LINES = 40;

export interface JobFacts {
  readonly news: Pick<JobNews, 'repository' | 'runs' | 'failures'>;
  readonly place: Omit<Place, 'repository' | 'node'>;
  /** The measured commit, for a job without a run. */
  readonly commit: CommitRef | null;
  /** What the job wrote into its log, line by line. */
  readonly log: readonly string[];
  /** What became slower for sure, which machines are overdue, what is over of that, and tests that are gone. */
  readonly changes: readonly Finding[];
}

/** What is new and what is over, compared with the problems that people know of. */
export function computeFindings(job: JobFacts, known: readonly Problem[]): Finding[] {
  const open = new Map(known.map((problem) => [problem.id, problem]));
  const recovered = new Map<string, RecoveredFinding>();
  const add = (problem: Problem) => {
    if (!open.has(problem.id)) open.set(problem.id, problem);
    recovered.delete(problem.id);
  };
  const end = (problem: Problem, by: Pick<RecoveredFinding, 'commit' | 'nowMs'>) => {
    open.delete(problem.id);
    recovered.set(problem.id, { kind: 'recovered', id: problem.id, problem, ...by });
  };
  // Several commits may have been measured, one after the other: what came and went is no news.
  for (const run of job.news.runs.filter(isTold)) applyRun(job, { run, open: [...open.values()], add, end });
  for (const error of findErrors(job)) add(error);
  const vanished = job.changes.filter((change) => change.kind === 'vanished');
  for (const change of job.changes) {
    if (change.kind === 'vanished') continue;
    if (change.kind !== 'recovered') add(change);
    else {
      // As it was told.
      const problem = open.get(change.id);
      if (problem) end(problem, change);
    }
  }
  const isKnown = new Set(known.map(({ id }) => id));
  return [
    ...[...open.values()].filter(({ id }) => !isKnown.has(id)).sort(compareKinds),
    ...vanished,
    ...[...recovered.values()].filter(({ id }) => isKnown.has(id)),
  ];
}

/** Of an interrupted run most is missing; a modified folder is nobody's commit. */
function isTold({ run }: RunNews): boolean {
  return !run.interrupted && !run.commitDetails.modified;
}

function applyRun(
  job: JobFacts,
  {
    run: news,
    open,
    add,
    end,
  }: {
    readonly run: RunNews;
    readonly open: readonly Problem[];
    readonly add: (problem: Problem) => void;
    readonly end: (problem: Problem, by: Pick<RecoveredFinding, 'commit' | 'nowMs'>) => void;
  },
): void {
  const { run } = news;
  const place = computePlace(job, run.nodeVersion);
  const commit = pickRef(run.commitDetails);
  if (!hasMeasured(news)) {
    add({
      ...createError(job, place),
      commit,
      reason: run.reason ?? news.failing[0]?.reason ?? 'no test finished',
    });
    return;
  }
  const errorIds = [place, { ...place, node: null }].map((where) => formatProblemKey('error', where));
  for (const problem of open) if (errorIds.includes(problem.id)) end(problem, { commit, nowMs: null });
}

/** Whether anything ran to its end. */
function hasMeasured({ run: { totals, documents } }: RunNews): boolean {
  return totals.passed + totals.failed + totals.skipped > 0 || documents.length > 0;
}

/** What kept the job from measuring, at most one for each Node version. */
function findErrors(job: JobFacts): ErrorFinding[] {
  const { news, commit } = job;
  const last = news.runs.at(-1)?.run.commitDetails;
  return news.failures.map(({ nodeVersion, message }) => ({
    ...createError(job, computePlace(job, nodeVersion)),
    commit: pickRefOrNull(commit ?? last ?? null),
    reason: message,
  }));
}

function createError(job: JobFacts, place: Place): Omit<ErrorFinding, 'commit' | 'reason'> {
  const id = formatProblemKey('error', place);
  return { kind: 'error', id, place, log: job.log.slice(-LOG_LINES) };
}

function computePlace({ news, place }: JobFacts, nodeVersion: string | null): Place {
  return {
    ...place,
    repository: news.repository,
    node: nodeVersion === null ? null : formatReleaseLine(nodeVersion),
  };
}

/** `24` for 24.1.0, `0.10` for 0.10.48. */
export function formatReleaseLine(version: string): string {
  return /^(?:0\.)?\d+/.exec(version)?.[0] ?? version;
}

function pickRefOrNull(commit: CommitRef | null): CommitRef | null {
  return commit === null ? null : pickRef(commit);
}

function pickRef({ sha, subject, author }: CommitRef): CommitRef {
  return { sha, subject, author };
}

/** Errors first. */
function compareKinds(a: Problem, b: Problem): number {
  return a.kind === b.kind ? 0 : a.kind === 'error' ? -1 : 1;
}
