/**
 * The bytes of an archive (POSIX.1-2008, pax) as entries, while they go by: what is packed here and nothing else. It keeps no
 * content, knows no disk, and judges no path; what it does not know it refuses. Pure.
 */
import { ArtifactError, formatThrown } from '../errors.ts';
import { formatUntrusted } from '../text.ts';
import { HEADER_BYTES, parseHeader } from './archive-header.ts';
import { type Overrides, parseExtendedHeader } from './extended-header.ts';

type EntryType = 'file' | 'folder' | 'link';

export interface ArchiveEntry {
  readonly type: EntryType;
  readonly path: string;
  readonly mode: number;
  /** Bytes of content to come. */
  readonly size: number;
  /** What a link leads to; empty for anything else. */
  readonly target: string;
}

/** Who takes what is read. What it throws goes to whoever wrote the bytes. */
export interface ArchiveSink {
  readonly begin: (entry: ArchiveEntry) => void;
  /** Content of what was begun last: `count` bytes of a piece. */
  readonly take: (piece: Buffer, from: number, count: number) => void;
  readonly end: () => void;
  /** Instead of an entry that is of no known kind. Throws. */
  readonly refuse: (path: string, kind: string) => never;
}

export interface ArchiveReader {
  /** The next bytes, in pieces of whatever size; good only meanwhile. */
  readonly write: (piece: Buffer) => void;
  /** Throws when there is more to come. */
  readonly end: () => void;
}

/** Of an extended header: two paths of the longest, and room. */
const EXTENDED_LIMIT_BYTES = 64 * 1024;
/** Two empty blocks end an archive; tools fill up with more of them. */
const END_LIMIT_BLOCKS = 2048;

/**
 * Begins to read an archive.
 *
 * @throws ArtifactError `artifact/broken`, in writing and at the end, for bytes that are none
 */
export function openArchive(sink: ArchiveSink): ArchiveReader {
  const block = Buffer.alloc(HEADER_BYTES);
  let filled = 0;
  let emptyBlocks = 0;
  let entries = 0;
  /** Of what is being read: bytes of content, and what fills them up to whole blocks. */
  let contentLeft = 0;
  let paddingLeft = 0;
  let extended: Buffer[] | null = null;
  let overrides: Overrides | null = null;

  const finish = () => {
    if (extended === null) {
      sink.end();
      return;
    }
    const parsed = parseExtendedHeader(Buffer.concat(extended));
    if (parsed === 'damaged') throw createBroken(new Error('an extended header is damaged'));
    overrides = parsed;
    extended = null;
  };
  const expect = (bytes: number) => {
    contentLeft = bytes;
    paddingLeft = (HEADER_BYTES - (bytes % HEADER_BYTES)) % HEADER_BYTES;
    if (bytes === 0) finish();
  };
  const readHeader = (bytes: Buffer, at: number) => {
    const header = parseHeader(bytes, at);
    if (header === 'damaged') throw createBroken(new Error('a header is damaged'));
    if (header === 'empty') {
      emptyBlocks += 1;
      if (emptyBlocks > END_LIMIT_BLOCKS) throw createBroken(new Error('there is no end to its end'));
      return;
    }
    if (emptyBlocks > 0) throw createBroken(new Error('something comes after its end'));
    if (header.type === 'x') {
      if (overrides !== null || !(header.size <= EXTENDED_LIMIT_BYTES)) {
        throw createBroken(new Error('an extended header is in the wrong place, or too long'));
      }
      extended = [];
      expect(header.size);
      return;
    }
    const { path = header.path, target = header.target, size = header.size } = overrides ?? {};
    overrides = null;
    const type = findType(header.type, path);
    if (type === undefined) return sink.refuse(path, header.type);
    if (!Number.isSafeInteger(size)) throw createBroken(new Error('a file has a size that is none'));
    entries += 1;
    const own = type === 'file' ? size : 0;
    sink.begin({ type, path, mode: header.mode, size: own, target });
    expect(own);
  };

  /** @returns where in the piece it got to */
  const readContent = (piece: Buffer, from: number): number => {
    const count = Math.min(contentLeft, piece.length - from);
    if (extended === null) sink.take(piece, from, count);
    else extended.push(Buffer.from(piece.subarray(from, from + count)));
    contentLeft -= count;
    if (contentLeft === 0) finish();
    return from + count;
  };
  const readBlock = (piece: Buffer, from: number): number => {
    if (filled === 0 && piece.length - from >= HEADER_BYTES) {
      readHeader(piece, from);
      return from + HEADER_BYTES;
    }
    const count = piece.copy(block, filled, from);
    filled += count;
    if (filled === HEADER_BYTES) {
      filled = 0;
      readHeader(block, 0);
    }
    return from + count;
  };
  return {
    write(piece) {
      for (let at = 0; at < piece.length; ) {
        if (contentLeft > 0) at = readContent(piece, at);
        else if (paddingLeft > 0) {
          const count = Math.min(paddingLeft, piece.length - at);
          paddingLeft -= count;
          at += count;
        } else at = readBlock(piece, at);
      }
    },
    end() {
      if (entries === 0) throw createBroken(new Error('there is nothing in it'));
      if (emptyBlocks < 2) throw createBroken(new Error('it ends too early'));
    },
  };
}

/** Old archives say of a folder that it is a file, with a slash. */
function findType(type: string, path: string): EntryType | undefined {
  if (type === '0') return path.endsWith('/') ? 'folder' : 'file';
  if (type === '5') return 'folder';
  return type === '2' ? 'link' : undefined;
}

/** These bytes are no archive, or not all of one. */
export function createBroken(cause: unknown): ArtifactError {
  return new ArtifactError(`The artifact cannot be unpacked: ${formatUntrusted(formatThrown(cause))}.`, {
    code: 'artifact/broken',
    hint: 'The index names something that is no artifact of Tracey: pack it again with `tracey artifact pack`.',
    cause,
  });
}
