/**
 * The bytes of an archive (POSIX.1-2008, pax) as entries, while they go by: what is packed here and nothing else. It keeps no
 * content, knows no disk, and judges no path; what it does not know it refuses. Pure.
 */
import { Header, type HeaderData, Pax } from 'tar';
import { ArtifactError, formatThrown } from '../errors.ts';
import { formatUntrusted } from '../text.ts';

export interface ArchiveEntry {
  readonly type: 'File' | 'Directory' | 'SymbolicLink';
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
  readonly take: (content: Buffer) => void;
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

const BLOCK_BYTES = 512;
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
  const block = Buffer.alloc(BLOCK_BYTES);
  let filled = 0;
  let emptyBlocks = 0;
  let entries = 0;
  /** Of what is being read: bytes of content, and what fills them up to whole blocks. */
  let contentLeft = 0;
  let paddingLeft = 0;
  let extended: Buffer[] | null = null;
  let overrides: HeaderData | undefined;

  const finish = () => {
    if (extended === null) {
      sink.end();
      return;
    }
    overrides = Pax.parse(Buffer.concat(extended).toString('utf8'));
    extended = null;
  };
  const expect = (bytes: number) => {
    contentLeft = bytes;
    paddingLeft = (BLOCK_BYTES - (bytes % BLOCK_BYTES)) % BLOCK_BYTES;
    if (bytes === 0) finish();
  };
  const readHeader = (bytes: Buffer, at: number) => {
    const header = new Header(bytes, at, overrides);
    if (header.nullBlock) {
      emptyBlocks += 1;
      if (emptyBlocks > END_LIMIT_BLOCKS) throw createBroken(new Error('there is no end to its end'));
      return;
    }
    if (!header.cksumValid) throw createBroken(new Error('a header is damaged'));
    if (emptyBlocks > 0) throw createBroken(new Error('something comes after its end'));
    const { type, mode = 0 } = header;
    const {
      path = header.path ?? '',
      linkpath: target = header.linkpath ?? '',
      size = header.size ?? 0,
    } = overrides ?? {};
    if (!Number.isSafeInteger(size)) throw createBroken(new Error('a header has a size that is none'));
    if (type === 'ExtendedHeader') {
      if (overrides !== undefined || size > EXTENDED_LIMIT_BYTES)
        throw createBroken(new Error('an extended header is in the wrong place, or too long'));
      extended = [];
      expect(size);
      return;
    }
    overrides = undefined;
    if (type !== 'File' && type !== 'Directory' && type !== 'SymbolicLink') sink.refuse(path, type);
    entries += 1;
    const own = type === 'File' ? size : 0;
    sink.begin({ type, path, mode, size: own, target });
    expect(own);
  };

  /** @returns where in the piece it got to */
  const readContent = (piece: Buffer, from: number): number => {
    const part = piece.subarray(from, from + contentLeft);
    if (extended === null) sink.take(part);
    else extended.push(Buffer.from(part));
    contentLeft -= part.length;
    if (contentLeft === 0) finish();
    return from + part.length;
  };
  const readBlock = (piece: Buffer, from: number): number => {
    if (filled === 0 && piece.length - from >= BLOCK_BYTES) {
      readHeader(piece, from);
      return from + BLOCK_BYTES;
    }
    const count = piece.copy(block, filled, from);
    filled += count;
    if (filled === BLOCK_BYTES) {
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

/** These bytes are no archive, or not all of one. */
export function createBroken(cause: unknown): ArtifactError {
  return new ArtifactError(`The artifact cannot be unpacked: ${formatUntrusted(formatThrown(cause))}.`, {
    code: 'artifact/broken',
    hint: 'The index names something that is no artifact of Tracey: pack it again with `tracey artifact pack`.',
    cause,
  });
}
