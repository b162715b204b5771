/**
 * Putting an unpacked tree in its place: beside it first, in a folder of our own, then on the disk, then by renaming. Whoever
 * looks, after a power cut too, sees no `node_modules` or a whole one; what a killed restore left behind is known by its
 * folder and undone by the next.
 * Only one at a time restores into a folder: {@link withInstallRoot}.
 */
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, realpath, rename, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { ArtifactError, findSystemCode, formatThrown } from '../errors.ts';
import { acquireLock, findLockPlace } from '../machine/lock.ts';
import { formatUntrusted } from '../text.ts';
import { z } from '../zod.ts';
import { type Flushing, openFlushing } from './flush.ts';
import { explainWriting, type UnpackedTree, type UnpackLimits, unpackTree } from './unpack.ts';

const PREFIX = '.tracey-artifact-';
/** In a staging folder: what is unpacked, what was there before, and, from the first renaming on, what is being placed. */
const PARTS = { tree: 'tree', before: 'before', plan: 'placing.json.new', journal: 'placing.json' } as const;

const LOCK_DEADLINE_MS = 30 * 60_000;

const journalSchema = z.array(z.string());

/**
 * Does work on an install root while nobody else does; what killed restores left there is gone before.
 *
 * @throws JobError `machine/lock-timeout`
 */
export async function withInstallRoot<Result>(
  root: string,
  signal: AbortSignal | undefined,
  work: () => Promise<Result>,
): Promise<Result> {
  const real = await realpath(root);
  const name = `artifact-${createHash('sha256').update(real).digest('hex').slice(0, 24)}`;
  const lock = await acquireLock({
    place: findLockPlace({ name, folder: tmpdir(), platform: process.platform }),
    job: `artifact of ${real}`,
    deadlineMs: LOCK_DEADLINE_MS,
    ...(signal ? { signal } : {}),
  });
  try {
    await removeLeftovers(real);
    return await work();
  } finally {
    await lock.release();
  }
}

/**
 * Unpacks content and puts it in its place, in place of what is there.
 *
 * @throws ArtifactError as `unpackTree`, and `artifact/misfit`, `artifact/unwritable`
 */
export async function placeTree(
  root: string,
  content: AsyncIterable<Uint8Array>,
  limits?: UnpackLimits,
): Promise<UnpackedTree> {
  const staging = await makeStaging(root);
  const flushing = openFlushing(staging);
  try {
    const folder = join(staging, PARTS.tree);
    const onWritten = flushing.count;
    const unpacked = await unpackTree(content, { folder, onWritten, ...(limits ? { limits } : {}) });
    const folders = sortForPlacing(unpacked.folders);
    for (const each of folders) await checkPlace(root, each);
    await secure({ staging, folders, flushing });
    await moveIntoPlace({ root, staging, folders });
    return unpacked;
  } finally {
    flushing.close();
    removeStaging(staging);
  }
}

/** Nested ones first: the root's own is what others look for, so it comes last. */
function sortForPlacing(folders: readonly string[]): readonly string[] {
  return folders.toSorted((a, b) => b.split('/').length - a.split('/').length || (a < b ? -1 : 1));
}

async function makeStaging(root: string): Promise<string> {
  try {
    const staging = await mkdtemp(join(root, PREFIX));
    await mkdir(join(staging, PARTS.tree));
    await mkdir(join(staging, PARTS.before));
    return staging;
  } catch (cause) {
    throw new ArtifactError(`${root}: cannot be written: ${formatThrown(cause)}.`, {
      code: 'artifact/unwritable',
      hint: 'Check the rights and the free space there.',
      cause,
    });
  }
}

/** A `node_modules` belongs into a folder that is there, and that no link leads out of. */
async function checkPlace(root: string, folder: string): Promise<void> {
  const parent = join(root, dirname(folder));
  const real = await realpath(parent).catch(() => null);
  const way = real === null ? '..' : relative(await realpath(root), real);
  if (way !== '..' && !way.startsWith(`..${sep}`)) return;
  throw new ArtifactError(
    `${root}: the artifact holds ${formatUntrusted(folder)}, for which there is no folder.`,
    {
      code: 'artifact/misfit',
      hint: 'It was packed from another checkout. Pack it again from this one with `tracey artifact pack`.',
    },
  );
}

/** From here on only names change. */
async function secure(tree: {
  readonly staging: string;
  readonly folders: readonly string[];
  readonly flushing: Flushing;
}): Promise<void> {
  const { staging, folders, flushing } = tree;
  try {
    await writeFile(join(staging, PARTS.plan), JSON.stringify(folders));
    await flushing.finish();
  } catch (cause) {
    throw explainWriting(cause, staging);
  }
}

async function moveIntoPlace(plan: {
  readonly root: string;
  readonly staging: string;
  readonly folders: readonly string[];
}): Promise<void> {
  const { root, staging, folders } = plan;
  // The root's own first, so that at no time new and old are taken for one.
  for (const [index, folder] of folders.toReversed().entries()) {
    await moveIfThere(join(root, folder), join(staging, PARTS.before, String(index)));
  }
  await rename(join(staging, PARTS.plan), join(staging, PARTS.journal));
  for (const folder of folders) await rename(join(staging, PARTS.tree, folder), join(root, folder));
}

/** Undoes what killed restores half did; what they did wholly stays. Only for whoever works on the root alone. */
async function removeLeftovers(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    if (!name.startsWith(PREFIX)) continue;
    const staging = join(root, name);
    const folders = await readJournal(join(staging, PARTS.journal));
    const waiting = await filterThere(folders.map((folder) => join(staging, PARTS.tree, folder)));
    if (waiting.length > 0) {
      for (const folder of folders.toReversed()) {
        const unpacked = join(staging, PARTS.tree, folder);
        if (waiting.includes(unpacked)) continue;
        await mkdir(dirname(unpacked), { recursive: true });
        await moveIfThere(join(root, folder), unpacked);
      }
    }
    removeStaging(staging);
  }
}

/** Not asynchronously: of a tree of ten thousand files that takes as many promises at once, and 10 MB. */
function removeStaging(staging: string): void {
  rmSync(staging, { recursive: true, force: true, maxRetries: 3 });
}

async function readJournal(file: string): Promise<readonly string[]> {
  try {
    return journalSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return [];
  }
}

async function filterThere(paths: readonly string[]): Promise<string[]> {
  const there: string[] = [];
  for (const path of paths) if (await stat(path).catch(() => null)) there.push(path);
  return there;
}

async function moveIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (thrown) {
    if (findSystemCode(thrown) !== 'ENOENT') throw thrown;
  }
}
