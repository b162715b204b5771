/** Tags of repositories in SQLite: those alone that point at commits which have runs. */
import type { TagList } from '../model.ts';
import type { Connection } from './connection.ts';

/** Longer names are passed over. */
const MOST_NAME = 255;

/** Keeps what tags point at now. Tags that are not in a list stay, unless it is complete. */
export function writeTags(connection: Connection, repository: string, { tags, isComplete }: TagList): void {
  const known = connection
    .prepare<{ id: number }>('SELECT id FROM repository WHERE name = ?')
    .get(repository);
  if (known === undefined) return;
  const list = JSON.stringify(
    tags
      .filter(({ name }) => name.length <= MOST_NAME)
      .map(({ name, sha }) => ({ name: name.toWellFormed(), sha })),
  );
  connection
    .prepare(
      `DELETE FROM tag WHERE repository_id = ?
       AND (? OR name IN (SELECT value ->> 'name' FROM json_each(?)))`,
    )
    .run(known.id, isComplete ? 1 : 0, list);
  connection
    .prepare(
      `INSERT OR REPLACE INTO tag (repository_id, name, sha)
       SELECT c.repository_id, t.value ->> 'name', c.sha
       FROM json_each(?) t JOIN git_commit c ON c.repository_id = ? AND c.sha = t.value ->> 'sha'`,
    )
    .run(list, known.id);
}

export interface TaggedCommit {
  readonly name: string;
  /** The number that all runs of the commit have. */
  readonly commitNumber: number;
  readonly committedAt: string;
}

/** The tags of a repository, oldest commit first. */
export function listTags(connection: Connection, repositoryId: number): TaggedCommit[] {
  return connection
    .prepare<TaggedCommit>(
      `SELECT t.name, min(c.id) AS commitNumber, c.committed_at AS committedAt
       FROM tag t JOIN git_commit c ON c.repository_id = t.repository_id AND c.sha = t.sha
       WHERE t.repository_id = ?
       GROUP BY t.name ORDER BY committedAt, t.name`,
    )
    .all(repositoryId);
}
