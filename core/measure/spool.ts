/**
 * A file for what must not stay in memory: entries of lines are appended, and read back as often as wanted. Whoever
 * has it open reads what was written or gets an error: the checksum of every block stays in memory. When its writer was
 * killed, {@link recoverSpool} gives back every entry that was written whole, up to the first damage.
 *
 * A block is its header and some kilobytes of lines. A part is one block or more, an entry some parts.
 */
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  type Stats,
  writeSync,
} from 'node:fs';
import { crc32 } from 'node:zlib';
import { formatThrown, JobError } from '../errors.ts';
import { createTextBuffer } from '../text-buffer.ts';

export interface Spool {
  /**
   * Appends an entry: parts of lines, none of which may hold a line break. It is there whole or not at all.
   *
   * @throws JobError `spool/cannot-write`; what came before is not lost
   */
  append(parts: readonly Iterable<string>[]): Entry;
  readonly read: ReadExtent;
  close(): void;
}

/**
 * The lines of an extent, some kilobytes of them in memory at a time.
 *
 * @throws JobError `spool/damaged`
 */
export type ReadExtent = (extent: Extent) => Generator<string>;

/** Where the parts of an entry are. */
export type Entry = readonly Extent[];

/** Where the lines of a part are. */
export type Extent = readonly Block[];

/** Header included, as is the checksum. */
interface Block {
  readonly offset: number;
  readonly bytes: number;
  readonly checksum: number;
}

/** What a killed writer left. */
export interface RecoveredSpool extends Pick<Spool, 'read' | 'close'> {
  /** Every entry that is whole. */
  readonly entries: readonly Entry[];
  /** What is wrong with the file, if not only that its last entry is unfinished. */
  readonly damage: string | null;
  /** When it was written to last. */
  readonly writtenAt: Date;
}

/** A block is written when it has this many bytes or more. */
const BLOCK_BYTES = 32_768;
/** One line may be longer, within reason. */
const LARGEST_BLOCK_BYTES = 64 * 1024 * 1024;

/**
 * The number of bytes after the header (4 bytes), what ends with this block (1), a checksum of this and those bytes (4),
 * and one of the header so far (4): a wrong number would look like the end of the file.
 */
const HEADER_BYTES = 13;
const HEADER_ROOM = '\0'.repeat(HEADER_BYTES);
const ENDS = { nothing: 0, part: 1, entry: 2 } as const;

/**
 * Makes an empty spool, which nobody else may read.
 *
 * @throws JobError `spool/cannot-write`, also when there is such a file
 */
export function createSpool(file: string): Spool {
  const descriptor = orExplain(file, () => openSync(file, 'wx+', 0o600));
  const writing = createTextBuffer(2 * BLOCK_BYTES);
  let end = 0;

  function writeBlock(ends: number): Block {
    const bytes = writing.take();
    const checksum = fillHeader(bytes, ends);
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(descriptor, bytes, done, bytes.length - done, end + done);
    }
    const block = { offset: end, bytes: bytes.length, checksum };
    end += bytes.length;
    return block;
  }

  function writePart(lines: Iterable<string>, ends: number): Extent {
    const blocks: Block[] = [];
    writing.append(HEADER_ROOM);
    for (const line of lines) {
      writing.append(line);
      writing.append('\n');
      if (writing.bytes < BLOCK_BYTES) continue;
      blocks.push(writeBlock(ENDS.nothing));
      writing.append(HEADER_ROOM);
    }
    blocks.push(writeBlock(ends));
    return blocks;
  }

  /** Takes back what there is of an entry after `start`. */
  function retreat(start: number): void {
    writing.take();
    end = start;
    try {
      ftruncateSync(descriptor, start);
    } catch {
      // Then it is an entry without an end, and the next one is written over it.
    }
  }

  return {
    append: (parts) =>
      orExplain(file, () => {
        const start = end;
        try {
          return parts.map((lines, index) =>
            writePart(lines, index === parts.length - 1 ? ENDS.entry : ENDS.part),
          );
        } catch (thrown) {
          retreat(start);
          throw thrown;
        }
      }),
    read: createReader(descriptor, file),
    close: () => closeSync(descriptor),
  };
}

/**
 * Opens what a killed writer left.
 *
 * @throws JobError `spool/unreadable`
 */
export function recoverSpool(file: string): RecoveredSpool {
  const { descriptor, stats } = openLeft(file);
  try {
    return {
      ...findEntries(descriptor, stats.size),
      writtenAt: stats.mtime,
      read: createReader(descriptor, file),
      close: () => closeSync(descriptor),
    };
  } catch (thrown) {
    closeSync(descriptor);
    throw thrown;
  }
}

