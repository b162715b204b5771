/** The first few by what one asks for most: slowest, fastest-growing, noisiest, flakiest; tests or files. */
import { formatSubject, type Subject } from '../data/subjects.ts';
import { type Child, fill, make } from '../page/element.ts';
import { createToggle } from '../page/fields.ts';
import { createRatio, showText } from '../page/marks.ts';
import { createNothing } from '../page/states.ts';
import { formatDuration, formatNoise } from '../text/figures.ts';
import { rank, type Standing } from './standings.ts';

export interface NamedStanding {
  readonly standing: Standing;
  readonly subject: Subject;
}

interface Ranking {
  readonly title: string;
  readonly told: string;
  readonly value: (standing: Standing) => number | null;
  readonly cell: (standing: Standing) => Child;
  readonly none: string;
}

const MOST = 8;

/** Below, noise is not worth a rank: what takes no time has no speed. */
const LEAST_MS = 0.05;

function createList(runCount: number): Ranking[] {
  return [
    {
      title: 'Slowest',
      told: 'By the level of the newest runs.',
      value: ({ levelMs }) => levelMs,
      cell: ({ levelMs }) => formatDuration(levelMs),
      none: 'Nothing has been measured yet.',
    },
    {
      title: 'Fastest-growing',
      told: `The newest runs against the first of the last ${runCount}.`,
      value: ({ growth, levelMs }) =>
        growth === null || growth < 1.02 || (levelMs ?? 0) < LEAST_MS ? null : growth,
      cell: ({ growth }) => createRatio(growth),
      none: 'Nothing grows.',
    },
    {
      title: 'Noisiest',
      told: 'How far ordinary runs lie apart.',
      value: ({ noise, levelMs }) => ((levelMs ?? 0) < LEAST_MS ? null : noise),
      cell: ({ noise }) => formatNoise(noise),
      none: 'Too few runs to say.',
    },
    {
      title: 'Flakiest',
      told: `Most often not passed in the last ${runCount} runs, going back and forth.`,
      value: ({ broken, turns }) => turns * 1e3 + broken,
      cell: ({ broken, turns }) => `${broken} not passed, ${turns} ${turns === 1 ? 'turn' : 'turns'}`,
      none: 'Everything passed every time.',
    },
  ];
}

export function createRankings(options: {
  readonly named: readonly NamedStanding[];
  readonly link: (standing: Standing) => string;
  readonly runCount: number;
}): HTMLElement {
  const columns = make('div', { class: 'columns' });
  const show = (kind: string) => {
    const among = options.named.filter(({ subject }) => subject.kind === kind);
    fill(
      columns,
      ...createList(options.runCount).map((ranking) => createRanking(ranking, among, options.link)),
    );
  };
  const toggle = createToggle({
    label: 'Ranked are',
    value: 'test',
    choices: [
      { value: 'test', text: 'Tests' },
      { value: 'file', text: 'Files' },
    ],
    changed: show,
  });
  show('test');
  return make(
    'section',
    { class: 'panel' },
    make('header', {}, make('h2', {}, 'What stands out'), toggle),
    columns,
  );
}

function createRanking(
  { title, told, value, cell, none }: Ranking,
  among: readonly NamedStanding[],
  link: (standing: Standing) => string,
): HTMLElement {
  const first = rank(among, ({ standing }) => value(standing), MOST);
  return make(
    'section',
    { class: 'ranking' },
    make('h3', {}, title),
    make('p', { class: 'muted small' }, told),
    first.length === 0
      ? createNothing(none)
      : make(
          'ol',
          {},
          ...first.map(({ standing, subject }) =>
            make(
              'li',
              {},
              make(
                'span',
                { class: 'name' },
                make(
                  'a',
                  { href: link(standing) },
                  formatSubject({ ...subject, titles: subject.titles.slice(-1) }),
                ),
                make('span', { class: 'where' }, describePlace(subject)),
              ),
              make('span', { class: 'number' }, cell(standing)),
            ),
          ),
        ),
  );
}

function describePlace({ kind, path, titles }: Subject): string {
  return kind === 'file' ? '' : [path, ...titles.slice(0, -1)].map(showText).join(' › ');
}
