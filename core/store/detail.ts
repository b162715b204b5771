/**
 * What only the newest runs keep: the samples, and everything else that no trend is drawn from, packed into
 * one compressed document per run. Names are left out of it; subjects stand in their place. Pure.
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

export interface FileDetail {
  readonly subject: number;
  readonly outcome: number;
  readonly durationMs: number | null;
  readonly loadMs: number | null;
  readonly output?: string;
  readonly suites: readonly SuiteDetail[];
  readonly tests: readonly TestDetail[];
}

/** The files of a run as bytes; numbers survive exactly. */
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
