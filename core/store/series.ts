/** Finds series by the text people know them by. */
import type { Connection, Value } from './connection.ts';
import type { Series, SeriesMatches, SeriesQuery } from './store.ts';
import { formatSubject, loadFileSubjects, loadRoots } from './subjects.ts';

const DEFAULT_LIMIT = 20;

type Environment = Pick<Series, 'environmentId' | 'runner' | 'role' | 'nodeLine' | 'jobType' | 'isolation'>;
type Subject = Omit<Series, keyof Environment>;

interface Repository {
  readonly id: number;
  readonly name: string;
}

/** The series named exactly, else the candidates that contain the text in whatever case. */
export function findSeries(connection: Connection, query: SeriesQuery): SeriesMatches {
  const { text } = query;
  // Titles may hold ` > ` and ` #2` themselves: texts are compared whole and never taken apart.
  const exact = takeSeries(connection, query, {
    mayHold: (path) => text.startsWith(path),
    accepts: (candidate) => candidate === text,
  });
  if (exact.length > 0) return { exact: true, series: exact };
  const part = text.toLowerCase();
  const series = takeSeries(connection, query, {
    mayHold: () => true,
    accepts: (candidate) => candidate.toLowerCase().includes(part),
  });
  return { exact: false, series };
}

interface Condition {
  /** Whether anything in the file of this path can be accepted. */
  readonly mayHold: (path: string) => boolean;
  readonly accepts: (text: string) => boolean;
}

function takeSeries(connection: Connection, query: SeriesQuery, condition: Condition): Series[] {
  const limit = query.limit ?? DEFAULT_LIMIT;
  const repository = query.repository ?? null;
  const repositories = connection
    .prepare<Repository>('SELECT id, name FROM repository WHERE ? IS NULL OR name = ? ORDER BY name')
    .all(repository, repository);
  const series: Series[] = [];
  for (const { id, name } of repositories) {
    for (const subject of listSubjects(connection, { id, name }, condition.mayHold)) {
      if (series.length >= limit) return series.slice(0, limit);
      if (!condition.accepts(subject.text)) continue;
      const environments = listEnvironments(connection, id, subject.subjectId, query);
      series.push(...environments.map((environment) => ({ ...subject, ...environment })));
    }
  }
  return series.slice(0, limit);
}

/** The subjects of a repository, one file in memory at a time. */
function* listSubjects(
  connection: Connection,
  repository: Repository,
  mayHold: Condition['mayHold'],
): Generator<Subject> {
  const roots = loadRoots(connection, repository.id);
  const root = { repository: repository.name, title: [], occurrence: 1 };
  if (roots.totalId !== undefined) {
    yield { ...root, subjectId: roots.totalId, kind: 'total', path: null, text: 'total' };
  }
  for (const [path, fileId] of roots.fileIds) {
    if (!mayHold(path)) continue;
    yield { ...root, subjectId: fileId, kind: 'file', path, text: path };
    for (const { id, kind, title, occurrence } of loadFileSubjects(connection, repository.id, fileId)) {
      const subject = { repository: repository.name, kind, path, title, occurrence };
      yield { ...subject, subjectId: id, text: formatSubject(subject) };
    }
  }
}

/** The environments in which a subject was measured, that of the run stored last first. */
function listEnvironments(
  connection: Connection,
  repositoryId: number,
  subjectId: number,
  query: SeriesQuery,
): Environment[] {
  const values: Record<string, Value> = {
    repositoryId,
    subjectId,
    runner: query.runner ?? null,
    nodeLine: query.nodeLine ?? null,
    jobType: query.jobType ?? null,
  };
  return connection.database
    .prepare<[Record<string, Value>], Environment>(ENVIRONMENTS_OF_SUBJECT)
    .all(values);
}

const ENVIRONMENTS_OF_SUBJECT = `
  SELECT e.id AS environmentId, n.name AS runner, e.role, e.node_line AS nodeLine, e.job_type AS jobType,
    e.isolation
  FROM environment e JOIN runner n ON n.id = e.runner_id
  WHERE (@runner IS NULL OR n.name = @runner)
    AND (@nodeLine IS NULL OR e.node_line = @nodeLine)
    AND (@jobType IS NULL OR e.job_type = @jobType)
    AND (
      EXISTS (
        SELECT 1 FROM block b JOIN block_result t ON t.block_id = b.id AND t.subject_id = @subjectId
        WHERE b.repository_id = @repositoryId AND b.environment_id = e.id
      ) OR EXISTS (
        SELECT 1 FROM run r JOIN result t ON t.run_id = r.id AND t.subject_id = @subjectId
        WHERE r.repository_id = @repositoryId AND r.environment_id = e.id AND r.block_id IS NULL
      )
    )
  ORDER BY (
    SELECT max(r.id) FROM run r WHERE r.repository_id = @repositoryId AND r.environment_id = e.id
  ) DESC`;
