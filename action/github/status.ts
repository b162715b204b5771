/** The commit status: whether the measured commit is fine, in one line, with a link to the workflow's run. */

import type { JobNews } from '../../core/notify/news.ts';
import { cutText, formatUntrusted } from '../../core/text.ts';
import type { GitHub } from './client.ts';
import type { ActionInputs } from './inputs.ts';
import type { NewsContext } from './news-context.ts';
import { computeHeadline, computeState, formatRunLine } from './verdict.ts';

/** GitHub's own limit, and ours for names that branch protection lists. */
const LIMITS = { description: 140, context: 100 } as const;

export interface Status {
  readonly state: 'pending' | 'success' | 'failure' | 'error';
  /** One line, as long as it may be. */
  readonly description: string;
}

/** The status while the commit is measured. */
export function computePending({ runner }: NewsContext): Status {
  return { state: 'pending', description: cutDescription(`Measuring on ${runner}`) };
}

/** The status when whoever measured the commit came to no end. */
export function computeInterruption(failOn: ActionInputs['failOn']): Status {
  return {
    state: failOn === 'never' ? 'success' : 'error',
    description: 'Interrupted: the job ended before it could say what came of it',
  };
}

/** The status when everything is over. */
export function computeStatus(news: JobNews, failOn: ActionInputs['failOn']): Status {
  const { text } = computeHeadline(news);
  const lines = news.runs.map(formatRunLine);
  const described =
    lines.length === 0 ? (news.skippedBecause ?? news.failures[0]?.message ?? '') : lines.join('; ');
  const headline = text.charAt(0).toUpperCase() + text.slice(1);
  return {
    state: computeState(news, failOn),
    description: cutDescription(described === '' ? headline : `${headline}. ${described}`),
  };
}

/** What tells this status from others of the same commit: role, runner and job type. */
export function computeStatusContext({ role, runner, jobType }: NewsContext): string {
  return cutText(formatUntrusted(`tracey/${role} (${runner}, ${jobType})`), LIMITS.context);
}

/** Sets the status of the measured commit. */
export async function setStatus(
  github: GitHub,
  of: { readonly repository: string; readonly context: NewsContext; readonly status: Status },
): Promise<void> {
  const { repository, context, status } = of;
  const [owner = '', repo = ''] = repository.split('/');
  await github.rest.repos.createCommitStatus({
    owner,
    repo,
    sha: context.sha,
    state: status.state,
    description: status.description,
    context: computeStatusContext(context),
    ...(context.github.runUrl === null ? {} : { target_url: context.github.runUrl }),
  });
}

function cutDescription(text: string): string {
  return cutText(formatUntrusted(text.replace(/\s*\n\s*/g, ' ')), LIMITS.description);
}
