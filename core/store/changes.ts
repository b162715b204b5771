/** Changes of tests, files and totals in SQLite: written once each, read with everything that is told of them. */
import { createHash } from 'node:crypto';
import type { Verdict } from '../analysis/suspect.ts';
import { StoreError } from '../errors.ts';
import type { Isolation, Role } from '../model.ts';
import type { Lane } from './blocks.ts';
import type {
  ChangeDocument,
  ChangeOrigin,
  ChangeQuery,
  ChangeUpdate,
  CommitText,
  Decider,
  LaneName,
  NominatedChange,
  StoredChange,
  TriageState,
} from './change-store.ts';
import type { Connection, Value } from './connection.ts';
import type { SubjectKind } from './store.ts';
import { createSubjectReader, formatSubject } from './subjects.ts';

/** The numbers of a lane; undefined when no run of it is stored. */
export function findLane(connection: Connection, name: LaneName): Lane | undefined {
  return connection
    .prepare<Lane>(
      `SELECT p.id AS repositoryId, e.id AS environmentId
       FROM repository p, environment e JOIN runner n ON n.id = e.runner_id
       WHERE p.name = ? AND n.name = ? AND e.role = ? AND e.node_line = ? AND e.job_type = ? AND e.isolation = ?`,
    )
    .get(name.repository, name.runner, name.role, name.nodeLine, name.jobType, name.isolation);
}

/** The row of a run; throws a StoreError when there is none. */
export function findRunRow(connection: Connection, uid: string): number {
  const row = connection.prepare<{ id: number }>('SELECT id FROM run WHERE uid = ?').get(uid);
  if (row !== undefined) return row.id;
  throw new StoreError(`${connection.file}: there is no run ${JSON.stringify(uid)}.`, {
    code: 'store/unknown-run',
    hint: 'List the runs that are there with `tracey show`.',
  });
}

/** Keeps a change; its id when it was not known before, else undefined. */
export function insertChange(
  connection: Connection,
  change: NominatedChange,
  { lane, name, at }: { readonly lane: Lane; readonly name: LaneName; readonly at: string },
): string | undefined {
  const subject = readSubject(connection, change.subjectId);
  const uid = computeChangeId(name, subject.text, change);
  const values = {
    uid,
    repository_id: lane.repositoryId,
    environment_id: lane.environmentId,
    subject_id: change.subjectId,
    branch: change.branch,
    direction: change.direction,
    origin: change.origin,
    base_sha: change.base,
    head_sha: change.head,
    before_ms: change.beforeMs,
    now_ms: change.nowMs,
    ratio: change.ratio,
    ratio_low: change.ratioLow,
    ratio_high: change.ratioHigh,
    p_value: change.pValue,
    head_run_id: findRunRow(connection, change.headRunId),
    found_run_id: findRunRow(connection, change.foundRunId),
    found_at: at,
    state: change.state,
    state_reason: change.stateReason,
    state_by: change.stateBy,
    state_at: at,
  };
  const columns = Object.keys(values);
  const { changes } = connection
    .prepare(
      `INSERT INTO change (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})
       ON CONFLICT (uid) DO NOTHING`,
    )
    .run(...Object.values(values));
  return changes === 0 ? undefined : uid;
}

/** Of what the change is about, and nothing that differs from database to database. */
function computeChangeId(name: LaneName, text: string, change: NominatedChange): string {
  const { repository, runner, role, nodeLine, jobType, isolation } = name;
  const about = [repository, runner, role, nodeLine, jobType, isolation, text, change.direction, change.head];
  return createHash('sha256').update(JSON.stringify(about)).digest('hex').slice(0, 12);
}

