/** What people were told, in SQLite: a row for each test that is gone, and for each machine and channel that is overdue. */
import type { Role } from '../model.ts';
import type { Lane } from './blocks.ts';
import type { LaneName } from './change-store.ts';
import { findLane, findRunRow } from './changes.ts';
import type { Connection } from './connection.ts';
import type { Duty, LaneStarts, NoticeChannel, Overdue, VanishedNames } from './notice-store.ts';

/** Must be called within a transaction. Names that are news; of lanes without a run none are. */
export function settleVanished(
  connection: Connection,
  vanished: readonly VanishedNames[],
): ReadonlySet<string> {
  const news = new Set<string>();
  const isGone = connection.prepare<{ name: string }>(
    'SELECT name FROM vanished WHERE repository_id = ? AND branch = ? AND name = ? LIMIT 1',
  );
  const lanes = vanished.flatMap((one) => {
    const lane = findLane(connection, one.lane);
    return lane === undefined ? [] : [{ ...one, ...lane, branch: one.branch ?? '' }];
  });
  for (const { repositoryId, environmentId, branch, isPresent } of lanes) {
    for (const name of listNoted(connection, { repositoryId, environmentId, branch }).filter(isPresent)) {
      connection
        .prepare(
          'DELETE FROM vanished WHERE repository_id = ? AND environment_id = ? AND branch = ? AND name = ?',
        )
        .run(repositoryId, environmentId, branch, name);
    }
  }
  for (const { repositoryId, branch, names } of lanes) {
    for (const name of names) {
      if (isGone.get(repositoryId, branch, name) === undefined) news.add(name);
    }
  }
  const insert = connection.prepare(
    `INSERT INTO vanished (repository_id, environment_id, branch, name, run_id) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO NOTHING`,
  );
  for (const { repositoryId, environmentId, branch, names, runId } of lanes) {
    const row = findRunRow(connection, runId);
    for (const name of names) insert.run(repositoryId, environmentId, branch, name, row);
  }
  return news;
}

/** The names that are noted to be gone; none of a lane that there is not. */
export function listVanished(connection: Connection, name: LaneName, branch: string | null): string[] {
  const lane = findLane(connection, name);
  return lane === undefined ? [] : listNoted(connection, { ...lane, branch: branch ?? '' });
}

function listNoted(
  connection: Connection,
  { repositoryId, environmentId, branch }: Lane & { readonly branch: string },
): string[] {
  return connection
    .prepareRaw<[name: string]>(
      'SELECT name FROM vanished WHERE repository_id = ? AND environment_id = ? AND branch = ?',
    )
    .all(repositoryId, environmentId, branch)
    .map(([one]) => one);
}

interface LaneRow {
  readonly repository_id: number;
  readonly environment_id: number;
  readonly repository: string;
  readonly runner: string;
  readonly role: Role;
  readonly node_line: string;
  readonly job_type: string;
}

/** Every lane with its newest starts. */
export function listStarts(connection: Connection, limit: number): LaneStarts[] {
  const lanes = connection
    .prepare<LaneRow>(
      `SELECT l.repository_id, l.environment_id, p.name AS repository, n.name AS runner, e.role, e.node_line, e.job_type
       FROM (SELECT DISTINCT repository_id, environment_id FROM run) l
       JOIN repository p ON p.id = l.repository_id
       JOIN environment e ON e.id = l.environment_id
       JOIN runner n ON n.id = e.runner_id`,
    )
    .all();
  const find = connection.prepare<{ started_at: string }>(
    `SELECT started_at FROM run WHERE repository_id = ? AND environment_id = ?
     ORDER BY started_at DESC LIMIT ?`,
  );
  return lanes.map((lane) => ({
    repository: lane.repository,
    runner: lane.runner,
    role: lane.role,
    jobType: lane.job_type,
    nodeLine: lane.node_line,
    startedAt: find.all(lane.repository_id, lane.environment_id, limit).map((row) => row.started_at),
  }));
}

interface OverdueRow {
  readonly id: number;
  readonly repository: string;
  readonly runner: string;
  readonly role: Role;
  readonly job_type: string;
  readonly last_started_at: string;
  readonly due_at: string;
}

/** Must be called within a transaction. */
export function settleOverdue(
  connection: Connection,
  {
    overdue,
    channel,
    at,
  }: { readonly overdue: readonly Overdue[]; readonly channel: NoticeChannel; readonly at: string },
): { readonly news: readonly Overdue[]; readonly back: readonly Overdue[] } {
  const rows = connection
    .prepare<OverdueRow>(
      `SELECT o.id, p.name AS repository, n.name AS runner, o.role, o.job_type, o.last_started_at, o.due_at
       FROM overdue o JOIN repository p ON p.id = o.repository_id JOIN runner n ON n.id = o.runner_id
       WHERE o.channel = ?`,
    )
    .all(channel);
  const told = rows.map(toOverdue);
  const remove = connection.prepare('DELETE FROM overdue WHERE id = ?');
  const back = told.filter((one) => {
    const newest = findNewestStart(connection, one);
    return newest !== undefined && newest > one.lastStartedAt;
  });
  for (const { id } of back) remove.run(id);
  const news = overdue.filter((one) => !told.some((known) => isSame(known, one) && !back.includes(known)));
  for (const one of news) {
    connection
      .prepare(
        `INSERT INTO overdue (repository_id, runner_id, role, job_type, channel, last_started_at, due_at, told_at)
         SELECT p.id, n.id, ?, ?, ?, ?, ?, ? FROM repository p, runner n WHERE p.name = ? AND n.name = ?`,
      )
      .run(one.role, one.jobType, channel, one.lastStartedAt, one.dueAt, at, one.repository, one.runner);
  }
  // Who came back and is missed again is missed, and not back.
  return { news, back: back.filter((one) => !overdue.some((other) => isSame(one, other))) };
}

function toOverdue(row: OverdueRow): Overdue & { readonly id: number } {
  const { id, repository, runner, role, job_type: jobType } = row;
  return { id, repository, runner, role, jobType, lastStartedAt: row.last_started_at, dueAt: row.due_at };
}

function isSame(one: Duty, other: Duty): boolean {
  return (
    one.repository === other.repository &&
    one.runner === other.runner &&
    one.role === other.role &&
    one.jobType === other.jobType
  );
}

function findNewestStart(
  connection: Connection,
  { repository, runner, role, jobType }: Duty,
): string | undefined {
  return (
    connection
      .prepare<{ newest: string | null }>(
        `SELECT max(r.started_at) AS newest
       FROM run r JOIN environment e ON e.id = r.environment_id
       JOIN repository p ON p.id = r.repository_id JOIN runner n ON n.id = e.runner_id
       WHERE p.name = ? AND n.name = ? AND e.role = ? AND e.job_type = ?`,
      )
      .get(repository, runner, role, jobType)?.newest ?? undefined
  );
}
