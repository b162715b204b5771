/**
 * What a checkout says about itself: its commits, its branch, whether it was modified, and its name. It reads only.
 */
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { JobError } from '../errors.ts';
import { cleanLine } from '../measure/printed-text.ts';
import { type Commit, TEXT_LIMITS } from '../model.ts';
import { type Repository, readGit, runGit } from './git.ts';
import { isGitHubUrl, parsePackageRepository, parseRemoteUrl } from './remote-url.ts';

/** Last second of the year 9999: git takes any number for a date, ISO 8601 does not. */
const LATEST_SECOND = 253_402_300_799;

/** Of a file that is read from a commit: more than its parser takes, so that it can say what the limit is. */
const FILE_BYTES = 2 * 1024 * 1024;

/**
 * Reads a commit, `HEAD` unless another revision is named.
 *
 * `branch` is the one checked out, or the one that the revision names, else null. `modified` is, for `HEAD`, whether
 * the work tree differs from it: files that are neither tracked nor ignored count, `node_modules` does not. Another
 * revision is measured in a checkout of its own, and unmodified.
 *
 * @throws JobError `repository/unknown-revision`, `repository/no-commits`, `repository/git-failed`
 */
export async function readCommit(repository: Repository, revision = 'HEAD'): Promise<Commit> {
  const format = ['%H', '%P', '%an', '%ct', '%s'].join('%x00');
  const [printed, branch, modified] = await Promise.all([
    readLog(repository, { revision, format }),
    findBranch(repository, revision),
    revision === 'HEAD' && isModified(repository),
  ]);
  const [sha = '', parents = '', author = '', seconds = '', subject = ''] = printed
    .replace(/\n$/, '')
    .split('\0');
  const committed = Math.min(Math.max(Number(seconds) || 0, 0), LATEST_SECOND);
  return {
    sha,
    branch,
    author: cut(author),
    committedAt: new Date(committed * 1000).toISOString(),
    subject: cut(subject),
    parents: parents.split(' ').filter((parent) => parent !== ''),
    modified,
  };
}

/** One entry of the log; where git has none, what {@link resolveRevision} says about the revision. */
async function readLog(
  repository: Repository,
  { revision, format }: { readonly revision: string; readonly format: string },
): Promise<string> {
  const read = (one: string) =>
    readGit(
      ['log', '-1', '--encoding=UTF-8', `--format=${format}`, '--end-of-options', one, '--'],
      repository,
    );
  // Nothing else can be meant by it: one process less.
  if (revision === 'HEAD')
    return read(revision).catch(async () => read(await resolveRevision(repository, revision)));
  return read(await resolveRevision(repository, revision));
}

/**
 * The SHAs of a range `a..b` (what `b` has and `a` has not), oldest first, or the one SHA of a single revision.
 *
 * @throws JobError `repository/unknown-revision`, `repository/no-commits`, `repository/git-failed`
 */
export async function listCommits(repository: Repository, revisions: string): Promise<string[]> {
  const range = /^(.*?)\.\.(?!\.)(.*)$/s.exec(revisions);
  if (range === null) return [await resolveRevision(repository, revisions)];
  const from = await resolveRevision(repository, range[1] || 'HEAD');
  const to = await resolveRevision(repository, range[2] || 'HEAD');
  const printed = await readGit(
    ['rev-list', '--topo-order', '--reverse', '--end-of-options', `${from}..${to}`, '--'],
    repository,
  );
  return printed.split('\n').filter((sha) => sha !== '');
}

/**
 * The commits after `base` and before `head` along first parents, oldest first; none when `base` is not in the history of
 * `head`, so that nothing lies between.
 *
 * @throws JobError as {@link readGit}
 */
export async function listCommitsBetween(
  repository: Repository,
  { base, head }: { readonly base: string; readonly head: string },
): Promise<string[]> {
  if (!(await isAncestor(repository, { ancestor: base, descendant: head }))) return [];
  const printed = await readGit(
    ['rev-list', '--first-parent', '--reverse', '--end-of-options', `${base}..${head}`, '--'],
    repository,
  );
  return printed.split('\n').filter((sha) => sha !== '' && sha !== head);
}

/**
 * The SHA of a revision.
 *
 * @throws JobError `repository/unknown-revision`, `repository/no-commits`
 */
