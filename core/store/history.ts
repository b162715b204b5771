/** Reads the history of one series, and keeps in memory what its runs have in common with every other series. */
import { StoreError } from '../errors.ts';
import { type BodySpell, findBody, readSpells } from './bodies.ts';
import type { Connection } from './connection.ts';
import {
  type PackedColumn,
  type Result,
  toMilliseconds,
  toOutcome,
  toSpreadRatio,
  unpackResult,
} from './encoding.ts';
import { listEarlier } from './renames.ts';
import type { HistoryPoint, HistoryQuery, SubjectKind } from './store.ts';

/** What a point says about its run. */
type RunFacts = Omit<HistoryPoint, 'outcome' | 'durationMs' | 'spread' | 'body'> & { readonly rowId: number };

export interface HistoryReader {
  read(query: HistoryQuery): HistoryPoint[];
}

/** Lanes whose runs stay in memory: some 400 bytes per run. */
const CACHED_LANES = 4;

/**
 * Reads histories from one connection. Every series of a lane (one repository in one environment) has the
 * same runs, and a run never changes once it is written, so their facts are read once and then only added to.
 */
export function createHistoryReader(connection: Connection): HistoryReader {
  const cache = new Map<string, RunFacts[]>();

  /** The runs of a lane in commit order. */
  function loadRuns(repositoryId: number, environmentId: number): readonly RunFacts[] {
    const key = `${repositoryId} ${environmentId}`;
    const known = cache.get(key) ?? [];
    const newest = known.reduce((highest, { rowId }) => Math.max(highest, rowId), 0);
    const added = selectRuns(connection, { repositoryId, environmentId, after: newest });
    if (added.length > 0) {
      known.push(...added);
      known.sort(compareCommitOrder);
    }
    // The lane asked for last is the last to go.
    cache.delete(key);
    cache.set(key, known);
    const [oldest] = cache.keys();
    if (cache.size > CACHED_LANES && oldest !== undefined) cache.delete(oldest);
    return known;
  }

  function read({ series: { subjectId, environmentId }, limit }: HistoryQuery): HistoryPoint[] {
    const subject = connection
      .prepare<{ repository_id: number; kind: SubjectKind }>(
        'SELECT repository_id, kind FROM subject WHERE id = ?',
      )
      .get(subjectId);
    if (subject === undefined) {
      throw new StoreError(`${connection.file}: there is no series ${subjectId}/${environmentId}.`, {
        code: 'store/unknown-series',
        hint: 'Look it up by its text again; the numbers differ from database to database.',
      });
    }
    const lane = { repositoryId: subject.repository_id, environmentId };
    const readNamed = (id: number): Named => ({
      results: selectResults(connection, lane, id),
      spells: subject.kind === 'test' ? readSpells(connection, { subjectId: id, environmentId }) : [],
    });
    const runs = loadRuns(lane.repositoryId, environmentId);
    const findNamed = createNames([subjectId, ...listEarlier(connection, subjectId)].map(readNamed), runs);
    const hasOutcome = subject.kind !== 'suite' && subject.kind !== 'load';
    const points: HistoryPoint[] = [];
    for (let at = runs.length - 1; at >= 0 && points.length < limit; at -= 1) {
      const facts = runs[at] as RunFacts;
      const { results, spells } = findNamed(at);
      const result = results.get(facts.rowId);
      if (result) points.push(toPoint(facts, { result, spells, hasOutcome }));
    }
    return points.reverse();
  }
  return { read };
}

/** What a subject was called at a time, and what it did then. */
interface Named {
  readonly results: ReadonlyMap<number, Result>;
  readonly spells: readonly BodySpell[];
}

/** Which of its names counts for a run, by its place: each until the one after it begins. The latest comes first. */
function createNames(names: readonly Named[], runs: readonly RunFacts[]): (at: number) => Named {
  const [latest] = names as [Named];
  if (names.length === 1) return () => latest;
  const begins = names.map(({ results }) => runs.findIndex(({ rowId }) => results.has(rowId)));
  return (at) => names.find((_, index) => at >= (begins[index] as number) && begins[index] !== -1) ?? latest;
}

