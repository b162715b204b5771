/**
 * Drops what no run needs any more: texts, names, commits, machines. Each statement looks for itself, so that it does no harm
 * to repeat it. Must be called within a transaction in which foreign keys are not enforced: they would look through all
 * rows that may refer to a row, for each row that goes.
 */
import type { Connection } from './connection.ts';
import { CHANGE_COMMITS } from './old-runs.ts';

/** Explanations that nothing has any more. */
export function dropUnusedExplanations({ database }: Connection): void {
  database.exec('DELETE FROM explanation WHERE id NOT IN (SELECT explanation_id FROM run_explanation)');
}

/** Everything that only removed runs needed. */
export function dropUnused(connection: Connection): void {
  const { database } = connection;
  dropUnusedExplanations(connection);
  database.exec(`
    DELETE FROM fingerprint
    WHERE id NOT IN (SELECT fingerprint_id FROM run_file WHERE fingerprint_id IS NOT NULL);
    DELETE FROM machine WHERE id NOT IN (SELECT machine_id FROM run);`);
  database.exec(DROP_COMMITS);
  database.exec(DROP_SUBJECTS);
  database.exec(DROP_SPELLS);
}

/**
 * Commits without runs, but for those that a change names. The last one stays, so that its number is not used again: a
 * published site goes by them.
 */
const DROP_COMMITS = `
  DELETE FROM tag WHERE (repository_id, sha) NOT IN (
    SELECT c.repository_id, c.sha FROM run r JOIN git_commit c ON c.id = r.commit_id
  );
  DELETE FROM git_commit WHERE id < (SELECT max(id) FROM git_commit) AND (repository_id, sha) NOT IN (
    SELECT c.repository_id, c.sha FROM run r JOIN git_commit c ON c.id = r.commit_id
    UNION SELECT repository_id, sha FROM (${CHANGE_COMMITS})
  );`;

/** Names without results, but for what is around others, and the last one. */
const DROP_SUBJECTS = `
  WITH RECURSIVE used (id) AS (
    SELECT subject_id FROM result
    UNION SELECT subject_id FROM block_result
    UNION SELECT subject_id FROM run_file
    UNION SELECT subject_id FROM change
    UNION SELECT subject_id FROM renamed
    UNION SELECT earlier_id FROM renamed
    UNION SELECT max(id) FROM subject
    UNION SELECT s.parent_id FROM used u JOIN subject s ON s.id = u.id WHERE s.parent_id IS NOT NULL
  )
  DELETE FROM subject WHERE id NOT IN (SELECT id FROM used);
  DELETE FROM smallest_change WHERE subject_id NOT IN (SELECT id FROM subject);
  DELETE FROM body_spell WHERE subject_id NOT IN (SELECT id FROM subject);`;

/** Of the spells until the first run of a lane the last one says everything; of a lane without runs none is needed. */
const DROP_SPELLS = `
  WITH first (repository_id, environment_id, run_id) AS (
    SELECT repository_id, environment_id, min(id) FROM run GROUP BY repository_id, environment_id
  )
  DELETE FROM body_spell AS b WHERE NOT EXISTS (
    SELECT 1 FROM subject s JOIN first f ON f.repository_id = s.repository_id WHERE s.id = b.subject_id
      AND f.environment_id = b.environment_id
  ) OR EXISTS (
    SELECT 1 FROM subject s JOIN first f ON f.repository_id = s.repository_id AND f.environment_id = b.environment_id
    JOIN body_spell later ON later.subject_id = b.subject_id AND later.environment_id = b.environment_id
      AND later.run_id > b.run_id AND later.run_id <= f.run_id
    WHERE s.id = b.subject_id
  );
  DELETE FROM smallest_change AS m WHERE NOT EXISTS (
    SELECT 1 FROM subject s JOIN run r ON r.repository_id = s.repository_id
      AND r.environment_id = m.environment_id
    WHERE s.id = m.subject_id
  );`;
