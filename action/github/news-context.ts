/** What news is told about, and where on GitHub that is. Every part of an address is encoded. */
import type { Role } from '../../core/model.ts';
import type { JobNews } from '../../core/notify/news.ts';
import { createCommitLinks, encodePart, formatRepositoryUrl } from '../commit-links.ts';
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

export function formatCommitUrl({ github }: NewsContext, repository: string, sha: string): string {
  return createCommitLinks(github.serverUrl).formatCommit(repository, sha);
}

/** What `head` has and `base` has not. */
export function formatCompareUrl(
  { github }: NewsContext,
  repository: string,
  range: { readonly base: string; readonly head: string },
): string {
  return createCommitLinks(github.serverUrl).formatCompare(repository, range);
}

/** A file of the measured commit, at a line where there is one. */
export function formatFileUrl(
  { github, sha }: NewsContext,
  repository: string,
  { path, line }: { readonly path: string; readonly line: number | null },
): string {
  const file = path.split('/').map(encodePart).join('/');
  const anchor = line === null ? '' : `#L${line}`;
  return `${formatRepositoryUrl(github.serverUrl, repository)}/blob/${encodeURIComponent(sha)}/${file}${anchor}`;
}