/**
 * Commit order: by when the commit was made, then by when the run started, so that a commit measured late
 * still stands where its change belongs. It is a line through a history that may have branches: commits of a
 * merged branch stand among those of the other, by their dates, and a commit made on a machine whose
 * clock was wrong stands where that clock says.
 */
function compareCommitOrder(a: RunFacts, b: RunFacts): number {
  if (a.committedAt !== b.committedAt) return a.committedAt < b.committedAt ? -1 : 1;
  if (a.startedAt !== b.startedAt) return a.startedAt < b.startedAt ? -1 : 1;
  return a.runId < b.runId ? -1 : 1;
}

function toPoint(
  facts: RunFacts,
  of: { readonly result: Result; readonly spells: readonly BodySpell[]; readonly hasOutcome: boolean },
): HistoryPoint {
  const { result, spells, hasOutcome } = of;
  return {
    runId: facts.runId,
    commit: facts.commit,
    commitSubject: facts.commitSubject,
    committedAt: facts.committedAt,
    branch: facts.branch,
    startedAt: facts.startedAt,
    nodeVersion: facts.nodeVersion,
    outcome: hasOutcome ? toOutcome(result.outcome) : null,
    durationMs: toMilliseconds(result.durationNs),
    spread: toSpreadRatio(result.spread),
    body: findBody(spells, facts.rowId),
    interrupted: facts.interrupted,
    modified: facts.modified,
  };
}

interface LaneKey {
  readonly repositoryId: number;
  readonly environmentId: number;
}

/** The results of a subject by run: one small row per block, then the rows of the runs not folded yet. */
function selectResults(connection: Connection, lane: LaneKey, subjectId: number): Map<number, Result> {
  const { repositoryId, environmentId } = lane;
  const results = new Map<number, Result>();
  const blocks = connection
    .prepare<PackedColumn & { run_ids: string }>(
      `SELECT b.run_ids, t.outcomes, t.durations, t.spreads
       FROM block b JOIN block_result t ON t.block_id = b.id AND t.subject_id = ?
       WHERE b.repository_id = ? AND b.environment_id = ?`,
    )
    .all(subjectId, repositoryId, environmentId);
  for (const block of blocks) {
    const runIds = JSON.parse(block.run_ids) as number[];
    runIds.forEach((runId, position) => {
      const result = unpackResult(block, position, runIds.length);
      if (result !== undefined) results.set(runId, result);
    });
  }
  const rows = connection
    .prepareRaw<[number, number, number | null, number | null]>(
      `SELECT t.run_id, t.outcome, t.duration_ns, t.spread
       FROM run r JOIN result t ON t.run_id = r.id AND t.subject_id = ?
       WHERE r.repository_id = ? AND r.environment_id = ? AND r.block_id IS NULL`,
    )
    .all(subjectId, repositoryId, environmentId);
  for (const [runId, outcome, durationNs, spread] of rows)
    results.set(runId, { outcome, durationNs, spread });
  return results;
}

type FactsRow = [
  rowId: number,
  runId: string,
  commit: string,
  commitSubject: string,
  committedAt: string,
  branch: string | null,
  startedAt: string,
  nodeVersion: string,
  interrupted: number,
  modified: number,
];

function selectRuns(connection: Connection, lane: LaneKey & { readonly after: number }): RunFacts[] {
  return connection
    .prepareRaw<FactsRow>(
      `SELECT r.id, r.uid, c.sha, c.subject, c.committed_at, r.branch, r.started_at, r.node_version,
         r.interrupted, r.modified
       FROM run r JOIN git_commit c ON c.id = r.commit_id
       WHERE r.repository_id = ? AND r.environment_id = ? AND r.id > ?`,
    )
    .all(lane.repositoryId, lane.environmentId, lane.after)
    .map(
      ([
        rowId,
        runId,
        commit,
        commitSubject,
        committedAt,
        branch,
        startedAt,
        nodeVersion,
        interrupted,
        modified,
      ]) => ({
        rowId,
        runId,
        commit,
        commitSubject,
        committedAt,
        branch,
        startedAt,
        nodeVersion,
        interrupted: interrupted === 1,
        modified: modified === 1,
      }),
    );
}
