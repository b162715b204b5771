/**
 * What only the newest runs keep: the samples, and everything else that no trend is drawn from, packed into
 * compressed documents, the parts of a run. Names are left out of them; subjects stand in their place. A part holds
 * some small files, or a piece of a large one, so that neither writing nor reading needs memory for a whole run. Pure.
 */
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { createTextBuffer } from '../text-buffer.ts';

/** `[subject, durationMs, hooksMs]` */
export type SuiteDetail = [number, number | null, number | null];

/** `[subject, outcome code, durationMs, samplesMs, hooksMs, cpuMs, attempts]` */
export type TestDetail = [
  number,
  number,
  number | null,
  readonly number[],
  number | null,
  number | null,
  number,
];

/** What is told of a file beside its suites and tests. */
export interface FileDetailHead {
  readonly subject: number;
  readonly outcome: number;
  readonly durationMs: number | null;
  readonly loadMs: number | null;
  readonly output?: string;
}

export interface FileDetail extends FileDetailHead {
  readonly suites: readonly SuiteDetail[];
  readonly tests: readonly TestDetail[];
}

/** The files, or pieces of files, of a part; numbers survive exactly. Throws when no part was packed into these bytes. */
export function unpackDetail(bytes: Uint8Array): readonly FileDetail[] {
  // Trusted beyond its checksum: only a DetailWriter writes this column.
  return JSON.parse(zstdDecompressSync(bytes).toString('utf8')) as readonly FileDetail[];
}

/** A part ends when it has this many bytes before compression. Fewer compress worse, more cost memory. */
const PART_BYTES = 65_536;

/** One part: the files that it tells of, the last of which the next part may go on with, and what it tells. */
export interface DetailPart {
  readonly position: number;
  readonly fileIds: readonly number[];
  readonly content: Uint8Array;
}

export interface DetailWriter {
  /** Begins a file; suites and then tests belong to it until the next one. */
  startFile(head: FileDetailHead): void;
  addSuite(suite: SuiteDetail): void;
  addTest(test: TestDetail): void;
  /** Writes what is left. */
  finish(): void;
}

/** Makes parts of the files of a run, and gives each to `onPart` when it is full. */
export function createDetailWriter(onPart: (part: DetailPart) => void): DetailWriter {
  const text = createTextBuffer(2 * PART_BYTES);
  let position = 0;
  let fileIds: number[] = [];
  /** The file that is being written, and which of its lists, with or without something in it. */
  let file: FileDetailHead | undefined;
  let list: 'suites' | 'tests' = 'suites';
  let separator = '';

  function openFile(head: FileDetailHead): void {
    text.append(`${fileIds.length === 0 ? '[' : ','}${JSON.stringify(head).slice(0, -1)},"suites":[`);
    fileIds.push(head.subject);
    [file, list, separator] = [head, 'suites', ''];
  }

  function openTests(): void {
    if (list === 'tests') return;
    text.append('],"tests":[');
    [list, separator] = ['tests', ''];
  }

  function closeFile(): void {
    if (file === undefined) return;
    openTests();
    text.append(']}');
    file = undefined;
  }

  function finish(): void {
    closeFile();
    if (fileIds.length === 0) return;
    text.append(']');
    onPart({ position, fileIds, content: compress(text.take()) });
    position += 1;
    fileIds = [];
  }

  function add(item: SuiteDetail | TestDetail): void {
    text.append(`${separator}${JSON.stringify(item)}`);
    separator = ',';
  }

  /** What comes next goes into a part that has room; the file goes on there. */
  function makeRoom(): void {
    if (text.bytes < PART_BYTES || file === undefined) return;
    const { subject, outcome, durationMs, loadMs } = file;
    finish();
    openFile({ subject, outcome, durationMs, loadMs });
  }

  return {
    startFile(head) {
      closeFile();
      if (text.bytes >= PART_BYTES) finish();
      openFile(head);
    },
    addSuite(suite) {
      makeRoom();
      add(suite);
    },
    addTest(test) {
      makeRoom();
      openTests();
      add(test);
    },
    finish,
  };
}

function compress(bytes: Buffer): Uint8Array {
  return zstdCompressSync(bytes, {
    params: { [constants.ZSTD_c_compressionLevel]: COMPRESSION_LEVEL },
    // Told the size, it takes tables of that size and not of the largest.
    pledgedSrcSize: bytes.length,
  });
}

const COMPRESSION_LEVEL = 3;
