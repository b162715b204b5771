/** What a job's runs say about changes: how the job's own world becomes what judging and confirming need. */
import { join } from 'node:path';
import type { ProfileDifference } from './analysis/profile-difference.ts';
import { PROFILE_DOCUMENT } from './changes/confirm-changes.ts';
import { judgeJob } from './changes/judge-job.ts';
import { describeJudged, type JudgedRun } from './changes/screen-commits.ts';
import type { LaneFindings } from './changes/screen-lane.ts';
import type { ConfirmBudget } from './confirm/budget.ts';
import { confirmSuspects } from './confirm/confirm.ts';
import type { TraceyError } from './errors.ts';
import type { JobContext, JobRequest } from './job.ts';
import type { JobFolder } from './job-folder.ts';
import type { ResolvedNode } from './measure/node-versions/resolve.ts';
import type { RunResults } from './model.ts';
import type { ChangeDocument, LaneName } from './store/change-store.ts';
import { formatCount, formatRatio } from './units.ts';

/** How a job judges what it measured. */
export interface Judging {
  /** From which growth on a total has changed: 0.1 for 10 %; the default when null. */
  readonly thresholdRatio: number | null;
  readonly budget: ConfirmBudget;
  /** Something that judging goes by cannot be used, and it goes on without it. */
  readonly onWarning: (warning: TraceyError) => void;
}

/** A run that the job stored, and the Node that it was on. */
export interface MeasuredRun extends JudgedRun {
  readonly node: ResolvedNode;
}

export function describeMeasured(run: RunResults, node: ResolvedNode): MeasuredRun {
  return { ...describeJudged(run), node };
}

/** Finds and proves what changed, and keeps it. Only for whoever holds the machine. */
export function judgeMeasured(
  runs: readonly MeasuredRun[],
  job: {
    readonly request: JobRequest;
    readonly context: JobContext;
    readonly judging: Judging;
    readonly settings: unknown;
    readonly folder: JobFolder;
    readonly lockScope: string;
  },
): Promise<readonly LaneFindings[]> {
  const { request, context, judging, folder } = job;
  const { store, listener } = context;
  let experiments = 0;
  return judgeJob(runs, {
    store,
    repository: request.repository,
    ...(request.target === undefined ? {} : { target: request.target }),
    thresholdRatio: judging.thresholdRatio,
    isPartial: request.isPartial ?? false,
    onStep: listener.onStep,
    onWarning: judging.onWarning,
    experiment: judging.budget.durationMs === 0 ? null : experiment,
  });

  async function* experiment(lane: LaneName, suspects: Parameters<typeof confirmSuspects>[0]) {
    const node = runs.findLast((run) => run.lane.nodeLine === lane.nodeLine)?.node;
    if (node === undefined || context.signal.aborted) return;
    experiments += 1;
    const confirming = confirmSuspects(suspects, {
      repository: request.repository,
      repositoryName: request.name,
      jobType: request.jobType,
      settings: job.settings,
      testFolder: request.testFolder,
      node,
      budget: judging.budget,
      folder: join(folder.path, `confirm-${experiments}`),
      installedIn: [folder.checkout, request.repository.root],
      logsFolder: context.logsFolder,
      variables: context.variables,
      artifacts: context.artifacts ?? null,
      lockScope: job.lockScope,
      signal: context.signal,
      listener: {
        onStep: listener.onStep,
        onStatus: listener.onStatus,
        onPairs: ({ done, total, ratio }) =>
          listener.onStatus(`${formatCount(done, 'pair')} of ${total}: ${formatRatio(ratio?.value ?? null)}`),
      },
    });
    for await (const { suspect, verdict, profile } of confirming) {
      yield { suspect, verdict, documents: describeProfile(profile) };
    }
  }
}

function describeProfile(profile: ProfileDifference | null): ChangeDocument[] {
  if (profile === null) return [];
  return [{ name: PROFILE_DOCUMENT, mediaType: 'application/json', content: JSON.stringify(profile) }];
}
