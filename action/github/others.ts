/** Telling of a workflow's job those who are not on GitHub. */
import type { Config } from '../../core/config/config.ts';
import type { JobRequest } from '../../core/job.ts';
import { computeChangeFindings } from '../../core/notify/change-findings.ts';
import type { JobNews } from '../../core/notify/news.ts';
import { createCommitLinks } from '../commit-links.ts';
import { formatError } from '../error-text.ts';
import { tellOthers } from '../tell-others.ts';
import type { Step } from './step.ts';

/** Tells them, unless it is about a pull request: that is told where it is discussed, and is not how things are. */
export async function tellStepOthers(
  { context, environment, inputs, signal, version, workflow }: Step,
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
  if (context.pullRequest !== null) return;
  const { news, config, request, sha, branch, log } = job;
  const place = { branch, jobType: request.jobType.name, runner: request.runner };
  await tellOthers(
    {
      news,
      place,
      commit: { sha, subject: '', author: '' },
      log,
      changes: computeChangeFindings(news.changes, { repository: news.repository, ...place }),
    },
    {
      config,
      environment,
      database: inputs.database,
      links: createCommitLinks(context.serverUrl),
      version,
      signal,
      onWarning: (warning) => workflow.annotate('warning', formatError(warning), { title: 'Tracey' }),
    },
  );
}
