/**
 * A trend with everything around it: the choice of axis, ways to move, the legend, the run that was chosen, and the same as
 * a table. Axis and range are kept in the address.
 */
import type { Environment, RepositoryFile } from '../../data-format.ts';
import { createLegend } from '../charts/legend.ts';
import type { Measure, Trend } from '../charts/model.ts';
import { readPalette } from '../charts/palette.ts';
import { findNearest, type Range } from '../charts/range.ts';
import { createTrendChart, type PlaceInTrend } from '../charts/trend-chart.ts';
import { findRelease, indexReleases, type Releases } from '../data/releases.ts';
import { loadNote, type Runs } from '../data/runs.ts';
import {
  changeQuery,
  describeEnvironment,
  formatCommitLink,
  formatLink,
  readQuery,
} from '../page/address.ts';
import { fill, make } from '../page/element.ts';
import { createToggle } from '../page/fields.ts';
import { createOutcome, createRatio, showText } from '../page/marks.ts';
import { createTable } from '../page/table.ts';
import { THEME_EVENT } from '../page/theme.ts';
import { formatDate } from '../text/dates.ts';
import { formatDuration, formatNoise } from '../text/figures.ts';
import { type Axis, type AxisKind, createAxis } from './axis.ts';
import type { Levels } from './levels.ts';
import { findRunBefore, showChosenRun, type ToldRun, tellRun } from './point-box.ts';
import { createTrend, type EnvironmentHistory } from './trend.ts';

export interface ShownHistory extends EnvironmentHistory {
  readonly environment: Environment;
}

export interface ShownTrend {
  /** The first is the one that levels, events and ranges are of. */
  readonly histories: readonly ShownHistory[];
  readonly levels: Levels;
  readonly shows: (runs: Runs, run: number) => boolean;
}

export interface TrendPanel {
  readonly element: HTMLElement;
  readonly show: (shown: ShownTrend) => void;
}

export function createTrendPanel(repository: RepositoryFile, label: string): TrendPanel {
  const query = readQuery();
  const releases = indexReleases(repository);
  let kind: AxisKind = query.axis === 'date' ? 'date' : 'commit';
  let wanted = query.range;
  let measure: Measure = query.show === 'ratio' ? 'ratio' : 'time';
  let palette = readPalette();
  let shown: ShownTrend = { histories: [], levels: { stretches: [], changes: [] }, shows: () => true };
  /** The axis, and whose runs have a place on it. */
  let axis: Axis = createAxis(kind, []);
  let placed: readonly ShownHistory[] = [];
  let trend: Trend = { measure, lines: [], levels: [], events: [], smallest: null };

  const legend = make('div');
  const chosen = make('div', { class: 'chosen-run', hidden: true, role: 'status' });
  const table = make('div');
  const chart = createTrendChart({
    label,
    formatX: (x) => axis.format(x),
    tell: (place, box) => {
      const told = describePlace(place);
      if (told !== null) tellRun(box, told);
    },
    open(place, what) {
      const told = describePlace(place);
      if (told === null) return;
      if (what === 'range') void openRange(repository, told);
      else void showChosenRun(chosen, told, repository);
    },
    moved(range) {
      wanted = range === null ? undefined : axis.formatRange(range);
      changeQuery({ range: wanted ?? null });
    },
  });

  function describePlace({ line, point }: PlaceInTrend): ToldRun | null {
    const history = shown.histories[line];
    const at = trend.lines[line]?.points[point];
    if (history === undefined || at === undefined) return null;
    return {
      environment: history.environment,
      history,
      run: at.run,
      release: findRelease(releases, history.runs, at.run),
      levels: line === 0 ? shown.levels : null,
      others: trend.lines.length > 1 ? listAt(at.x) : [],
    };
  }

  function listAt(x: number): ToldRun['others'] {
    return trend.lines.map(({ name, colour, points }, line) => {
      const near =
        points[
          findNearest(
            points.map((one) => one.x),
            x,
          )
        ];
      const durations = shown.histories[line]?.history.durationsMs;
      const durationMs =
        near !== undefined && Math.abs(near.x - x) < 1 ? (durations?.[near.run] ?? null) : null;
      return { name, colour: palette.ofLine(colour), durationMs };
    });
  }

  function draw(): void {
    if (axis.kind !== kind || placed !== shown.histories) {
      placed = shown.histories;
      axis = createAxis(
        kind,
        placed.map(({ runs }) => runs),
      );
    }
    const isAlone = shown.histories.length < 2;
    measureToggle.hidden = isAlone;
    trend = createTrend({ axis, ...shown, releases, measure: isAlone ? 'time' : measure });
    const range: Range | null = wanted === undefined ? null : axis.parseRange(wanted);
    chart.show(trend, range);
    fill(legend, createLegend(trend, palette));
    fill(table, createDetails(shown, releases));
    chosen.hidden = true;
  }

  document.addEventListener(THEME_EVENT, () => {
    palette = readPalette();
    fill(legend, createLegend(trend, palette));
  });

  const axisToggle = createToggle({
    label: 'Runs lie',
    value: kind,
    choices: [
      { value: 'commit', text: 'By commit' },
      { value: 'date', text: 'By date' },
    ],
    changed(value) {
      kind = value === 'date' ? 'date' : 'commit';
      wanted = undefined;
      changeQuery({ axis: kind === 'commit' ? null : kind, range: null });
      draw();
    },
  });
  const measureToggle = createToggle({
    label: 'Shown are',
    value: measure,
    choices: [
      { value: 'time', text: 'Times' },
      { value: 'ratio', text: 'Each to its median' },
    ],
    changed(value) {
      measure = value === 'ratio' ? 'ratio' : 'time';
      changeQuery({ show: measure === 'ratio' ? measure : null });
      draw();
    },
  });
  const { zoom, pan, reset } = chart.navigate;
  const moves = make(
    'div',
    { class: 'buttons', role: 'group', 'aria-label': 'What is seen' },
    createMove('←', 'Earlier', () => pan(-0.4)),
    createMove('+', 'Zoom in', () => zoom(0.5)),
    createMove('−', 'Zoom out', () => zoom(2)),
    createMove('→', 'Later', () => pan(0.4)),
    createMove('All', 'All', reset),
  );
  const element = make(
    'figure',
    { class: 'chart' },
    make('div', { class: 'tools' }, make('div', { class: 'tags' }, axisToggle, measureToggle), moves),
    chart.element,
    legend,
    chosen,
    make(
      'p',
      { class: 'hint with-mouse' },
      'Drag to zoom into a stretch, hold Shift to move, double-click for everything. Click a run for its commit; with Ctrl, its commits open at once.',
    ),
    make('p', { class: 'hint with-fingers' }, 'Touch a run for its commit, pinch to zoom, drag to move.'),
    table,
  );
  return {
    element,
    show(next) {
      shown = next;
      draw();
    },
  };
}