/** Follows no link and waits for nobody at a pipe: tested code can reach the file. */
function openLeft(file: string): { readonly descriptor: number; readonly stats: Stats } {
  let descriptor: number;
  try {
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (cause) {
    throw createUnreadable(file, formatThrown(cause), cause);
  }
  const stats = fstatSync(descriptor);
  if (stats.isFile()) return { descriptor, stats };
  closeSync(descriptor);
  throw createUnreadable(file, 'it is no file');
}

/** JobError `spool/unreadable`. */
export function createUnreadable(file: string, what: string, cause?: unknown): JobError {
  return new JobError(`${file}: what was measured cannot be read back: ${what}.`, {
    code: 'spool/unreadable',
    hint: 'Check the disk, and what the tests do to files beside their checkout.',
    cause,
  });
}

/** The entries of a file of this size, as far as its blocks are as they were written. */
function findEntries(descriptor: number, size: number): Pick<RecoveredSpool, 'entries' | 'damage'> {
  const entries: Entry[] = [];
  let parts: Extent[] = [];
  let blocks: Block[] = [];
  try {
    for (const { block, ends } of walkBlocks(descriptor, size)) {
      blocks.push(block);
      if (ends === ENDS.nothing) continue;
      parts.push(blocks);
      blocks = [];
      if (ends === ENDS.part) continue;
      entries.push(parts);
      parts = [];
    }
  } catch (thrown) {
    return { entries, damage: formatThrown(thrown) };
  }
  return { entries, damage: null };
}

/** Ends before a block that is unfinished; throws at one that is not as it was written, or cannot be read. */
function* walkBlocks(
  descriptor: number,
  size: number,
): Generator<{ readonly block: Block; readonly ends: number }> {
  const readFrom = createBlockBuffer(descriptor);
  for (let offset = 0; offset + HEADER_BYTES <= size; ) {
    const damaged = new Error(`damaged at byte ${offset} of ${size}`);
    const header = readFrom({ offset, bytes: HEADER_BYTES });
    if (header === null || header.readUInt32LE(9) !== crc32(header.subarray(0, 9))) throw damaged;
    const bytes = HEADER_BYTES + header.readUInt32LE(0);
    if (bytes > LARGEST_BLOCK_BYTES) throw damaged;
    if (offset + bytes > size) return;
    const found = readFrom({ offset, bytes });
    if (found === null) throw damaged;
    const checksum = computeChecksum(found);
    if (found.readUInt32LE(5) !== checksum) throw damaged;
    yield { block: { offset, bytes, checksum }, ends: found.readUInt8(4) };
    offset += bytes;
  }
}

/** Reads blocks that are known by their checksums. */
function createReader(descriptor: number, file: string): ReadExtent {
  const readFrom = createBlockBuffer(descriptor);
  const readText = (block: Block): string => {
    const bytes = readFrom(block);
    if (bytes !== null && computeChecksum(bytes) === block.checksum) {
      return bytes.toString('utf8', HEADER_BYTES);
    }
    throw new JobError(
      `${file}: the file that held what was measured was changed by somebody else, at byte ${block.offset}.`,
      {
        code: 'spool/damaged',
        hint: 'Measure again; when it comes back, check the disk and what the tests do to files beside their checkout.',
      },
    );
  };
  return function* read(extent) {
    for (const block of extent) {
      const text = readText(block);
      for (let from = 0; from < text.length; ) {
        const to = text.indexOf('\n', from);
        yield text.slice(from, to);
        from = to + 1;
      }
    }
  };
}

/** Reads into one buffer, valid until the next time; gives null where not all of it is there. */
function createBlockBuffer(descriptor: number): (of: Pick<Block, 'offset' | 'bytes'>) => Buffer | null {
  let buffer = Buffer.allocUnsafe(BLOCK_BYTES);
  return ({ offset, bytes }) => {
    if (bytes > buffer.length) buffer = Buffer.allocUnsafe(bytes);
    let done = 0;
    for (let more = 1; done < bytes && more > 0; done += more) {
      more = readSync(descriptor, buffer, done, bytes - done, offset + done);
    }
    return done === bytes ? buffer.subarray(0, bytes) : null;
  };
}

/** Gives its checksum. */
function fillHeader(block: Buffer, ends: number): number {
  block.writeUInt32LE(block.length - HEADER_BYTES, 0);
  block.writeUInt8(ends, 4);
  const checksum = computeChecksum(block);
  block.writeUInt32LE(checksum, 5);
  block.writeUInt32LE(crc32(block.subarray(0, 9)), 9);
  return checksum;
}

/** Of a block's length, what it ends, and its lines. */
function computeChecksum(block: Buffer): number {
  return crc32(block.subarray(HEADER_BYTES), crc32(block.subarray(0, 5)));
}

function orExplain<Result>(file: string, work: () => Result): Result {
  try {
    return work();
  } catch (cause) {
    throw new JobError(`${file}: what was measured cannot be kept here: ${formatThrown(cause)}.`, {
      code: 'spool/cannot-write',
      hint: 'Free some space on its disk, or let the job work elsewhere (job.folder in .tracey.yml).',
      cause,
    });
  }
}
