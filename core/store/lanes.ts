/** Reads which runs a lane has, and what each of them loaded. */
import type { Outcome } from '../model.ts';
import type { LaneName } from './change-store.ts';
import { findLane } from './changes.ts';
import type { Connection } from './connection.ts';
import type { LaneRun } from './lane-store.ts';

interface RunRow {
  readonly uid: string;
  readonly sha: string;
  readonly subject: string;
  readonly committed_at: string;
  readonly branch: string | null;
  readonly started_at: string;
  readonly node_version: string;
  readonly outcome: Outcome;
  readonly interrupted: number;
  readonly modified: number;
  readonly machine_id: number;
  readonly calibrations: string;
}

/** The newest runs of a lane, in commit order. */
export function listLaneRuns(connection: Connection, name: LaneName, limit: number): LaneRun[] {
  const lane = findLane(connection, name);
  if (lane === undefined) return [];
  const machines = new Map<number, LaneRun['facts']>();
  const rows = connection
    .prepare<RunRow>(
      `SELECT r.uid, c.sha, c.subject, c.committed_at, r.branch, r.started_at, r.node_version, r.outcome,
         r.interrupted, r.modified, r.machine_id,
         (SELECT json_group_array(json_object('version', calibration_version,
            'nodeVersion', calibration_node_version, 'cpuMs', calibration_cpu_ms,
            'memoryMs', calibration_memory_ms))
          FROM machine_state m WHERE m.run_id = r.id AND m.calibration_memory_ms IS NOT NULL) AS calibrations
       FROM run r JOIN git_commit c ON c.id = r.commit_id
       WHERE r.repository_id = ? AND r.environment_id = ? ORDER BY r.id DESC LIMIT ?`,
    )
    .all(lane.repositoryId, lane.environmentId, limit);
  return rows
    .map((row) => {
      const facts = machines.get(row.machine_id) ?? readMachineFacts(connection, row.machine_id);
      machines.set(row.machine_id, facts);
      return toRun(row, facts);
    })
    .sort(compareCommitOrder);
}

function readMachineFacts(connection: Connection, id: number): LaneRun['facts'] {
  const row = connection
    .prepare<Omit<LaneRun['facts'], 'turbo'> & { turbo: number | null }>(
      `SELECT hostname, platform, arch, libc, os, kernel, cpu_model AS cpuModel, cpu_count AS cpuCount,
         memory_bytes AS memoryBytes, governor, turbo FROM machine WHERE id = ?`,
    )
    .get(id);
  if (row === undefined) throw new Error(`there is no machine ${id}`);
  return { ...row, turbo: row.turbo === null ? null : row.turbo === 1 };
}

function toRun(row: RunRow, facts: LaneRun['facts']): LaneRun {
  return {
    id: row.uid,
    commit: row.sha,
    commitSubject: row.subject,
    committedAt: row.committed_at,
    branch: row.branch,
    startedAt: row.started_at,
    nodeVersion: row.node_version,
    outcome: row.outcome,
    interrupted: row.interrupted === 1,
    modified: row.modified === 1,
    facts,
    calibrations: JSON.parse(row.calibrations) as LaneRun['calibrations'],
  };
}

/** As histories are ordered: by when the commit was made, then by when the run started. */
function compareCommitOrder(a: LaneRun, b: LaneRun): number {
  if (a.committedAt !== b.committedAt) return a.committedAt < b.committedAt ? -1 : 1;
  if (a.startedAt !== b.startedAt) return a.startedAt < b.startedAt ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}

/** Numbers that stand for the fingerprints of a file. */
export function readFingerprints(
  connection: Connection,
  fileId: number,
  runIds: readonly string[],
): (number | null)[] {
  const find = connection.prepareRaw<[fingerprintId: number | null]>(
    `SELECT f.fingerprint_id FROM run r JOIN run_file f ON f.run_id = r.id AND f.subject_id = ?
     WHERE r.uid = ?`,
  );
  return runIds.map((uid) => find.get(fileId, uid)?.[0] ?? null);
}
