/** Reads the histories of a whole lane from blocks and rows, a block at a time. */
import type { Outcome } from '../model.ts';
import { type BodySpell, findBody, readLaneSpells } from './bodies.ts';
import type { LaneName } from './change-store.ts';
import { findLane } from './changes.ts';
import type { Connection } from './connection.ts';
import { type PackedColumn, unpackDurations } from './encoding.ts';
import type { BodyTurn, LaneRun, LaneSeries } from './lane-store.ts';
import { readEarlier } from './renames.ts';

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

interface SubjectFacts {
  readonly kind: LaneSeries['kind'];
  readonly fileId: number | null;
}

/** The series of a lane over some of its runs. */
export function readLaneSeries(
  connection: Connection,
  name: LaneName,
  runIds: readonly string[],
): LaneSeries[] {
  const lane = findLane(connection, name);
  if (lane === undefined) return [];
  const subjects = readSubjects(connection, lane.repositoryId);
  const series = new Map<number, Omit<LaneSeries, 'bodies'>>();
  const takeRow = createRows(runIds.length);
  const open = (subjectId: number): Float64Array | undefined => {
    const known = series.get(subjectId);
    if (known) return known.durationsMs;
    const facts = subjects.get(subjectId);
    if (facts === undefined) return undefined;
    const durationsMs = takeRow();
    series.set(subjectId, { subjectId, ...facts, durationsMs });
    return durationsMs;
  };
  const { rowIds, rows, blocks } = locateRuns(connection, runIds);
  for (const [blockId, positions] of blocks) readBlock(connection, { blockId, positions, open });
  for (const [rowId, at] of rows) readRows(connection, { rowId, at, open });
  const spells = readLaneSpells(connection, lane);
  const complete = Array.from(series.values(), (one) => ({
    ...one,
    bodies: listTurns(one.durationsMs, { rowIds, spells: spells.get(one.subjectId) ?? [] }),
  }));
  return joinRenamed(complete, readEarlier(connection, lane.repositoryId));
}

/** Puts what was measured under an earlier name before what goes on from it; the earlier one goes when nothing is left of it. */
function joinRenamed(series: LaneSeries[], earlierOf: ReadonlyMap<number, number>): LaneSeries[] {
  if (earlierOf.size === 0) return series;
  const bySubject = new Map(series.map((one) => [one.subjectId, one]));
  const waiting = new Set(earlierOf.keys());
  function join(subjectId: number): void {
    const earlierId = earlierOf.get(subjectId);
    // Each once, an earlier name of an earlier name first.
    if (earlierId === undefined || !waiting.delete(subjectId)) return;
    join(earlierId);
    const [now, earlier] = [bySubject.get(subjectId), bySubject.get(earlierId)];
    if (now === undefined || earlier === undefined) return;
    const begin = now.durationsMs.findIndex((ms) => !Number.isNaN(ms));
    now.durationsMs.set(earlier.durationsMs.subarray(0, begin));
    earlier.durationsMs.fill(Number.NaN, 0, begin);
    const bodies = [...earlier.bodies.filter(({ at }) => at < begin), ...now.bodies];
    bySubject.set(subjectId, { ...now, bodies });
    if (earlier.durationsMs.every(Number.isNaN)) bySubject.delete(earlierId);
  }
  for (const subjectId of earlierOf.keys()) join(subjectId);
  return [...bySubject.values()];
}

/** Spells are in the order in which runs were stored, turns in the order in which they were asked for. */
function listTurns(
  durationsMs: Float64Array,
  { rowIds, spells }: { readonly rowIds: readonly number[]; readonly spells: readonly BodySpell[] },
): BodyTurn[] {
  if (spells.length === 0) return [];
  const turns: BodyTurn[] = [];
  for (let at = 0; at < durationsMs.length; at += 1) {
    if (Number.isNaN(durationsMs[at])) continue;
    const body = findBody(spells, rowIds[at] ?? 0);
    if (turns.length === 0 || body !== turns.at(-1)?.body) turns.push({ at, body });
  }
  return turns;
}

