/**
 * What Node binaries said of themselves, kept in the cache folder: asking one costs as much as a small test file. It is
 * believed as long as the file is the same to the file system. Of a shim nothing is kept: it stays the same
 * when what it starts is another. A cache that cannot be read or written costs time and nothing else.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from '../../zod.ts';
import { inspectNode, type NodeInspection } from './inspect.ts';
import { computeVersionsFolder, type NodeSources } from './sources.ts';

const inspectedSchema = z.record(
  z.string(),
  z.object({ file: z.string(), version: z.string(), arch: z.string(), executable: z.string() }),
);
/** By the real path of a binary. */
type Inspected = z.infer<typeof inspectedSchema>;

/** More binaries than a machine has; beyond it the file begins anew. */
const LIMIT = 200;

/**
 * What a Node binary says of itself; it is run unless it has said so before.
 *
 * @throws JobError as {@link inspectNode}
 */
export async function inspectOnce(executable: string, sources: NodeSources): Promise<NodeInspection> {
  const place = join(computeVersionsFolder(sources), 'inspected.json');
  const before = await describeFile(executable);
  const known = before && (await readInspected(place))[before.path];
  if (known && known.file === before.file) {
    const { version, arch } = known;
    return { kind: 'node', version, arch, executable: known.executable };
  }
  const inspection = await inspectNode(executable, sources);
  if (before && inspection.kind === 'node' && (await isItself(inspection, before.path))) {
    const { version, arch } = inspection;
    await keep(place, before.path, { file: before.file, version, arch, executable: inspection.executable });
  }
  return inspection;
}

/** Whether what ran is the file that was asked, under whatever name, and no other that it started. */
async function isItself(inspection: NodeInspection, path: string): Promise<boolean> {
  if (inspection.kind !== 'node') return false;
  return (await realpath(inspection.executable).catch(() => null)) === path;
}

/** A file's real path, and what changes with its contents. */
async function describeFile(file: string): Promise<{ readonly path: string; readonly file: string } | null> {
  try {
    const path = await realpath(file);
    const { dev, ino, size, mtimeMs, ctimeMs } = await stat(path);
    return { path, file: [dev, ino, size, mtimeMs, ctimeMs].join(' ') };
  } catch {
    return null;
  }
}

async function readInspected(place: string): Promise<Inspected> {
  try {
    return inspectedSchema.parse(JSON.parse(await readFile(place, 'utf8')));
  } catch {
    return {};
  }
}

async function keep(place: string, path: string, entry: Inspected[string]): Promise<void> {
  const temporary = `${place}.${randomUUID()}`;
  try {
    const known = await readInspected(place);
    const kept = Object.keys(known).length < LIMIT ? known : {};
    await mkdir(join(place, '..'), { recursive: true });
    await writeFile(temporary, JSON.stringify({ ...kept, [path]: entry }));
    await rename(temporary, place);
  } catch {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}
