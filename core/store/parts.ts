/** Reads the parts in which the details of a run are kept. Remembers the part it read last, and no more. */
import { StoreError } from '../errors.ts';
import type { Connection } from './connection.ts';
import { type FileDetail, unpackDetail } from './detail.ts';

export interface PartReader {
  /** The files that begin in the part at `position`, in their order; undefined when there is no such part. */
  listBegun(position: number): readonly number[] | undefined;
  /** Whether there are any now: all parts of a run are folded away at once. */
  exist(): boolean;
  /** The parts that tell of a file, in their order. */
  findPositions(fileId: number): readonly number[];
  /** What the part at `position` tells of a file; undefined when it is gone. */
  readPiece(position: number, fileId: number): FileDetail | undefined;
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
    listBegun(position) {
      const known = loadPositions();
      return readPart(position)
        ?.map((file) => file.subject)
        .filter((fileId) => known.get(fileId)?.[0] === position);
    },
    exist: () =>
      connection.prepare('SELECT 1 FROM detail_part WHERE run_id = ? LIMIT 1').get(runId) !== undefined,
    findPositions: (fileId) => loadPositions().get(fileId) ?? [],
    readPiece: (position, fileId) => readPart(position)?.find((file) => file.subject === fileId),
  };
}
