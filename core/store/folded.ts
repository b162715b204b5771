/** Rebuilds the details of a file in a run from its narrow results, once the details themselves are gone. */
import type { Connection, Value } from './connection.ts';
import type { FileDetail, SuiteDetail, TestDetail } from './detail.ts';
import { type PackedColumn, type Result, toMilliseconds, unpackResult } from './encoding.ts';
import type { SubjectKind } from './store.ts';

interface SubjectColumns {
  readonly subject_id: number;
  readonly kind: SubjectKind;
}

type FoundResult = SubjectColumns & Result;

/** Which file of which run. */
export interface FileOfRun {
  readonly repositoryId: number;
  readonly runId: number;
  /** The file's subject. */
  readonly fileId: number;
}

/** What is left of a file: its suites and tests in no particular order. */
export function readFoldedDetail(connection: Connection, of: FileOfRun): FileDetail {
  const block = connection
    .prepare<{ id: number; run_ids: string }>(
      'SELECT b.id, b.run_ids FROM run r JOIN block b ON b.id = r.block_id WHERE r.id = ?',
    )
    .get(of.runId);
  const found = block === undefined ? readRows(connection, of) : readBlock(connection, of, block);
  const file = found.find((result) => result.kind === 'file');
  const load = found.find((result) => result.kind === 'load');
  return {
    subject: of.fileId,
    outcome: file?.outcome ?? 0,
    durationMs: toMilliseconds(file?.durationNs ?? null),
    loadMs: toMilliseconds(load?.durationNs ?? null),
    suites: found
      .filter((result) => result.kind === 'suite')
      .map((suite): SuiteDetail => [suite.subject_id, toMilliseconds(suite.durationNs), null]),
    tests: found
      .filter((result) => result.kind === 'test')
      .map(
        ({ subject_id, outcome, durationNs }): TestDetail => [
          subject_id,
          outcome,
          toMilliseconds(durationNs),
          [],
          null,
          null,
          0,
        ],
      ),
  };
}

/** A file and all beneath it; CROSS JOIN, so that SQLite begins with them and not with all results of the run. */
export const SUBJECTS_OF_FILE = `(
    SELECT id, kind FROM subject WHERE repository_id = @repositoryId AND file_id = @fileId
    UNION ALL SELECT @fileId, 'file'
  ) s CROSS JOIN`;

function readRows(connection: Connection, of: FileOfRun): FoundResult[] {
  return connection.database
    .prepare<[Record<string, Value>], FoundResult>(
      `SELECT t.subject_id, s.kind, t.outcome, t.duration_ns AS durationNs, t.spread
       FROM ${SUBJECTS_OF_FILE} result t ON t.run_id = @runId AND t.subject_id = s.id`,
    )
    .all({ ...of });
}

function readBlock(
  connection: Connection,
  of: FileOfRun,
  block: { readonly id: number; readonly run_ids: string },
): FoundResult[] {
  const runIds = JSON.parse(block.run_ids) as number[];
  const position = runIds.indexOf(of.runId);
  const { repositoryId, fileId } = of;
  return connection.database
    .prepare<[Record<string, Value>], SubjectColumns & PackedColumn>(
      `SELECT t.subject_id, s.kind, t.outcomes, t.durations, t.spreads
       FROM ${SUBJECTS_OF_FILE} block_result t ON t.block_id = @blockId AND t.subject_id = s.id`,
    )
    .all({ repositoryId, fileId, blockId: block.id })
    .flatMap((row) => {
      const result = unpackResult(row, position, runIds.length);
      return result === undefined ? [] : [{ subject_id: row.subject_id, kind: row.kind, ...result }];
    });
}