export async function resolveRevision(repository: Repository, revision: string): Promise<string> {
  const { folder } = repository;
  // Neither can be part of a revision, and the first of a process's arguments.
  if (revision !== '' && !revision.includes('\0')) {
    const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`];
    const { exitCode, stdout } = await runGit(args, repository);
    if (exitCode === 0) return stdout.trim();
  }
  const anything = await runGit(['rev-list', '--all', '--max-count=1'], repository);
  if (anything.exitCode === 0 && anything.stdout === '') {
    throw new JobError(`${folder}: the repository has no commits yet.`, {
      code: 'repository/no-commits',
      hint: 'Make a first commit: `git add .` and `git commit`.',
    });
  }
  const shallow = await runGit(['rev-parse', '--is-shallow-repository'], repository);
  const isShallow = shallow.stdout.trim() === 'true';
  throw new JobError(`${folder}: git knows no revision ${JSON.stringify(cleanLine(revision))}.`, {
    code: 'repository/unknown-revision',
    hint: isShallow
      ? 'The checkout has only the newest commits: `git fetch --unshallow`, or `fetch-depth: 0` in the workflow.'
      : 'Name a commit, branch or tag that `git log` knows, or fetch it first.',
  });
}

/** Whether the repository has a commit of this SHA. */
export async function hasCommit(repository: Repository, sha: string): Promise<boolean> {
  const { exitCode } = await runGit(['cat-file', '-e', `${sha}^{commit}`], repository);
  return exitCode === 0;
}

/**
 * The text of a file as it is in a commit; null when it is not there.
 *
 * @throws JobError as {@link runGit}; `spawn/stdout-limit` for more than 2 MiB
 */
export async function readFileAt(
  { folder, git }: Repository,
  { sha, path }: { readonly sha: string; readonly path: string },
): Promise<string | null> {
  const args = ['cat-file', 'blob', `${sha}:${path}`];
  const { exitCode, stdout } = await runGit(args, { folder, git, stdoutBytes: FILE_BYTES });
  return exitCode === 0 ? stdout : null;
}

/** Whether a commit is in the history of another, or the same. */
export async function isAncestor(
  repository: Repository,
  { ancestor, descendant }: { readonly ancestor: string; readonly descendant: string },
): Promise<boolean> {
  const { exitCode } = await runGit(['merge-base', '--is-ancestor', ancestor, descendant], repository);
  return exitCode === 0;
}

/**
 * The repository's name: `owner/name` of the remote `origin`, else of `repository` in `package.json`, else the name of
 * the work tree's folder.
 *
 * @throws JobError as {@link runGit}
 */
export async function findRepositoryName(repository: Repository): Promise<string> {
  const remote = await runGit(['remote', 'get-url', 'origin'], repository);
  const name = remote.exitCode === 0 ? parseRemoteUrl(remote.stdout) : null;
  return name ?? (await findPackageRepository(repository)) ?? basename(repository.root);
}

/**
 * Whether the remote `origin` is on github.com.
 *
 * @throws JobError as {@link runGit}
 */
export async function isOnGitHub(repository: Repository): Promise<boolean> {
  const remote = await runGit(['remote', 'get-url', 'origin'], repository);
  return remote.exitCode === 0 && isGitHubUrl(remote.stdout);
}

/**
 * The branch that the repository's server calls its default, as far as a clone knows; else the one checked out, else
 * `main`.
 *
 * @throws JobError as {@link runGit}
 */
export async function findDefaultBranch(repository: Repository): Promise<string> {
  for (const ref of ['refs/remotes/origin/HEAD', 'HEAD']) {
    const { exitCode, stdout } = await runGit(['symbolic-ref', '--quiet', ref], repository);
    const branch = /^refs\/(?:heads|remotes\/origin)\/(.+)$/.exec(stdout.trim())?.[1];
    if (exitCode === 0 && branch !== undefined) return branch;
  }
  return 'main';
}

async function findPackageRepository(repository: Repository): Promise<string | null> {
  for (const folder of new Set([repository.folder, repository.root])) {
    try {
      const packageJson: unknown = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
      const name = parsePackageRepository((packageJson as { repository?: unknown } | null)?.repository);
      if (name !== null) return name;
    } catch {
      // Absent or broken: whoever needs the file will say so, the name can be found elsewhere.
    }
  }
  return null;
}

async function findBranch(repository: Repository, revision: string): Promise<string | null> {
  const args = ['rev-parse', '--verify', '--quiet', '--symbolic-full-name', '--end-of-options', revision];
  const { exitCode, stdout } = await runGit(args, repository);
  const branch = /^refs\/heads\/(.+)$/.exec(stdout.trim())?.[1];
  return exitCode === 0 && branch !== undefined ? branch : null;
}

async function isModified({ root, git }: Repository): Promise<boolean> {
  const args = ['status', '--porcelain', '-z', '--untracked-files=normal', '--no-renames'];
  const paths = ['--', ':(top)', ':(top,exclude,glob)**/node_modules/**'];
  try {
    return (await readGit([...args, ...paths], { folder: root, git, stdoutBytes: 65_536 })) !== '';
  } catch (thrown) {
    // So many changes that their list does not fit.
    if (thrown instanceof JobError && thrown.code === 'spawn/stdout-limit') return true;
    throw thrown;
  }
}

function cut(text: string): string {
  return text.length > TEXT_LIMITS.title ? `${text.slice(0, TEXT_LIMITS.title - 1)}…` : text;
}
