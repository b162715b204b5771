/**
 * What is measured, as a tree of names: a repository's total, its files, and beneath each file its suites
 * and tests. A name is stored once, whichever environments and however many runs it was measured in.
 */
import { formatTestName } from '../text.ts';
import { type Connection, createRowBatch } from './connection.ts';
import type { SubjectKind } from './store.ts';

/** A suite or test within a file. */
export interface TitledSubject {
  readonly id: number;
  readonly kind: SubjectKind;
  /** Empty for the file itself and its load time. */
  readonly title: readonly string[];
  readonly occurrence: number;
}

/** The total and the files of one repository. */
export interface RootSubjects {
  readonly totalId: number | undefined;
  readonly fileIds: ReadonlyMap<string, number>;
}

/** The text by which people name a subject, and by which it is found. */
export function formatSubject(subject: {
  readonly kind: SubjectKind;
  readonly path: string | null;
  readonly title: readonly string[];
  readonly occurrence: number;
}): string {
  const { kind, path, title, occurrence } = subject;
  if (path === null) return 'total';
  if (kind === 'load') return `${path} (load)`;
  return formatTestName(path, { title, occurrence: occurrence > 1 ? occurrence : undefined });
}

/** Reads the total and the files of a repository. */
export function loadRoots(connection: Connection, repositoryId: number): RootSubjects {
  const rows = connection
    .prepare<{ id: number; kind: SubjectKind; name: string }>(
      'SELECT id, kind, name FROM subject WHERE repository_id = ? AND file_id IS NULL',
    )
    .all(repositoryId);
  return {
    totalId: rows.find((row) => row.kind === 'total')?.id,
    fileIds: new Map(rows.filter((row) => row.kind === 'file').map((row) => [row.name, row.id])),
  };
}

type SubjectRow = [id: number, parentId: number, kind: SubjectKind, name: string, occurrence: number];

const ROWS_OF_FILE =
  'SELECT id, parent_id, kind, name, occurrence FROM subject WHERE repository_id = ? AND file_id = ? ORDER BY id';

/** Reads everything beneath a file, in the order in which it was first seen: parents before children. */
export function loadFileSubjects(
  connection: Connection,
  repositoryId: number,
  fileId: number,
): TitledSubject[] {
  const titles = new Map<number, readonly string[]>([[fileId, []]]);
  const rows = connection.prepareRaw<SubjectRow>(ROWS_OF_FILE).all(repositoryId, fileId);
  return rows.map(([id, parentId, kind, name, occurrence]) => {
    const title = kind === 'load' ? [] : [...(titles.get(parentId) ?? []), name];
    if (kind === 'suite') titles.set(id, title);
    return { id, kind, title, occurrence };
  });
}

/** Reads the names of what is beneath one file, one at a time. */
export interface SubjectReader {
  /** Titles from the outermost suite inwards, and which of its namesakes it is when it is not the first. */
  readIdentity(id: number): { title: string[]; occurrence?: number };
}

export function createSubjectReader(connection: Connection, fileId: number): SubjectReader {
  const select = connection.prepareRaw<[parentId: number, name: string, occurrence: number]>(
    'SELECT parent_id, name, occurrence FROM subject WHERE id = ?',
  );
  const suites = new Map<number, readonly string[]>([[fileId, []]]);

  function read(id: number) {
    const row = select.get(id);
    if (row === undefined) throw new Error(`there is no subject ${id}`);
    return row;
  }
  function readSuite(id: number): readonly string[] {
    const known = suites.get(id);
    if (known !== undefined) return known;
    const [parentId, name] = read(id);
    const titles = [...readSuite(parentId), name];
    suites.set(id, titles);
    return titles;
  }
  return {
    readIdentity(id) {
      const [parentId, name, occurrence] = read(id);
      const title = [...readSuite(parentId), name];
      return occurrence > 1 ? { title, occurrence } : { title };
    },
  };
}

