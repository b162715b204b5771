/** The files of a run, one after another as they ran, each divided into what its time went into. */
import type { RunFile, RunFileEntry } from '../../data-format.ts';
import type { NamedSubjects } from '../comparison/comparison-table.ts';
import { make } from '../page/element.ts';
import { createOutcome, showText } from '../page/marks.ts';
import { createTable } from '../page/table.ts';
import { formatDuration } from '../text/figures.ts';

interface Part {
  readonly kind: 'load' | 'hooks' | 'tests' | 'rest';
  readonly name: string;
  readonly durationMs: number;
}

interface Row {
  readonly entry: RunFileEntry;
  /** When it began, if the files ran without a pause. */
  readonly fromMs: number;
  readonly parts: readonly Part[];
}

const PART_NAMES = { load: 'loading', hooks: 'hooks', tests: 'tests', rest: 'starting and ending' } as const;

/** Rows on a page of the timeline. */
const PAGE_SIZE = 30;

export function createTimeline(file: RunFile, names: NamedSubjects): HTMLElement {
  const rows = placeFiles(file.files);
  const totalMs = Math.max(1e-9, ...rows.map(({ fromMs, entry }) => fromMs + (entry.durationMs ?? 0)));
  const isOrdered = file.files.some(({ hooksMs }) => hooksMs !== null);
  const table = createTable<Row>({
    caption: 'Files of this run',
    rows,
    pageSize: PAGE_SIZE,
    empty: 'No file ran.',
    columns: [
      {
        name: 'File',
        kind: 'name',
        value: ({ entry }) => entry.path,
        cell: ({ entry }) => {
          const subject = names.subjects.get(entry.subject);
          return subject === undefined
            ? showText(entry.path)
            : make('a', { href: names.link(subject) }, showText(entry.path));
        },
      },
      {
        name: isOrdered ? 'Order' : 'Share',
        value: ({ fromMs }) => fromMs,
        first: 'ascending',
        kind: 'wide',
        cell: (row) => createLane(row, totalMs),
      },
      {
        name: 'Time',
        kind: 'number',
        value: ({ entry }) => entry.durationMs,
        cell: ({ entry }) => formatDuration(entry.durationMs),
      },
      {
        name: 'Loading',
        kind: 'number',
        minor: true,
        value: ({ entry }) => entry.loadMs,
        cell: ({ entry }) => formatDuration(entry.loadMs),
      },
      {
        name: 'Hooks',
        kind: 'number',
        minor: true,
        value: ({ entry }) => entry.hooksMs,
        cell: ({ entry }) => formatDuration(entry.hooksMs),
      },
      {
        name: 'Tests',
        kind: 'number',
        minor: true,
        value: ({ entry }) => entry.testsMs,
        cell: ({ entry }) => formatDuration(entry.testsMs),
      },
      {
        name: 'Outcome',
        minor: true,
        value: ({ entry }) => entry.outcome,
        cell: ({ entry }) => createOutcome(entry.outcome),
      },
    ],
  });
  return make('div', { class: 'timeline middle' }, createKey(rows), table.element);
}

/** Where each file begins, and what its time went into. */
export function placeFiles(files: readonly RunFileEntry[]): Row[] {
  let fromMs = 0;
  return files.map((entry) => {
    const row = { entry, fromMs, parts: divide(entry) };
    fromMs += entry.durationMs ?? 0;
    return row;
  });
}

/** Parts never add up to more than the whole: medians of several samples may. */
function divide({ durationMs, loadMs, hooksMs, testsMs }: RunFileEntry): Part[] {
  let left = durationMs ?? 0;
  const take = (wanted: number) => {
    const taken = Math.min(left, Math.max(0, wanted));
    left -= taken;
    return taken;
  };
  const parts: Part[] = [
    { kind: 'load', name: PART_NAMES.load, durationMs: take(loadMs ?? 0) },
    { kind: 'hooks', name: PART_NAMES.hooks, durationMs: take(hooksMs ?? 0) },
    { kind: 'tests', name: PART_NAMES.tests, durationMs: take(testsMs) },
  ];
  return [...parts, { kind: 'rest', name: PART_NAMES.rest, durationMs: left }];
}

function createLane({ entry, fromMs, parts }: Row, totalMs: number): HTMLElement {
  const told = parts.map(({ name, durationMs }) => `${name} ${formatDuration(durationMs)}`).join(', ');
  const lane = make('div', { class: 'lane', role: 'img', 'aria-label': told, title: told });
  lane.style.setProperty('margin-left', `${((100 * fromMs) / totalMs).toFixed(3)}%`);
  lane.style.setProperty('width', `${((100 * (entry.durationMs ?? 0)) / totalMs).toFixed(3)}%`);
  for (const { kind, durationMs } of parts) {
    if (durationMs <= 0) continue;
    const bar = make('i', { class: `of-${kind}` });
    bar.style.setProperty('flex', `${durationMs} 0 0`);
    lane.append(bar);
  }
  return make('div', { class: 'track' }, lane);
}

/** What the colours mean, with the sums. */
function createKey(rows: readonly Row[]): HTMLElement {
  const sums = { load: 0, hooks: 0, tests: 0, rest: 0 };
  for (const { parts } of rows) for (const { kind, durationMs } of parts) sums[kind] += durationMs;
  const kinds = ['load', 'hooks', 'tests', 'rest'] as const;
  return make(
    'ul',
    { class: 'legend' },
    ...kinds.map((kind) =>
      make(
        'li',
        {},
        make('span', { class: `swatch of-${kind}`, 'aria-hidden': 'true' }),
        `${PART_NAMES[kind]}, ${formatDuration(sums[kind])}`,
      ),
    ),
  );
}
