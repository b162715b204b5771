/** Where a commit is to be seen on a GitHub server. Every part of an address is encoded. */
import type { CommitLinks } from '../core/notify/digest.ts';

/**
 * Links to commits.
 *
 * @param serverUrl `https://github.com`
 */
export function createCommitLinks(serverUrl: string): CommitLinks {
  return {
    formatCommit: (repository, sha) =>
      `${formatRepositoryUrl(serverUrl, repository)}/commit/${encodeURIComponent(sha)}`,
    formatCompare: (repository, { base, head }) =>
      `${formatRepositoryUrl(serverUrl, repository)}/compare/${encodeURIComponent(base)}...${encodeURIComponent(head)}`,
  };
}

/** Where a repository is, by `owner/name`. */
export function formatRepositoryUrl(serverUrl: string, repository: string): string {
  return `${serverUrl}/${repository.split('/').map(encodePart).join('/')}`;
}

/** Brackets would end a link in Markdown; a lone surrogate cannot be encoded. */
export function encodePart(part: string): string {
  return encodeURIComponent(part.toWellFormed()).replace(/[()]/g, (bracket) =>
    bracket === '(' ? '%28' : '%29',
  );
}