interface ChangeRow {
  readonly uid: string;
  readonly repository: string;
  readonly repository_id: number;
  readonly environment_id: number;
  readonly runner: string;
  readonly role: Role;
  readonly node_line: string;
  readonly job_type: string;
  readonly isolation: Isolation;
  readonly subject_id: number;
  readonly branch: string | null;
  readonly direction: 'slower' | 'faster';
  readonly origin: ChangeOrigin;
  readonly base_sha: string;
  readonly head_sha: string;
  readonly before_ms: number;
  readonly now_ms: number;
  readonly ratio: number | null;
  readonly ratio_low: number | null;
  readonly ratio_high: number | null;
  readonly p_value: number;
  readonly head_run: string;
  readonly found_run: string;
  readonly found_at: string;
  readonly verdict: Verdict['kind'] | null;
  readonly verdict_ratio: number | null;
  readonly verdict_low: number | null;
  readonly verdict_high: number | null;
  readonly verdict_level: number | null;
  readonly verdict_pairs: number | null;
  readonly verdict_base_sha: string | null;
  readonly verdict_head_sha: string | null;
  readonly verdict_reason: string | null;
  readonly state: TriageState;
  readonly state_reason: string | null;
  readonly state_by: Decider;
  readonly state_at: string;
  readonly recovered_run: string | null;
}

/** The changes that pass every filter, newest found first. */
export function readChanges(connection: Connection, query: ChangeQuery): StoredChange[] {
  const filters: [string, ...Value[]][] = [];
  const add = (condition: string, value: Value | undefined) => {
    if (value !== undefined) filters.push([condition, value]);
  };
  add('p.name = ?', query.repository);
  add('n.name = ?', query.runner);
  add('e.node_line = ?', query.nodeLine);
  add('e.job_type = ?', query.jobType);
  add('c.branch IS ?', query.branch);
  add('c.subject_id = ?', query.subjectId);
  add('c.environment_id = ?', query.environmentId);
  add('c.direction = ?', query.direction);
  if (query.id !== undefined) filters.push(["c.uid >= ? AND c.uid < ? || '~'", query.id, query.id]);
  if (query.states) filters.push([listCondition('c.state', query.states), ...query.states]);
  if (query.verdicts) {
    filters.push([listCondition("ifnull(c.verdict, 'none')", query.verdicts), ...query.verdicts]);
  }
  const where = filters.length === 0 ? '' : `WHERE ${filters.map(([condition]) => condition).join(' AND ')}`;
  const rows = connection
    .prepare<ChangeRow>(
      `SELECT c.*, p.name AS repository, n.name AS runner, e.role, e.node_line, e.job_type, e.isolation,
         h.uid AS head_run, f.uid AS found_run, r.uid AS recovered_run
       FROM change c
       JOIN repository p ON p.id = c.repository_id
       JOIN environment e ON e.id = c.environment_id
       JOIN runner n ON n.id = e.runner_id
       JOIN run h ON h.id = c.head_run_id
       JOIN run f ON f.id = c.found_run_id
       LEFT JOIN run r ON r.id = c.recovered_run_id
       ${where} ORDER BY c.id DESC LIMIT ?`,
    )
    .all(...filters.flatMap(([, ...values]) => values), query.limit);
  return rows.map((row) => toChange(connection, row));
}

function listCondition(column: string, values: readonly string[]): string {
  return `${column} IN (${values.map(() => '?').join(', ')})`;
}

function toChange(connection: Connection, row: ChangeRow): StoredChange {
  const toCommit = (sha: string) => readCommitText(connection, row.repository_id, sha);
  return {
    id: row.uid,
    repository: row.repository,
    runner: row.runner,
    role: row.role,
    nodeLine: row.node_line,
    jobType: row.job_type,
    isolation: row.isolation,
    environmentId: row.environment_id,
    subjectId: row.subject_id,
    subject: readSubject(connection, row.subject_id),
    branch: row.branch,
    direction: row.direction,
    origin: row.origin,
    base: row.base_sha,
    head: row.head_sha,
    baseCommit: toCommit(row.base_sha),
    headCommit: toCommit(row.head_sha),
    beforeMs: row.before_ms,
    nowMs: row.now_ms,
    ratio: row.ratio,
    ratioLow: row.ratio_low,
    ratioHigh: row.ratio_high,
    pValue: row.p_value,
    headRunId: row.head_run,
    foundRunId: row.found_run,
    foundAt: row.found_at,
    verdict: toVerdict(row),
    state: row.state,
    stateReason: row.state_reason,
    stateBy: row.state_by,
    stateAt: row.state_at,
    recoveredRunId: row.recovered_run,
  };
}

