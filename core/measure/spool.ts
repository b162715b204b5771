/**
 * A file for what must not stay in memory: lines are appended, and read back as often as wanted. Nothing else can
 * find it, for it loses its name before it is used; so it is also gone when this process is, however that ends. What
 * is read back is what was written or an error: the checksum of every block stays in memory.
 */
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { formatThrown, JobError } from '../errors.ts';
import { createTextBuffer } from '../text-buffer.ts';

export interface Spool {
  /**
   * Appends lines, none of which may hold a line break.
   *
   * @throws JobError `spool/cannot-write`
   */
  write(lines: Iterable<string>): Extent;
  /**
   * The lines of an extent, some kilobytes of them in memory at a time.
   *
   * @throws JobError `spool/damaged`
   */
  read(extent: Extent): Generator<string>;
  /** Gives the room on the disk back. */
  close(): void;
}

/** Where lines are that were written together. */
export type Extent = readonly Block[];

interface Block {
  readonly offset: number;
  readonly bytes: number;
  readonly checksum: number;
}

/** A block is written when it has this many bytes or more. */
const BLOCK_BYTES = 32_768;

/**
 * Opens an empty spool on the disk of `folder`.
 *
 * @throws JobError `spool/cannot-write`
 */
export function openSpool(folder: string): Spool {
  const file = join(folder, 'spool');
  const descriptor = orExplain(folder, () => {
    const opened = openSync(file, 'wx+', 0o600);
    rmSync(file);
    return opened;
  });
  const writing = createTextBuffer(2 * BLOCK_BYTES);
  let reading = Buffer.allocUnsafe(BLOCK_BYTES);
  let end = 0;

  function writeBlock(bytes: Buffer): Block {
    const block = { offset: end, bytes: bytes.length, checksum: crc32(bytes) };
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(descriptor, bytes, done, bytes.length - done, block.offset + done);
    }
    end += bytes.length;
    return block;
  }

  function readBlock(block: Block): string {
    if (block.bytes > reading.length) reading = Buffer.allocUnsafe(block.bytes);
    const bytes = reading.subarray(0, block.bytes);
    let done = 0;
    for (let more = 1; done < bytes.length && more > 0; done += more) {
      more = readSync(descriptor, bytes, done, bytes.length - done, block.offset + done);
    }
    if (done === bytes.length && crc32(bytes) === block.checksum) return bytes.toString('utf8');
    throw new JobError(
      `${folder}: the file that held what was measured was changed by somebody else, at byte ${block.offset} of ${end}.`,
      {
        code: 'spool/damaged',
        hint: 'Measure again; when it comes back, check the disk and what the tests do to open files.',
      },
    );
  }

  return {
    write: (lines) =>
      orExplain(folder, () => {
        const blocks: Block[] = [];
        for (const line of lines) {
          writing.append(line);
          writing.append('\n');
          if (writing.bytes >= BLOCK_BYTES) blocks.push(writeBlock(writing.take()));
        }
        if (writing.bytes > 0) blocks.push(writeBlock(writing.take()));
        return blocks;
      }),
    *read(extent) {
      for (const block of extent) {
        const text = readBlock(block);
        for (let from = 0; from < text.length; ) {
          const to = text.indexOf('\n', from);
          yield text.slice(from, to);
          from = to + 1;
        }
      }
    },
    close: () => closeSync(descriptor),
  };
}

function orExplain<Result>(folder: string, work: () => Result): Result {
  try {
    return work();
  } catch (cause) {
    throw new JobError(`${folder}: what was measured cannot be kept here: ${formatThrown(cause)}.`, {
      code: 'spool/cannot-write',
      hint: 'Free some space on its disk, or let the job work elsewhere (job.folder in .tracey.yml).',
      cause,
    });
  }
}
