/** One run: a job type at work on one Node version, and the report of what came of it. */
import { dirname } from 'node:path';
import { formatThrown } from './errors.ts';
import type { Job, JobResult, JobType } from './job-type.ts';
import { computeTestEnvironment, type Variables } from './measure/environment.ts';
import { createFold } from './measure/fold.ts';
import type { Host, Progress } from './measure/host.ts';
import { computeMark, endLeftovers } from './measure/leftovers.ts';
import { runProcess } from './measure/spawn.ts';
import {
  type Commit,
  computeTotals,
  type Dependencies,
  type FileResult,
  type MachineFacts,
  type MachineState,
  type Outcome,
  type Role,
  type RunReport,
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
  /** Scope of the machine's lock, which this job holds. */
  readonly lockScope: string;
  /** The job's own environment. */
  readonly variables: Variables;
  readonly signal: AbortSignal;
  readonly onLog: (line: string) => void;
  readonly onProgress: (progress: Progress) => void;
  /** Reads the machine's state after the run. */
  readonly readState: () => Promise<MachineState>;
}

/** A run's report, and what the job type threw if it could not go on. */
export interface RunEnd {
  readonly report: RunReport;
  readonly failure: unknown;
}

/** Measures once. What was recorded before a failure or an interruption is in the report all the same. */
export async function measureRun(plan: RunPlan): Promise<RunEnd> {
  const { id, node, jobType, signal } = plan;
  const fold = createFold();
  const mark = computeMark(plan.lockScope, id);
  const startedAt = new Date().toISOString();
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
    scratchFolder: plan.scratchFolder,
    signal,
    now: () => new Date(),
    log: plan.onLog,
    showProgress: plan.onProgress,
    record: fold.add,
    runProcess: (options) =>
      runProcess({
        ...options,
        signal,
        env: computeTestEnvironment({
          inherited: plan.variables,
          nodeFolder: dirname(node.executable),
          repoFolder: plan.repoFolder,
          mark,
          own: options.env,
        }),
      }),
  };

  let result: JobResult | null = null;
  let failure: unknown = null;
  try {
    result = await jobType.run(job, host);
  } catch (thrown) {
    failure = thrown;
  }
  await endLeftovers(mark);
  const after = await plan.readState();
  const files = fold.finish();
  const interrupted = signal.aborted;
  return {
    failure,
    report: {
      id,
      repository: plan.repository,
      commit: plan.commit.sha,
      commitDetails: plan.commit,
      jobType: jobType.name,
      runner: plan.runner,
      role: plan.role,
      isolation: result?.isolation ?? 'file',
      nodeVersion: node.version,
      nodeLine: node.line,
      framework: result?.framework ?? null,
      startedAt,
      finishedAt: new Date().toISOString(),
      ...judgeRun({ files, interrupted, failure }),
      interrupted,
      samples: result?.samples ?? 1,
      totals: computeTotals(files),
      dependencies: plan.dependencies,
      machine: { facts: plan.facts, before: plan.before, after },
      files,
      documents: [...(result?.documents ?? [])],
    },
  };
}

function judgeRun(run: {
  readonly files: readonly FileResult[];
  readonly interrupted: boolean;
  readonly failure: unknown;
}): { outcome: Outcome; reason?: string } {
  if (run.interrupted) return { outcome: 'aborted', reason: 'interrupted' };
  if (run.failure !== null) return { outcome: 'aborted', reason: formatThrown(run.failure) };
  const bad = run.files.filter((file) => file.outcome === 'failed' || file.outcome === 'aborted').length;
  if (bad > 0) return { outcome: 'failed', reason: `${bad} of ${run.files.length} files failed` };
  if (run.files.every((file) => file.outcome === 'skipped'))
    return { outcome: 'skipped', reason: 'no test ran' };
  return { outcome: 'passed' };
}
