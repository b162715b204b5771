/** Rebuilds the details of a run from its narrow results, once the details themselves are gone. */
import type { Connection } from './connection.ts';
import type { FileDetail, SuiteDetail, TestDetail } from './detail.ts';
import { type PackedColumn, type Result, toMilliseconds, unpackResult } from './encoding.ts';
import type { SubjectKind } from './store.ts';

interface SubjectColumns {
  readonly subject_id: number;
  readonly file_id: number | null;
  readonly kind: SubjectKind;
}

type FoundResult = SubjectColumns & Result;

/** What is left of a run: files, suites and tests in no particular order. */
export function readFoldedDetails(connection: Connection, runId: number): FileDetail[] {
  const block = connection
    .prepare<{ id: number; run_ids: string }>(
      'SELECT b.id, b.run_ids FROM run r JOIN block b ON b.id = r.block_id WHERE r.id = ?',
    )
    .get(runId);
  const results = block === undefined ? readRows(connection, runId) : readBlock(connection, runId, block);
  const byFile = new Map<number, FoundResult[]>();
  for (const found of results) {
    const fileId = found.file_id ?? (found.kind === 'file' ? found.subject_id : undefined);
    if (fileId === undefined) continue;
    const siblings = byFile.get(fileId);
    if (siblings === undefined) byFile.set(fileId, [found]);
    else siblings.push(found);
  }
  return [...byFile].map(([fileId, found]) => foldFile(fileId, found));
}

function foldFile(subject: number, found: readonly FoundResult[]): FileDetail {
  const file = found.find((result) => result.kind === 'file');
  const load = found.find((result) => result.kind === 'load');
  return {
    subject,
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

function readRows(connection: Connection, runId: number): FoundResult[] {
  return connection
    .prepare<FoundResult>(
      `SELECT t.subject_id, s.file_id, s.kind, t.outcome, t.duration_ns AS durationNs, t.spread
       FROM result t JOIN subject s ON s.id = t.subject_id WHERE t.run_id = ?`,
    )
    .all(runId);
}

function readBlock(
  connection: Connection,
  runId: number,
  block: { readonly id: number; readonly run_ids: string },
): FoundResult[] {
  const runIds = JSON.parse(block.run_ids) as number[];
  const position = runIds.indexOf(runId);
  return connection
    .prepare<SubjectColumns & PackedColumn>(
      `SELECT t.subject_id, s.file_id, s.kind, t.outcomes, t.durations, t.spreads
       FROM block_result t JOIN subject s ON s.id = t.subject_id WHERE t.block_id = ?`,
    )
    .all(block.id)
    .flatMap((row) => {
      const result = unpackResult(row, position, runIds.length);
      return result === undefined
        ? []
        : [{ subject_id: row.subject_id, file_id: row.file_id, kind: row.kind, ...result }];
    });
}