/** Rows are cut from large pieces of memory: there may be ten thousand. */
const ROWS_IN_PIECE = 256;

/** Gives one row after the other, each of NaN. */
function createRows(length: number): () => Float64Array {
  let piece = new Float64Array(0);
  let used = 0;
  return () => {
    if (used + length > piece.length) {
      piece = new Float64Array(ROWS_IN_PIECE * length).fill(Number.NaN);
      used = 0;
    }
    used += length;
    return piece.subarray(used - length, used);
  };
}

function readSubjects(connection: Connection, repositoryId: number): Map<number, SubjectFacts> {
  const rows = connection
    .prepareRaw<[id: number, kind: LaneSeries['kind'], fileId: number | null]>(
      `SELECT id, kind, file_id FROM subject
       WHERE repository_id = ? AND kind IN ('total', 'file', 'test')`,
    )
    .iterate(repositoryId);
  const subjects = new Map<number, SubjectFacts>();
  for (const [id, kind, fileId] of rows) subjects.set(id, { kind, fileId: kind === 'file' ? id : fileId });
  return subjects;
}

/** Where the results of the runs are: by run, or by block with the runs' positions there and among those asked for. */
interface Places {
  /** By position; 0 for a run that there is not. */
  readonly rowIds: readonly number[];
  readonly rows: ReadonlyMap<number, number>;
  readonly blocks: ReadonlyMap<number, readonly Position[]>;
}

interface Position {
  readonly rowId: number;
  readonly at: number;
}

function locateRuns(connection: Connection, runIds: readonly string[]): Places {
  const rowIds = new Array<number>(runIds.length).fill(0);
  const rows = new Map<number, number>();
  const blocks = new Map<number, Position[]>();
  const find = connection.prepareRaw<[id: number, blockId: number | null]>(
    'SELECT id, block_id FROM run WHERE uid = ?',
  );
  runIds.forEach((uid, at) => {
    const found = find.get(uid);
    if (found === undefined) return;
    const [rowId, blockId] = found;
    rowIds[at] = rowId;
    if (blockId === null) rows.set(rowId, at);
    else blocks.set(blockId, [...(blocks.get(blockId) ?? []), { rowId, at }]);
  });
  return { rowIds, rows, blocks };
}

/** The durations of a series, for whoever has any; undefined for what is not read. */
type OpenSeries = (subjectId: number) => Float64Array | undefined;

function readBlock(
  connection: Connection,
  { blockId, positions, open }: { blockId: number; positions: readonly Position[]; open: OpenSeries },
): void {
  const block = connection
    .prepare<{ run_ids: string }>('SELECT run_ids FROM block WHERE id = ?')
    .get(blockId);
  const inBlock = JSON.parse(block?.run_ids ?? '[]') as number[];
  const wanted = positions.map(({ rowId, at }) => ({ position: inBlock.indexOf(rowId), at }));
  const found = connection
    .prepareRaw<[subjectId: number, outcomes: string | null, durations: Uint8Array | null]>(
      'SELECT subject_id, outcomes, durations FROM block_result WHERE block_id = ?',
    )
    .iterate(blockId);
  for (const [subjectId, outcomes, durations] of found) {
    if (durations === null) continue;
    const durationsMs = open(subjectId);
    if (durationsMs === undefined) continue;
    const column: Pick<PackedColumn, 'outcomes' | 'durations'> = { outcomes, durations };
    unpackDurations(column, { count: inBlock.length, wanted, into: durationsMs });
  }
}

function readRows(
  connection: Connection,
  { rowId, at, open }: { rowId: number; at: number; open: OpenSeries },
): void {
  const found = connection
    .prepareRaw<[subjectId: number, durationNs: number]>(
      'SELECT subject_id, duration_ns FROM result WHERE run_id = ? AND outcome = 0 AND duration_ns IS NOT NULL',
    )
    .iterate(rowId);
  for (const [subjectId, durationNs] of found) {
    const durationsMs = open(subjectId);
    if (durationsMs !== undefined) durationsMs[at] = durationNs / 1e6;
  }
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