/** Gives the subjects of one run their ids, storing the names that are new. */
export interface SubjectWriter {
  internTotal(): number;
  internFile(path: string): FileSubjectWriter;
  /** Writes the names that are new; must be called before the transaction ends. */
  flush(): void;
}

export interface FileSubjectWriter {
  readonly id: number;
  internLoad(): number;
  /** `occurrence` counts namesakes of the same kind from 1. */
  internTitled(kind: 'suite' | 'test', title: readonly string[], occurrence: number): number;
}

/** Must be used within the transaction that writes the run: that is what keeps a name from being stored twice. */
export function createSubjectWriter(connection: Connection, repositoryId: number): SubjectWriter {
  const roots = loadRoots(connection, repositoryId);
  const fileIds = new Map(roots.fileIds);
  const batch = createRowBatch(connection, 'subject', [
    'id',
    'repository_id',
    'file_id',
    'parent_id',
    'kind',
    'name',
    'occurrence',
  ]);
  const highest = connection.prepareRaw<[number | null]>('SELECT max(id) FROM subject').get();
  let lastId = highest?.[0] ?? 0;
  function insertSubject(fileId: number | null, parentId: number | null, child: Child): number {
    lastId += 1;
    batch.add(lastId, repositoryId, fileId, parentId, child.kind, child.name, child.occurrence);
    return lastId;
  }
  function internTotal(): number {
    return roots.totalId ?? insertSubject(null, null, { kind: 'total', name: '', occurrence: 1 });
  }
  function internFile(path: string): FileSubjectWriter {
    const isKnown = fileIds.has(path);
    const id = fileIds.get(path) ?? insertSubject(null, null, { kind: 'file', name: path, occurrence: 1 });
    fileIds.set(path, id);
    const known = createChildIds();
    if (isKnown) {
      // One row at a time: there may be very many.
      const rows = connection.prepareRaw<SubjectRow>(ROWS_OF_FILE).iterate(repositoryId, id);
      for (const [childId, parentId, kind, name, occurrence] of rows) {
        known.set(parentId, { kind, name, occurrence }, childId);
      }
    }
    function internChild(parentId: number, child: Child): number {
      const found = known.get(parentId, child);
      if (found !== undefined) return found;
      const inserted = insertSubject(id, parentId, child);
      known.set(parentId, child, inserted);
      return inserted;
    }
    /** The suites around a test stand for their names alone: which of two namesakes it is in, nobody says. */
    let [around, aroundId]: [readonly string[], number] = [[], id];
    function internAround(title: readonly string[]): number {
      const depth = title.length - 1;
      if (around.length === depth && around.every((name, at) => name === title[at])) return aroundId;
      around = title.slice(0, depth);
      aroundId = id;
      for (const name of around) aroundId = internChild(aroundId, { kind: 'suite', name, occurrence: 1 });
      return aroundId;
    }
    return {
      id,
      internLoad: () => internChild(id, { kind: 'load', name: '', occurrence: 1 }),
      internTitled: (kind, title, occurrence) =>
        internChild(internAround(title), { kind, name: title.at(-1) ?? '', occurrence }),
    };
  }
  return { internTotal, internFile, flush: batch.flush };
}

interface Child {
  readonly kind: SubjectKind;
  readonly name: string;
  readonly occurrence: number;
}

/** The ids of what is beneath a file, by their parents. */
function createChildIds() {
  const byParent = new Map<number, Map<string, number>>();
  return {
    get: (parentId: number, child: Child): number | undefined =>
      byParent.get(parentId)?.get(formatKey(child)),
    set(parentId: number, child: Child, id: number): void {
      const siblings = byParent.get(parentId);
      if (siblings === undefined) byParent.set(parentId, new Map([[formatKey(child), id]]));
      else siblings.set(formatKey(child), id);
    },
  };
}

/** A name alone for most tests, since there may be very many; nothing else has a key that begins without a NUL. */
function formatKey({ kind, name, occurrence }: Child): string {
  const isPlain = kind === 'test' && occurrence === 1 && !name.startsWith('\0');
  return isPlain ? name : `\0${kind} ${occurrence} ${name}`;
}
