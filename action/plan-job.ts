/**
 * From what the user chose and what `.tracey.yml` says to a job, for both ways in: a choice comes before the file, the
 * file before the default.
 */
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { ArtifactSettings } from '../core/artifacts/artifacts.ts';
import type { Config } from '../core/config/config.ts';
import { computeBudget } from '../core/confirm/budget.ts';
import type { JobContext, JobListener, JobRequest } from '../core/job.ts';
import type { Judging } from '../core/job-changes.ts';
import type { MachineLock } from '../core/machine/lock.ts';
import type { Commit, Isolation, Role } from '../core/model.ts';
import type { Repository } from '../core/repository/git.ts';
import type { Store } from '../core/store/store.ts';
import type { Environment } from './environment.ts';
import { findRepoConfig } from './load-config.ts';
import { loadJobType, type OutsidePlace } from './load-job-type.ts';

export const DEFAULT_JOB_TYPE = 'performance-tracker-lite';
const DEFAULT_WAIT_MINUTES = 60;

/** What a flag or an input said; undefined where it said nothing. */
export interface Choices {
  readonly jobType?: string | undefined;
  readonly nodes?: readonly string[] | undefined;
  readonly samples?: number | undefined;
  readonly spec?: readonly string[] | undefined;
  readonly isolation?: Isolation | undefined;
  readonly deadlineSeconds?: number | undefined;
  readonly runner?: string | undefined;
  readonly role?: Role | undefined;
  readonly waitMs?: number | undefined;
}

/**
 * The job to be done.
 *
 * @param options `branch`, `head`: see {@link JobRequest}
 * @throws ConfigError as loadJobType
 */
export async function planJob(options: {
  readonly repository: Repository;
  /** `owner/name`. */
  readonly name: string;
  readonly revisions: readonly string[];
  readonly branch?: string | null;
  readonly head?: Commit;
  readonly config: Config;
  readonly choices: Choices;
  readonly environment: Environment;
  /** Where job types from outside may come from. */
  readonly place: OutsidePlace;
}): Promise<JobRequest> {
  const { repository, name, revisions, branch, head, config, choices, environment, place } = options;
  const repo = findRepoConfig(config, name, choices.jobType);
  const jobTypeName = choices.jobType ?? repo?.jobType ?? DEFAULT_JOB_TYPE;
  const configured = config.jobTypes.find((one) => one.name === jobTypeName);
  return {
    repository,
    name,
    revisions,
    ...(branch === undefined ? {} : { branch }),
    ...(head === undefined ? {} : { head }),
    nodes: choices.nodes ?? repo?.nodeVersions ?? [String(process.versions.node.split('.')[0])],
    jobType: await loadJobType(jobTypeName, { path: configured?.path ?? null, place }),
    settings: { ...configured?.settings, ...pickSettings(choices) },
    testFolder: repo?.testFolder ?? null,
    isPartial: choices.spec !== undefined,
    runner: choices.runner ?? environment.runner,
    role: choices.role ?? environment.role,
    waitMs: computeWaitMs(config, choices),
  };
}

/** How long to wait for the machine. */
export function computeWaitMs(config: Config, { waitMs }: Choices): number {
  return waitMs ?? config.job.waitMs ?? DEFAULT_WAIT_MINUTES * 60_000;
}

/** The world around a job. */
export function createJobContext(options: {
  readonly config: Config;
  readonly environment: Environment;
  readonly version: string;
  readonly store: Store;
  readonly signal: AbortSignal;
  readonly listener: JobListener;
  readonly lock?: MachineLock;
  readonly artifacts?: ArtifactSettings | null;
}): JobContext {
  const { config, environment, version, store, signal, listener, lock, artifacts } = options;
  return {
    store,
    jobsFolder: findJobsFolder(config, environment),
    outputRoot: join(environment.dataFolder, 'output'),
    logsFolder: findLogsFolder(environment),
    cacheFolder: environment.cacheFolder,
    toolCacheFolder: environment.toolCacheFolder,
    lockName: environment.lockName,
    ...(lock === undefined ? {} : { lock }),
    rescue: {
      folders: [environment.workingFolder, environment.dataFolder, tmpdir()],
      traceyVersion: version,
    },
    variables: environment.variables,
    artifacts: artifacts ?? null,
    renames: config.renames,
    signal,
    listener,
  };
}

/** How what is measured is judged. */
export function computeJudging(
  { notify, confirm }: Config,
  {
    confirmMinutes,
    onWarning,
  }: Pick<Judging, 'onWarning'> & { readonly confirmMinutes?: number | undefined },
): Judging {
  const budget = computeBudget(confirm);
  const durationMs = confirmMinutes === undefined ? budget.durationMs : confirmMinutes * 60_000;
  return { thresholdRatio: notify.thresholdRatio, budget: { ...budget, durationMs }, onWarning };
}

/** Under which private job folders are made. */
export function findJobsFolder(config: Config, environment: Environment): string {
  return config.job.folder
    ? resolve(environment.workingFolder, config.job.folder)
    : join(environment.dataFolder, 'jobs');
}

/** Where the output of package managers is kept. */
export function findLogsFolder({ dataFolder }: Environment): string {
  return join(dataFolder, 'logs');
}

/** The choices that are settings of a job type; it checks them. */
function pickSettings({ samples, spec, isolation, deadlineSeconds }: Choices): Record<string, unknown> {
  const settings = { samples, spec, isolation, deadlineSeconds };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}
