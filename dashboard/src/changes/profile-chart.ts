/**
 * Where the time of a change went: the functions that grew or shrank most, each a bar of its time before with what was
 * added or saved, and the same as a table.
 */
import type { ProfiledFunction, ProfileFile } from '../../data-format.ts';
import { make } from '../page/element.ts';
import { createRatio, showText } from '../page/marks.ts';
import { createTable } from '../page/table.ts';
import { formatDuration, formatSignedDuration } from '../text/figures.ts';

/** Bars; the table has them all. */
const MOST_BARS = 12;

export function createProfileChart(profile: ProfileFile): HTMLElement {
  const { baseMs, headMs, functions } = profile;
  const bars = functions
    .toSorted((a, b) => Math.abs(computeGrowth(b)) - Math.abs(computeGrowth(a)))
    .slice(0, MOST_BARS);
  const longest = Math.max(...bars.map((one) => Math.max(one.baseMs, one.headMs)), Number.MIN_VALUE);
  return make(
    'figure',
    { class: 'profile' },
    make(
      'figcaption',
      { class: 'small' },
      make('strong', {}, 'Where the time went'),
      make(
        'span',
        { class: 'muted' },
        ` · one run of each side with a profile: ${formatDuration(baseMs)} → ${formatDuration(headMs)} on the CPU, starting and loading included`,
      ),
    ),
    make(
      'ul',
      { class: 'legend', 'aria-hidden': 'true' },
      make('li', {}, make('i', { class: 'swatch of-both' }), 'before'),
      make('li', {}, make('i', { class: 'swatch of-grown' }), 'added'),
      make('li', {}, make('i', { class: 'swatch of-saved' }), 'saved'),
    ),
    make('ol', { class: 'bars' }, ...bars.map((one) => createBar(one, longest))),
    createDetails(functions),
  );
}

function createBar(one: ProfiledFunction, longest: number): HTMLElement {
  const { baseMs, headMs } = one;
  const growth = computeGrowth(one);
  const both = createPart('of-both', Math.min(baseMs, headMs) / longest);
  const more = createPart(growth > 0 ? 'of-grown' : 'of-saved', Math.abs(growth) / longest);
  return make(
    'li',
    {},
    make(
      'span',
      { class: 'name' },
      make('code', {}, showText(one.name)),
      make('span', { class: 'where' }, formatPlace(one)),
    ),
    make('span', { class: 'bar', 'aria-hidden': 'true' }, both, more),
    make(
      'span',
      { class: `number ${growth > 0 ? 'slower' : 'faster'}` },
      formatSignedDuration(growth),
      make('span', { class: 'where' }, `${formatDuration(baseMs)} → ${formatDuration(headMs)}`),
    ),
  );
}

function createPart(kind: string, share: number): HTMLElement {
  const part = make('i', { class: kind });
  part.style.setProperty('width', `${(share * 100).toFixed(2)}%`);
  return part;
}

function createDetails(functions: readonly ProfiledFunction[]): HTMLElement {
  const table = createTable<ProfiledFunction>({
    caption: 'Functions whose time differs',
    rows: functions,
    pageSize: 20,
    empty: 'No function took another time.',
    columns: [
      {
        name: 'Function',
        kind: 'name',
        value: ({ name }) => name,
        cell: (one) =>
          make(
            'span',
            {},
            make('code', {}, showText(one.name)),
            make('span', { class: 'where' }, formatPlace(one)),
          ),
      },
      {
        name: 'Before',
        kind: 'number',
        value: ({ baseMs }) => baseMs,
        cell: ({ baseMs }) => formatDuration(baseMs),
      },
      {
        name: 'Now',
        kind: 'number',
        value: ({ headMs }) => headMs,
        cell: ({ headMs }) => formatDuration(headMs),
      },
      {
        name: 'Grew by',
        kind: 'number',
        value: computeGrowth,
        cell: (one) => formatSignedDuration(computeGrowth(one)),
      },
      {
        name: 'Ratio',
        kind: 'number',
        minor: true,
        cell: ({ baseMs, headMs }) => createRatio(baseMs > 0 ? headMs / baseMs : null),
      },
    ],
  });
  return make('details', {}, make('summary', {}, 'The same as a table'), table.element);
}

/** `lib/index.js:12`, or what stands for the engine. */
function formatPlace({ file, line }: ProfiledFunction): string {
  return file === '' ? 'the engine itself' : `${showText(file)}${line === null ? '' : `:${line}`}`;
}

/** In ms. */
function computeGrowth({ baseMs, headMs }: ProfiledFunction): number {
  return headMs - baseMs;
}
