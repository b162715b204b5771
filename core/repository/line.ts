/**
 * The line of commits that a commit is held against: those of its own branch, and before them those of the branch that it
 * is to be merged into, from where it left that. Along first parents, so that what was tried on branches that were merged
 * is not part of it.
 */
import { type Repository, runGit } from './git.ts';
import { findMergeBase, listFirstParents } from './mirror.ts';
import { findDefaultBranch } from './read.ts';

export interface CommitLine {
  /** SHAs, oldest first; the commit itself is the last. */
  readonly shas: readonly string[];
  /** Those of them that are only on the commit's own branch. */
  readonly own: ReadonlySet<string>;
}

/**
 * Reads the line of a commit, at most `limit` commits; just the commit where nothing is known of what came before it.
 *
 * @param options `target`: SHA of the branch that it is to be merged into, where there is one
 */
export async function readLine(
  repository: Repository,
  { head, target, limit }: { readonly head: string; readonly target: string | null; readonly limit: number },
): Promise<CommitLine> {
  const mergeBase = target === null ? null : await findMergeBase(repository, [head, target]);
  if (mergeBase === null || mergeBase === head) {
    const shas = await listFirstParents(repository, { from: head, limit });
    return { shas: shas.length === 0 ? [head] : shas.reverse(), own: new Set() };
  }
  const args = ['rev-list', '--first-parent', `--max-count=${limit}`, '--end-of-options'];
  const { exitCode, stdout } = await runGit([...args, head, `^${mergeBase}`, '--'], repository);
  const own = exitCode === 0 ? stdout.split('\n').filter((sha) => sha !== '') : [head];
  const before = await listFirstParents(repository, { from: mergeBase, limit });
  return { shas: [...own, ...before].slice(0, limit).reverse(), own: new Set(own) };
}

/** The tip of the repository's default branch, as far as a clone knows it: what a branch is to be merged into. */
export async function findDefaultTip(repository: Repository): Promise<string | null> {
  const branch = await findDefaultBranch(repository);
  for (const ref of [`refs/remotes/origin/${branch}`, `refs/heads/${branch}`]) {
    const { exitCode, stdout } = await runGit(
      ['rev-parse', '--verify', '--quiet', `${ref}^{commit}`],
      repository,
    );
    if (exitCode === 0) return stdout.trim();
  }
  return null;
}

/** How many commits `head` has and `base` has not; null when git does not know one of them. */
export async function countCommits(
  repository: Repository,
  { base, head }: { readonly base: string; readonly head: string },
): Promise<number | null> {
  const args = ['rev-list', '--count', '--end-of-options', `${base}..${head}`, '--'];
  const { exitCode, stdout } = await runGit(args, repository);
  return exitCode === 0 ? Number(stdout.trim()) : null;
}
