/**
 * An artifact's bytes back into files, in a folder that nobody else uses yet. Suspicious of everything: only files, folders
 * and links, only inside `node_modules`, nothing twice, nothing through a link, nothing beyond the limits. What it refuses
 * it refuses as a whole.
 */
import {
  closeSync,
  constants,
  fchmodSync,
  lstatSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import { createZstdDecompress, constants as zlib } from 'node:zlib';
import { ArtifactError, findSystemCode, formatThrown } from '../errors.ts';
import { formatUntrusted } from '../text.ts';
import { formatBytes } from '../units.ts';
import { type ArchiveSink, createBroken, openArchive } from './archive.ts';
import { openCodec } from './codec.ts';
import { isInsideLink } from './tree.ts';

/** What an artifact may hold at most. */
export interface UnpackLimits {
  readonly entries: number;
  /** Of all its files. */
  readonly contentBytes: number;
}

const UNPACK_LIMITS: UnpackLimits = { entries: 500_000, contentBytes: 8e9 };

export interface UnpackedTree {
  readonly entries: number;
  readonly contentBytes: number;
  /** The outermost `node_modules` in it, relative, in the order of the archive. */
  readonly folders: readonly string[];
}

const PATH_LIMIT = 4096;
/** Memory that decompression may take for its window: 2^23 bytes. */
const WINDOW_LOG = 23;
/** So many bytes come out of it at a time; of smaller pieces waking its thread for each takes as long as what it does. */
const PIECE_BYTES = 128 * 1024;

/**
 * Unpacks into an empty folder.
 *
 * @throws ArtifactError `artifact/hostile`, `artifact/too-big`, `artifact/broken`, `artifact/disk-full`,
 *   `artifact/unwritable`, and whatever the content throws
 */
export async function unpackTree(
  content: AsyncIterable<Uint8Array>,
  options: {
    readonly folder: string;
    readonly limits?: UnpackLimits;
    /** Told of bytes that were written. */
    readonly onWritten?: (bytes: number) => void;
  },
): Promise<UnpackedTree> {
  const { folder, limits = UNPACK_LIMITS, onWritten } = options;
  const writer = openTreeWriter(folder, limits);
  const archive = openArchive(writer);
  const params = { [zlib.ZSTD_d_windowLogMax]: WINDOW_LOG };
  const codec = openCodec(createZstdDecompress({ params, chunkSize: PIECE_BYTES }), (piece) => {
    archive.write(piece);
    onWritten?.(piece.length);
    release(piece);
  });
  try {
    for await (const piece of content) await codec.write(piece);
    await codec.end();
    archive.end();
    return writer.computeUnpacked();
  } catch (thrown) {
    throw explainWriting(thrown, folder);
  } finally {
    codec.close();
    writer.end();
  }
}

/**
 * Gives memory back at once, not when garbage is collected: by then there would be many times what is used of it. Only a
 * piece that fills its memory to the end: zlib writes on where another ends.
 */
function release({ buffer, byteOffset, byteLength }: Buffer): void {
  if (byteLength === PIECE_BYTES && byteOffset === 0) (buffer as ArrayBuffer).transfer(0);
}

interface TreeWriter extends ArchiveSink {
  readonly computeUnpacked: () => UnpackedTree;
}

function openTreeWriter(root: string, limits: UnpackLimits): TreeWriter {
  const folders: string[] = [];
  const check = createPathCheck();
  const place = createPlaces(root);
  let outermost = '';
  let entries = 0;
  let contentBytes = 0;
  let descriptor: number | null = null;
  return {
    begin(entry) {
      const path = check(entry.path);
      entries += 1;
      contentBytes += entry.size;
      if (entries > limits.entries) throw createTooBig(`more than ${limits.entries} entries`);
      if (contentBytes > limits.contentBytes) {
        throw createTooBig(`more than ${formatBytes(limits.contentBytes)} of files`);
      }
      if (!path.startsWith(`${outermost}/`)) {
        outermost = findOutermost(path);
        if (!folders.includes(outermost)) folders.push(outermost);
      }
      if (entry.type === 'folder') place.makeFolder(path);
      else if (entry.type === 'link') place.makeLink(path, entry.target);
      else descriptor = place.openFile(path, entry.mode & 0o111 ? 0o755 : 0o644);
    },
    take(piece, from, count) {
      if (descriptor === null) return;
      for (let done = 0; done < count; ) {
        done += writeSync(descriptor, piece, from + done, count - done);
      }
    },
    end() {
      if (descriptor !== null) closeSync(descriptor);
      descriptor = null;
    },
    refuse(path, kind) {
      throw createHostile(path, `is ${KINDS[kind] ?? 'of an unknown kind'}`);
    },
    computeUnpacked: () => ({ entries, contentBytes, folders }),
  };
}

interface Places {
  readonly makeFolder: (path: string) => void;
  readonly makeLink: (path: string, target: string) => void;
  readonly openFile: (path: string, mode: number) => number;
}

/** Nothing is made over something that is there, nor under anything but a folder that was made here. Paths are checked. */
function createPlaces(root: string): Places {
  const umask = process.umask();
  let latest = '';
  /** Files come folder by folder: what the latest one made sure of need not be asked again. */
  const makeFolder = (path: string) => {
    if (path === '' || path === latest || latest.startsWith(`${path}/`)) return;
    makeFolder(getFolder(path));
    try {
      mkdirSync(`${root}/${path}`, 0o755);
    } catch (thrown) {
      if (findSystemCode(thrown) !== 'EEXIST') throw thrown;
      if (!lstatSync(`${root}/${path}`).isDirectory()) {
        throw createHostile(path, 'leads through a link or a file');
      }
    }
    latest = path;
  };
  const makeAt = <Result>(path: string, make: (place: string) => Result): Result => {
    makeFolder(getFolder(path));
    try {
      return make(`${root}/${path}`);
    } catch (thrown) {
      if (findSystemCode(thrown) === 'EEXIST') throw createHostile(path, 'is there twice');
      throw thrown;
    }
  };
  return {
    makeFolder,
    makeLink(path, target) {
      if (!isInsideLink(path, target)) throw createHostile(path, `links to ${formatUntrusted(target)}`);
      makeAt(path, (place) => symlinkSync(target, place));
    },
    openFile(path, mode) {
      const descriptor = makeAt(path, (place) => openSync(place, NEW_FILE, mode));
      if ((mode & ~umask) !== mode) fchmodSync(descriptor, mode);
      return descriptor;
    },
  };
}

const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/**
 * Checks that a path is inside some `node_modules`, and gives it without the slash that a folder's ends with. What is in
 * the same folder as the one before is checked by its name.
 */
function createPathCheck(): (text: string) => string {
  let checked: string | null = null;
  return (text) => {
    const path = text.endsWith('/') ? text.slice(0, -1) : text;
    if (path.length > PATH_LIMIT || /[\0\\]/.test(path))
      throw createHostile(path, 'is no path of an artifact');
    if (path.startsWith('/')) throw createHostile(path, 'is an absolute path');
    const folder = getFolder(path);
    const segments = folder === checked ? [path.slice(folder.length + 1)] : path.split('/');
    if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) {
      throw createHostile(path, 'is a path that leads elsewhere');
    }
    if (folder === checked) return path;
    if (!segments.includes('node_modules')) throw createHostile(path, 'is not inside a node_modules');
    // The next in this folder is inside one only when the folder is.
    checked = segments.indexOf('node_modules') < segments.length - 1 ? folder : null;
    return path;
  };
}

