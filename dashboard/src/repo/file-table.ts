/** Every test file of an environment, with its trend. */
import { createSmallTrend } from '../charts/small-trend.ts';
import { make } from '../page/element.ts';
import { createOutcome, createRatio, showText } from '../page/marks.ts';
import { createTable } from '../page/table.ts';
import { formatDuration, formatNoise } from '../text/figures.ts';
import type { NamedStanding } from './rankings.ts';
import type { Standing } from './standings.ts';

export function createFileTable(options: {
  readonly named: readonly NamedStanding[];
  readonly link: (standing: Standing) => string;
  readonly trends: ReadonlyMap<number, readonly (number | null)[]>;
}): HTMLElement {
  const { named, link, trends } = options;
  const { element } = createTable<NamedStanding>({
    caption: 'Test files',
    rows: named,
    sorted: { column: 'Level', direction: 'descending' },
    pageSize: 25,
    empty: 'No test file fits what was chosen above.',
    columns: [
      {
        name: 'File',
        kind: 'name',
        value: ({ subject }) => subject.path,
        cell: ({ standing, subject }) => make('a', { href: link(standing) }, showText(subject.path)),
      },
      {
        name: 'Level',
        kind: 'number',
        value: ({ standing }) => standing.levelMs,
        cell: ({ standing }) => formatDuration(standing.levelMs),
      },
      {
        name: 'Trend',
        minor: true,
        cell: ({ standing }) => createSmallTrend(trends.get(standing.subject) ?? []),
      },
      {
        name: 'Growth',
        kind: 'number',
        value: ({ standing }) => standing.growth,
        cell: ({ standing }) => createRatio(standing.growth, 0.03),
      },
      {
        name: 'Noise',
        kind: 'number',
        minor: true,
        value: ({ standing }) => standing.noise,
        cell: ({ standing }) => formatNoise(standing.noise),
      },
      {
        name: 'Could show',
        hint: 'The smallest slow-down that would be told of',
        kind: 'number',
        minor: true,
        value: ({ standing }) => standing.smallestRatio,
        cell: ({ standing }) => createRatio(standing.smallestRatio, 10),
      },
      {
        name: 'Newest',
        value: ({ standing }) => standing.outcome,
        cell: ({ standing }) => createOutcome(standing.outcome),
      },
    ],
  });
  element.classList.add('middle');
  return element;
}
