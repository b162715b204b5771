/**
 * Telling of a job those who look neither at the terminal nor at GitHub: by mail and by metrics, for both ways in. It is done
 * when the machine is free again, takes a bounded time, and changes nothing about the job.
 */
import { join } from 'node:path';
import type { Config } from '../core/config/config.ts';
import type { CommitLinks } from '../core/notify/digest.ts';
import { tellByEmail } from '../core/notify/email.ts';
import type { Finding } from '../core/notify/finding.ts';
import type { JobFacts } from '../core/notify/findings.ts';
import { createMetricsProblem, tellMetrics } from '../core/notify/metrics.ts';
import {
  computeRunnerFindings,
  NO_RUNNER_NEWS,
  type RunnerNews,
  watchRunners,
} from '../core/notify/watch-runners.ts';
import type { NoticeChannel } from '../core/store/notice-store.ts';
import { withStore } from './database.ts';
import type { Environment } from './environment.ts';
import { listSchedules } from './schedules.ts';

/** How long a mail server and a metrics server may take, both at the same time. */
const DEADLINE_MS = 30_000;

export interface OthersOptions {
  readonly config: Config;
  readonly environment: Environment;
  /** As the user named it. */
  readonly database: string | undefined;
  readonly links: CommitLinks | null;
  readonly version: string;
  /** An interrupted job is told to nobody. */
  readonly signal: AbortSignal;
  /** A channel failed; its name begins the message. */
  readonly onWarning: (warning: unknown) => void;
}

/** Whether the configuration names anybody. */
export function hasOthers(config: Config): boolean {
  return hasMail(config) || config.statsd !== null;
}

/** Tells them. Throws nothing: what fails is a warning. */
export async function tellOthers(job: JobFacts, options: OthersOptions): Promise<void> {
  if (options.signal.aborted) return;
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(DEADLINE_MS)]);
  await Promise.all([sendMail(job, { ...options, signal }), sendMetrics(job, { ...options, signal })]);
}

function hasMail({ notify }: Config): boolean {
  return notify.smtp !== null && notify.recipients.length > 0;
}

/** Tells them what there is to tell without a job that measures: of machines, and of what such a job found. */
export async function tellOthersBesides(changes: readonly Finding[], options: OthersOptions): Promise<void> {
  if (!hasOthers(options.config)) return;
  const place = { branch: null, jobType: '', runner: options.environment.runner };
  const news = { repository: '', runs: [], failures: [] };
  await tellOthers({ news, place, commit: null, log: [], changes }, options);
}

/** Looks for overdue machines, for whoever reads what this process says. A database that cannot be asked is a warning. */
export async function findRunnerNews(
  channel: NoticeChannel,
  { config, environment, database, onWarning }: Omit<OthersOptions, 'links' | 'version' | 'signal'>,
): Promise<RunnerNews> {
  const schedules = listSchedules(config.repos);
  if (schedules.length === 0) return NO_RUNNER_NEWS;
  try {
    const where = { environment, database, writing: { keepDetailRuns: null } };
    return await withStore(where, (store) => watchRunners(store, { schedules, channel, now: new Date() }));
  } catch (thrown) {
    onWarning(thrown);
    return NO_RUNNER_NEWS;
  }
}

async function sendMail(job: JobFacts, options: OthersOptions): Promise<void> {
  const { config, environment, links, version, signal, onWarning } = options;
  const { smtp, recipients } = config.notify;
  if (smtp === null || !hasMail(config)) return;
  const runners = computeRunnerFindings(await findRunnerNews('mail', options));
  await tellByEmail(
    { ...job, changes: [...job.changes, ...runners] },
    {
      smtp,
      recipients,
      folder: join(environment.dataFolder, 'notify'),
      links,
      version,
      now: () => new Date(),
      signal,
      onWarning,
    },
  );
}

async function sendMetrics({ news }: Pick<JobFacts, 'news'>, options: OthersOptions): Promise<void> {
  const { config, environment, database, signal, onWarning } = options;
  const { statsd } = config;
  if (statsd === null) return;
  const runners = await findRunnerNews('statsd', options);
  if (news.runs.length === 0 && runners.overdue.length === 0 && runners.back.length === 0) return;
  const runs = news.runs.map(({ run }) => run);
  try {
    await withStore({ environment, database }, (store) =>
      tellMetrics(runs, { statsd, runners, store, signal, onWarning }),
    );
  } catch (thrown) {
    onWarning(createMetricsProblem(thrown));
  }
}
