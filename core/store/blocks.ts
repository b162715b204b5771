/**
 * Folds results from rows into blocks. A new run is appended as narrow rows, one run after the other, which
 * is the cheapest way to write it; when {@link BLOCK_RUNS} runs of one environment have come together, their
 * rows become one small block per subject, which is the smallest and quickest way to keep a history. What was
 * decided and measured: docs/schema.md, "Rows first, blocks later".
 */
import type { Connection } from './connection.ts';
import { packColumn, type Result } from './encoding.ts';

/** Runs in a block. */
export const BLOCK_RUNS = 64;

/** What a row of `run` belongs to: results of one repository in one environment are folded together. */
export interface Lane {
  readonly repositoryId: number;
  readonly environmentId: number;
}

type ResultRow = [subjectId: number, outcome: number, durationNs: number | null, spread: number | null];

/** Folds the rows of a lane when there are enough of them; must be called within a transaction. */
export function foldResults(connection: Connection, { repositoryId, environmentId }: Lane): void {
  const runIds = connection
    .prepareRaw<[number]>(
      `SELECT id FROM run WHERE repository_id = ? AND environment_id = ? AND block_id IS NULL
       ORDER BY id LIMIT ${BLOCK_RUNS}`,
    )
    .all(repositoryId, environmentId)
    .map(([id]) => id);
  if (runIds.length < BLOCK_RUNS) return;
  const list = JSON.stringify(runIds);
  const blockId = Number(
    connection
      .prepare('INSERT INTO block (repository_id, environment_id, run_ids) VALUES (?, ?, ?)')
      .run(repositoryId, environmentId, list).lastInsertRowid,
  );
  writeBlock(connection, blockId, runIds);
  connection.prepare('DELETE FROM result WHERE run_id IN (SELECT value FROM json_each(?))').run(list);
  connection
    .prepare('UPDATE run SET block_id = ? WHERE id IN (SELECT value FROM json_each(?))')
    .run(blockId, list);
}

/** Subjects folded at a time: bounds the memory, however many tests a suite has. */
const SUBJECT_SPAN = 1000;

function writeBlock(connection: Connection, blockId: number, runIds: readonly number[]): void {
  const [first, last] = connection
    .prepareRaw<[number | null, number | null]>(
      `SELECT min(subject_id), max(subject_id) FROM result WHERE run_id IN
       (SELECT value FROM json_each((SELECT run_ids FROM block WHERE id = ?)))`,
    )
    .get(blockId) ?? [null, null];
  if (first === null || last === null) return;
  const insert = connection.prepare(
    'INSERT INTO block_result (block_id, subject_id, outcomes, durations, spreads) VALUES (?, ?, ?, ?, ?)',
  );
  for (let from = first; from <= last; from += SUBJECT_SPAN) {
    const columns = readColumns(connection, runIds, from);
    for (const subjectId of [...columns.keys()].sort((a, b) => a - b)) {
      const packed = packColumn(columns.get(subjectId) ?? []);
      insert.run(blockId, subjectId, packed.outcomes, packed.durations, packed.spreads);
    }
  }
}

/** The results of the subjects from `from` on, by subject, then by the position of their run. */
function readColumns(
  connection: Connection,
  runIds: readonly number[],
  from: number,
): Map<number, (Result | undefined)[]> {
  const select = connection.prepareRaw<ResultRow>(
    `SELECT subject_id, outcome, duration_ns, spread FROM result
     WHERE run_id = ? AND subject_id >= ? AND subject_id < ?`,
  );
  const columns = new Map<number, (Result | undefined)[]>();
  runIds.forEach((runId, position) => {
    for (const [subjectId, outcome, durationNs, spread] of select.all(runId, from, from + SUBJECT_SPAN)) {
      let column = columns.get(subjectId);
      if (column === undefined) {
        column = new Array<Result | undefined>(runIds.length).fill(undefined);
        columns.set(subjectId, column);
      }
      column[position] = { outcome, durationNs, spread };
    }
  });
  return columns;
}
