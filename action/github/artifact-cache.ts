/**
 * GitHub's cache as a second place for artifacts, by exact key: what begins like it is none. It takes a while to load, and
 * is loaded when it is first used.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ArtifactCache } from '../../core/artifacts/artifacts.ts';
import { ArtifactError, formatThrown } from '../../core/errors.ts';

/** What is used of `@actions/cache`. */
export interface CacheClient {
  readonly isFeatureAvailable: () => boolean;
  readonly restoreCache: (paths: string[], key: string) => Promise<string | undefined>;
  readonly saveCache: (paths: string[], key: string) => Promise<number>;
}

const LABEL = "GitHub's cache";
/** In the workspace, and relative to it: the path is part of what an entry is found by, on whatever machine. */
const FILE = '.tracey-artifact.tar.zst';

/**
 * The cache of the workflow's repo.
 *
 * @param workspace the process's working folder, which the client takes paths to be relative to
 */
export function createGitHubCache(
  workspace: string,
  load: () => Promise<CacheClient> = () => import('@actions/cache'),
): ArtifactCache {
  const file = join(workspace, FILE);
  const use = async <Result>(work: (client: CacheClient) => Promise<Result>): Promise<Result | undefined> => {
    try {
      const client = await load();
      return client.isFeatureAvailable() ? await work(client) : undefined;
    } catch (cause) {
      throw new ArtifactError(`${LABEL}: cannot be used: ${formatThrown(cause)}.`, {
        code: 'artifact/cache-failed',
        hint: 'Dependencies are had another way; see whether the cache of the repo is full, or its service in trouble.',
        cause,
      });
    }
  };
  return {
    label: LABEL,
    find: (key) =>
      use(async (client) => {
        // It also gives what only begins with the key.
        const found = await client.restoreCache([FILE], key);
        if (found === key) return { content: readOnce(file), bytes: (await stat(file)).size };
        await rm(file, { force: true });
        return undefined;
      }),
    async save(key, content) {
      await use(async (client) => {
        try {
          await pipeline(content, createWriteStream(file, { mode: 0o600 }));
          await client.saveCache([FILE], key);
        } finally {
          await rm(file, { force: true });
        }
      });
    },
  };
}

/** Gone once it was read, or not. */
async function* readOnce(file: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of createReadStream(file, { highWaterMark: 256 * 1024 })) yield piece as Buffer;
  } finally {
    await rm(file, { force: true });
  }
}
