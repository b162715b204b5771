/**
 * The story of a job: one job type on one repo, at one commit or several, on each Node version asked for, while
 * the machine is ours alone. Both ways in, the command line and the Action, tell it.
 */
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import type { ArtifactSettings } from './artifacts/artifacts.ts';
import type { LaneFindings } from './changes/screen-lane.ts';
import { cleanUpAfterKilledJobs } from './clean-up.ts';
import { formatThrown } from './errors.ts';
import { describeMeasured, type Judging, judgeMeasured, type MeasuredRun } from './job-changes.ts';
import { type JobFolder, openJobFolder } from './job-folder.ts';
import { bringDependencies, bringNode, createHostTools, type Place } from './job-needs.ts';
import type { JobType } from './job-type.ts';
import { type PreparedState, prepareMachineState, readMachineFacts } from './machine/facts.ts';
import {
  acquireLock,
  findLockPlace,
  type MachineLock,
  readLockScope,
  type WaitNews,
} from './machine/lock.ts';
import { computeDependenciesKey } from './measure/dependencies/key.ts';
import type { Variables } from './measure/environment.ts';
import type { Progress } from './measure/host.ts';
import type { ResolvedNode } from './measure/node-versions/resolve.ts';
import type { Commit, Dependencies, Document, MachineFacts, Role, RunResults, TagList } from './model.ts';
import { computeOutputFolder, writeOutput } from './output-folder.ts';
import { openCheckout } from './repository/checkout.ts';
import type { Repository } from './repository/git.ts';
import { isAncestor, listCommits, readCommit } from './repository/read.ts';
import { listTags } from './repository/tags.ts';
import { measureRun } from './run.ts';
import { createRunId } from './run-id.ts';
import type { Rename } from './store/rename-store.ts';
import { writeOrRescue } from './store/rescue.ts';
import type { Store } from './store/store.ts';
import { formatUntrusted } from './text.ts';

const NO_DEPENDENCIES: Dependencies = { source: 'none', packageManager: null, durationMs: null };

export interface JobRequest {
  /** The repo's checkout: its root, or the folder in it that is to be measured. */
  readonly repository: Repository;
  /** `owner/name`. */
  readonly name: string;
  /** Revisions or ranges to measure, each in a private checkout; empty: the folder as it is. */
  readonly revisions: readonly string[];
  /** The branch that the revisions are on, for a repository that has none checked out; left out, git is asked. */
  readonly branch?: string | null;
  /** What is checked out, where that was read; left out: git is asked. */
  readonly head?: Commit;
  /** Node versions or labels, e.g. `22`, `0.12`, `lts`. */
  readonly nodes: readonly string[];
  readonly jobType: JobType;
  /** The job type's settings as they were written. */
  readonly settings: unknown;
  readonly testFolder: string | null;
  /** Only some files of the suite were asked for this time; left out: all. */
  readonly isPartial?: boolean;
  readonly runner: string;
  readonly role: Role;
  /** Longest wait for the machine. */
  readonly waitMs: number;
  /** SHA of what the branch is to be merged into: what it is held against; left out: the default branch. */
  readonly target?: string | null;
  /** The tags of the repo, where its server is to be asked; left out: those that `repository` has. */
  readonly listTags?: () => Promise<TagList>;
}

/** The world around a job. */
export interface JobContext {
  readonly store: Store;
  /** Under which private job folders are made. */
  readonly jobsFolder: string;
  /** Under which the files are that job types write for people. */
  readonly outputRoot: string;
  /** Where the output of package managers is kept. */
  readonly logsFolder: string;
  readonly cacheFolder: string;
  readonly toolCacheFolder: string | undefined;
  readonly lockName: string;
  /** The machine's lock, where the caller holds it already, and will let it go; else the job waits for it. */
  readonly lock?: MachineLock;
  /** Where a run is kept when the store fails. */
  readonly rescue: { readonly folders: readonly string[]; readonly traceyVersion: string };
  readonly variables: Variables;
  /** Where dependencies come from; left out: from the repo's package manager. */
  readonly artifacts?: ArtifactSettings | null;
  /** What goes on under another name, as the configuration says; left out: as it was. */
  readonly renames?: readonly Rename[];
  /** How what was measured is judged; left out: it is not. */
  readonly judging?: Judging;
  /** The machine's state, where what reads it has been started; whoever did that drops it. */
  readonly state?: PreparedState;
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
  /** A run is complete and stored. What it measured can be read until the promise is fulfilled. */
  readonly onRun: (run: RunResults) => Promise<void>;
  /** The job type wrote files for people, which are with the stored run, and in their folder unless that could not be written. */
  readonly onWritten?: (written: Written) => Promise<void>;
  /** Measuring on one Node version could not be done, or not to its end; the job goes on with the next. */
  readonly onFailure: (failure: {
    readonly nodeVersion: string;
    readonly commit: Commit;
    readonly error: unknown;
  }) => void;
  /** Everything is measured, and what changed is found, proven as far as it can be, and kept; once for each environment. */
  readonly onChanges?: (findings: LaneFindings) => Promise<void>;
}

