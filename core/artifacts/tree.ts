/**
 * The `node_modules` of an install root, nested ones of workspace members too: where they are, what is in them, in an
 * order that is the same everywhere, and whether anything in them runs on one kind of machine only. Reads, writes nothing.
 */
import {
  closeSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  type Stats,
} from 'node:fs';
import { join, posix } from 'node:path';
import { ArtifactError, formatThrown } from '../errors.ts';
import { formatUntrusted } from '../text.ts';

/** One thing in a tree; paths are relative to the install root, `/` between folders. */
export type TreeEntry =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'file'; readonly path: string; readonly size: number; readonly isExecutable: boolean }
  | { readonly kind: 'link'; readonly path: string; readonly target: string };

/** Caches of tools, by convention: what is in them is made again. */
const CACHE_FOLDER = '.cache';

/** Every `node_modules` under a folder that is not inside another one, relative, sorted. */
export function listModuleFolders(root: string): readonly string[] {
  const found: string[] = [];
  const visit = (folder: string) => {
    for (const entry of readSorted(root, folder)) {
      if (!entry.isDirectory() || entry.name === '.git') continue;
      const path = posix.join(folder, entry.name);
      if (entry.name === 'node_modules') found.push(path);
      else visit(path);
    }
  };
  visit('');
  return found;
}

/**
 * Everything in the given folders, a folder before what is in it, names sorted by code unit. Sockets and pipes are left
 * out, and what tools keep in `node_modules/.cache`.
 *
 * @throws ArtifactError `artifact/outside-link`, `artifact/unreadable`
 */
export function* walkTree(root: string, folders: readonly string[]): Generator<TreeEntry> {
  for (const folder of folders) {
    yield { kind: 'folder', path: folder };
    for (const entry of readSorted(root, folder)) {
      if (entry.name !== CACHE_FOLDER) yield* walkEntry(root, posix.join(folder, entry.name));
    }
  }
}

function* walkEntry(root: string, path: string): Generator<TreeEntry> {
  const stat = readStat(join(root, path));
  if (stat.isSymbolicLink()) {
    const target = readlinkSync(join(root, path));
    if (!isInsideLink(path, target)) throw createOutsideLink(path, target);
    yield { kind: 'link', path, target };
  } else if (stat.isFile()) {
    yield { kind: 'file', path, size: stat.size, isExecutable: (stat.mode & 0o111) !== 0 };
  } else if (stat.isDirectory()) {
    yield { kind: 'folder', path };
    for (const entry of readSorted(root, path)) yield* walkEntry(root, posix.join(path, entry.name));
  }
}

/**
 * Whether a link stays in the tree: relative, `..` only at its beginning (after a name it could climb out through another
 * link), and not above the root.
 */
export function isInsideLink(path: string, target: string): boolean {
  if (target === '' || target.startsWith('/') || target.includes('\0') || target.includes('\\')) return false;
  const segments = target.split('/').filter((segment) => segment !== '' && segment !== '.');
  const climbs = segments.findIndex((segment) => segment !== '..');
  const depth = path.split('/').length - 1;
  const up = climbs === -1 ? segments.length : climbs;
  return up <= depth && !segments.slice(up).includes('..');
}

/** The first thing in a tree that runs on one kind of machine only, and why. */
export interface NativePart {
  readonly path: string;
  readonly why: string;
}

/** What says of an entry that it is native; undefined for what runs anywhere. */
export function findNative(root: string, entry: TreeEntry): NativePart | undefined {
  if (entry.kind !== 'file') return undefined;
  const { path } = entry;
  const name = posix.basename(path);
  if (name.endsWith('.node')) return { path, why: 'a compiled add-on' };
  if (name === 'binding.gyp') return { path, why: 'its package is compiled when it is installed' };
  if (/\.(so(\.\d+)*|dylib|dll|exe)$/.test(name)) return { path, why: 'a compiled library or program' };
  if (entry.isExecutable && isCompiled(join(root, path))) return { path, why: 'a compiled program' };
  if (name === 'package.json' && isRestricted(join(root, path))) {
    return { path, why: 'its package names the systems that it is for' };
  }
  return undefined;
}

/** First bytes of ELF, Mach-O (both orders, 32 and 64 bits, fat) and Windows' PE. */
const MAGICS = ['7f454c46', 'feedface', 'feedfacf', 'cefaedfe', 'cffaedfe', 'cafebabe'];

function isCompiled(file: string): boolean {
  const start = Buffer.alloc(4);
  const descriptor = openSync(file, 'r');
  try {
    readSync(descriptor, start, 0, 4, 0);
  } finally {
    closeSync(descriptor);
  }
  const hex = start.toString('hex');
  return MAGICS.includes(hex) || hex.startsWith('4d5a');
}

/** Whether a package.json limits `os`, `cpu` or `libc`, as packages with prebuilt binaries do. */
function isRestricted(file: string): boolean {
  const text = readFileSync(file, 'utf8');
  if (!/"(os|cpu|libc)"/.test(text)) return false;
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null) return false;
    return ['os', 'cpu', 'libc'].some((key) => Array.isArray(Reflect.get(parsed, key)));
  } catch {
    return false;
  }
}

function readSorted(root: string, folder: string) {
  try {
    const entries = readdirSync(join(root, folder), { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (cause) {
    throw createUnreadable(join(root, folder), cause);
  }
}

function readStat(path: string): Stats {
  try {
    return lstatSync(path);
  } catch (cause) {
    throw createUnreadable(path, cause);
  }
}

/** What cannot be read of a tree. */
export function createUnreadable(path: string, cause: unknown): ArtifactError {
  return new ArtifactError(`${formatUntrusted(path)}: cannot be read: ${formatThrown(cause)}.`, {
    code: 'artifact/unreadable',
    hint: 'Nothing may change the packages while they are packed, and they must be readable.',
    cause,
  });
}

function createOutsideLink(path: string, target: string): ArtifactError {
  return new ArtifactError(
    `${formatUntrusted(path)}: links to ${formatUntrusted(target)}, which is outside of the tree.`,
    {
      code: 'artifact/outside-link',
      hint: 'An artifact holds links within its own tree only: replace what `npm link` or `file:` made.',
    },
  );
}
