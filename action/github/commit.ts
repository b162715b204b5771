/**
 * The commit that a workflow's job is about, and where its history is. A full clone in the workspace serves as it is; a
 * shallow one does not tell what a commit comes after, so the history is fetched into a mirror of ours, which stays on the
 * machine.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { formatThrown, JobError } from '../../core/errors.ts';
import type { TagList } from '../../core/model.ts';
import { type GitOptions, openRepository, type Repository, runGit } from '../../core/repository/git.ts';
import {
  fetchCommits,
  findMergeBase,
  findRemoteCommit,
  listFirstParents,
  listRemoteTags,
  openMirror,
  type Remote,
} from '../../core/repository/mirror.ts';
import { hasCommit } from '../../core/repository/read.ts';
import { listTags } from '../../core/repository/tags.ts';
import type { GitHubContext } from './event.ts';

/** How far back a run to compare with is looked for. */
const ANCESTORS = 1000;

export interface JobCommit {
  readonly repository: Repository;
  readonly sha: string;
  readonly branch: string | null;
  /** SHAs to compare with, nearest first: for a pull request its merge base comes first. */
  readonly bases: readonly string[];
  /** The tags of the repo. */
  readonly listTags: () => Promise<TagList>;
}

/**
 * Finds the commit, with as much of its history as can be had. Only for whoever holds the machine.
 *
 * @throws JobError `repository/…`
 */
export async function findJobCommit(options: {
  readonly context: GitHubContext;
  /** `owner/name` of the repo to measure. */
  readonly name: string;
  /** What to measure of a repo that is not the workflow's. */
  readonly ref: string | undefined;
  readonly token: string | null;
  readonly workspace: string;
  /** Under which mirrors are kept. */
  readonly mirrorsFolder: string;
  readonly git: GitOptions;
  readonly onNotice: (line: string) => void;
}): Promise<JobCommit> {
  const { context, name, ref, git } = options;
  const remote: Remote = { url: `${context.serverUrl}/${name}.git`, token: options.token };
  const isOwn = name.toLowerCase() === context.repository.toLowerCase() && ref === undefined;
  if (!isOwn) {
    const mirror = await openMirror(computeMirrorFolder(options.mirrorsFolder, name), git);
    const { sha, branch } = await findRemoteCommit(mirror, remote, ref ?? null);
    await fetchCommits(mirror, remote, [{ sha, keptAs: computeKeptAs(branch ?? sha) }]);
    return describeCommit(mirror, { sha, branch, base: null, remote });
  }
  const { sha, branch, pullRequest } = context;
  const wanted = { sha, branch, base: pullRequest?.baseSha ?? null, remote: null };
  const workspace = await findClone(options.workspace, wanted, git);
  if (workspace?.isWhole) return describeCommit(workspace.repository, wanted);
  try {
    const mirror = await openMirror(computeMirrorFolder(options.mirrorsFolder, name), git);
    const commits = [
      { sha, keptAs: computeKeptAs(pullRequest ? `pull/${pullRequest.number}` : (branch ?? sha)) },
    ];
    if (pullRequest)
      commits.push({ sha: pullRequest.baseSha, keptAs: computeKeptAs(pullRequest.baseBranch) });
    await fetchCommits(mirror, remote, commits);
    return await describeCommit(mirror, { ...wanted, remote });
  } catch (thrown) {
    if (!(thrown instanceof JobError) || workspace === null) throw thrown;
    options.onNotice(
      `${formatThrown(thrown)} The commit is taken from the workspace, whose history may be too short to tell what it is to be compared with (\`fetch-depth: 0\` for actions/checkout gives all of it).`,
    );
    return describeCommit(workspace.repository, wanted);
  }
}

interface WantedCommit {
  readonly sha: string;
  readonly branch: string | null;
  /** Tip of the branch that it is to be merged into. */
  readonly base: string | null;
  /** Who is asked for tags, where they are not in the clone. */
  readonly remote: Remote | null;
}

async function describeCommit(
  repository: Repository,
  { sha, branch, base, remote }: WantedCommit,
): Promise<JobCommit> {
  const mergeBase = base === null ? null : await findMergeBase(repository, [sha, base]);
  const line = await listFirstParents(repository, { from: mergeBase ?? sha, limit: ANCESTORS });
  return {
    repository,
    sha,
    branch,
    bases: line.filter((ancestor) => ancestor !== sha),
    listTags: () => (remote === null ? listTags(repository) : listRemoteTags(repository, remote)),
  };
}

/** The workspace, if it has the commit. */
async function findClone(
  folder: string,
  { sha, base }: WantedCommit,
  git: GitOptions,
): Promise<{ readonly repository: Repository; readonly isWhole: boolean } | null> {
  try {
    const repository = await openRepository(folder, git);
    if (!(await hasCommit(repository, sha))) return null;
    const { stdout } = await runGit(['rev-parse', '--is-shallow-repository'], repository);
    const hasBase = base === null || (await hasCommit(repository, base));
    return { repository, isWhole: hasBase && stdout.trim() === 'false' };
  } catch (thrown) {
    if (thrown instanceof JobError && thrown.code !== 'repository/interrupted') return null;
    throw thrown;
  }
}

function computeMirrorFolder(mirrorsFolder: string, name: string): string {
  const [owner = '', repo = ''] = name.toLowerCase().split('/');
  return join(mirrorsFolder, owner, `${repo}.git`);
}

/** A branch's name may be no name for a ref beside others (`a` and `a/b`); its hash always is. */
function computeKeptAs(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 20);
}
