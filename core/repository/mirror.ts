/**
 * A repository of ours without files, into which commits are fetched from a server by their SHAs, and which lends its
 * objects to private checkouts. It stays on the machine, so that the next job fetches only what is new. The token goes
 * to git in its environment: it is in no file, no argument, no address and no message.
 */
import { mkdir } from 'node:fs/promises';
import { formatThrown, JobError } from '../errors.ts';
import { cleanLine, findLastLines } from '../measure/printed-text.ts';
import type { TagList } from '../model.ts';
import { type GitOptions, type Repository, readGit, runGit } from './git.ts';

export interface Remote {
  /** `https://github.com/owner/name`, without user or password. */
  readonly url: string;
  /** Null for what anybody may read. */
  readonly token: string | null;
}

/**
 * Opens the mirror in a folder, which is made when it is not there. Only for whoever holds the machine.
 *
 * @throws JobError `repository/mirror-folder`, `repository/git-failed`
 */
export async function openMirror(folder: string, git: GitOptions): Promise<Repository> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new JobError(`${folder}: cannot be made for the commits of the repo: ${formatThrown(cause)}.`, {
      code: 'repository/mirror-folder',
      hint: 'Check the rights and the free space there, or name another place with TRACEY_HOME.',
      cause,
    });
  }
  await readGit(['init', '--quiet', '--bare', '--template=', '.'], { folder, git });
  return { folder, root: folder, git };
}

/**
 * Fetches commits with their history.
 *
 * @param commits SHAs, and under which name each is kept so that a later fetch knows what is there already
 * @throws JobError `repository/fetch-failed`, `repository/fetch-denied`, `repository/no-such-commit`
 */
export async function fetchCommits(
  mirror: Repository,
  remote: Remote,
  commits: readonly { readonly sha: string; readonly keptAs: string }[],
): Promise<void> {
  const refs = commits.map(({ sha, keptAs }) => `+${sha}:refs/tracey/${keptAs}`);
  const args = ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules'];
  const { exitCode, output } = await runGit([...args, '--', remote.url, ...refs], withToken(mirror, remote));
  if (exitCode !== 0) throw createFetchError(remote, output);
}

/** What a server calls a commit. */
export interface RemoteCommit {
  readonly sha: string;
  /** Null when it was named by a tag or its SHA. */
  readonly branch: string | null;
}

/**
 * The commit that a branch, a tag or a SHA stands for on the server just now; without a name, the newest of the default
 * branch.
 *
 * @throws JobError `repository/unknown-revision`, `repository/fetch-failed`, `repository/fetch-denied`
 */
export async function findRemoteCommit(
  mirror: Repository,
  remote: Remote,
  name: string | null,
): Promise<RemoteCommit> {
  if (name !== null && /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(name)) return { sha: name, branch: null };
  const patterns =
    name === null ? ['HEAD'] : [`refs/heads/${name}`, `refs/tags/${name}`, `refs/tags/${name}^{}`];
  const { exitCode, stdout, output } = await runGit(
    ['ls-remote', '--quiet', '--symref', '--', remote.url, ...patterns],
    withToken(mirror, remote),
  );
  if (exitCode !== 0) throw createFetchError(remote, output);
  const found = new Map<string, string>();
  let defaultBranch: string | null = null;
  for (const line of stdout.split('\n')) {
    const [what = '', ref = ''] = line.split('\t');
    const target = /^ref: refs\/heads\/(.+)$/.exec(what)?.[1];
    if (target === undefined) found.set(ref, what);
    else if (ref === 'HEAD') defaultBranch = target;
  }
  // A tag with a message is an object of its own; `^{}` is the commit that it names.
  for (const pattern of name === null ? ['HEAD'] : [patterns[0], patterns[2], patterns[1]]) {
    const sha = found.get(pattern ?? '');
    if (sha === undefined) continue;
    return { sha, branch: name === null ? defaultBranch : pattern === patterns[0] ? name : null };
  }
  throw new JobError(
    name === null
      ? `${remote.url}: has no commits yet.`
      : `${remote.url}: has no branch or tag ${JSON.stringify(cleanLine(name))}.`,
    { code: 'repository/unknown-revision', hint: 'Name one that is there, or the SHA of a commit.' },
  );
}

/**
 * All tags that the server has just now.
 *
 * @throws JobError `repository/fetch-failed`, `repository/fetch-denied`
 */
export async function listRemoteTags(mirror: Repository, remote: Remote): Promise<TagList> {
  const args = ['ls-remote', '--quiet', '--tags', '--', remote.url];
  const { exitCode, stdout, output } = await runGit(args, withToken(mirror, remote));
  if (exitCode !== 0) throw createFetchError(remote, output);
  const shas = new Map<string, string>();
  for (const line of stdout.split('\n')) {
    // The commit that a tag with a message names comes after it, as `^{}`.
    const [, sha, name] = /^([0-9a-f]+)\trefs\/tags\/(.+?)(?:\^\{\})?$/.exec(line) ?? [];
    if (sha !== undefined && name !== undefined) shas.set(name, sha);
  }
  return { tags: [...shas].map(([name, sha]) => ({ name, sha })), isComplete: true };
}

/** The newest commit that both have in their history; null when there is none. */
export async function findMergeBase(
  repository: Repository,
  [one, other]: readonly [string, string],
): Promise<string | null> {
  const { exitCode, stdout } = await runGit(['merge-base', one, other], repository);
  return exitCode === 0 ? stdout.trim() : null;
}

/** SHAs of a commit and those before it along first parents, newest first, as far as they are there. */
export async function listFirstParents(
  repository: Repository,
  { from, limit }: { readonly from: string; readonly limit: number },
): Promise<string[]> {
  const args = ['rev-list', '--first-parent', `--max-count=${limit}`, '--end-of-options', from, '--'];
  const { exitCode, stdout } = await runGit(args, repository);
  return exitCode === 0 ? stdout.split('\n').filter((sha) => sha !== '') : [];
}

/** Only for the server's own address: git sends it nowhere else. */
function withToken(mirror: Repository, { url, token }: Remote): Repository {
  if (token === null) return mirror;
  const credentials = Buffer.from(`x-access-token:${token}`).toString('base64');
  const variables = {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `http.${new URL(url).origin}/.extraheader`,
    GIT_CONFIG_VALUE_0: `AUTHORIZATION: basic ${credentials}`,
  };
  return { ...mirror, git: { ...mirror.git, variables } };
}

function createFetchError({ url, token }: Remote, output: string): JobError {
  const printed = findLastLines(output, 3).join(' / ').replace(/\.+$/, '') || 'it printed nothing';
  if (/not our ref|couldn't find remote ref|no such remote ref/i.test(output)) {
    return new JobError(`${url}: the server does not give out the commit: ${printed}.`, {
      code: 'repository/no-such-commit',
      hint: 'It may have been removed by a force-push: start the workflow again for the newest commit.',
    });
  }
  if (/authentication failed|could not read username|not found|\b40[134]\b/i.test(output)) {
    const hint =
      token === null
        ? 'Give a token that may read it, with the input `token`.'
        : 'Add `contents: read` to the `permissions:` of the job, or for another repo give a token that may read it.';
    return new JobError(`${url}: cannot be read: ${printed}.`, { code: 'repository/fetch-denied', hint });
  }
  return new JobError(`${url}: cannot be fetched from: ${printed}.`, {
    code: 'repository/fetch-failed',
    hint: 'Check that this machine reaches the server, then start the job again.',
  });
}
