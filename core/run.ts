/** One run: a job type at work on one Node version, and what came of it. */
import { dirname } from 'node:path';
import { formatThrown } from './errors.ts';
import type { Job, JobResult, JobType } from './job-type.ts';
import type { PreparedState } from './machine/facts.ts';
import { computeTestEnvironment, type Variables } from './measure/environment.ts';
import type { Host, HostTools, Progress } from './measure/host.ts';
import { createJournal } from './measure/journal.ts';
import type { RunStart } from './measure/journal-entries.ts';
import { computeMark, endLeftovers } from './measure/leftovers.ts';
import { createOutputFiles } from './measure/output-file.ts';
import { recoverJournal } from './measure/recover-journal.ts';
import { runProcess } from './measure/spawn.ts';
import {
  type Commit,
  computeTotals,
  type Dependencies,
  type Document,
  type FileResults,
  type MachineFacts,
  type MachineState,
  type Outcome,
  type Role,
  type RunResults,
  SUMMARY_DOCUMENT,
} from './model.ts';

/** What is known before the run starts. */
export interface RunPlan {
  readonly id: string;
  readonly repository: string;
  readonly repoFolder: string;
  readonly commit: Commit;
  readonly node: { readonly version: string; readonly line: string; readonly executable: string };
  readonly jobType: JobType;
  readonly settings: unknown;
  readonly testFolder: string | null;
  readonly runner: string;
  readonly role: Role;
  readonly dependencies: Dependencies;
  readonly facts: MachineFacts;
  readonly before: MachineState;
  readonly scratchFolder: string;
  /** Where the run is on the disk until it is closed; there is no such file yet. */
  readonly journalFile: string;
  /** Scope of the machine's lock, which this job holds. */
  readonly lockScope: string;
  /** The job's own environment. */
  readonly variables: Variables;
  readonly signal: AbortSignal;
  readonly tools: HostTools;
  readonly onLog: (line: string) => void;
  readonly onProgress: (progress: Progress) => void;
  /** Prepares for reading the machine's state after the run. */
  readonly prepareState: () => PreparedState;
}

export interface RunEnd {
  /** Its files are on the disk, until it is closed. */
  readonly run: RunResults;
  /** Those of the run's documents that are files for people. */
  readonly written: readonly Document[];
  /** What the job type threw if it could not go on; else null. */
  readonly failure: unknown;
  /** Forgets what was measured. */
  readonly close: () => void;
}

/** What a killed job left of a run. */
export interface RecoveredRun {
  /** Its files are on the disk, until it is closed. */
  readonly run: RunResults;
  /** Why what came later is not there, if not only because the job was killed. */
  readonly damage: string | null;
  readonly close: () => void;
}

/**
 * Measures once. What was recorded before a failure or an interruption is there all the same.
 *
 * @throws JobError when what is measured cannot be kept on the disk, or not be read back from it
 */
export async function measureRun(plan: RunPlan): Promise<RunEnd> {
  const { id, node, jobType, signal } = plan;
  const start = computeStart(plan);
  const journal = createJournal(plan.journalFile, start);
  const mark = computeMark(plan.lockScope, id);
  const outputFiles = createOutputFiles(plan.scratchFolder);
  const job: Job<unknown> = {
    id,
    repository: plan.repository,
    repoFolder: plan.repoFolder,
    commit: plan.commit,
    node,
    settings: plan.settings,
    testFolder: plan.testFolder,
  };
  const host: Host = {
    ...plan.tools,
    scratchFolder: plan.scratchFolder,
    signal,
    now: () => new Date(),
    log: plan.onLog,
    showProgress: plan.onProgress,
    describe: journal.describe,
    record: journal.add,
    async runProcess({ task, within, meanwhile, ...options }) {
      // What is left of an earlier task comes first: the last that has begun is the one that is recovered.
      const begin = () => {
        meanwhile?.();
        if (task !== undefined) journal.begin(task);
      };
      if (within !== undefined) {
        begin();
        return within(options);
      }
      return runProcess({
        ...options,
        meanwhile: begin,
        signal,
        outputFiles,
        env: computeTestEnvironment({
          inherited: plan.variables,
          nodeFolder: dirname(node.executable),
          repoFolder: plan.repoFolder,
          mark,
          own: options.env,
        }),
      });
    },
  };

  let state: PreparedState | null = null;
  try {
    let result: JobResult | null = null;
    let failure: unknown = null;
    try {
      result = await jobType.run(job, host);
    } catch (thrown) {
      failure = thrown;
    }
    // What reads it starts while there is something left to do.
    state = plan.prepareState();
    endLeftovers(mark);
    outputFiles.close();
    const { files } = journal;
    const { documents = [], ...method } = journal.method;
    const totals = computeTotals(files);
    const after = await state.read();
    const interrupted = signal.aborted;
    const written = result?.files ?? [];
    const run: RunResults = {
      ...start,
      ...method,
      machine: { ...start.machine, after },
      finishedAt: new Date().toISOString(),
      ...judgeRun({ files, interrupted, failure, hasWritten: written.length > 0 }),
      interrupted,
      totals,
      files,
      documents: [
        // How nothing was measured is not worth a run.
        ...(totals.files > 0 ? documents : []),
        ...(result?.documents ?? []),
        ...written,
        ...createSummary(result),
      ],
    };
    return { run, written, failure, close: journal.close };
  } catch (thrown) {
    state?.drop();
    journal.close();
    throw thrown;
  }
}

