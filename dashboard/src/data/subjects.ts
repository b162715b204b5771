/** Names of subjects: from a table of own titles and parents to whole names. Pure. */
import { formatUntrusted } from '../../../core/text.ts';
import { decodeDeltas } from '../../columns.ts';
import type { NamesFile, SubjectNumber, SubjectTable } from '../../data-format.ts';

export type SubjectKind = 'total' | 'file' | 'load' | 'suite' | 'test';

const KINDS: { readonly [character: string]: SubjectKind } = {
  r: 'total',
  f: 'file',
  l: 'load',
  s: 'suite',
  t: 'test',
};

export interface Subject {
  readonly number: SubjectNumber;
  readonly kind: SubjectKind;
  /** Of its file; empty for a total. */
  readonly path: string;
  /** Titles from the outermost suite inwards. */
  readonly titles: readonly string[];
  /** 2, 3, … for later namesakes; else 1. */
  readonly occurrence: number;
}

/** Every subject of one test file. */
export function decodeSubjects(path: string, table: SubjectTable): Subject[] {
  const occurrences = new Map(table.occurrences);
  const titles: (readonly string[])[] = [];
  return decodeDeltas(table.numbers).map((number, position) => {
    const kind = KINDS[table.kinds[position] ?? ''] ?? 'test';
    const parent = table.parents[position] ?? -1;
    const above = parent >= 0 && parent < position ? (titles[parent] ?? []) : [];
    const own = kind === 'suite' || kind === 'test' ? [...above, table.names[position] ?? ''] : [];
    titles.push(own);
    return { number, kind, path, titles: own, occurrence: occurrences.get(position) ?? 1 };
  });
}

/** Every subject of a repository by its number. */
export function decodeNames(names: NamesFile): Map<SubjectNumber, Subject> {
  const subjects = new Map<SubjectNumber, Subject>();
  for (const { path, subjects: table } of names.files) {
    for (const subject of decodeSubjects(path, table)) subjects.set(subject.number, subject);
  }
  return subjects;
}

/** `app > should listen #2`; the path for a file, `Loading of test/app.js`, `Total`. */
export function formatSubject(subject: Pick<Subject, 'kind' | 'path' | 'titles' | 'occurrence'>): string {
  if (subject.kind === 'total') return 'Total';
  if (subject.kind === 'file') return formatUntrusted(subject.path);
  if (subject.kind === 'load') return `Loading ${formatUntrusted(subject.path)}`;
  const name = subject.titles.map(formatTitle).join(' › ');
  return subject.occurrence > 1 ? `${name} #${subject.occurrence}` : name;
}

/** A title fit for one line: what a control character would do is written out, and nothing is not invisible. */
function formatTitle(title: string): string {
  return title.trim() === '' ? '(no title)' : formatUntrusted(title);
}
