/**
 * Which runs a pruning is about, and what is large of them: noted in tables of this connection alone, so that whoever drops
 * something goes by what was counted. Changes nothing of the database.
 */
import { BLOCK_RUNS } from './blocks.ts';
import type { Connection } from './connection.ts';

/** A run is old when neither keeps it. */
export interface PruneBound {
  /** Only runs of this repository (`owner/name`); null for all. */
  readonly repository: string | null;
  /** So many of the newest runs of a repository and environment are not old. */
  readonly keepRuns: number;
  /** Neither are those that began then or later, UTC ISO 8601; null: however young they are. */
  readonly keepSince: string | null;
}

/** How much there is of something. */
export interface Amount {
  readonly count: number;
  readonly bytes: number;
}

/** What is large of runs, and not needed to judge others. */
export interface RunContent {
  /** Runs with samples, hooks, CPU times and output. */
  readonly details: Amount;
  /** Texts that job types wrote. */
  readonly documents: Amount;
  /** Of failures, as far as no other run has the same. */
  readonly stacks: Amount;
}

/**
 * So many of the newest runs of a repository and environment keep stacks when they are thinned: the last block and what may
 * follow it, of which pages show how each test failed last.
 */
const STACK_RUNS = 2 * BLOCK_RUNS;

/** Runs of one repository. */
export interface RunsOfRepository {
  readonly repository: string;
  readonly runs: number;
  /** When the oldest and the newest of them began, UTC ISO 8601. */
  readonly firstStartedAt: string;
  readonly lastStartedAt: string;
}

/** `repository_id`, `environment_id` and `sha` of the commits that changes name: on either side, as found and as proven. */
export const CHANGE_COMMITS = ['base_sha', 'head_sha', 'verdict_base_sha', 'verdict_head_sha']
  .map((sha) => `SELECT repository_id, environment_id, ${sha} AS sha FROM change WHERE ${sha} IS NOT NULL`)
  .join(' UNION ');

/**
 * Runs that something points at which was found: a change (its first run, those of the commits on either side of it, the one
 * that found it, the one that ended it), a shift of the machine, a test that is gone.
 */
export const HELD_RUNS = `
  SELECT head_run_id FROM change
  UNION SELECT found_run_id FROM change
  UNION SELECT recovered_run_id FROM change WHERE recovered_run_id IS NOT NULL
  UNION SELECT run_id FROM machine_change
  UNION SELECT run_id FROM vanished
  UNION SELECT r.id FROM run r JOIN git_commit g ON g.id = r.commit_id
    WHERE (r.repository_id, r.environment_id, g.sha) IN (${CHANGE_COMMITS})`;

/** How many runs there are within a bound's repository. */
export function countRuns(connection: Connection, repository: string | null): number {
  return (
    connection
      .prepare<{ runs: number }>(
        `SELECT count(*) AS runs FROM run WHERE ? IS NULL
         OR repository_id = (SELECT id FROM repository WHERE name = ?)`,
      )
      .get(repository, repository)?.runs ?? 0
  );
}

/** Notes the old runs, and the stacks that can go when they are thinned. */
export function noteOldRuns(connection: Connection, { repository, keepRuns, keepSince }: PruneBound): void {
  const { database } = connection;
  database.exec(`
    CREATE TEMP TABLE old_run (id INTEGER PRIMARY KEY, place INTEGER NOT NULL);
    CREATE TEMP TABLE old_stack (id INTEGER PRIMARY KEY)`);
  // By their ids, as details are kept: a run that was imported late stands where it began.
  database
    .prepare(
      `INSERT INTO temp.old_run
       SELECT id, place FROM (
         SELECT id, started_at, repository_id,
           row_number() OVER (PARTITION BY repository_id, environment_id ORDER BY uid DESC) AS place
         FROM run
       )
       WHERE place > ? AND (? IS NULL OR started_at < ?)
         AND (? IS NULL OR repository_id = (SELECT id FROM repository WHERE name = ?))`,
    )
    .run(keepRuns, keepSince, keepSince, repository, repository);
  noteOldStacks(connection, STACK_RUNS);
}

/** Of the old runs, those that are not held stay noted, and all their stacks; how many there were of the others. */
export function releaseHeldRuns(connection: Connection): number {
  const { changes } = connection.prepare(`DELETE FROM temp.old_run WHERE id IN (${HELD_RUNS})`).run();
  noteOldStacks(connection, 0);
  return changes;
}

/** Of the old runs, those that have nothing large are no longer noted. */
export function releaseSmallRuns({ database }: Connection): void {
  database
    .prepare(
      `DELETE FROM temp.old_run WHERE NOT EXISTS (SELECT 1 FROM run r WHERE r.id = old_run.id AND r.has_detail = 1)
         AND NOT EXISTS (SELECT 1 FROM document d WHERE d.run_id = old_run.id)
         AND NOT EXISTS (
           SELECT 1 FROM run_explanation x JOIN temp.old_stack s ON s.id = x.explanation_id WHERE x.run_id = old_run.id
         )`,
    )
    .run();
}

/** Notes the stacks that only old runs have which so many others of their environment came after. */
function noteOldStacks({ database }: Connection, after: number): void {
  database.exec('DELETE FROM temp.old_stack');
  database
    .prepare(
      `INSERT INTO temp.old_stack
       SELECT x.explanation_id FROM run_explanation x JOIN explanation e ON e.id = x.explanation_id
       WHERE e.stack IS NOT NULL
       GROUP BY x.explanation_id
       HAVING sum(x.run_id NOT IN (SELECT id FROM temp.old_run WHERE place > ?)) = 0`,
    )
    .run(after);
}

/** The runs that are noted: those with results in one block together, which are then written once. */
export function listOldRuns(connection: Connection): number[] {
  return connection
    .prepareRaw<[number]>(
      'SELECT r.id FROM temp.old_run o JOIN run r ON r.id = o.id ORDER BY r.block_id IS NULL, r.block_id, r.id',
    )
    .all()
    .map(([id]) => id);
}

/** What is large of the runs that are noted. */
export function measureContent(connection: Connection): RunContent {
  const measure = (text: string) =>
    connection.prepare<Amount>(text).get() ?? ({ count: 0, bytes: 0 } satisfies Amount);
  return {
    details: measure(
      `SELECT count(DISTINCT run_id) AS count, ifnull(sum(length(content) + length(file_ids)), 0) AS bytes
       FROM detail_part WHERE run_id IN (SELECT id FROM temp.old_run)`,
    ),
    documents: measure(
      `SELECT count(*) AS count, ifnull(sum(octet_length(content)), 0) AS bytes
       FROM document WHERE run_id IN (SELECT id FROM temp.old_run)`,
    ),
    stacks: measure(
      `SELECT count(*) AS count, ifnull(sum(octet_length(stack)), 0) AS bytes
       FROM explanation WHERE id IN (SELECT id FROM temp.old_stack)`,
    ),
  };
}

/** The runs that are noted, by repository. */
export function groupOldRuns(connection: Connection): RunsOfRepository[] {
  return connection
    .prepare<RunsOfRepository>(
      `SELECT p.name AS repository, count(*) AS runs, min(r.started_at) AS firstStartedAt,
         max(r.started_at) AS lastStartedAt
       FROM temp.old_run o JOIN run r ON r.id = o.id JOIN repository p ON p.id = r.repository_id
       GROUP BY p.id ORDER BY p.name`,
    )
    .all();
}