/**
 * The run of a job that was killed, as far as its journal goes: interrupted, like one that was stopped.
 *
 * @returns null when nothing was measured yet
 * @throws JobError `spool/unreadable`
 */
export async function recoverRun(journalFile: string): Promise<RecoveredRun | null> {
  const journal = await recoverJournal(journalFile);
  if (journal === null) return null;
  const { start, files, damage, writtenAt, close } = journal;
  const { documents = [], ...method } = journal.method;
  try {
    if (!journal.isWorthKeeping) {
      close();
      return null;
    }
    // Clocks are set, and after a power cut they may stand still.
    const finishedAtMs = Math.max(writtenAt.getTime(), Date.parse(start.startedAt));
    const run: RunResults = {
      ...start,
      ...method,
      machine: { ...start.machine, after: null },
      finishedAt: new Date(finishedAtMs).toISOString(),
      outcome: 'aborted',
      reason: 'interrupted: the job was killed',
      interrupted: true,
      totals: computeTotals(files),
      files,
      documents: [...documents],
    };
    return { run, damage, close };
  } catch (thrown) {
    close();
    throw thrown;
  }
}

/** What is known before anything is measured. */
function computeStart(plan: RunPlan): RunStart {
  const { commit, node, facts, before } = plan;
  return {
    id: plan.id,
    repository: plan.repository,
    commit: commit.sha,
    commitDetails: commit,
    jobType: plan.jobType.name,
    runner: plan.runner,
    role: plan.role,
    nodeVersion: node.version,
    nodeLine: node.line,
    startedAt: new Date().toISOString(),
    dependencies: plan.dependencies,
    machine: { facts, before },
  };
}

function createSummary(result: JobResult | null): Document[] {
  if (result?.summary === undefined) return [];
  return [{ name: SUMMARY_DOCUMENT, mediaType: 'text/markdown', content: result.summary }];
}

function judgeRun(run: {
  readonly files: Iterable<FileResults>;
  readonly interrupted: boolean;
  readonly failure: unknown;
  /** Whether it wrote what it is for, which need not be measurements. */
  readonly hasWritten: boolean;
}): { outcome: Outcome; reason?: string } {
  if (run.interrupted) return { outcome: 'aborted', reason: 'interrupted' };
  if (run.failure !== null) return { outcome: 'aborted', reason: formatThrown(run.failure) };
  const counts: Record<Outcome, number> = { passed: 0, failed: 0, skipped: 0, aborted: 0 };
  let total = 0;
  for (const { outcome } of run.files) {
    counts[outcome] += 1;
    total += 1;
  }
  const bad = counts.failed + counts.aborted;
  if (bad > 0) return { outcome: 'failed', reason: `${bad} of ${total} files failed` };
  if (counts.skipped === total && !run.hasWritten) return { outcome: 'skipped', reason: 'no test ran' };
  return { outcome: 'passed' };
}
