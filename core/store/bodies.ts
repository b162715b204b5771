/**
 * Which body a test had in which run: a row where it is another than in the run stored before, whichever commits these
 * were of. So it is exact for every run, and costs next to nothing as long as nothing changes. It says what was told; what
 * a change of it means is for `analysis`.
 */
import { BODY_DIGITS } from '../model.ts';
import type { Connection, Value } from './connection.ts';
import { createRowBatch } from './connection.ts';

/** From which run on, in the order in which runs were stored, a test had a body; null: it was not told. */
export interface BodySpell {
  readonly runId: number;
  readonly body: string | null;
}

/** Where a body is looked for. */
export interface BodyPlace {
  readonly repositoryId: number;
  readonly environmentId: number;
  /** The file that the tests are in. */
  readonly fileId: number;
}

/** The body in a run, among the spells of one test, oldest first; null where it is unknown. */
export function findBody(spells: readonly BodySpell[], runId: number): string | null {
  for (let at = spells.length - 1; at >= 0; at -= 1) {
    const spell = spells[at] as BodySpell;
    if (spell.runId <= runId) return spell.body;
  }
  return null;
}

/** The spells of one series. */
export function readSpells(
  connection: Connection,
  { subjectId, environmentId }: { readonly subjectId: number; readonly environmentId: number },
): BodySpell[] {
  return connection
    .prepareRaw<[runId: number, hash: number | null]>(
      'SELECT run_id, hash FROM body_spell WHERE subject_id = ? AND environment_id = ? ORDER BY run_id',
    )
    .all(subjectId, environmentId)
    .map(([runId, hash]) => ({ runId, body: toBody(hash) }));
}

/** The spells of every series of a lane that has any, by subject. */
export function readLaneSpells(
  connection: Connection,
  lane: Omit<BodyPlace, 'fileId'>,
): Map<number, BodySpell[]> {
  return new Map(iterateLaneSpells(connection, lane));
}

/** The same, one subject in memory at a time. */
export function* iterateLaneSpells(
  connection: Connection,
  { repositoryId, environmentId }: Omit<BodyPlace, 'fileId'>,
): Generator<[subjectId: number, spells: BodySpell[]]> {
  const rows = connection
    .prepareRaw<[subjectId: number, runId: number, hash: number | null]>(
      `SELECT b.subject_id, b.run_id, b.hash
       FROM subject s CROSS JOIN body_spell b ON b.subject_id = s.id AND b.environment_id = ?
       WHERE s.repository_id = ? ORDER BY b.subject_id, b.run_id`,
    )
    .iterate(environmentId, repositoryId);
  let spells: BodySpell[] = [];
  let present: number | undefined;
  for (const [subjectId, runId, hash] of rows) {
    if (present !== undefined && present !== subjectId) {
      yield [present, spells];
      spells = [];
    }
    present = subjectId;
    spells.push({ runId, body: toBody(hash) });
  }
  if (present !== undefined) yield [present, spells];
}

/** The bodies of a file's tests in a run, by subject; those that are unknown are left out. */
export function readFileBodies(
  connection: Connection,
  place: BodyPlace & { readonly runId: number },
): Map<number, string> {
  const bodies = new Map<number, string>();
  for (const [subjectId, hash] of selectBodies(connection, place)) {
    const body = toBody(hash);
    if (body !== null) bodies.set(subjectId, body);
  }
  return bodies;
}

/** Notes the bodies of a run's tests, file by file. */
export interface BodyWriter {
  /** A function for the tests of one file, each to be noted once. */
  openFile(fileId: number): (subjectId: number, body: string | undefined) => void;
  /** Writes what is left; must be called before the transaction ends. */
  flush(): void;
}

/** Must be used within the transaction that writes the run, which is the newest of the store. */
export function createBodyWriter(
  connection: Connection,
  of: Omit<BodyPlace, 'fileId'> & { readonly runId: number },
): BodyWriter {
  const { environmentId, runId } = of;
  const rows = createRowBatch(connection, 'body_spell', ['subject_id', 'environment_id', 'run_id', 'hash']);
  return {
    openFile(fileId) {
      const present = new Map(selectBodies(connection, { ...of, fileId }));
      return (subjectId, body) => {
        const hash = body === undefined ? null : Number.parseInt(body, 16);
        if (hash !== (present.get(subjectId) ?? null)) rows.add(subjectId, environmentId, runId, hash);
      };
    },
    flush: rows.flush,
  };
}

/** The last rows until a run; SQLite takes the other columns from the row that has the largest `run_id`. */
function selectBodies(
  connection: Connection,
  place: BodyPlace & { readonly runId: number },
): [subjectId: number, hash: number | null][] {
  const { repositoryId, environmentId, fileId, runId } = place;
  return connection
    .prepareRaw<[subjectId: number, hash: number | null, runId: number]>(
      `SELECT b.subject_id, b.hash, max(b.run_id)
       FROM subject s CROSS JOIN body_spell b
         ON b.subject_id = s.id AND b.environment_id = ? AND b.run_id <= ?
       WHERE s.repository_id = ? AND s.file_id = ? GROUP BY b.subject_id`,
    )
    .all(environmentId, runId, repositoryId, fileId)
    .map(([subjectId, hash]) => [subjectId, hash]);
}

/** As a number it takes six bytes, and no string has to be made where it is only compared. */
function toBody(hash: Value): string | null {
  return typeof hash === 'number' ? hash.toString(16).padStart(BODY_DIGITS, '0') : null;
}
