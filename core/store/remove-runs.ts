/** Removes whole runs: every row of them, and their places in blocks, which stay as dense as they were. */
import type { Connection } from './connection.ts';
import { type PackedColumn, packColumn, unpackResult } from './encoding.ts';
import { HELD_RUNS } from './old-runs.ts';

/** Removes runs but for those that something found points at by now; must be called within a transaction. */
export function removeRuns(connection: Connection, runIds: readonly number[]): void {
  const rows = connection
    .prepareRaw<[id: number, blockId: number | null]>(
      `SELECT id, block_id FROM run WHERE id IN (SELECT value FROM json_each(?)) AND id NOT IN (${HELD_RUNS})`,
    )
    .all(JSON.stringify(runIds));
  const list = JSON.stringify(rows.map(([id]) => id));
  connection.prepare('DELETE FROM result WHERE run_id IN (SELECT value FROM json_each(?))').run(list);
  // The other tables of a run go with it.
  connection.prepare('DELETE FROM run WHERE id IN (SELECT value FROM json_each(?))').run(list);
  const blocks = Map.groupBy(rows, ([, blockId]) => blockId);
  for (const [blockId, gone] of blocks) {
    if (blockId !== null) dropFromBlock(connection, blockId, new Set(gone.map(([id]) => id)));
  }
}

type PackedRow = PackedColumn & { readonly subject_id: number };

function dropFromBlock(connection: Connection, blockId: number, gone: ReadonlySet<number>): void {
  const block = connection
    .prepare<{ run_ids: string }>('SELECT run_ids FROM block WHERE id = ?')
    .get(blockId);
  const runIds = JSON.parse(block?.run_ids ?? '[]') as number[];
  const left = runIds.flatMap((id, position) => (gone.has(id) ? [] : [{ id, position }]));
  if (left.length === 0) {
    connection.prepare('DELETE FROM block WHERE id = ?').run(blockId);
    return;
  }
  const select = connection.prepare<PackedRow>(
    'SELECT subject_id, outcomes, durations, spreads FROM block_result WHERE block_id = ? AND subject_id = ?',
  );
  const update = connection.prepare(
    'UPDATE block_result SET outcomes = ?, durations = ?, spreads = ? WHERE block_id = ? AND subject_id = ?',
  );
  const remove = connection.prepare('DELETE FROM block_result WHERE block_id = ? AND subject_id = ?');
  const subjects = connection
    .prepareRaw<[number]>('SELECT subject_id FROM block_result WHERE block_id = ?')
    .all(blockId);
  for (const [subjectId] of subjects) {
    const packed = select.get(blockId, subjectId) as PackedRow;
    const column = left.map(({ position }) => unpackResult(packed, position, runIds.length));
    if (column.every((result) => result === undefined)) {
      remove.run(blockId, subjectId);
      continue;
    }
    const { outcomes, durations, spreads } = packColumn(column);
    update.run(outcomes, durations, spreads, blockId, subjectId);
  }
  connection
    .prepare('UPDATE block SET run_ids = ? WHERE id = ?')
    .run(JSON.stringify(left.map(({ id }) => id)), blockId);
}
