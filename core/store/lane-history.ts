/** Reads the histories of a whole lane from blocks and rows, a block at a time. */
import type { Lane } from './blocks.ts';
import { type BodySpell, findBody, iterateLaneSpells } from './bodies.ts';
import type { LaneName } from './change-store.ts';
import { findLane } from './changes.ts';
import type { Connection } from './connection.ts';
import { type PackedColumn, unpackDurations } from './encoding.ts';
import { createLaneRows, createSubjectTable, type LaneRows, type SubjectTable } from './lane-rows.ts';
import type { BodyTurn, LaneHistory, LaneSeries } from './lane-store.ts';
import { readEarlier } from './renames.ts';

/** The series of a lane over some of its runs. */
export function readLaneHistory(
  connection: Connection,
  name: LaneName,
  runIds: readonly string[],
): LaneHistory {
  const lane = findLane(connection, name);
  const subjects = readSubjects(connection, lane);
  const history = createLaneRows(subjects, runIds.length);
  if (lane === undefined) return { ...history, bodies: new Map() };
  const { open } = history;
  const { rowIds, rows, blocks } = locateRuns(connection, runIds);
  for (const [blockId, positions] of blocks) readBlock(connection, { blockId, positions, open });
  for (const [rowId, at] of rows) readRows(connection, { rowId, at, open });
  const earlierOf = readEarlier(connection, lane.repositoryId);
  const bodies = readBodies(connection, { lane, rowIds, history, earlierOf });
  joinRenamed(history, { bodies, earlierOf });
  const byRow = [...bodies].map(([subjectId, turns]) => [subjects.getRow(subjectId), turns] as const);
  return { ...history, bodies: new Map(byRow) };
}

function readSubjects(connection: Connection, lane: Lane | undefined): SubjectTable {
  const where = "WHERE repository_id = ? AND kind IN ('total', 'file', 'test')";
  const repositoryId = lane?.repositoryId ?? null;
  const [first, last] = connection
    .prepareRaw<[number | null, number | null]>(`SELECT min(id), max(id) FROM subject ${where}`)
    .get(repositoryId) ?? [null, null];
  const subjects = createSubjectTable(first ?? 1, last ?? 0);
  const rows = connection
    .prepareRaw<[id: number, kind: LaneSeries['kind'], fileId: number | null]>(
      `SELECT id, kind, file_id FROM subject ${where}`,
    )
    .iterate(repositoryId);
  for (const [id, kind, fileId] of rows) subjects.add(id, kind, kind === 'file' ? id : fileId);
  return subjects;
}

/** By subject, for those that had several bodies: of the others the order of bodies says nothing. */
function readBodies(
  connection: Connection,
  {
    lane,
    rowIds,
    history,
    earlierOf,
  }: {
    readonly lane: Lane;
    readonly rowIds: readonly number[];
    readonly history: LaneRows;
    readonly earlierOf: ReadonlyMap<number, number>;
  },
): Map<number, readonly BodyTurn[]> {
  const bodies = new Map<number, readonly BodyTurn[]>();
  const renamed = new Set([...earlierOf].flat());
  for (const [subjectId, spells] of iterateLaneSpells(connection, lane)) {
    if (spells.length < 2 && !renamed.has(subjectId)) continue;
    const series = history.find(subjectId);
    if (series !== undefined) bodies.set(subjectId, listTurns(series.durationsMs, { rowIds, spells }));
  }
  return bodies;
}

/** Puts what was measured under an earlier name before what goes on from it; the earlier one goes when nothing is left of it. */
function joinRenamed(
  history: LaneRows,
  {
    bodies,
    earlierOf,
  }: {
    readonly bodies: Map<number, readonly BodyTurn[]>;
    readonly earlierOf: ReadonlyMap<number, number>;
  },
): void {
  const waiting = new Set(earlierOf.keys());
  function join(subjectId: number): void {
    const earlierId = earlierOf.get(subjectId);
    // Each once, an earlier name of an earlier name first.
    if (earlierId === undefined || !waiting.delete(subjectId)) return;
    join(earlierId);
    const [now, earlier] = [history.find(subjectId)?.durationsMs, history.find(earlierId)?.durationsMs];
    if (now === undefined || earlier === undefined) return;
    const begin = now.findIndex((ms) => !Number.isNaN(ms));
    now.set(earlier.subarray(0, begin));
    earlier.fill(Number.NaN, 0, begin);
    const before = (bodies.get(earlierId) ?? []).filter(({ at }) => at < begin);
    bodies.set(subjectId, [...before, ...(bodies.get(subjectId) ?? [])]);
    if (!earlier.every(Number.isNaN)) return;
    history.close(earlierId);
    bodies.delete(earlierId);
  }
  for (const subjectId of earlierOf.keys()) join(subjectId);
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
type OpenRow = (subjectId: number) => Float64Array | undefined;

function readBlock(
  connection: Connection,
  { blockId, positions, open }: { blockId: number; positions: readonly Position[]; open: OpenRow },
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
  { rowId, at, open }: { rowId: number; at: number; open: OpenRow },
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
