import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openCheckout } from '../../core/repository/checkout.ts';
import {
  fetchCommits,
  findMergeBase,
  findRemoteCommit,
  listFirstParents,
  listRemoteTags,
  openMirror,
} from '../../core/repository/mirror.ts';
import { hasCommit, readCommit } from '../../core/repository/read.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import { startGitServer } from './git-server.ts';
import { makeRepository } from './sample-repository.ts';

const GIT = { inherited: process.env };
const TOKEN = 'ghs_0123456789abcdefSECRET';

/** A repository with a main branch of two commits and one that left it after the first, and a server for it. */
async function startServer(token?: string) {
  const sample = makeRepository();
  sample.write('index.js', 'one');
  const first = sample.commit('First');
  sample.git('branch', 'topic');
  sample.write('index.js', 'two');
  const second = sample.commit('Second');
  sample.git('checkout', '--quiet', 'topic');
  sample.write('topic.js', '');
  const topic = sample.commit('Topic');
  sample.git('checkout', '--quiet', 'main');
  const server = await startGitServer({
    root: sample.folder,
    ...(token === undefined ? {} : { token }),
  });
  const folder = join(makeTemporaryFolder(), 'mirror.git');
  const remote = { url: `${server.url}/.git`, token: token ?? null };
  return { sample, first, second, topic, server, folder, remote };
}

describe('a mirror', () => {
  it('fetches a commit by its SHA with its history, and lends it to a private checkout', async () => {
    const { first, second, folder, remote } = await startServer();
    const mirror = await openMirror(folder, GIT);
    await fetchCommits(mirror, remote, [{ sha: second, keptAs: 'a' }]);
    expect(await listFirstParents(mirror, { from: second, limit: 10 })).toEqual([second, first]);
    const checkout = await openCheckout({ source: mirror, folder: join(makeTemporaryFolder(), 'checkout') });
    await checkout.checkOut(second);
    expect(await readCommit(checkout.repository)).toMatchObject({ sha: second, subject: 'Second' });
  });

  it('is there for the next job, which fetches nothing it has', async () => {
    const { first, second, folder, remote } = await startServer();
    await fetchCommits(await openMirror(folder, GIT), remote, [{ sha: first, keptAs: 'a' }]);
    const again = await openMirror(folder, GIT);
    expect(await hasCommit(again, first)).toBe(true);
    expect(await hasCommit(again, second)).toBe(false);
    await fetchCommits(again, remote, [{ sha: second, keptAs: 'a' }]);
    expect(await hasCommit(again, second)).toBe(true);
  });

  it('finds where a branch left another, and null for histories that never met', async () => {
    const { first, second, topic, sample, folder, remote } = await startServer();
    sample.git('checkout', '--quiet', '--orphan', 'alone');
    const alone = sample.commit('Alone');
    const mirror = await openMirror(folder, GIT);
    await fetchCommits(mirror, remote, [
      { sha: second, keptAs: 'a' },
      { sha: topic, keptAs: 'b' },
      { sha: alone, keptAs: 'c' },
    ]);
    expect(await findMergeBase(mirror, [topic, second])).toBe(first);
    expect(await findMergeBase(mirror, [topic, alone])).toBeNull();
  });

  it('keeps the token out of every file, and brings it to the server', async () => {
    const { second, folder, remote, server } = await startServer(TOKEN);
    const mirror = await openMirror(folder, GIT);
    await fetchCommits(mirror, remote, [{ sha: second, keptAs: 'a' }]);
    expect(await hasCommit(mirror, second)).toBe(true);
    expect(server.authorizations.some((header) => header?.startsWith('basic '))).toBe(true);
    const encoded = Buffer.from(`x-access-token:${TOKEN}`).toString('base64');
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) {
      const content = readFileSync(join(file.parentPath, file.name), 'latin1');
      expect(content).not.toContain(TOKEN);
      expect(content).not.toContain(encoded);
    }
  });

  it('says who may not read, without the token', async () => {
    const { second, folder, remote } = await startServer(TOKEN);
    const mirror = await openMirror(folder, GIT);
    const fetching = fetchCommits(mirror, { ...remote, token: 'ghs_wrong' }, [{ sha: second, keptAs: 'a' }]);
    await expect(fetching).rejects.toMatchObject({
      code: 'repository/fetch-denied',
      message: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/\.git: cannot be read: fatal: .+\.$/),
      hint: 'Add `contents: read` to the `permissions:` of the job, or for another repo give a token that may read it.',
    });
    await expect(fetching).rejects.not.toMatchObject({ message: expect.stringContaining('ghs_wrong') });
    const anonymous = fetchCommits(mirror, { ...remote, token: null }, [{ sha: second, keptAs: 'a' }]);
    await expect(anonymous).rejects.toMatchObject({
      code: 'repository/fetch-denied',
      hint: 'Give a token that may read it, with the input `token`.',
    });
  });

  it('says that the server has no such commit', async () => {
    const { folder, remote } = await startServer();
    const mirror = await openMirror(folder, GIT);
    await expect(
      fetchCommits(mirror, remote, [{ sha: `${'0'.repeat(39)}1`, keptAs: 'a' }]),
    ).rejects.toMatchObject({
      code: 'repository/no-such-commit',
      message: expect.stringContaining('the server does not give out the commit'),
    });
  });

  it('says that the server cannot be reached', async () => {
    const { second, folder } = await startServer();
    const mirror = await openMirror(folder, GIT);
    const remote = { url: 'http://127.0.0.1:9/owner/name.git', token: TOKEN };
    await expect(fetchCommits(mirror, remote, [{ sha: second, keptAs: 'a' }])).rejects.toMatchObject({
      code: 'repository/fetch-failed',
      hint: 'Check that this machine reaches the server, then start the job again.',
    });
    await expect(findRemoteCommit(mirror, remote, null)).rejects.toMatchObject({
      code: 'repository/fetch-failed',
    });
  });

  it('says that its folder cannot be made', async () => {
    const file = join(makeTemporaryFolder(), 'file');
    writeFileSync(file, '');
    await expect(openMirror(join(file, 'mirror.git'), GIT)).rejects.toMatchObject({
      code: 'repository/mirror-folder',
      message: expect.stringContaining('cannot be made for the commits of the repo'),
    });
  });
});

