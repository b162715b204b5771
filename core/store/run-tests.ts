/**
 * Which files and tests a run had, without what was measured of them. Two runs are held against each other within SQLite, so
 * that nothing is read of what both have, which is nearly always everything.
 */
import type { Connection, Value } from './connection.ts';
import { toOutcome } from './encoding.ts';
import type { RunFile, TestPlace } from './run-test-store.ts';

export function listRunFiles(connection: Connection, uid: string): RunFile[] {
  const results = findResults(connection, uid);
  if (results === undefined) return [];
  return connection
    .prepareRaw<[path: string, outcome: Value]>(
      `SELECT s.name, r.outcome FROM run_file f JOIN subject s ON s.id = f.subject_id
       JOIN (${results.select}) r ON r.subject_id = f.subject_id WHERE f.run_id = ? ORDER BY s.name`,
    )
    .all(...results.values, results.rowId)
    .map(([path, outcome]) => ({ path, outcome: toOutcome(Number(outcome)) }));
}

export function listMissingTests(connection: Connection, had: string, has: string): TestPlace[] {
  const [before, now] = [findResults(connection, had), findResults(connection, has)];
  if (before === undefined) return [];
  const isMissing =
    now === undefined ? '' : `WHERE NOT EXISTS (${now.select} AND subject_id = before.subject_id)`;
  // CROSS JOIN, so that what a subject is is asked of what is missing alone.
  return connection
    .prepareRaw<[subjectId: number, path: string]>(
      `SELECT s.id, f.name FROM (SELECT subject_id FROM (${before.select}) before ${isMissing}) missing
       CROSS JOIN subject s ON s.id = missing.subject_id CROSS JOIN subject f ON f.id = s.file_id
       WHERE s.kind = 'test' ORDER BY s.id`,
    )
    .all(...before.values, ...(now?.values ?? []))
    .map(([subjectId, path]) => ({ subjectId, path }));
}

/** Where the results of a run are: in rows of their own, or at a position of its block. */
interface Results {
  readonly rowId: number;
  /** Gives `subject_id` and `outcome` of each. */
  readonly select: string;
  readonly values: readonly Value[];
}

function findResults(connection: Connection, uid: string): Results | undefined {
  const run = connection
    .prepareRaw<[id: number, blockId: number | null, position: number | null]>(
      `SELECT r.id, r.block_id, (SELECT j.key + 1 FROM block b JOIN json_each(b.run_ids) j
         WHERE b.id = r.block_id AND j.value = r.id)
       FROM run r WHERE r.uid = ?`,
    )
    .get(uid);
  if (run === undefined) return undefined;
  const [rowId, blockId, position] = run;
  if (blockId === null) {
    return { rowId, select: 'SELECT subject_id, outcome FROM result WHERE run_id = ?', values: [rowId] };
  }
  const outcome = `iif(outcomes IS NULL, '0', substr(outcomes, ?, 1))`;
  const select = `SELECT subject_id, ${outcome} AS outcome FROM block_result
    WHERE block_id = ? AND (outcomes IS NULL OR substr(outcomes, ?, 1) <> '-')`;
  return { rowId, select, values: [position, blockId, position] };
}
