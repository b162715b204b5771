/**
 * Puts files that a job type wrote into the repo: with a commit to a branch, or with a pull request that is kept up to date.
 * What is there already with the same bytes is left alone, so that a delivery never sets off another one; its commits start
 * no workflow besides. It writes below one folder and deletes nothing.
 */
import { createHash } from 'node:crypto';
import type { OutputConfig } from '../../core/config/config.ts';
import type { Document } from '../../core/model.ts';
import type { GitHub } from './client.ts';

export interface Delivery {
  /** `owner/name`. */
  readonly repository: string;
  readonly as: OutputConfig['deliver'];
  /** Folder of the repo, without a slash at its ends. */
  readonly path: string;
  /** Branch that the files are for; null: the repo's default branch. */
  readonly branch: string | null;
  readonly jobType: string;
  /** By names relative to the folder. */
  readonly files: readonly Document[];
}

/** What became of it. */
export type Delivered =
  | { readonly kind: 'same' }
  | { readonly kind: 'commit'; readonly sha: string; readonly branch: string; readonly count: number }
  | {
      readonly kind: 'pull-request';
      readonly number: number;
      readonly isNew: boolean;
      readonly count: number;
    };

/** Somebody else may push at the same time. */
const TRIES = 5;

interface Place {
  readonly github: GitHub;
  readonly owner: string;
  readonly repo: string;
}

/** Throws what Octokit throws. */
export async function deliverFiles(github: GitHub, delivery: Delivery): Promise<Delivered> {
  const [owner = '', repo = ''] = delivery.repository.split('/');
  const place: Place = { github, owner, repo };
  const base = delivery.branch ?? (await github.rest.repos.get({ owner, repo })).data.default_branch;
  return delivery.as === 'commit'
    ? deliverCommit(place, delivery, base)
    : deliverPullRequest(place, delivery, base);
}

async function deliverCommit(place: Place, delivery: Delivery, branch: string): Promise<Delivered> {
  for (let tries = 1; ; tries += 1) {
    const head = await requireHead(place, branch);
    const changed = await findChanged(place, delivery, head);
    if (changed.length === 0) return { kind: 'same' };
    const sha = await createCommit(place, { delivery, parent: head, changed });
    try {
      await place.github.rest.git.updateRef({
        ...pickRepo(place),
        ref: `heads/${branch}`,
        sha,
        force: false,
      });
      return { kind: 'commit', sha, branch, count: changed.length };
    } catch (thrown) {
      if (findStatus(thrown) !== 422 || tries === TRIES) throw thrown;
    }
  }
}

async function deliverPullRequest(place: Place, delivery: Delivery, base: string): Promise<Delivered> {
  const { github, owner } = place;
  const repo = pickRepo(place);
  const parent = await requireHead(place, base);
  const changed = await findChanged(place, delivery, parent);
  if (changed.length === 0) return { kind: 'same' };
  const branch = `tracey/${delivery.jobType}`;
  const before = await findHead(place, branch);
  const { data: open } = await github.rest.pulls.list({
    ...repo,
    state: 'open',
    head: `${owner}:${branch}`,
    base,
  });
  const known = open[0];
  const isThere = before !== null && (await findChanged(place, delivery, before)).length === 0;
  if (isThere && known !== undefined) return { kind: 'same' };
  if (!isThere) {
    const sha = await createCommit(place, { delivery, parent, changed });
    // The branch is ours: what it held is in what it holds now, or no longer true.
    if (before === null) await github.rest.git.createRef({ ...repo, ref: `refs/heads/${branch}`, sha });
    else await github.rest.git.updateRef({ ...repo, ref: `heads/${branch}`, sha, force: true });
  }
  const count = changed.length;
  if (known !== undefined) return { kind: 'pull-request', number: known.number, isNew: false, count };
  const { data: created } = await github.rest.pulls.create({
    ...repo,
    head: branch,
    base,
    title: formatSubject(delivery),
    body: `Written by the job type \`${delivery.jobType}\` of Tracey. It keeps this pull request up to date.`,
  });
  return { kind: 'pull-request', number: created.number, isNew: true, count };
}

/** Those files that a commit has not, or not with these bytes. */
async function findChanged(
  { github, owner, repo }: Place,
  { path, files }: Delivery,
  ref: string,
): Promise<Document[]> {
  const changed: Document[] = [];
  for (const file of files) {
    const sha = await github.rest.repos
      .getContent({ owner, repo, path: `${path}/${file.name}`, ref })
      .then(({ data }) => (Array.isArray(data) ? null : data.sha))
      .catch((thrown: unknown) => {
        if (findStatus(thrown) === 404) return null;
        throw thrown;
      });
    if (sha !== computeBlobSha(file.content)) changed.push(file);
  }
  return changed;
}

/** As git names a file's content. */
function computeBlobSha(content: string): string {
  const bytes = Buffer.from(content);
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

async function createCommit(
  place: Place,
  of: { readonly delivery: Delivery; readonly parent: string; readonly changed: readonly Document[] },
): Promise<string> {
  const { delivery, parent, changed } = of;
  const { git } = place.github.rest;
  const repo = pickRepo(place);
  const { data: commit } = await git.getCommit({ ...repo, commit_sha: parent });
  const { data: tree } = await git.createTree({
    ...repo,
    base_tree: commit.tree.sha,
    tree: changed.map(({ name, content }) => ({
      path: `${delivery.path}/${name}`,
      mode: '100644',
      type: 'blob',
      content,
    })),
  });
  const { data: created } = await git.createCommit({
    ...repo,
    message: `${formatSubject(delivery)} [skip ci]`,
    tree: tree.sha,
    parents: [parent],
  });
  return created.sha;
}

function formatSubject({ path, jobType }: Delivery): string {
  return `Write down in ${path} what ${jobType} found`;
}

async function requireHead(place: Place, branch: string): Promise<string> {
  const { data } = await place.github.rest.git.getRef({ ...pickRepo(place), ref: `heads/${branch}` });
  return data.object.sha;
}

async function findHead(place: Place, branch: string): Promise<string | null> {
  try {
    return await requireHead(place, branch);
  } catch (thrown) {
    if (findStatus(thrown) === 404) return null;
    throw thrown;
  }
}

function pickRepo({ owner, repo }: Place): { readonly owner: string; readonly repo: string } {
  return { owner, repo };
}

function findStatus(thrown: unknown): number | undefined {
  const status: unknown = thrown instanceof Error ? Reflect.get(thrown, 'status') : undefined;
  return typeof status === 'number' ? status : undefined;
}
