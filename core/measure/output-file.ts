/**
 * What a tested process prints, in a file rather than in pipes: for a pipe Node makes a socket as soon as anything
 * touches `process.stdout` or `process.stderr`, which costs every test file some 10 ms, for a file next to nothing.
 *
 * The file never holds much: what is in it beyond its end is forgotten while the process runs. It has no name, so
 * that nothing is left of it however we end. One file serves one process after another: what an earlier one left
 * running may print into the output of a later one, as it would on a terminal, and the file stays bounded for as
 * long as there are processes.
 */
import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { formatThrown, JobError } from '../errors.ts';

/** Beyond this a file is cut. */
const CUT_BYTES = 1024 * 1024;
/** How often its size is looked at; what a process can print in between is the most that it ever holds. */
const LOOK_MS = 100;
/** The same, for a process that was found to print much. */
const SOON_MS = 10;
/** What may come between looking at the size and reading. */
const SPARE_BYTES = 65_536;
/** How often the end is read for the sake of what came meanwhile, of a process that never stops printing. */
const MOST_READS = 5;

export interface OutputFiles {
  /**
   * Takes an empty file for a process. `take` gets the end of what it holds, at least `bytes` of it where there are so
   * many: when it is cut, and at last.
   *
   * @throws JobError `spawn/output-file`
   */
  readonly open: (options: { readonly bytes: number; readonly take: (end: Buffer) => void }) => OutputFile;
  /** Closes what is not in use, and what is as soon as it no longer is. */
  readonly close: () => void;
}

export interface OutputFile {
  /** For the process to write to: whatever is written comes after what is there. */
  readonly descriptor: number;
  /** Hands over the last of it; the process is gone. */
  readonly finish: () => void;
}

interface Descriptors {
  readonly writing: number;
  readonly reading: number;
}

/** Files for the output of tested processes, as many as run at a time, on the disk of `folder`. */
export function createOutputFiles(folder: string): OutputFiles {
  const free: Descriptors[] = [];
  let made = 0;
  let closed = false;

  return {
    open({ bytes, take }) {
      const file = free.pop() ?? createFile(join(folder, `output-${made++}`));
      empty(file);
      // What is printed in the microseconds between the two is lost; only of a process that prints much is it cut.
      const cut = () => {
        take(readLast(file.reading, bytes));
        empty(file);
      };
      const look = (afterMs: number): void => {
        timer = setTimeout(() => {
          const isLong = fstatSync(file.reading).size > CUT_BYTES;
          if (isLong) cut();
          look(isLong ? SOON_MS : LOOK_MS);
        }, afterMs).unref();
      };
      let timer: NodeJS.Timeout | undefined;
      look(LOOK_MS);
      return {
        descriptor: file.writing,
        finish() {
          clearTimeout(timer);
          cut();
          if (closed) closeFile(file);
          else free.push(file);
        },
      };
    },
    close() {
      closed = true;
      for (const file of free.splice(0)) closeFile(file);
    },
  };
}

/** A new file that nobody else can open, whose name is gone at once. */
function createFile(path: string): Descriptors {
  try {
    const { O_WRONLY, O_APPEND, O_CREAT, O_EXCL } = constants;
    const writing = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL, 0o600);
    const reading = openSync(path, 'r');
    unlinkSync(path);
    return { writing, reading };
  } catch (cause) {
    throw new JobError(`${path}: no file could be made for what tests print: ${formatThrown(cause)}.`, {
      code: 'spawn/output-file',
      hint: 'Check that its folder can be written to and that the disk is not full.',
      cause,
    });
  }
}

/** Most files are empty, and the disk need not hear of those. */
function empty({ writing }: Descriptors): void {
  if (fstatSync(writing).size > 0) ftruncateSync(writing, 0);
}

function closeFile({ writing, reading }: Descriptors): void {
  closeSync(writing);
  closeSync(reading);
}

/** As {@link readEnd}, and anew when more came in the meantime: reading takes longer than looking at the size. */
function readLast(descriptor: number, bytes: number): Buffer {
  for (let tries = 1; ; tries += 1) {
    const { size } = fstatSync(descriptor);
    const end = readEnd(descriptor, bytes);
    if (tries === MOST_READS || fstatSync(descriptor).size === size) return end;
  }
}

/** The last `bytes` of a file or more; at least one more, where there is one, so that it shows that something is missing. */
function readEnd(descriptor: number, bytes: number): Buffer {
  const { size } = fstatSync(descriptor);
  if (size === 0) return Buffer.alloc(0);
  const start = Math.max(0, size - bytes - 1);
  const end = Buffer.allocUnsafe(Math.min(size - start, bytes + 1) + SPARE_BYTES);
  return end.subarray(0, readSync(descriptor, end, 0, end.length, start));
}
