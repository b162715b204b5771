/** Which subjects go on where others ended, in SQLite: a row for each that had another name. */
import { findBody, readLaneSpells } from './bodies.ts';
import type { Connection } from './connection.ts';
import type { Rename, RunTest, StoredRename, TestTitle } from './rename-store.ts';
import type { SubjectKind } from './store.ts';
import { createSubjectReader, formatSubject, loadFileSubjects, loadRoots } from './subjects.ts';

/** Takes what a repository had before away; must be called within a transaction. */
export function writeRenames(connection: Connection, repository: string, renames: readonly Rename[]): void {
  const repositoryId = findRepository(connection, repository);
  if (repositoryId === undefined) return;
  const wanted = resolveRenames(connection, repositoryId, renames);
  const known = new Map(listRows(connection, repositoryId));
  const isSame =
    known.size === wanted.size && [...wanted].every(([now, earlier]) => known.get(now) === earlier);
  // Nearly always: then nothing is written.
  if (isSame) return;
  const remove = connection.prepare('DELETE FROM renamed WHERE subject_id = ?');
  for (const now of known.keys()) remove.run(now);
  const insert = connection.prepare('INSERT INTO renamed (subject_id, earlier_id) VALUES (?, ?)');
  for (const [now, earlier] of wanted) insert.run(now, earlier);
}

export function readRenames(connection: Connection, repository: string): StoredRename[] {
  const repositoryId = findRepository(connection, repository);
  if (repositoryId === undefined) return [];
  const name = createNaming(connection);
  return listRows(connection, repositoryId).map(([subjectId, earlierId]) => ({
    subjectId,
    earlierId,
    from: name(earlierId),
    to: name(subjectId),
  }));
}

/** The subjects that a subject goes on from, the latest first; none for most. */
export function listEarlier(connection: Connection, subjectId: number): number[] {
  const find = connection.prepareRaw<[number]>('SELECT earlier_id FROM renamed WHERE subject_id = ?');
  const chain: number[] = [];
  for (let next = find.get(subjectId); next !== undefined; next = find.get(next[0])) {
    const [id] = next;
    // Written by this program, which writes no circle; a damaged database must not hang us.
    if (id === subjectId || chain.includes(id)) break;
    chain.push(id);
  }
  return chain;
}

/** By the subject that goes on, the one that it goes on from. */
export function readEarlier(connection: Connection, repositoryId: number): ReadonlyMap<number, number> {
  return new Map(listRows(connection, repositoryId));
}

/** The tests of a run, with their bodies. */
export function readRunTests(connection: Connection, uid: string): RunTest[] {
  const run = findRun(connection, uid);
  if (run === undefined) return [];
  const spells = readLaneSpells(connection, {
    repositoryId: run.repository_id,
    environmentId: run.environment_id,
  });
  return listTests(connection, run).map(([subjectId, fileId]) => ({
    subjectId,
    fileId,
    body: findBody(spells.get(subjectId) ?? [], run.id),
  }));
}

export function readTestTitles(connection: Connection, subjectIds: Iterable<number>): Map<number, TestTitle> {
  const find = connection.prepareRaw<[fileId: number, path: string]>(
    'SELECT f.id, f.name FROM subject s JOIN subject f ON f.id = s.file_id WHERE s.id = ?',
  );
  const readers = new Map<number, ReturnType<typeof createSubjectReader>>();
  const titles = new Map<number, TestTitle>();
  for (const id of subjectIds) {
    const found = find.get(id);
    if (found === undefined) continue;
    const [fileId, path] = found;
    const reader = readers.get(fileId) ?? createSubjectReader(connection, fileId);
    readers.set(fileId, reader);
    const { title, occurrence = 1 } = reader.readIdentity(id);
    titles.set(id, { path, title, occurrence });
  }
  return titles;
}

interface RunRow {
  readonly id: number;
  readonly repository_id: number;
  readonly environment_id: number;
  readonly block_id: number | null;
}

function findRun(connection: Connection, uid: string): RunRow | undefined {
  return connection
    .prepare<RunRow>('SELECT id, repository_id, environment_id, block_id FROM run WHERE uid = ?')
    .get(uid);
}

type TestRow = [subjectId: number, fileId: number];

function listTests(connection: Connection, { id, block_id: blockId }: RunRow): TestRow[] {
  if (blockId === null) {
    return connection
      .prepareRaw<TestRow>(
        `SELECT s.id, s.file_id FROM result r JOIN subject s ON s.id = r.subject_id
         WHERE r.run_id = ? AND s.kind = 'test'`,
      )
      .all(id);
  }
  return connection
    .prepareRaw<TestRow>(
      `SELECT s.id, s.file_id FROM block b
       JOIN json_each(b.run_ids) j ON j.value = ?
       JOIN block_result r ON r.block_id = b.id
       JOIN subject s ON s.id = r.subject_id
       WHERE b.id = ? AND s.kind = 'test' AND (r.outcomes IS NULL OR substr(r.outcomes, j.key + 1, 1) <> '-')`,
    )
    .all(id, blockId);
}

