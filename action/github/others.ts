/** Telling of a workflow's job those who are not on GitHub, and looking out for machines on behalf of those who are. */
import type { Config } from '../../core/config/config.ts';
import type { JobRequest } from '../../core/job.ts';
import { computeChangeFindings } from '../../core/notify/change-findings.ts';
import type { Finding } from '../../core/notify/finding.ts';
import type { JobNews } from '../../core/notify/news.ts';
import { computeVanishedFindings } from '../../core/notify/vanished.ts';
import { NO_RUNNER_NEWS, type RunnerNews } from '../../core/notify/watch-runners.ts';
import { formatRunnerNews } from '../changes-text.ts';
import { createCommitLinks } from '../commit-links.ts';
import { formatError } from '../error-text.ts';
import { findRunnerNews, type OthersOptions, tellOthers, tellOthersBesides } from '../tell-others.ts';
import type { Terminal } from '../terminal.ts';
import type { Step } from './step.ts';

/** Tells them, unless it is about a pull request: that is told where it is discussed, and is not how things are. */
export async function tellStepOthers(
  step: Step,
  job: {
    readonly news: JobNews;
    readonly config: Config;
    readonly request: Pick<JobRequest, 'runner' | 'jobType'>;
    readonly sha: string;
    readonly branch: string | null;
    /** The job's own lines of the log. */
    readonly log: readonly string[];
  },
): Promise<void> {
  if (step.context.pullRequest !== null) return;
  const { news, config, request, sha, branch, log } = job;
  const place = { branch, jobType: request.jobType.name, runner: request.runner };
  const where = { repository: news.repository, ...place };
  await tellOthers(
    {
      news,
      place,
      commit: { sha, subject: '', author: '' },
      log,
      changes: [
        ...computeChangeFindings(news.changes, where),
        ...computeVanishedFindings(news.vanished, where),
      ],
    },
    createOptions(step, config),
  );
}

/** Tells them what a step found that measures nothing, and of machines that are overdue. */
export async function tellStepBesides(
  step: Step,
  { config, changes }: { readonly config: Config; readonly changes: readonly Finding[] },
): Promise<void> {
  await tellOthersBesides(changes, createOptions(step, config));
}

/** Machines that are overdue, told in the log; for the job summary, too. A cancelled step looks for none. */
export async function showRunnerNews(
  step: Step,
  { config, log }: { readonly config: Config; readonly log: Pick<Terminal, 'tell'> },
): Promise<RunnerNews> {
  if (step.signal.aborted) return NO_RUNNER_NEWS;
  const news = await findRunnerNews('shown', createOptions(step, config));
  for (const line of formatRunnerNews(news)) log.tell(line);
  return news;
}

function createOptions(
  { context, environment, inputs, signal, version, workflow }: Step,
  config: Config,
): OthersOptions {
  return {
    config,
    environment,
    database: inputs.database,
    links: createCommitLinks(context.serverUrl),
    version,
    signal,
    onWarning: (warning) => workflow.annotate('warning', formatError(warning), { title: 'Tracey' }),
  };
}
