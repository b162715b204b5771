/**
 * What only the newest runs keep: the samples, and everything else that no trend is drawn from, packed into
 * compressed documents, the parts of a run. Names are left out of them; subjects stand in their place. A part holds
 * some small files, or a piece of a large one, so that neither writing nor reading needs memory for a whole run. Pure.
 */
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

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

/** Files as bytes; numbers survive exactly. */
export function packDetail(files: readonly FileDetail[]): Uint8Array {
  return zstdCompressSync(JSON.stringify(files), {
    params: { [constants.ZSTD_c_compressionLevel]: COMPRESSION_LEVEL },
  });
}

/** The reverse of {@link packDetail}; throws when the bytes are not what it made. */
export function unpackDetail(bytes: Uint8Array): readonly FileDetail[] {
  // Trusted beyond its checksum: only packDetail writes this column.
  return JSON.parse(zstdDecompressSync(bytes).toString('utf8')) as readonly FileDetail[];
}

const COMPRESSION_LEVEL = 3;

/** Suites and tests of a part. Fewer compress worse, more cost memory. */
const PART_SIZE = 1000;

/** Characters that a test takes in a part, about: what a file printed counts as so many tests. */
const TEST_LENGTH = 64;

/** One part: the files that it tells of, the last of which the next part may go on with, and what it tells. */
export interface DetailPart {
  readonly position: number;
  readonly fileIds: readonly number[];
  readonly content: Uint8Array;
}

export interface DetailWriter {
  /** Begins a file; suites and tests belong to it until the next one. */
  startFile(head: FileDetailHead): void;
  addSuite(suite: SuiteDetail): void;
  addTest(test: TestDetail): void;
  /** Writes what is left. */
  finish(): void;
}

type OpenFile = FileDetailHead & { readonly suites: SuiteDetail[]; readonly tests: TestDetail[] };

/** Makes parts of the files of a run, and gives each to `onPart` when it is full. */
export function createDetailWriter(onPart: (part: DetailPart) => void): DetailWriter {
  let files: OpenFile[] = [];
  let size = 0;
  let position = 0;

  function finish(): void {
    if (files.length === 0) return;
    onPart({ position, fileIds: files.map((file) => file.subject), content: packDetail(files) });
    position += 1;
    files = [];
    size = 0;
  }

  /** The file that is being written, in a part that has room for one more of its suites or tests. */
  function makeRoom() {
    const last = files.at(-1);
    if (last === undefined) throw new Error('no file was started');
    size += 1;
    if (size <= PART_SIZE) return last;
    finish();
    const { subject, outcome, durationMs, loadMs } = last;
    const more: OpenFile = { subject, outcome, durationMs, loadMs, suites: [], tests: [] };
    files.push(more);
    size = 1;
    return more;
  }

  return {
    startFile(head) {
      if (size >= PART_SIZE) finish();
      files.push({ ...head, suites: [], tests: [] });
      size += 1 + (head.output?.length ?? 0) / TEST_LENGTH;
    },
    addSuite: (suite) => makeRoom().suites.push(suite),
    addTest: (test) => makeRoom().tests.push(test),
    finish,
  };
}

/** Puts together what parts tell of one file, in their order; undefined when they do not tell of it. */
export function joinFileDetail(pieces: readonly FileDetail[]): FileDetail | undefined {
  const [first] = pieces;
  if (first === undefined || pieces.length === 1) return first;
  return {
    ...first,
    suites: pieces.flatMap((piece) => piece.suites),
    tests: pieces.flatMap((piece) => piece.tests),
  };
}
