/** Changes of the machine itself in SQLite, and the smallest change that each series could show. */
import type { Isolation, Role } from '../model.ts';
import type { Lane } from './blocks.ts';
import type {
  MachineChangeQuery,
  NominatedMachineChange,
  ScreeningResult,
  StoredMachineChange,
} from './change-store.ts';
import { findRunRow } from './changes.ts';
import type { Connection, Value } from './connection.ts';

/** Keeps a machine change, unless one that begins with the same run is known. */
export function insertMachineChange(
  connection: Connection,
  change: NominatedMachineChange,
  { lane, at }: { readonly lane: Lane; readonly at: string },
): void {
  connection
    .prepare(
      `INSERT INTO machine_change (repository_id, environment_id, run_id, ratio, calibration_ratio, causes, found_at)
       VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (run_id) DO NOTHING`,
    )
    .run(
      lane.repositoryId,
      lane.environmentId,
      findRunRow(connection, change.runId),
      change.ratio,
      change.calibrationRatio,
      JSON.stringify(change.causes),
      at,
    );
}

interface MachineChangeRow {
  readonly uid: string;
  readonly repository: string;
  readonly environment_id: number;
  readonly runner: string;
  readonly role: Role;
  readonly node_line: string;
  readonly job_type: string;
  readonly isolation: Isolation;
  readonly ratio: number;
  readonly calibration_ratio: number | null;
  readonly causes: string;
  readonly started_at: string;
  readonly sha: string;
  readonly committed_at: string;
  readonly found_at: string;
}

/** The machine changes that pass every filter, newest run first. */
export function readMachineChanges(connection: Connection, query: MachineChangeQuery): StoredMachineChange[] {
  const filters: readonly (readonly [string, string | undefined])[] = [
    ['p.name = ?', query.repository],
    ['n.name = ?', query.runner],
    ['e.node_line = ?', query.nodeLine],
    ['e.job_type = ?', query.jobType],
  ];
  const used = filters.filter(([, value]) => value !== undefined);
  const where = used.length === 0 ? '' : `WHERE ${used.map(([condition]) => condition).join(' AND ')}`;
  return connection
    .prepare<MachineChangeRow>(
      `SELECT r.uid, p.name AS repository, m.environment_id, n.name AS runner, e.role, e.node_line, e.job_type,
         e.isolation, m.ratio, m.calibration_ratio, m.causes, r.started_at, c.sha, c.committed_at, m.found_at
       FROM machine_change m
       JOIN run r ON r.id = m.run_id
       JOIN git_commit c ON c.id = r.commit_id
       JOIN repository p ON p.id = m.repository_id
       JOIN environment e ON e.id = m.environment_id
       JOIN runner n ON n.id = e.runner_id
       ${where} ORDER BY r.uid DESC LIMIT ?`,
    )
    .all(...used.map(([, value]): Value => value ?? null), query.limit)
    .map((row) => ({
      runId: row.uid,
      repository: row.repository,
      environmentId: row.environment_id,
      runner: row.runner,
      role: row.role,
      nodeLine: row.node_line,
      jobType: row.job_type,
      isolation: row.isolation,
      ratio: row.ratio,
      calibrationRatio: row.calibration_ratio,
      causes: JSON.parse(row.causes) as string[],
      startedAt: row.started_at,
      commit: row.sha,
      committedAt: row.committed_at,
      foundAt: row.found_at,
    }));
}

/** Must be called within a transaction. */
export function writeSmallestChanges(
  connection: Connection,
  { environmentId }: Lane,
  smallest: ScreeningResult['smallest'],
): void {
  const upsert = connection.prepare(
    `INSERT INTO smallest_change VALUES (?, ?, ?)
     ON CONFLICT (environment_id, subject_id) DO UPDATE SET ratio = excluded.ratio`,
  );
  for (const { subjectId, ratio } of smallest) upsert.run(environmentId, subjectId, ratio);
}

export function findSmallestChange(
  connection: Connection,
  series: { readonly subjectId: number; readonly environmentId: number },
): number | null {
  const row = connection
    .prepare<{ ratio: number }>(
      'SELECT ratio FROM smallest_change WHERE environment_id = ? AND subject_id = ?',
    )
    .get(series.environmentId, series.subjectId);
  return row?.ratio ?? null;
}
