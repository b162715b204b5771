/**
 * What started the workflow, as the runner tells it: which repo, which commit, which pull request. The payload is
 * GitHub's, but branch names, titles and labels in it are written by anybody.
 */

export interface GitHubContext {
  /** `owner/name` of the workflow's repo. */
  readonly repository: string;
  /** Of the event: what `GITHUB_SHA` says; for a pull request the head of its branch. */
  readonly sha: string;
  /** Branch that the commit was pushed to; null for a tag. */
  readonly branch: string | null;
  readonly event: string;
  readonly pullRequest: PullRequest | null;
  /** `https://github.com` or an Enterprise server's. */
  readonly serverUrl: string;
  /** `https://api.github.com` or an Enterprise server's. */
  readonly apiUrl: string;
  /** The workflow run's page; null outside GitHub. */
  readonly runUrl: string | null;
}

export interface PullRequest {
  readonly number: number;
  readonly headSha: string;
  /** Tip of the branch to merge into when the event happened. */
  readonly baseSha: string;
  readonly baseBranch: string;
  /** `owner/name` that the head is in; null when that repo is gone. */
  readonly headRepository: string | null;
  readonly isFork: boolean;
  readonly labels: readonly string[];
}
