/**
 * Any two commits compared by hand: their test files run by turns until of every test it is known whether it became slower,
 * or the budget is spent. The story of a job that stores nothing.
 */
import { join } from 'node:path';
import type { ProfileDifference } from '../analysis/profile-difference.ts';
import { cleanUpAfterKilledJobs } from '../clean-up.ts';
import { JobError } from '../errors.ts';
import { acquireMachine, type JobContext, type JobRequest } from '../job.ts';
import { openJobFolder } from '../job-folder.ts';
import { bringNode } from '../job-needs.ts';
import { readLockScope } from '../machine/lock.ts';
import type { Commit } from '../model.ts';
import { readCommit } from '../repository/read.ts';
import { createRunId } from '../run-id.ts';
import { formatTestName, formatUntrusted } from '../text.ts';
import type { ConfirmBudget } from './budget.ts';
import { type Deadline, startDeadline, takeTime } from './deadline.ts';
import { type Laboratory, openLaboratory, type TestFileUsed } from './experiment.ts';
import type { ChooseSubjects, Decided } from './pairs.ts';
import type { ConfirmListener } from './progress.ts';

export interface ComparisonRequest {
  /** What would measure: its revisions are not looked at, and of its Node versions the first is taken. */
  readonly job: JobRequest;
  /** Revisions. */
  readonly base: string;
  readonly head: string;
  /** Test files, relative to what is measured; none: all of the suite at head. */
  readonly files: readonly string[];
  /** Which tests are of interest, and whether a file as a whole is. */
  readonly isWanted: ChooseSubjects;
  readonly budget: ConfirmBudget;
}

export interface ComparisonContext extends Omit<JobContext, 'listener'> {
  readonly listener: Pick<JobContext['listener'], 'onWait'> & ConfirmListener & ComparisonListener;
}

export interface ComparisonListener {
  /** It is known what will be compared, and how. */
  readonly onStart: (start: ComparisonStart) => void;
  /** A test file is done. */
  readonly onFile: (file: ComparedFile) => void;
}

export interface ComparisonStart {
  readonly base: Commit;
  readonly head: Commit;
  readonly nodeVersion: string;
  /** The CPU that tested processes are kept on; null when they are not. */
  readonly cpu: number | null;
  readonly files: number;
}

export interface ComparedFile {
  readonly path: string;
  /** Why nothing of it could be compared; else null. */
  readonly reason: string | null;
  readonly testFile: TestFileUsed;
  /** The file itself, without titles, and its tests, as far as they are wanted. */
  readonly decided: readonly Decided[];
  readonly profile: ProfileDifference | null;
}

/**
 * Compares, file by file, each within its share of the time. Ends early when the signal is aborted.
 *
 * @throws ConfigError for settings, Node versions or revisions that cannot be used, and a job type that has no suite
 * @throws JobError when the machine, head or its dependencies cannot be had
 */
export async function compareCommits(request: ComparisonRequest, context: ComparisonContext): Promise<void> {
  const { job } = request;
  const { listener, signal } = context;
  const settings = job.jobType.parseSettings(job.settings);
  if (job.jobType.openSuite === undefined) {
    throw new JobError(`${job.jobType.name}: has no test suite whose files could be run by turns.`, {
      code: 'compare/no-suite',
      hint: 'Name a job type that measures one with --job-type, e.g. performance-tracker-lite.',
    });
  }
  const commits = {
    base: await readCommit(job.repository, request.base),
    head: await readCommit(job.repository, request.head),
  };
  const what = `${job.name}, ${commits.base.sha.slice(0, 10)} against ${commits.head.sha.slice(0, 10)}`;
  const { lockName } = context;
  const lock =
    context.lock ??
    (await acquireMachine({ lockName, job: what, waitMs: job.waitMs, signal, onWait: listener.onWait }));
  try {
    const lockScope = readLockScope(lockName);
    await cleanUpAfterKilledJobs({
      ...context,
      storeRun: context.store.writeRun,
      onStep: listener.onStep,
      onWarning: listener.onStep,
    });
    const [requested = ''] = job.nodes;
    const node = await bringNode(requested, { ...context, jobType: job.jobType, settings, lockScope });
    const id = createRunId(new Date());
    const folder = await openJobFolder({
      root: context.jobsFolder,
      repository: job.name,
      branch: commits.head.branch,
      id,
      lockScope,
    });
    const deadline = startDeadline(request.budget.durationMs, signal);
    try {
      const laboratory = await openLaboratory({
        ...context,
        ...job,
        repositoryName: job.name,
        settings,
        node,
        id,
        folder: join(folder.path, 'experiments'),
        installedIn: [job.repository.root],
        artifacts: context.artifacts ?? null,
        lockScope,
        signal: deadline.signal,
      });
      try {
        const files = request.files.length > 0 ? request.files : await laboratory.listFiles(commits.head.sha);
        const { cpu } = laboratory;
        listener.onStart({ ...commits, nodeVersion: node.version, cpu, files: files.length });
        await compareFiles(files, { request, context, commits, laboratory, deadline });
      } finally {
        await laboratory.close();
      }
    } finally {
      deadline.close();
      await folder.remove();
    }
  } finally {
    if (context.lock === undefined) await lock.release();
  }
}

async function compareFiles(
  files: readonly string[],
  of: {
    readonly request: ComparisonRequest;
    readonly context: ComparisonContext;
    readonly commits: { readonly base: Commit; readonly head: Commit };
    readonly laboratory: Laboratory;
    readonly deadline: Deadline;
  },
): Promise<void> {
  const { request, context, commits, laboratory, deadline } = of;
  const { budget, isWanted } = request;
  for (const [index, path] of files.entries()) {
    const answer = await laboratory.ask({
      base: commits.base.sha,
      head: commits.head.sha,
      file: path,
      claims: isWanted,
      alpha: (1 - budget.level) / files.length,
      pairs: budget.pairs,
      isOver: takeTime(deadline, deadline.computeRest() / (files.length - index)),
      profiles: true,
    });
    if (context.signal.aborted) return;
    const nothing = { reason: null, testFile: 'unchanged', decided: [], profile: null } as const;
    context.listener.onFile({ ...nothing, ...answer, path });
  }
}

/** A file and its tests as people name them, to be chosen by what their names hold. */
export function chooseByName(texts: readonly string[]): ChooseSubjects {
  if (texts.length === 0) return () => true;
  return ({ file, titles, occurrence }) => {
    const test = { title: titles, occurrence: occurrence > 1 ? occurrence : undefined };
    const name = formatUntrusted(formatTestName(file, test));
    return titles.length > 0 && texts.some((text) => name.includes(text));
  };
}
