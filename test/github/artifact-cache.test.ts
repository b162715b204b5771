import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type CacheClient, createGitHubCache } from '../../action/github/artifact-cache.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';

/** A cache service that finds what begins with a key, as GitHub's does. */
function prepare(isFeatureAvailable = true) {
  const workspace = makeTemporaryFolder();
  const kept = new Map<string, Buffer>();
  const client: CacheClient = {
    isFeatureAvailable: () => isFeatureAvailable,
    async restoreCache([file = ''], key) {
      const found = [...kept.keys()].find((each) => each.startsWith(key));
      if (found !== undefined) writeFileSync(join(workspace, file), kept.get(found) ?? '');
      return found;
    },
    async saveCache([file = ''], key) {
      kept.set(key, readFileSync(join(workspace, file)));
      return 1;
    },
  };
  return { workspace, kept, client, cache: createGitHubCache(workspace, async () => client) };
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

async function read(content: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of content) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

it('an artifact is found again by its key, and nothing stays in the workspace', async () => {
  const { cache, workspace } = prepare();
  await cache.save('key', once('packed'));
  const found = await cache.find('key');
  expect(found?.bytes).toBe(6);
  expect(found && (await read(found.content))).toBe('packed');
  expect(readdirSync(workspace)).toEqual([]);
});

it('what only begins with the key is not taken', async () => {
  const { cache, workspace } = prepare();
  await cache.save('key-and-more', once('packed'));
  expect(await cache.find('key')).toBeUndefined();
  expect(existsSync(join(workspace, '.tracey-artifact.tar.zst'))).toBe(false);
});

it('where there is no cache nothing is found, and nothing kept', async () => {
  const { cache, kept } = prepare(false);
  await cache.save('key', once('packed'));
  expect(kept.size).toBe(0);
  expect(await cache.find('key')).toBeUndefined();
});

it('a cache that fails is told of', async () => {
  const { client, workspace } = prepare();
  const broken = { ...client, saveCache: async () => Promise.reject(new Error('no space')) };
  const cache = createGitHubCache(workspace, async () => broken);
  await expect(cache.save('key', once('packed'))).rejects.toMatchObject({
    code: 'artifact/cache-failed',
    message: "GitHub's cache: cannot be used: no space.",
  });
  expect(readdirSync(workspace)).toEqual([]);
});