describe('the commit that a name stands for on the server', () => {
  it('is the newest of the default branch when no name is given', async () => {
    const { second, folder, remote } = await startServer();
    const mirror = await openMirror(folder, GIT);
    expect(await findRemoteCommit(mirror, remote, null)).toEqual({ sha: second, branch: 'main' });
  });

  it('is that of a branch, of a tag with and without a message, and a SHA itself', async () => {
    const { first, second, topic, sample, folder, remote } = await startServer();
    sample.git('tag', 'light', first);
    sample.git('tag', '--annotate', '--message', 'First', 'heavy', first);
    const mirror = await openMirror(folder, GIT);
    const find = (name: string) => findRemoteCommit(mirror, remote, name);
    expect(await find('topic')).toEqual({ sha: topic, branch: 'topic' });
    expect(await find('light')).toEqual({ sha: first, branch: null });
    expect(await find('heavy')).toEqual({ sha: first, branch: null });
    expect(await find(second)).toEqual({ sha: second, branch: null });
  });

  it('is an error when there is none', async () => {
    const { folder, remote } = await startServer();
    const mirror = await openMirror(folder, GIT);
    await expect(findRemoteCommit(mirror, remote, 'nowhere')).rejects.toMatchObject({
      code: 'repository/unknown-revision',
      message: expect.stringMatching(/: has no branch or tag "nowhere"\.$/),
    });
  });

  it('is an error in a repository without commits', async () => {
    const sample = makeRepository();
    const server = await startGitServer({ root: sample.folder });
    const mirror = await openMirror(join(makeTemporaryFolder(), 'mirror.git'), GIT);
    const remote = { url: `${server.url}/.git`, token: null };
    await expect(findRemoteCommit(mirror, remote, null)).rejects.toMatchObject({
      code: 'repository/unknown-revision',
      message: `${remote.url}: has no commits yet.`,
    });
  });
});

describe('the tags of a server', () => {
  it('are all that it has, each with its commit', async () => {
    const { first, second, sample, folder, remote } = await startServer();
    sample.git('tag', 'v1.0.0', first);
    sample.git('tag', '--annotate', '--message', 'Two', 'v2.0.0', second);
    const mirror = await openMirror(folder, GIT);
    expect(await listRemoteTags(mirror, remote)).toEqual({
      tags: [
        { name: 'v1.0.0', sha: first },
        { name: 'v2.0.0', sha: second },
      ],
      isComplete: true,
    });
  });

  it('cannot be had from one that does not answer so', async () => {
    const { folder, remote } = await startServer(TOKEN);
    const mirror = await openMirror(folder, GIT);
    await expect(listRemoteTags(mirror, { ...remote, token: null })).rejects.toMatchObject({
      code: 'repository/fetch-denied',
    });
  });
});