/** Files that a job type wrote for people. */
export interface Written {
  readonly files: readonly Document[];
  readonly folder: string;
  /** Names of those that are new or not as they were before. */
  readonly changed: readonly string[];
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
  const { jobType, name } = request;
  const { listener, signal } = context;
  const settings = jobType.parseSettings(request.settings);
  // What reads it starts while git is asked and the machine is taken.
  const state = context.state ?? prepareState(listener);
  try {
    const commits = await findCommits(request);
    const lock =
      context.lock ??
      (await acquireMachine({
        lockName: context.lockName,
        job: `${name}, ${jobType.name}`,
        waitMs: request.waitMs,
        signal,
        onWait: listener.onWait,
      }));
    try {
      await doAlone({ request, context, settings, commits, state });
    } finally {
      if (context.lock === undefined) await lock.release();
    }
  } finally {
    if (context.state === undefined) state.drop();
  }
}

function prepareState({ onStep }: JobListener): PreparedState {
  return prepareMachineState({ onWarning: onStep });
}

/** The job, on a machine that is ours. */
async function doAlone(planned: PlannedJob): Promise<void> {
  const { request, context, settings, commits } = planned;
  const { listener } = context;
  const lockScope = readLockScope(context.lockName);
  await cleanUpAfterKilledJobs({
    ...context,
    storeRun: context.store.writeRun,
    onStep: listener.onStep,
    onWarning: listener.onStep,
  });
  const nodes = await resolveNodes(request, context, { settings, lockScope });
  const folder = await openJobFolder({
    root: context.jobsFolder,
    repository: request.name,
    branch: commits[0]?.branch ?? null,
    id: createRunId(new Date()),
    lockScope,
  });
  try {
    const measured: MeasuredRun[] = [];
    const job = { ...planned, nodes, facts: readMachineFacts(), folder, lockScope, measured };
    if (request.revisions.length === 0) await measureFolder(job);
    else await measureCheckouts(job);
    await keepTags(job);
    await keepRenames(job);
    await judge(job);
  } finally {
    await folder.remove();
  }
}

/**
 * Waits for the machine and takes it.
 *
 * @throws JobError `machine/lock-timeout`, `machine/lock-unusable`
 */
export function acquireMachine(options: {
  readonly lockName: string;
  /** What it is wanted for, one line, shown to whoever waits. */
  readonly job: string;
  readonly waitMs: number;
  readonly signal: AbortSignal;
  readonly onWait: (news: WaitNews) => void;
}): Promise<MachineLock> {
  const { lockName, job, waitMs, signal, onWait } = options;
  const place = findLockPlace({ name: lockName, folder: tmpdir(), platform: process.platform });
  return acquireLock({ place, job, deadlineMs: waitMs, signal, onWait });
}

/** The commits to measure, oldest first as far as the revisions say. */
async function findCommits(request: JobRequest): Promise<Commit[]> {
  const { repository, revisions, branch } = request;
  const head = branch === undefined ? (request.head ?? (await readCommit(repository))) : null;
  if (revisions.length === 0 && head !== null) return [head];
  const commits: Commit[] = [];
  for (const revision of revisions) {
    for (const sha of await listCommits(repository, revision)) {
      if (commits.some((known) => known.sha === sha)) continue;
      const commit = await readCommit(repository, sha);
      commits.push({ ...commit, branch: head === null ? (branch ?? null) : await findBranch(sha, head) });
    }
  }
  return commits;

  async function findBranch(sha: string, { sha: descendant, branch: name }: Commit): Promise<string | null> {
    return (await isAncestor(repository, { ancestor: sha, descendant })) ? name : null;
  }
}

async function resolveNodes(
  { nodes, jobType }: JobRequest,
  context: JobContext,
  job: { readonly settings: unknown; readonly lockScope: string },
): Promise<ResolvedNode[]> {
  const resolved: ResolvedNode[] = [];
  for (const requested of nodes) {
    const node = await bringNode(requested, { ...context, ...job, jobType });
    const isKnown = resolved.some((known) => known.version === node.version && known.line === node.line);
    if (!isKnown) resolved.push(node);
  }
  return resolved;
}

/** What is known before the machine is ours. */
interface PlannedJob {
  readonly request: JobRequest;
  readonly context: JobContext;
  readonly settings: unknown;
  /** To be measured, oldest first. */
  readonly commits: readonly Commit[];
  /** The machine's, which can be read before each commit. */
  readonly state: PreparedState;
}

/** What is the same for all commits of a job. */
interface OpenJob extends PlannedJob {
  readonly nodes: readonly ResolvedNode[];
  readonly facts: MachineFacts;
  readonly folder: JobFolder;
  readonly lockScope: string;
  /** The runs that are stored so far. */
  readonly measured: MeasuredRun[];
}

/** The user's folder as it is. */
async function measureFolder(job: OpenJob): Promise<void> {
  const repoFolder = job.request.repository.folder;
  const place: Place = { repoFolder, checkout: job.request.repository.root };
  const dependencies = await prepare(job, place);
  for (const commit of job.commits) await measureCommit(job, { ...place, commit, dependencies });
}

