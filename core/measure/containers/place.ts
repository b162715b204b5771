/**
 * Where a repo lies for its containers: its files as they are to be copied in, and its node_modules. The original is only
 * ever read.
 */
import { createHash } from 'node:crypto';
import {
  chmod,
  copyFile,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  utimes,
} from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Dependencies } from '../../model.ts';

/** What stays outside: it may be large, and hold credentials of whoever cloned. */
const LEFT_OUT: readonly string[] = ['.git'];
const MODULES = 'node_modules';

export interface Place {
  /** The folder that is copied in, with its dependencies at the top: the same path outside and inside. */
  readonly root: string;
  /** What is measured, in `root`. */
  readonly repoFolder: string;
  /** Where its files are copied from. */
  readonly source: string;
  /** The folder that is mounted as its `node_modules`; null for none. */
  readonly modules: string | null;
  readonly dependencies: Dependencies;
}

/** Names at the top of a place's source that are not copied in: what is mounted there, and what stays outside. */
export function listLeftOut(): readonly string[] {
  return [...LEFT_OUT, MODULES];
}

/** The same folder below another root. */
export function moveBelow(folder: string, roots: { readonly from: string; readonly to: string }): string {
  return join(roots.to, relative(roots.from, folder));
}

/**
 * Makes `to` a copy of `from` that everybody may read, without `node_modules` at the top; what is in `to` under that name
 * stays, and all else that is there goes. Folders above keep others out.
 */
export async function copyRepo(
  from: string,
  to: string,
  { isWritable }: { readonly isWritable: boolean },
): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const name of await readdir(to)) {
    if (name !== MODULES) await rm(join(to, name), { recursive: true, force: true });
  }
  await copyFolder(from, to, { leftOut: listLeftOut(), more: isWritable ? 0o666 : 0o444 });
}

/** `more`: rights that every file gets besides its own. */
async function copyFolder(
  from: string,
  to: string,
  { leftOut, more }: { readonly leftOut: readonly string[]; readonly more: number },
): Promise<void> {
  await chmod(to, more | 0o711);
  for (const name of await readdir(from)) {
    if (leftOut.includes(name)) continue;
    const source = join(from, name);
    const target = join(to, name);
    const stats = await lstat(source);
    if (stats.isSymbolicLink()) await symlink(await readlink(source), target);
    else if (stats.isDirectory()) {
      await mkdir(target);
      await copyFolder(source, target, { leftOut: [], more });
    } else if (stats.isFile()) {
      await copyFile(source, target);
      await chmod(target, (stats.mode & 0o777) | more | ((stats.mode & 0o100) === 0 ? 0 : 0o111));
      await utimes(target, stats.atime, stats.mtime);
    }
  }
}

/** Lets everybody read what is in a folder that is there, whatever our own mask of rights is. */
export async function makeReadable(folder: string): Promise<void> {
  const stats = await lstat(folder).catch(() => null);
  if (stats === null || stats.isSymbolicLink()) return;
  const more = stats.isDirectory() || (stats.mode & 0o100) !== 0 ? 0o555 : 0o444;
  // What somebody else wrote, as inside, is for them to open.
  if ((stats.mode & more) !== more) await chmod(folder, (stats.mode & 0o777) | more).catch(() => undefined);
  if (!stats.isDirectory()) return;
  for (const name of await readdir(folder)) await makeReadable(join(folder, name));
}

/** SHA-256 in hex of everything in a folder: names, contents, and what may be executed. */
export async function computeFolderHash(folder: string): Promise<string> {
  const hash = createHash('sha256');
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const path of entries.map((entry) => join(entry.parentPath, entry.name)).sort()) {
    const stats = await lstat(path);
    const content = stats.isSymbolicLink()
      ? await readlink(path)
      : stats.isFile()
        ? createHash('sha256')
            .update(await readFile(path))
            .digest('hex')
        : '';
    hash.update(JSON.stringify([relative(folder, path), stats.mode & 0o100, content]));
  }
  return hash.digest('hex');
}
