/**
 * The story of a job: one job type on one repo, at one commit or several, on each Node version asked for, while
 * the machine is ours alone. Both ways in, the command line and the Action, tell it.
 */
import { tmpdir } from 'node:os';
import { openJobFolder } from './job-folder.ts';
import type { JobType } from './job-type.ts';
import { readMachineFacts, readMachineState } from './machine/facts.ts';
import { acquireLock, findLockPlace, type WaitNews } from './machine/lock.ts';
import { prepareDependencies } from './measure/dependencies/prepare.ts';
import type { Variables } from './measure/environment.ts';
import type { Progress } from './measure/host.ts';
import { type ResolvedNode, resolveNode } from './measure/node-versions/resolve.ts';
import type { Commit, Role, RunReport } from './model.ts';
import { openCheckout } from './repository/checkout.ts';
import { findRepositoryName, listCommits, readCommit } from './repository/git.ts';
import { measureRun } from './run.ts';
import { createRunId } from './run-id.ts';
import type { Store } from './store/store.ts';

export interface JobRequest {
  /** The repo's checkout, absolute. */
  readonly repoFolder: string;
  /** Revisions or ranges to measure, each in a private checkout; empty: the folder as it is. */
  readonly revisions: readonly string[];
  /** Node versions or labels, e.g. `22`, `0.12`, `lts`. */
  readonly nodes: readonly string[];
  readonly jobType: JobType;
  /** The job type's settings as they were written. */
  readonly settings: unknown;
  readonly testFolder: string | null;
  readonly runner: string;
  readonly role: Role;
  /** Longest wait for the machine. */
  readonly waitMs: number;
}

/** The world around a job. */
export interface JobContext {
  readonly store: Store;
  /** Under which private job folders are made. */
  readonly jobsFolder: string;
  /** Where the output of package managers is kept. */
  readonly logsFolder: string;
  readonly cacheFolder: string;
  readonly toolCacheFolder: string | undefined;
  readonly lockName: string;
  readonly variables: Variables;
  readonly signal: AbortSignal;
  readonly listener: JobListener;
}

/** Who wants to know how a job is going. */
export interface JobListener {
  /** A step has begun, or something worth a line happened. */
  readonly onStep: (text: string) => void;
  /** Something that changes quickly: the last line of an installation. */
  readonly onStatus: (text: string) => void;
  readonly onWait: (news: WaitNews) => void;
  readonly onProgress: (progress: Progress) => void;
  /** A run is complete and stored. */
  readonly onRun: (report: RunReport) => void;
  /** Measuring on one Node version could not be done, or not to its end; the job goes on with the next. */
  readonly onFailure: (failure: {
    readonly nodeVersion: string;
    readonly commit: Commit;
    readonly error: unknown;
  }) => void;
}

/**
 * Does a job. Each run is stored the moment it is complete; an interruption ends the job after storing what there
 * is of the current run.
 *
 * @throws ConfigError for settings, Node versions or revisions that cannot be used
 * @throws JobError when the machine, the checkout or the dependencies cannot be had
 * @throws StoreError when a run cannot be stored; it says where the run is kept instead
 */
export async function runJob(request: JobRequest, context: JobContext): Promise<void> {
  const { repoFolder, jobType } = request;
  const { listener, signal } = context;
  const settings = jobType.parseSettings(request.settings);
  const repository = await findRepositoryName(repoFolder);
  const commits = await findCommits(request);
  const lock = await acquireLock({
    place: findLockPlace({ name: context.lockName, folder: tmpdir(), platform: process.platform }),
    job: `${repository}, ${jobType.name}`,
    deadlineMs: request.waitMs,
    signal,
    onWait: listener.onWait,
  });
  try {
    const nodes = await resolveNodes(request, context);
    const id = createRunId(new Date());
    const branch = commits[0]?.branch ?? null;
    const folder = await openJobFolder({ root: context.jobsFolder, repository, branch, id });
    try {
      const facts = readMachineFacts();
      const own = { request, context, settings, repository, nodes, facts, scratchFolder: folder.scratch };
      if (request.revisions.length === 0) {
        for (const commit of commits) await measureCommit({ ...own, commit, folder: repoFolder });
        return;
      }
      const checkout = await openCheckout({
        source: repoFolder,
        folder: folder.checkout,
        variables: context.variables,
      });
      for (const commit of commits) {
        if (signal.aborted) return;
        listener.onStep(`checking out ${commit.sha.slice(0, 10)} ${commit.subject}`);
        await checkout.checkOut(commit.sha);
        await measureCommit({ ...own, commit, folder: checkout.folder });
      }
    } finally {
      await folder.remove();
    }
  } finally {
    await lock.release();
  }
}

/** The commits to measure, oldest first as far as the revisions say. */
async function findCommits({ repoFolder, revisions }: JobRequest): Promise<Commit[]> {
  if (revisions.length === 0) return [await readCommit(repoFolder)];
  const commits: Commit[] = [];
  for (const revision of revisions) {
    for (const sha of await listCommits(repoFolder, revision)) {
      if (commits.some((known) => known.sha === sha)) continue;
      commits.push({ ...(await readCommit(repoFolder, sha)), modified: false });
    }
  }
  return commits;
}

async function resolveNodes({ nodes }: JobRequest, context: JobContext): Promise<ResolvedNode[]> {
  const resolved: ResolvedNode[] = [];
  for (const requested of nodes) {
    const node = await resolveNode(requested, {
      inherited: context.variables,
      toolCacheFolder: context.toolCacheFolder,
      cacheFolder: context.cacheFolder,
      platform: process.platform,
      arch: process.arch,
      now: new Date(),
      signal: context.signal,
      onFetch: ({ version }) => context.listener.onStep(`fetching Node ${version}`),
      onNotice: context.listener.onStep,
    });
    const isKnown = resolved.some((known) => known.version === node.version && known.line === node.line);
    if (!isKnown) resolved.push(node);
  }
  return resolved;
}

/** One commit, in a folder that holds it, on each Node version. */
async function measureCommit(job: {
  readonly request: JobRequest;
  readonly context: JobContext;
  readonly settings: unknown;
  readonly repository: string;
  readonly nodes: readonly ResolvedNode[];
  readonly facts: ReturnType<typeof readMachineFacts>;
  readonly scratchFolder: string;
  readonly commit: Commit;
  readonly folder: string;
}): Promise<void> {
  const { request, context, commit } = job;
  const { listener, signal, store } = context;
  const dependencies = await prepareDependencies({
    repoFolder: job.folder,
    logsFolder: context.logsFolder,
    variables: context.variables,
    signal,
    onStep: listener.onStep,
    onStatus: listener.onStatus,
  });
  const readState = () => readMachineState({ onWarning: listener.onStep });
  let before = await readState();
  for (const node of job.nodes) {
    if (signal.aborted) return;
    const { report, failure } = await measureRun({
      id: createRunId(new Date()),
      repository: job.repository,
      repoFolder: job.folder,
      commit,
      node,
      jobType: request.jobType,
      settings: job.settings,
      testFolder: request.testFolder,
      runner: request.runner,
      role: request.role,
      dependencies,
      facts: job.facts,
      before,
      scratchFolder: job.scratchFolder,
      variables: context.variables,
      signal,
      onLog: listener.onStep,
      onProgress: listener.onProgress,
      readState,
    });
    before = report.machine.after ?? before;
    if (report.files.length > 0 || report.documents.length > 0) {
      await store.writeRun(report);
      listener.onRun(report);
    }
    if (failure !== null) listener.onFailure({ nodeVersion: node.version, commit, error: failure });
  }
}
