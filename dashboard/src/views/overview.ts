/** Every repository on every runner and Node version: how it stands, and whether that is news. */
import type { OverviewFile, OverviewRow } from '../../data-format.ts';
import { createSmallTrend } from '../charts/small-trend.ts';
import { loadOverview } from '../data/site.ts';
import { describeEnvironment, formatLink } from '../page/address.ts';
import { make } from '../page/element.ts';
import { createFigures, createTitle } from '../page/figures.ts';
import { createOutcome, createRatio, createTag, showText } from '../page/marks.ts';
import { showPage, startPage } from '../page/start.ts';
import { createEmptyState } from '../page/states.ts';
import { type Column, createTable } from '../page/table.ts';
import { formatAgo, formatSpan, formatTime } from '../text/dates.ts';
import { formatCount, formatDuration } from '../text/figures.ts';

void startPage(async (place, index) => {
  const { rows } = await loadOverview(index);
  const title = 'Overview';
  const head = createTitle(
    [],
    title,
    make(
      'p',
      { class: 'lede' },
      'Every repository on every runner and Node version, as its newest run left it.',
    ),
  );
  if (rows.length === 0) {
    showPage(place, { title, children: [head, createFirstSteps()] });
    return;
  }
  const sections = groupByRepository(rows).map(([name, its]) => createSection(name, its));
  showPage(place, { title, children: [head, createSummary(rows), ...sections] });
});

function createFirstSteps(): HTMLElement {
  return createEmptyState(
    'No run has been stored yet',
    make('p', {}, 'Measure a repository, then publish again:'),
    make('pre', {}, 'tracey run ../my-library --node 22,24\ntracey dashboard build --out site'),
  );
}

function createSummary(rows: OverviewFile['rows']): HTMLElement {
  const now = Date.now();
  const sum = (take: (row: OverviewRow) => number) => rows.reduce((total, row) => total + take(row), 0);
  const failing = rows.filter(({ last }) => last.outcome === 'failed' || last.outcome === 'aborted').length;
  const overdue = rows.filter((row) => isOverdue(row, now)).length;
  return createFigures([
    { name: 'Repositories', value: String(new Set(rows.map(({ repository }) => repository)).size) },
    { name: 'Slower, confirmed', value: String(sum(({ openChanges }) => openChanges.confirmed)) },
    { name: 'Suspects', value: String(sum(({ openChanges }) => openChanges.suspects)) },
    { name: 'Newest run not passed', value: String(failing), more: `of ${rows.length}` },
    { name: 'Overdue', value: String(overdue), more: `of ${rows.length}` },
  ]);
}

function groupByRepository(rows: readonly OverviewRow[]): [string, OverviewRow[]][] {
  const groups = new Map<string, OverviewRow[]>();
  for (const row of rows) {
    const its = groups.get(row.repository);
    if (its === undefined) groups.set(row.repository, [row]);
    else its.push(row);
  }
  return [...groups];
}

function createSection(name: string, rows: readonly OverviewRow[]): HTMLElement {
  const table = createTable({
    caption: `${name}: newest runs`,
    columns: createColumns(rows, Date.now()),
    rows,
    empty: 'No runs.',
  });
  table.element.classList.add('middle');
  return make(
    'section',
    { class: 'panel' },
    make(
      'header',
      {},
      make('h2', {}, make('a', { href: formatLink('repo', { repo: name }) }, showText(name))),
    ),
    table.element,
  );
}

function createColumns(rows: readonly OverviewRow[], now: number): Column<OverviewRow>[] {
  const several = new Set(rows.map(({ jobType }) => jobType)).size > 1;
  return [
    {
      name: 'Runner',
      kind: 'name',
      value: (row) => row.runner,
      cell: (row) =>
        make(
          'span',
          {},
          make(
            'a',
            { href: formatLink('repo', { repo: row.repository, ...describeEnvironment(row, rows) }) },
            showText(row.runner),
          ),
          make('span', { class: 'where' }, `${row.role}${several ? `, ${row.jobType}` : ''}`),
        ),
    },
    { name: 'Node', value: (row) => row.nodeLine, cell: (row) => row.nodeLine },
    { name: 'Newest run', cell: (row) => createLastRun(row, rows) },
    {
      name: 'Total',
      kind: 'number',
      value: (row) => row.last.durationMs,
      cell: (row) => formatDuration(row.last.durationMs),
    },
    {
      name: 'Trend',
      cell: (row) =>
        row.trendMs.length > 1 ? createSmallTrend(row.trendMs) : make('span', { class: 'muted' }, '–'),
    },
    {
      name: 'Change',
      hint: 'Newest runs against the first of the trend',
      kind: 'number',
      value: (row) => row.trendRatio,
      cell: (row) => createRatio(row.trendRatio, 0.03),
    },
    {
      name: 'Open changes',
      value: (row) => row.openChanges.confirmed * 1e6 + row.openChanges.suspects,
      first: 'descending',
      cell: createOpenChanges,
    },
    {
      name: 'Measured',
      value: (row) => row.last.finishedMs,
      first: 'descending',
      cell: (row) => createFreshness(row, now),
    },
  ];
}

function createLastRun(row: OverviewRow, rows: readonly OverviewRow[]): HTMLElement {
  const { last } = row;
  const broken = [
    last.failed > 0 ? `${last.failed} failed` : '',
    last.aborted > 0 ? `${last.aborted} aborted` : '',
    last.interrupted ? 'interrupted' : '',
  ].filter((part) => part !== '');
  const href = formatLink('run', {
    repo: row.repository,
    ...describeEnvironment(row, rows),
    run: last.startedMs,
  });
  return make(
    'a',
    { href, class: 'quiet', title: showText(last.subject) },
    createOutcome(last.outcome),
    make('span', { class: 'where' }, broken.length > 0 ? broken.join(', ') : formatCount(last.tests, 'test')),
  );
}

function createOpenChanges({ repository, openChanges: { confirmed, suspects } }: OverviewRow): HTMLElement {
  if (confirmed + suspects === 0) return make('span', { class: 'muted' }, 'none');
  return make(
    'a',
    { class: 'tags quiet', href: formatLink('changes', { repo: repository }) },
    confirmed > 0 && createTag(`${confirmed} confirmed`, 'slower'),
    suspects > 0 && createTag(formatCount(suspects, 'suspect'), 'doubt'),
  );
}

function createFreshness(row: OverviewRow, now: number): HTMLElement {
  const ago = make('span', { title: formatTime(row.last.finishedMs) }, formatAgo(row.last.finishedMs, now));
  if (isOverdue(row, now)) {
    const text = row.dueMs === null ? 'overdue' : `overdue by ${formatSpan(now - row.dueMs)}`;
    return make('span', {}, ago, make('span', { class: 'where doubt' }, text));
  }
  return make(
    'span',
    {},
    ago,
    row.everyMs !== null && make('span', { class: 'where' }, `usually every ${formatSpan(row.everyMs)}`),
  );
}

/** Against its schedule, where that is known. */
function isOverdue({ dueMs }: OverviewRow, now: number): boolean {
  return dueMs !== null && dueMs < now;
}