function toVerdict(row: ChangeRow): Verdict | null {
  if (row.verdict === null) return null;
  const { verdict_ratio: value, verdict_low: low, verdict_high: high } = row;
  return {
    kind: row.verdict,
    ratio: value === null || low === null || high === null ? null : { value, low, high },
    level: row.verdict_level ?? 0,
    pairs: row.verdict_pairs ?? 0,
    base: row.verdict_base_sha ?? row.base_sha,
    head: row.verdict_head_sha ?? row.head_sha,
    reason: row.verdict_reason,
  };
}

function readCommitText(connection: Connection, repositoryId: number, sha: string): CommitText {
  const found = connection
    .prepare<CommitText>(
      `SELECT sha, subject, author, committed_at AS committedAt FROM git_commit
       WHERE repository_id = ? AND sha = ? ORDER BY id LIMIT 1`,
    )
    .get(repositoryId, sha);
  return found ?? { sha, subject: '', author: '', committedAt: '' };
}

interface SubjectRow {
  readonly file_id: number | null;
  readonly kind: SubjectKind;
  readonly name: string;
}

/** What a change is about, in the words of a series. */
function readSubject(connection: Connection, id: number): StoredChange['subject'] {
  const find = (subjectId: number) =>
    connection.prepare<SubjectRow>('SELECT file_id, kind, name FROM subject WHERE id = ?').get(subjectId);
  const row = find(id);
  if (row === undefined) {
    throw new StoreError(`${connection.file}: there is no subject ${id}.`, {
      code: 'store/unknown-subject',
      hint: 'The numbers differ from database to database.',
    });
  }
  const { kind, file_id: fileId } = row;
  const path = fileId === null ? (kind === 'file' ? row.name : null) : (find(fileId)?.name ?? null);
  const isTitled = fileId !== null && kind !== 'load';
  const { title, occurrence = 1 } = isTitled
    ? createSubjectReader(connection, fileId).readIdentity(id)
    : { title: [] };
  const subject = { kind, path, title, occurrence };
  return { ...subject, text: formatSubject(subject) };
}

export function readChangeDocuments(connection: Connection, id: string): ChangeDocument[] {
  return connection
    .prepare<ChangeDocument>(
      `SELECT d.name, d.media_type AS mediaType, d.content FROM change_document d
       JOIN change c ON c.id = d.change_id WHERE c.uid = ? ORDER BY d.name`,
    )
    .all(id);
}

/** Must be called within a transaction. Throws a StoreError when there is no such change. */
export function updateChange(connection: Connection, id: string, update: ChangeUpdate): void {
  const row = connection.prepare<{ id: number }>('SELECT id FROM change WHERE uid = ?').get(id);
  if (row === undefined) {
    throw new StoreError(`${connection.file}: there is no change ${JSON.stringify(id)}.`, {
      code: 'store/unknown-change',
      hint: '`tracey changes list` has those that are known.',
    });
  }
  const { verdict, documents, state, recoveredRunId } = update;
  const values: Record<string, Value> = {
    ...(verdict && {
      verdict: verdict.kind,
      verdict_ratio: verdict.ratio?.value ?? null,
      verdict_low: verdict.ratio?.low ?? null,
      verdict_high: verdict.ratio?.high ?? null,
      verdict_level: verdict.level,
      verdict_pairs: verdict.pairs,
      verdict_base_sha: verdict.base,
      verdict_head_sha: verdict.head,
      verdict_reason: verdict.reason,
    }),
    ...(state && {
      state: state.state,
      state_reason: state.reason,
      state_by: state.by,
      state_at: state.at ?? new Date().toISOString(),
    }),
    ...(recoveredRunId !== undefined && {
      recovered_run_id: recoveredRunId === null ? null : findRunRow(connection, recoveredRunId),
    }),
  };
  const columns = Object.keys(values);
  if (columns.length > 0) {
    connection
      .prepare(`UPDATE change SET ${columns.map((column) => `${column} = ?`).join(', ')} WHERE id = ?`)
      .run(...Object.values(values), row.id);
  }
  for (const { name, mediaType, content } of documents ?? []) {
    connection
      .prepare('INSERT OR REPLACE INTO change_document VALUES (?, ?, ?, ?)')
      .run(row.id, name, mediaType, content);
  }
}
