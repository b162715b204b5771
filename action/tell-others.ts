/**
 * Telling of a job those who look neither at the terminal nor at GitHub: by mail and by metrics, for both ways in. It is done
 * when the machine is free again, takes a bounded time, and changes nothing about the job.
 */
import { join } from 'node:path';
import type { Config } from '../core/config/config.ts';
import type { CommitLinks } from '../core/notify/digest.ts';
import { tellByEmail } from '../core/notify/email.ts';
import type { JobFacts } from '../core/notify/findings.ts';
import { createMetricsProblem, tellMetrics } from '../core/notify/metrics.ts';
import { withStore } from './database.ts';
import type { Environment } from './environment.ts';

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

async function sendMail(job: JobFacts, options: OthersOptions): Promise<void> {
  const { config, environment, links, version, signal, onWarning } = options;
  const { smtp, recipients } = config.notify;
  if (smtp === null || !hasMail(config)) return;
  await tellByEmail(job, {
    smtp,
    recipients,
    folder: join(environment.dataFolder, 'notify'),
    links,
    version,
    now: () => new Date(),
    signal,
    onWarning,
  });
}

async function sendMetrics({ news }: Pick<JobFacts, 'news'>, options: OthersOptions): Promise<void> {
  const { config, environment, database, signal, onWarning } = options;
  const { statsd } = config;
  if (statsd === null || news.runs.length === 0) return;
  const runs = news.runs.map(({ run }) => run);
  try {
    await withStore({ environment, database }, (store) =>
      tellMetrics(runs, { statsd, store, signal, onWarning }),
    );
  } catch (thrown) {
    onWarning(createMetricsProblem(thrown));
  }
}