function createMove(text: string, label: string, click: () => void): HTMLElement {
  return make(
    'button',
    { class: 'button', type: 'button', title: label, 'aria-label': label, on: { click } },
    text,
  );
}

/** What came since the run before, at the repository's server. */
async function openRange(repository: RepositoryFile, { environment, history, run }: ToldRun): Promise<void> {
  const before = findRunBefore(history, run);
  const [note, noteBefore] = await Promise.all([
    loadNote(environment, run),
    before === null ? null : loadNote(environment, before),
  ]);
  const href = note === null ? null : formatCommitLink(repository.url, note.sha, noteBefore?.sha);
  if (href !== null) window.open(href, '_blank', 'noopener,noreferrer');
}

/** The newest run first; made when it is asked for. */
function createDetails({ histories, shows, levels }: ShownTrend, releases: Releases): HTMLElement {
  const details = make('details', {}, make('summary', {}, 'The same as a table'));
  details.addEventListener(
    'toggle',
    () => {
      const several = histories.length > 1;
      const rows = histories.flatMap((one, index) =>
        one.runs.order
          .filter((run) => one.history.outcomes[run] !== null && shows(one.runs, run))
          .map((run) => ({
            one,
            run,
            level: index === 0 ? levels.stretches.find(({ runs }) => runs.includes(run))?.levelMs : undefined,
          })),
      );
      type Row = (typeof rows)[number];
      const durationOf = ({ one, run }: Row) => one.history.durationsMs[run] ?? null;
      const ratioOf = (row: Row) => {
        const durationMs = durationOf(row);
        return row.level === undefined || durationMs === null ? null : durationMs / row.level;
      };
      const table = createTable<Row>({
        caption: 'Runs of this series',
        rows: rows.reverse(),
        empty: 'No runs.',
        pageSize: 25,
        columns: [
          {
            name: 'Commit of',
            value: ({ one, run }) => one.runs.committedMs[run] ?? null,
            cell: ({ one, run }) =>
              make(
                'a',
                {
                  href: formatLink('run', {
                    repo: readQuery().repo,
                    ...describeEnvironment(one.environment, [one.environment]),
                    run: one.runs.startedMs[run],
                  }),
                },
                formatDate(one.runs.committedMs[run] ?? 0),
              ),
          },
          ...(several ? [{ name: 'Where', cell: ({ one }: Row) => one.name }] : []),
          { name: 'Time', kind: 'number', value: durationOf, cell: (row) => formatDuration(durationOf(row)) },
          {
            name: 'Spread',
            kind: 'number',
            minor: true,
            value: ({ one, run }) => one.history.spreads[run] ?? null,
            cell: ({ one, run }) => formatNoise(one.history.spreads[run] ?? null),
          },
          { name: 'To its level', kind: 'number', value: ratioOf, cell: (row) => createRatio(ratioOf(row)) },
          {
            name: 'Outcome',
            minor: true,
            cell: ({ one, run }) => createOutcome(one.history.outcomes[run] ?? null),
          },
          ...(releases.size === 0
            ? []
            : [
                {
                  name: 'Release',
                  minor: true,
                  cell: ({ one, run }: Row) => showText(findRelease(releases, one.runs, run) ?? ''),
                },
              ]),
          { name: 'Node', minor: true, cell: ({ one, run }) => one.runs.nodeVersions[run] ?? '' },
        ],
      });
      details.append(table.element);
    },
    { once: true },
  );
  return details;
}