function findRepository(connection: Connection, repository: string): number | undefined {
  return connection.prepare<{ id: number }>('SELECT id FROM repository WHERE name = ?').get(repository)?.id;
}

function listRows(connection: Connection, repositoryId: number): [subjectId: number, earlierId: number][] {
  return connection
    .prepareRaw<[number, number]>(
      `SELECT r.subject_id, r.earlier_id FROM renamed r JOIN subject s ON s.id = r.subject_id
       WHERE s.repository_id = ? ORDER BY r.subject_id`,
    )
    .all(repositoryId);
}

/** Later by earlier subject of each line that the store has both sides of; what is named more exactly counts more. */
function resolveRenames(
  connection: Connection,
  repositoryId: number,
  renames: readonly Rename[],
): Map<number, number> {
  const earlierOf = new Map<number, number>();
  if (renames.length === 0) return earlierOf;
  const { fileIds } = loadRoots(connection, repositoryId);
  const loaded = new Map<string, ReadonlyMap<string, Named>>();
  const load = (path: string, fileId: number) => {
    const known = loaded.get(path) ?? loadNames(connection, { repositoryId, path, fileId });
    loaded.set(path, known);
    return known;
  };
  // Titles may hold ` > ` themselves: a name may be in any file whose path it begins with.
  const namesFor = (text: string) =>
    [...fileIds].filter(([path]) => text === path || text.startsWith(`${path}${SEPARATOR}`));
  const laterOf = new Map<number, number>();
  for (const { from, to } of renames.toSorted((a, b) => a.from.length - b.from.length)) {
    const targets = new Map(namesFor(to).flatMap(([path, id]) => [...load(path, id)]));
    for (const [path, fileId] of namesFor(from)) {
      for (const [text, named] of load(path, fileId)) {
        const target = targets.get(translate(text, { from, to }) ?? '');
        if (target?.kind !== named.kind || target.id === named.id) continue;
        const other = laterOf.get(named.id);
        if (other !== undefined) earlierOf.delete(other);
        const before = earlierOf.get(target.id);
        if (before !== undefined) laterOf.delete(before);
        if (leadsTo(earlierOf, named.id, target.id)) continue;
        earlierOf.set(target.id, named.id);
        laterOf.set(named.id, target.id);
      }
    }
  }
  return earlierOf;
}

const SEPARATOR = ' > ';
const LOAD = ' (load)';

/** What a name becomes; undefined when it is neither what is renamed nor beneath it. */
function translate(text: string, { from, to }: Rename): string | undefined {
  if (text === from) return to;
  if (text === from + LOAD) return to + LOAD;
  return text.startsWith(from + SEPARATOR) ? to + text.slice(from.length) : undefined;
}

interface Named {
  readonly id: number;
  readonly kind: SubjectKind;
}

/** A file and all beneath it, by their names. */
function loadNames(
  connection: Connection,
  { repositoryId, path, fileId }: { repositoryId: number; path: string; fileId: number },
): Map<string, Named> {
  const names = new Map<string, Named>([[path, { id: fileId, kind: 'file' }]]);
  for (const { id, kind, title, occurrence } of loadFileSubjects(connection, repositoryId, fileId)) {
    names.set(formatSubject({ kind, path, title, occurrence }), { id, kind });
  }
  return names;
}

function leadsTo(earlierOf: ReadonlyMap<number, number>, from: number, to: number): boolean {
  for (let id: number | undefined = from; id !== undefined; id = earlierOf.get(id)) {
    if (id === to) return true;
  }
  return false;
}

/** Names subjects one by one. */
function createNaming(connection: Connection): (id: number) => string {
  const find = connection.prepareRaw<[kind: SubjectKind, name: string]>(
    'SELECT kind, name FROM subject WHERE id = ?',
  );
  const findFile = connection.prepareRaw<[string]>(
    'SELECT f.name FROM subject s JOIN subject f ON f.id = s.file_id WHERE s.id = ?',
  );
  return (id) => {
    const [kind, name] = find.get(id) ?? ['file', ''];
    if (kind === 'file' || kind === 'total') return name;
    const path = findFile.get(id)?.[0] ?? '';
    const titles = kind === 'load' ? undefined : readTestTitles(connection, [id]).get(id);
    return formatSubject({ kind, path, title: titles?.title ?? [], occurrence: titles?.occurrence ?? 1 });
  };
}
