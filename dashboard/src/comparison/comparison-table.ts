/** Tests of two runs side by side, what matters first. */
import type { SubjectNumber } from '../../data-format.ts';
import { formatSubject, type Subject } from '../data/subjects.ts';
import { type Child, make } from '../page/element.ts';
import { createOutcome, createRatio, createTag, showText } from '../page/marks.ts';
import { createTable, type Table } from '../page/table.ts';
import { formatDuration, formatInterval, formatShare } from '../text/figures.ts';
import { type Compared, isClear } from './compare.ts';

export interface NamedSubjects {
  readonly subjects: ReadonlyMap<SubjectNumber, Subject>;
  readonly link: (subject: Subject) => string;
}

export function createComparisonTable(
  compared: readonly Compared[],
  { subjects, link }: NamedSubjects,
  pageSize = 50,
): Table<Compared> {
  return createTable<Compared>({
    caption: 'Tests of both runs',
    rows: compared,
    pageSize,
    empty: 'No test fits what was chosen above.',
    columns: [
      {
        name: 'Test',
        kind: 'name',
        value: ({ subject }) => formatName(subjects.get(subject)),
        cell: ({ subject }) => createSubjectName(subjects.get(subject), link),
      },
      {
        name: 'Base',
        kind: 'number',
        minor: true,
        value: ({ base }) => base?.durationMs ?? null,
        cell: ({ base }) => formatDuration(base?.durationMs ?? null),
      },
      {
        name: 'Head',
        kind: 'number',
        value: ({ head }) => head?.durationMs ?? null,
        cell: ({ head }) => formatDuration(head?.durationMs ?? null),
      },
      {
        name: 'Ratio',
        kind: 'number',
        value: ({ ratio }) => ratio,
        cell: (one) => createRatio(one.ratio, isClear(one) ? 0 : 1e9),
      },
      {
        name: `${formatShare(0.95)} interval`,
        kind: 'number',
        minor: true,
        cell: ({ low, high }) => (low === null || high === null ? '–' : formatInterval(low, high)),
      },
      {
        name: 'Matters',
        hint: 'Another outcome, then clear changes by the time they cost, then the rest',
        value: ({ weight }) => weight,
        first: 'descending',
        cell: createJudgement,
      },
    ],
    sorted: { column: 'Matters', direction: 'descending' },
  });
}

function createJudgement(one: Compared): Child {
  const { base, head } = one;
  if (base === null) return createTag('new');
  if (head === null) return createTag('gone');
  if (base.outcome !== head.outcome) return createOutcome(head.outcome, `was ${base.outcome ?? 'not there'}`);
  if (!isClear(one) || one.ratio === null) return make('span', { class: 'muted' }, 'within noise');
  return one.ratio > 1 ? createTag('slower', 'slower') : createTag('faster', 'faster');
}

function formatName(subject: Subject | undefined): string {
  return subject === undefined ? '' : `${subject.path} ${formatSubject(subject)}`;
}

/** Own title, and below it where it is. */
export function createSubjectName(subject: Subject | undefined, link: (subject: Subject) => string): Child {
  if (subject === undefined) return '(unknown)';
  const where =
    subject.kind === 'file' ? '' : [subject.path, ...subject.titles.slice(0, -1)].map(showText).join(' › ');
  return make(
    'span',
    {},
    make('a', { href: link(subject) }, formatSubject({ ...subject, titles: subject.titles.slice(-1) })),
    where !== '' && make('span', { class: 'where' }, where),
  );
}
