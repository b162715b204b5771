/** The names of a repository, gathered by test file. Pure. */
import type { BulkSubject } from '../../core/store/bulk-reader.ts';
import { encodeDeltas } from '../columns.ts';
import type { SubjectTable } from '../data-format.ts';

/** A test file, or the run as a whole. */
export interface TestFile {
  /** Empty for the run as a whole. */
  readonly path: string;
  /** Number of the file, or of the total. */
  readonly id: number;
  /** The file, or the total, and all beneath it, ascending. */
  readonly subjects: readonly BulkSubject[];
}

/** By path, the run as a whole first. */
export function gatherFiles(subjects: readonly BulkSubject[]): TestFile[] {
  const files = new Map<number, { path: string; id: number; subjects: BulkSubject[] }>();
  for (const subject of subjects) {
    if (subject.fileId === null) {
      files.set(subject.id, { path: subject.name, id: subject.id, subjects: [subject] });
    } else files.get(subject.fileId)?.subjects.push(subject);
  }
  return [...files.values()].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : a.id - b.id));
}

const KIND_LETTERS = { total: 'r', file: 'f', load: 'l', suite: 's', test: 't' } as const;

/** The names of one test file as they are published. */
export function formatSubjectTable({ subjects }: TestFile): SubjectTable {
  const positions = new Map(subjects.map(({ id }, position) => [id, position]));
  return {
    numbers: encodeDeltas(subjects.map(({ id }) => id)),
    kinds: subjects.map(({ kind }) => KIND_LETTERS[kind]).join(''),
    parents: subjects.map(({ parentId }) => (parentId === null ? -1 : (positions.get(parentId) ?? 0))),
    names: subjects.map(({ name }) => name),
    occurrences: subjects.flatMap(({ occurrence }, position) =>
      occurrence > 1 ? [[position, occurrence] as const] : [],
    ),
  };
}
