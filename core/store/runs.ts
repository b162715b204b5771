/** Finds and lists runs without reading their results. */
import { StoreError } from '../errors.ts';
import type { Isolation, Outcome, Role } from '../model.ts';
import type { Connection, Value } from './connection.ts';
import type { RunQuery, RunSummary } from './store.ts';

interface SummaryRow {
  readonly uid: string;
  readonly repository: string;
  readonly sha: string;
  readonly subject: string;
  readonly committed_at: string;
  readonly branch: string | null;
  readonly modified: number;
  readonly job_type: string;
  readonly runner: string;
  readonly role: Role;
  readonly isolation: Isolation;
  readonly node_version: string;
  readonly node_line: string;
  readonly started_at: string;
  readonly finished_at: string;
  readonly outcome: Outcome;
  readonly reason: string | null;
  readonly interrupted: number;
  readonly samples: number;
  readonly files: number;
  readonly tests: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly aborted: number;
  readonly duration_ms: number;
  readonly has_detail: number;
}

const SUMMARY = `
  SELECT r.uid, p.name AS repository, c.sha, c.subject, c.committed_at, r.branch, r.modified, e.job_type,
    n.name AS runner, e.role, e.isolation, r.node_version, e.node_line, r.started_at, r.finished_at, r.outcome,
    r.reason, r.interrupted, r.samples, r.files, r.tests, r.passed, r.failed, r.skipped, r.aborted,
    r.duration_ms, r.has_detail
  FROM run r
  JOIN repository p ON p.id = r.repository_id
  JOIN environment e ON e.id = r.environment_id
  JOIN runner n ON n.id = e.runner_id
  JOIN git_commit c ON c.id = r.commit_id`;

/** How many namesakes an error about an ambiguous id lists. */
const LISTED = 5;

/** The run of this id, or the only one whose id begins with it. */
export function findRun(connection: Connection, idOrPrefix: string): RunSummary | undefined {
  // Ids are made of 0-9, a-f, - and _, all of which sort before ~.
  const rows = connection
    .prepare<SummaryRow>(
      `${SUMMARY} WHERE r.uid >= ? AND r.uid < ? || '~' ORDER BY r.uid LIMIT ${LISTED + 1}`,
    )
    .all(idOrPrefix, idOrPrefix);
  const [first] = rows;
  if (first === undefined || idOrPrefix === '') return undefined;
  if (rows.length === 1 || first.uid === idOrPrefix) return toSummary(first);
  const ids = rows.slice(0, LISTED).map((row) => row.uid);
  const more = rows.length > LISTED ? ', …' : '';
  throw new StoreError(
    `${connection.file}: the run ${JSON.stringify(idOrPrefix)} could be ${ids.join(', ')}${more}.`,
    { code: 'store/ambiguous-run', hint: 'Give more characters of the id.' },
  );
}

/** Summaries of the runs that pass every filter, newest start first. */
export function listRuns(connection: Connection, query: RunQuery): RunSummary[] {
  const filters: readonly (readonly [string, string | undefined])[] = [
    ['p.name = ?', query.repository],
    ['n.name = ?', query.runner],
    ['e.node_line = ?', query.nodeLine],
    ['r.branch = ?', query.branch],
    ['e.job_type = ?', query.jobType],
  ];
  const used = filters.filter(([, value]) => value !== undefined);
  const where = used.length === 0 ? '' : `WHERE ${used.map(([condition]) => condition).join(' AND ')}`;
  const values = used.map(([, value]): Value => value ?? null);
  return connection
    .prepare<SummaryRow>(`${SUMMARY} ${where} ORDER BY r.uid DESC LIMIT ?`)
    .all(...values, query.limit)
    .map(toSummary);
}

function toSummary(row: SummaryRow): RunSummary {
  return {
    id: row.uid,
    repository: row.repository,
    commit: row.sha,
    commitSubject: row.subject,
    committedAt: row.committed_at,
    branch: row.branch,
    modified: row.modified === 1,
    jobType: row.job_type,
    runner: row.runner,
    role: row.role,
    isolation: row.isolation,
    nodeVersion: row.node_version,
    nodeLine: row.node_line,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    outcome: row.outcome,
    ...(row.reason !== null && { reason: row.reason }),
    interrupted: row.interrupted === 1,
    samples: row.samples,
    totals: {
      files: row.files,
      tests: row.tests,
      passed: row.passed,
      failed: row.failed,
      skipped: row.skipped,
      aborted: row.aborted,
      durationMs: row.duration_ms,
    },
    detail: row.has_detail === 1 ? 'full' : 'folded',
  };
}
