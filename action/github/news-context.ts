/** What news is told about, and where on GitHub that is. Every part of an address is encoded. */
import type { Role } from '../../core/model.ts';
import type { JobNews } from '../../core/notify/news.ts';
import type { GitHubContext } from './event.ts';

export interface NewsContext {
  readonly github: GitHubContext;
  /** The measured commit. */
  readonly sha: string;
  readonly runner: string;
  readonly role: Role;
  readonly jobType: string;
}

/** Whether the measured repo is the workflow's: only there are its pull request and the paths of annotations. */
export function isWorkflowRepository(news: JobNews, { github }: NewsContext): boolean {
  return news.repository.toLowerCase() === github.repository.toLowerCase();
}

export function formatCommitUrl(context: NewsContext, repository: string, sha: string): string {
  return `${formatRepositoryUrl(context, repository)}/commit/${encodeURIComponent(sha)}`;
}

/** What `head` has and `base` has not. */
export function formatCompareUrl(
  context: NewsContext,
  repository: string,
  { base, head }: { readonly base: string; readonly head: string },
): string {
  const range = `${encodeURIComponent(base)}...${encodeURIComponent(head)}`;
  return `${formatRepositoryUrl(context, repository)}/compare/${range}`;
}

/** A file of the measured commit, at a line where there is one. */
export function formatFileUrl(
  context: NewsContext,
  repository: string,
  { path, line }: { readonly path: string; readonly line: number | null },
): string {
  const file = path.split('/').map(encodePart).join('/');
  const anchor = line === null ? '' : `#L${line}`;
  return `${formatRepositoryUrl(context, repository)}/blob/${encodeURIComponent(context.sha)}/${file}${anchor}`;
}

function formatRepositoryUrl({ github }: NewsContext, repository: string): string {
  return `${github.serverUrl}/${repository.split('/').map(encodePart).join('/')}`;
}

/** Brackets would end a link in Markdown; a lone surrogate cannot be encoded. */
function encodePart(part: string): string {
  return encodeURIComponent(part.toWellFormed()).replace(/[()]/g, (bracket) =>
    bracket === '(' ? '%28' : '%29',
  );
}
