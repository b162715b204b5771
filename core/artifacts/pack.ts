/**
 * A tree as one stream of bytes, the same for the same tree whoever packs it and when: entries sorted, no times, no owners,
 * modes 755 or 644, hard links as files of their own, fixed parameters of compression. Memory does not grow with the tree.
 */
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { createZstdCompress, constants as zlib } from 'node:zlib';
import { Header, type HeaderData, Pax } from 'tar';
import { ArtifactError } from '../errors.ts';
import { openCodec } from './codec.ts';
import {
  createUnreadable,
  findNative,
  listModuleFolders,
  type NativePart,
  type TreeEntry,
  walkTree,
} from './tree.ts';

/** What is known of a tree once it is packed. */
export interface PackedTree {
  readonly entries: number;
  /** Of the files, before compression. */
  readonly contentBytes: number;
  /** The first thing in it that runs on one kind of machine only. */
  readonly native: NativePart | null;
}

export interface Packing {
  /** To be read once. */
  readonly content: AsyncGenerator<Buffer>;
  /** Complete when the content has ended. */
  readonly computePacked: () => PackedTree;
}

const BLOCK_BYTES = 512;
/** So many bytes at a time are handed to the compression: pinned, as its parameters are. */
const PIECE_BYTES = 256 * 1024;
/** So many come out of it at a time. */
const PACKED_BYTES = 64 * 1024;

/** Pinned: another value is another CID for the same tree. Higher levels take much memory for little. */
const COMPRESSION = {
  [zlib.ZSTD_c_compressionLevel]: 6,
  [zlib.ZSTD_c_windowLog]: 21,
  [zlib.ZSTD_c_checksumFlag]: 1,
  [zlib.ZSTD_c_contentSizeFlag]: 0,
  [zlib.ZSTD_c_nbWorkers]: 0,
};

/**
 * Packs the `node_modules` of an install root.
 *
 * @throws ArtifactError `artifact/nothing-to-pack`; the content fails with `artifact/outside-link`, `artifact/unreadable`
 */
export function packTree(root: string): Packing {
  const folders = listModuleFolders(root);
  if (folders.length === 0) {
    throw new ArtifactError(`${root}: there is no node_modules to pack.`, {
      code: 'artifact/nothing-to-pack',
      hint: 'Install the packages first, e.g. with `npm ci`.',
    });
  }
  const packed = { entries: 0, contentBytes: 0, native: null as NativePart | null };
  const blocks = writeEntries(root, watchEntries(root, walkTree(root, folders), packed));
  return { content: compress(joinPieces(blocks)), computePacked: () => packed };
}

async function* compress(pieces: Iterable<Buffer>): AsyncGenerator<Buffer> {
  const packed: Buffer[] = [];
  const stream = createZstdCompress({ params: COMPRESSION, chunkSize: PACKED_BYTES });
  const codec = openCodec(stream, (piece) => packed.push(piece));
  try {
    for (const piece of pieces) {
      await codec.write(piece);
      yield* packed.splice(0);
    }
    await codec.end();
    yield* packed;
  } finally {
    codec.close();
  }
}

function* watchEntries(
  root: string,
  entries: Iterable<TreeEntry>,
  packed: { entries: number; contentBytes: number; native: NativePart | null },
): Generator<TreeEntry> {
  for (const entry of entries) {
    packed.entries += 1;
    if (entry.kind === 'file') packed.contentBytes += entry.size;
    packed.native ??= findNative(root, entry) ?? null;
    yield entry;
  }
}

function* writeEntries(root: string, entries: Iterable<TreeEntry>): Generator<Buffer> {
  const room = Buffer.allocUnsafeSlow(PIECE_BYTES);
  for (const entry of entries) {
    yield* writeHeader(entry);
    if (entry.kind === 'file') yield* readContent(join(root, entry.path), { size: entry.size, room });
  }
  yield Buffer.alloc(2 * BLOCK_BYTES);
}

/** A header (POSIX.1-2008, pax), with an extended one before it where a name does not fit. */
function* writeHeader(entry: TreeEntry): Generator<Buffer> {
  const data = computeHeader(entry);
  const header = new Header(data);
  const block = Buffer.alloc(BLOCK_BYTES);
  if (header.encode(block))
    yield new Pax({ path: data.path, linkpath: data.linkpath, size: data.size } as HeaderData).encode();
  yield block;
}

function computeHeader(entry: TreeEntry): HeaderData {
  const { path } = entry;
  if (entry.kind === 'link')
    return { path, type: 'SymbolicLink', linkpath: entry.target, mode: 0o777, size: 0 };
  if (entry.kind === 'folder') return { path: `${path}/`, type: 'Directory', mode: 0o755, size: 0 };
  return { path, type: 'File', mode: entry.isExecutable ? 0o755 : 0o644, size: entry.size };
}

/** Exactly `size` bytes of a file, filled up to whole blocks; read into `room`. */
function* readContent(
  file: string,
  { size, room }: { readonly size: number; readonly room: Buffer },
): Generator<Buffer> {
  const descriptor = openFile(file);
  try {
    for (let left = size; left > 0; ) {
      const count = readSync(descriptor, room, 0, Math.min(left, room.length), null);
      if (count === 0) throw createUnreadable(file, new Error('it became shorter while it was read'));
      left -= count;
      yield room.subarray(0, count);
    }
  } finally {
    closeSync(descriptor);
  }
  const rest = size % BLOCK_BYTES;
  if (rest > 0) yield Buffer.alloc(BLOCK_BYTES - rest);
}

function openFile(file: string): number {
  try {
    return openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (cause) {
    throw createUnreadable(file, cause);
  }
}

/**
 * The same bytes in pieces of one size: what the compression makes of them must not depend on how they came. Each piece lies
 * where the one before it lay.
 */
function* joinPieces(blocks: Iterable<Buffer>): Generator<Buffer> {
  const piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
  let filled = 0;
  for (const block of blocks) {
    for (let at = 0; at < block.length; ) {
      const count = block.copy(piece, filled, at);
      at += count;
      filled += count;
      if (filled < PIECE_BYTES) continue;
      yield piece;
      filled = 0;
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
}