function getFolder(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}

function findOutermost(path: string): string {
  const segments = path.split('/');
  return segments.slice(0, segments.indexOf('node_modules') + 1).join('/');
}

/** What has no place in an artifact, by the type of its header. */
const KINDS: Readonly<Record<string, string>> = {
  1: 'a hard link',
  3: 'a character device',
  4: 'a block device',
  6: 'a pipe',
  S: 'a sparse file',
};

function createHostile(path: string, why: string): ArtifactError {
  return new ArtifactError(`The artifact is refused: ${formatUntrusted(path.slice(0, 200))} ${why}.`, {
    code: 'artifact/hostile',
    hint: 'It was not packed by Tracey. Find out who wrote its line in the index, and remove the line.',
  });
}

function createTooBig(what: string): ArtifactError {
  return new ArtifactError(`The artifact is refused: it holds ${what}.`, {
    code: 'artifact/too-big',
    hint: 'No node_modules is that large. Find out who wrote its line in the index.',
  });
}

/** What the disk and the decompression say, in our words. */
export function explainWriting(thrown: unknown, folder: string): unknown {
  if (thrown instanceof ArtifactError) return thrown;
  const code = findSystemCode(thrown) ?? '';
  if (['ENOSPC', 'EDQUOT', 'EFBIG'].includes(code)) {
    return new ArtifactError(`${folder}: the disk is full, or a limit is reached (${code}).`, {
      code: 'artifact/disk-full',
      hint: 'Nothing of the artifact was kept. Make room, and run the same again.',
      cause: thrown,
    });
  }
  if (code.startsWith('ZSTD_') || code.startsWith('Z_')) return createBroken(thrown);
  if (!/^E[A-Z]+$/.test(code)) return thrown;
  return new ArtifactError(`${folder}: cannot be written: ${formatThrown(thrown)}.`, {
    code: 'artifact/unwritable',
    hint: 'Check the rights and the free space there.',
    cause: thrown,
  });
}
