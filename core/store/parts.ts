/** Reads the parts in which the details of a run are kept. Remembers the part it read last, and no more. */
import { StoreError } from '../errors.ts';
import type { Connection } from './connection.ts';
import { type FileDetail, joinFileDetail, unpackDetail } from './detail.ts';

export interface PartReader {
  /** The files that begin in the part at `position`, in their order; undefined when there is no such part. */
  list(position: number): number[] | undefined;
  /** The details of a file, put together from all parts that tell of it; undefined when none does. */
  findFile(fileId: number): FileDetail | undefined;
}

/** Reads the details of one run. Each call must be within a transaction of its own or with others. */
export function createPartReader(
  connection: Connection,
  { runId, uid }: { readonly runId: number; readonly uid: string },
): PartReader {
  let last: { readonly position: number; readonly files: readonly FileDetail[] } | undefined;
  let positions: Map<number, number[]> | undefined;

  function readPart(position: number): readonly FileDetail[] | undefined {
    if (last?.position === position) return last.files;
    const packed = connection
      .prepare<{ content: Uint8Array }>('SELECT content FROM detail_part WHERE run_id = ? AND position = ?')
      .get(runId, position);
    if (packed === undefined) return undefined;
    try {
      last = { position, files: unpackDetail(packed.content) };
    } catch (cause) {
      throw new StoreError(`${connection.file}: the details of the run ${uid} are damaged.`, {
        code: 'store/corrupt',
        hint: 'Restore a copy, or rescue what is left with `sqlite3 <file> .recover` into a new file.',
        cause,
      });
    }
    return last.files;
  }

  /** By file, the parts that tell of it. */
  function loadPositions(): Map<number, number[]> {
    if (positions !== undefined) return positions;
    positions = new Map();
    const rows = connection
      .prepareRaw<[number, string]>(
        'SELECT position, file_ids FROM detail_part WHERE run_id = ? ORDER BY position',
      )
      .all(runId);
    for (const [position, fileIds] of rows) {
      for (const fileId of JSON.parse(fileIds) as number[]) {
        const known = positions.get(fileId);
        if (known === undefined) positions.set(fileId, [position]);
        else known.push(position);
      }
    }
    return positions;
  }

  return {
    list(position) {
      const begun = loadPositions();
      return readPart(position)
        ?.map((file) => file.subject)
        .filter((fileId) => begun.get(fileId)?.[0] === position);
    },
    findFile(fileId) {
      const pieces: FileDetail[] = [];
      for (const position of loadPositions().get(fileId) ?? []) {
        const files = readPart(position);
        if (files === undefined) return undefined;
        pieces.push(...files.filter((file) => file.subject === fileId));
      }
      return joinFileDetail(pieces);
    },
  };
}