/** Each commit in one private checkout; dependencies stay as long as what names them stays the same. */
async function measureCheckouts(job: OpenJob): Promise<void> {
  const { commits } = job;
  const { repository } = job.request;
  const { listener, signal } = job.context;
  const checkout = await openCheckout({ source: repository, folder: job.folder.checkout });
  const repoFolder = join(checkout.folder, relative(repository.root, repository.folder));
  const place: Place = { repoFolder, checkout: checkout.folder };
  let installed: { readonly key: string; readonly dependencies: Dependencies } | null = null;
  for (const [index, commit] of commits.entries()) {
    if (signal.aborted) return;
    const which = `[${index + 1}/${commits.length}] ${commit.sha.slice(0, 10)}`;
    listener.onStep(`${which} ${formatUntrusted(commit.subject)}`);
    await checkout.checkOut(commit.sha);
    const key = await computeDependenciesKey(repoFolder);
    if (installed === null || installed.key !== key) {
      await checkout.clean();
      installed = { key, dependencies: await prepare(job, place) };
    }
    await measureCommit(job, { ...place, commit, dependencies: installed.dependencies });
  }
}

/** A job type that brings its Nodes brings the dependencies for them, and tells of them itself. */
async function prepare(job: OpenJob, place: Place): Promise<Dependencies> {
  if (job.request.jobType.resolveNode !== undefined) return NO_DEPENDENCIES;
  return bringDependencies(place, computeNeeds(job));
}

function computeNeeds({ request, context, folder, nodes }: OpenJob) {
  return {
    ...context,
    artifacts: context.artifacts ?? null,
    indexRoot: request.repository.root,
    node: nodes[0],
    logFile: join(context.logsFolder, `${basename(folder.path)}-install.log`),
  };
}

/** One commit, in a folder that holds it, on each Node version. */
async function measureCommit(
  job: OpenJob,
  at: Place & { readonly commit: Commit; readonly dependencies: Dependencies },
): Promise<void> {
  const { request, context } = job;
  const { listener, signal, store } = context;
  const outputFolder = computeOutputFolder(context.outputRoot, {
    repository: request.name,
    jobType: request.jobType.name,
  });
  let before = await job.state.read();
  for (const node of job.nodes) {
    if (signal.aborted) return;
    const id = createRunId(new Date());
    const { run, written, failure, close } = await measureRun({
      ...at,
      id,
      repository: request.name,
      node,
      jobType: request.jobType,
      settings: job.settings,
      testFolder: request.testFolder,
      runner: request.runner,
      role: request.role,
      facts: job.facts,
      before,
      scratchFolder: job.folder.scratch,
      journalFile: job.folder.computeJournalFile(id),
      lockScope: job.lockScope,
      variables: context.variables,
      signal,
      tools: createHostTools({ ...computeNeeds(job), checkout: at.checkout, outputFolder }),
      onLog: listener.onStep,
      onProgress: listener.onProgress,
      prepareState: () => prepareState(listener),
    });
    before = run.machine.after ?? before;
    try {
      if (run.totals.files > 0 || run.documents.length > 0) {
        await writeOrRescue(store, run, context.rescue);
        job.measured.push(describeMeasured(run, node));
        await listener.onRun(run);
        await keepFiles(written, { folder: outputFolder, listener });
      }
    } finally {
      close();
    }
    if (failure !== null)
      listener.onFailure({ nodeVersion: node.version, commit: at.commit, error: failure });
  }
}

/** Releases are named after their commits were measured: which there are is asked with each job, and never stops one. */
async function keepTags({ request, context, measured }: OpenJob): Promise<void> {
  const { store, listener, signal } = context;
  if (measured.length === 0 || signal.aborted) return;
  try {
    const list = await (request.listTags?.() ?? listTags(request.repository));
    await store.writeTags(request.name, list);
  } catch (thrown) {
    if (!signal.aborted) listener.onStep(`The names of releases are as they were: ${formatThrown(thrown)}`);
  }
}

/** What a line names may be there only since this job. */
async function keepRenames({ request, context, measured }: OpenJob): Promise<void> {
  if (measured.length === 0 || context.renames === undefined) return;
  await context.store.writeRenames(request.name, context.renames);
}

/** What the runs say about changes. An interrupted job says nothing: whoever stopped it wants it to end. */
async function judge({ measured, ...job }: OpenJob): Promise<void> {
  const { judging, listener, signal } = job.context;
  if (judging === undefined || signal.aborted) return;
  for (const findings of await judgeMeasured(measured, { ...job, judging })) {
    await listener.onChanges?.(findings);
  }
}

/** They are stored with the run: a folder that cannot be written loses nothing. */
async function keepFiles(
  files: readonly Document[],
  { folder, listener }: { readonly folder: string; readonly listener: JobListener },
): Promise<void> {
  if (files.length === 0) return;
  let changed: readonly string[] = [];
  try {
    changed = await writeOutput(folder, files);
  } catch (thrown) {
    listener.onStep(formatThrown(thrown));
  }
  await listener.onWritten?.({ files, folder, changed });
}
