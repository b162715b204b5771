import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { openGitHub } from '../../action/github/client.ts';
import { type Delivery, deliverFiles } from '../../action/github/deliver.ts';
import { deliverStepFiles } from '../../action/github/step-delivery.ts';
import type { Document } from '../../core/model.ts';
import { type ApiServer, basicError, openApiServer, TEST_TOKEN } from './api-server.ts';

const NOT_FOUND = { status: 404, body: basicError('Not Found', '404') };
const hash = (text: string) => createHash('sha1').update(text).digest('hex');
const nameBlob = (text: string) => hash(`blob ${Buffer.byteLength(text)}\0${text}`);

type Tree = Readonly<Record<string, string>>;

/** A repository as git keeps it: commits with their files, and branches. */
interface Git {
  readonly commits: Map<
    string,
    { readonly tree: Tree; readonly message: string; readonly parents: string[] }
  >;
  readonly branches: Map<string, string>;
  readonly pulls: { readonly number: number; readonly head: string; readonly base: string; title: string }[];
  /** Something that happens before the next commit is made. */
  meanwhile: () => void;
  /** Moves a branch, as a push of somebody else does. */
  push(branch: string, tree: Tree): void;
  readFiles(branch: string): Tree;
}

async function serveGit(): Promise<{ readonly server: ApiServer; readonly git: Git }> {
  const server = await openApiServer();
  const trees = new Map<string, Tree>();
  const git: Git = {
    commits: new Map(),
    branches: new Map(),
    pulls: [],
    meanwhile: () => undefined,
    push(branch, tree) {
      const parents = [git.branches.get(branch) ?? []].flat();
      const sha = hash(JSON.stringify([tree, parents, git.commits.size]));
      trees.set(hash(JSON.stringify(tree)), tree);
      git.commits.set(sha, { tree, message: 'pushed', parents });
      git.branches.set(branch, sha);
    },
    readFiles: (branch) => git.commits.get(git.branches.get(branch) ?? '')?.tree ?? {},
  };
  git.push('main', { 'README.md': '# Sample\n' });
  const describeRef = (branch: string) => {
    const example = server.description.copyExample('git-ref');
    const sha = git.branches.get(branch);
    return { ...example, ref: `refs/heads/${branch}`, object: { ...(example['object'] as object), sha } };
  };
  const findBranch = (ref: unknown) => String(ref).replace(/^(refs\/)?heads\//, '');
  server.serve('repos/get', () => {
    const { source: _source, ...example } = server.description.copyExample(
      'full-repository-default-response',
    );
    return { status: 200, body: { ...example, language: null, default_branch: 'main' } };
  });
  server.serve('git/get-ref', ({ parameters }) => {
    const branch = findBranch(parameters['ref']);
    return git.branches.has(branch) ? { status: 200, body: describeRef(branch) } : NOT_FOUND;
  });
  server.serve('repos/get-content', ({ parameters }) => {
    const text = git.commits.get(String(parameters['ref']))?.tree[String(parameters['path'])];
    if (text === undefined) return NOT_FOUND;
    const example = server.description.copyExample('content-file-response-if-content-is-a-file');
    return { status: 200, body: { ...example, sha: nameBlob(text) } };
  });
  server.serve('git/get-commit', ({ parameters }) => {
    const commit = git.commits.get(String(parameters['commit_sha']));
    const example = server.description.copyExample('git-commit-2');
    const tree = { ...(example['tree'] as object), sha: hash(JSON.stringify(commit?.tree)) };
    return { status: 200, body: { ...example, tree } };
  });
  server.serve('git/create-tree', ({ body }) => {
    const asked = body as { base_tree: string; tree: { path: string; content: string; mode: string }[] };
    expect(asked.tree.every(({ mode }) => mode === '100644')).toBe(true);
    const added = Object.fromEntries(asked.tree.map(({ path, content }) => [path, content]));
    const tree = { ...trees.get(asked.base_tree), ...added };
    const sha = hash(JSON.stringify(tree));
    trees.set(sha, tree);
    return { status: 201, body: { ...server.description.copyExample('git-tree'), sha } };
  });
  server.serve('git/create-commit', ({ body }) => {
    git.meanwhile();
    git.meanwhile = () => undefined;
    const { message, tree, parents } = body as { message: string; tree: string; parents: string[] };
    const sha = hash(JSON.stringify([message, tree, parents]));
    git.commits.set(sha, { tree: trees.get(tree) ?? {}, message, parents });
    return { status: 201, body: { ...server.description.copyExample('git-commit'), sha } };
  });
  server.serve('git/update-ref', ({ parameters, body }) => {
    const { sha, force } = body as { sha: string; force: boolean };
    const branch = findBranch(parameters['ref']);
    const isForward = git.commits.get(sha)?.parents.includes(git.branches.get(branch) ?? '');
    if (!force && !isForward) {
      return { status: 422, body: basicError('Update is not a fast forward', '422') };
    }
    git.branches.set(branch, sha);
    return { status: 200, body: describeRef(branch) };
  });
  server.serve('git/create-ref', ({ body }) => {
    const { ref, sha } = body as { ref: string; sha: string };
    git.branches.set(findBranch(ref), sha);
    return { status: 201, body: describeRef(findBranch(ref)) };
  });
  server.serve('pulls/list', ({ parameters }) => {
    const [first] = server.description.copyExample('pull-request-simple-items') as unknown as object[];
    const found = git.pulls.filter(({ head }) => `happner:${head}` === parameters['head']);
    return { status: 200, body: found.map(({ number }) => ({ ...first, requested_teams: [], number })) };
  });
  server.serve('pulls/create', ({ body }) => {
    const { head, base, title } = body as { head: string; base: string; title: string };
    const number = git.pulls.length + 1;
    git.pulls.push({ number, head, base, title });
    return {
      status: 201,
      body: { ...server.description.copyExample('pull-request'), requested_teams: [], number },
    };
  });
  return { server, git };
}

const file = (name: string, content: string): Document => ({ name, mediaType: 'text/markdown', content });
const FILES = [file('changes.md', '# Changes\n'), file('v4/protocol.md', '# Protocol ä\n')];

async function deliver(server: ApiServer, wanted: Partial<Delivery> = {}) {
  const github = await openGitHub({
    token: TEST_TOKEN,
    apiUrl: server.url,
    version: '1.2.3',
    signal: new AbortController().signal,
    onWarning: () => {},
    patience: { secondMs: 1, retries: 0 },
  });
  return deliverFiles(github, {
    repository: 'happner/sample',
    as: 'commit',
    path: 'docs/protocol',
    branch: 'main',
    jobType: 'happn-protocol',
    files: FILES,
    ...wanted,
  });
}

const listWrites = (server: ApiServer) =>
  server.requests.filter(({ method }) => method !== 'GET').map(({ operationId }) => operationId);

describe('files are delivered with a commit', () => {
  it('that starts no workflow, and leaves everything else as it was', async () => {
    const { server, git } = await serveGit();
    expect(await deliver(server)).toMatchObject({ kind: 'commit', branch: 'main', count: 2 });
    expect(git.readFiles('main')).toEqual({
      'README.md': '# Sample\n',
      'docs/protocol/changes.md': '# Changes\n',
      'docs/protocol/v4/protocol.md': '# Protocol ä\n',
    });
    expect(git.commits.get(git.branches.get('main') ?? '')?.message).toBe(
      'Write down in docs/protocol what happn-protocol found [skip ci]',
    );
  });

  it('once: what is there is left alone, so that its own push leads to no other', async () => {
    const { server, git } = await serveGit();
    await deliver(server);
    const before = listWrites(server).length;
    expect(await deliver(server)).toEqual({ kind: 'same' });
    expect(listWrites(server)).toHaveLength(before);
    const changed = [file('changes.md', '# Others\n'), FILES[1] ?? file('', '')];
    expect(await deliver(server, { files: changed })).toMatchObject({ count: 1 });
    expect(git.readFiles('main')['docs/protocol/changes.md']).toBe('# Others\n');
  });

  it('on top of what somebody else pushed in between', async () => {
    const { server, git } = await serveGit();
    git.meanwhile = () => git.push('main', { 'README.md': '# Other\n' });
    await deliver(server);
    expect(git.readFiles('main')).toMatchObject({
      'README.md': '# Other\n',
      'docs/protocol/changes.md': '# Changes\n',
    });
  });

  it('to the default branch when no other is known', async () => {
    const { server } = await serveGit();
    expect(await deliver(server, { branch: null })).toMatchObject({ kind: 'commit', branch: 'main' });
  });
});

describe('files are delivered with a pull request', () => {
  const as = 'pull-request' as const;

  it('which is kept up to date, and is one', async () => {
    const { server, git } = await serveGit();
    expect(await deliver(server, { as })).toEqual({ kind: 'pull-request', number: 1, isNew: true, count: 2 });
    expect(git.pulls).toMatchObject([{ head: 'tracey/happn-protocol', base: 'main' }]);
    expect(git.readFiles('main')).toEqual({ 'README.md': '# Sample\n' });
    expect(await deliver(server, { as })).toEqual({ kind: 'same' });
    const files = [file('changes.md', '# Others\n')];
    expect(await deliver(server, { as, files })).toEqual({
      kind: 'pull-request',
      number: 1,
      isNew: false,
      count: 1,
    });
    expect(git.readFiles('tracey/happn-protocol')).toMatchObject({
      'docs/protocol/changes.md': '# Others\n',
    });
    expect(git.pulls).toHaveLength(1);
  });

  it('and none when the branch has everything already', async () => {
    const { server, git } = await serveGit();
    await deliver(server);
    expect(await deliver(server, { as })).toEqual({ kind: 'same' });
    expect(git.pulls).toEqual([]);
  });
});

describe('a step delivers', () => {
  function makeStep(server: ApiServer, pullRequest: object | null = null) {
    const told: string[] = [];
    const warned: string[] = [];
    const step = {
      context: { apiUrl: server.url, pullRequest },
      inputs: { token: TEST_TOKEN },
      log: { tell: (line: string) => told.push(line) },
      workflow: { annotate: (_level: string, text: string) => warned.push(text) },
      signal: new AbortController().signal,
      version: '1.2.3',
    };
    return { step: step as never, told, warned };
  }
  const job = {
    repository: 'happner/sample',
    branch: 'main',
    jobType: 'happn-protocol',
    output: { deliver: 'commit', path: null, branch: null } as const,
    files: FILES,
    patience: { secondMs: 1, retries: 0 },
  };

  it('into docs/ and the name of the job type, and says so once', async () => {
    const { server, git } = await serveGit();
    const { step, told } = makeStep(server);
    await deliverStepFiles(step, job);
    await deliverStepFiles(step, job);
    expect(told).toEqual([expect.stringMatching(/^delivered 2 files to main with commit [0-9a-f]{10}$/)]);
    expect(git.readFiles('main')).toHaveProperty(['docs/happn-protocol/changes.md']);
  });

  it('nothing of a pull request, and nothing where nobody asked for it', async () => {
    const { server } = await serveGit();
    await deliverStepFiles(makeStep(server, { isFork: false }).step, job);
    await deliverStepFiles(makeStep(server).step, { ...job, output: null });
    await deliverStepFiles(makeStep(server).step, { ...job, files: [] });
    expect(server.requests).toEqual([]);
  });

  it('or warns, with the permission that is missing', async () => {
    const { server } = await serveGit();
    server.answerNext('git/create-tree', {
      status: 403,
      body: basicError('Resource not accessible by integration', '403'),
    });
    const { step, warned } = makeStep(server);
    await deliverStepFiles(step, job);
    expect(warned).toHaveLength(1);
    expect(warned[0]).toContain('Delivery: GitHub does not allow it (403');
    expect(warned[0]).toContain('`contents: write`');
  });
});
