/** The machines: what each is, how fast and how quiet it was, and what ran on it when. */
import { computeMedian } from '../../../core/analysis/statistics.ts';
import type { Calibration, QueueEntry, RunnerEntry } from '../../data-format.ts';
import { createTrendChart } from '../charts/trend-chart.ts';
import { loadRunners } from '../data/site.ts';
import { formatLink, readQuery } from '../page/address.ts';
import { fill, make } from '../page/element.ts';
import { createFacts, createFigures, createPanel, createTitle } from '../page/figures.ts';
import { createOutcome, createTag, showText } from '../page/marks.ts';
import { showPage, startPage } from '../page/start.ts';
import { createEmptyState, createNothing } from '../page/states.ts';
import { createTable } from '../page/table.ts';
import { computeCalibrationNoise, createCalibrationTrend, pickComparable } from '../runners/calibration.ts';
import { createRuler } from '../runners/ruler.ts';
import { formatAgo, formatDate, formatSpan, formatTime } from '../text/dates.ts';
import { formatBytes, formatDuration, formatNoise, formatShare } from '../text/figures.ts';

void startPage(async (place, index) => {
  const { runners } = await loadRunners(index);
  const title = 'Runners';
  const head = createTitle(
    [],
    title,
    make(
      'p',
      { class: 'lede' },
      'The machines that measure. How fast and how quiet they are is measured, too: by a calibration before and after each run.',
    ),
  );
  if (runners.length === 0) {
    const empty = createEmptyState(
      'No machine has measured anything yet',
      make('pre', {}, 'tracey run ../my-library'),
    );
    showPage(place, { title, children: [head, empty] });
    return;
  }
  const wanted = readQuery().runner;
  const shown = wanted === undefined ? runners : runners.filter(({ name }) => name === wanted);
  showPage(place, { title, children: [head, ...(shown.length > 0 ? shown : runners).map(createRunner)] });
});

function createRunner(runner: RunnerEntry): HTMLElement {
  const chart = make('div');
  const section = make(
    'section',
    { class: 'panel runner' },
    make(
      'header',
      {},
      make(
        'h2',
        {},
        make('a', { href: formatLink('runners', { runner: runner.name }) }, showText(runner.name)),
      ),
      make('p', { class: 'tags' }, ...runner.roles.map((role) => createTag(role))),
    ),
    createRunnerFigures(runner),
    chart,
    createQueue(runner),
    createMachines(runner),
  );
  showCalibrations(chart, runner);
  return section;
}

function createRunnerFigures({ calibrations, queue }: RunnerEntry): HTMLElement {
  const comparable = pickComparable(calibrations);
  const loads = calibrations.map(({ load }) => load);
  const waits = calibrations.flatMap(({ cpuPressure }) => (cpuPressure === null ? [] : [cpuPressure]));
  const last = queue.at(-1);
  const newest = queue.reduce(
    (latest, { startedMs, durationMs }) => Math.max(latest, startedMs + durationMs),
    0,
  );
  return createFigures([
    {
      name: 'Noise of the machine',
      value: formatNoise(computeCalibrationNoise(comparable)),
      more: 'between calibrations',
    },
    {
      name: 'Calibration now',
      value: formatDuration(comparable.at(-1)?.cpuMs ?? null),
      more: 'fixed integer work',
    },
    {
      name: 'Load around runs',
      value: loads.length === 0 ? '–' : computeMedian(loads).toFixed(2),
      more: 'median over a minute',
    },
    {
      name: 'Waiting for a CPU',
      value: waits.length === 0 ? '–' : formatShare(computeMedian(waits)),
      more: 'share of time, median',
    },
    {
      name: 'Newest run',
      value: last === undefined ? '–' : formatAgo(newest, Date.now()),
      more: last === undefined ? '' : showText(last.repository),
    },
  ]);
}

function showCalibrations(place: HTMLElement, { name, calibrations }: RunnerEntry): void {
  const comparable = pickComparable(calibrations);
  if (comparable.length < 2) {
    fill(place, createNothing('Fewer than two calibrations can be compared yet.'));
    return;
  }
  const chart = createTrendChart({
    label: `Calibrations of ${name}`,
    plain: true,
    formatX: formatDate,
    tell({ point }, box) {
      const one = comparable[point];
      if (one !== undefined) tellCalibration(box, one);
    },
    open: () => undefined,
    moved: () => undefined,
  });
  fill(
    place,
    make(
      'figure',
      { class: 'chart' },
      make(
        'figcaption',
        { class: 'small muted' },
        'Calibration over time: fixed integer work. Level means a machine that stays as fast as it was.',
      ),
      chart.element,
      createCalibrationTable(name, comparable),
    ),
  );
  chart.show(createCalibrationTrend(comparable), null);
}

function tellCalibration(box: HTMLElement, { atMs, cpuMs, memoryMs, load, cpuPressure }: Calibration): void {
  fill(
    box,
    make('p', { class: 'head' }, formatTime(atMs)),
    make('p', {}, make('strong', {}, formatDuration(cpuMs)), ' integer work'),
    make('p', {}, `${formatDuration(memoryMs)} memory walk`),
    make('p', {}, `load ${load.toFixed(2)}, waiting ${formatShare(cpuPressure)}`),
  );
}

function createCalibrationTable(name: string, calibrations: readonly Calibration[]): HTMLElement {
  const details = make('details', {}, make('summary', {}, 'The same as a table'));
  details.addEventListener(
    'toggle',
    () => {
      const { element } = createTable<Calibration>({
        caption: `Calibrations of ${name}`,
        rows: [...calibrations].reverse(),
        pageSize: 25,
        empty: 'None.',
        columns: [
          { name: 'When', value: ({ atMs }) => atMs, cell: ({ atMs }) => formatTime(atMs) },
          {
            name: 'Integer work',
            kind: 'number',
            value: ({ cpuMs }) => cpuMs,
            cell: ({ cpuMs }) => formatDuration(cpuMs),
          },
          {
            name: 'Memory walk',
            kind: 'number',
            value: ({ memoryMs }) => memoryMs,
            cell: ({ memoryMs }) => formatDuration(memoryMs),
          },
          {
            name: 'Load',
            kind: 'number',
            minor: true,
            value: ({ load }) => load,
            cell: ({ load }) => load.toFixed(2),
          },
          {
            name: 'Waiting',
            kind: 'number',
            minor: true,
            value: ({ cpuPressure }) => cpuPressure,
            cell: ({ cpuPressure }) => formatShare(cpuPressure),
          },
        ],
      });
      details.append(element);
    },
    { once: true },
  );
  return details;
}

/** What ran when: the newest day as a ruler, everything as a table. */
function createQueue({ name, queue }: RunnerEntry): HTMLElement {
  const table = createTable<QueueEntry>({
    caption: `What ran when on ${name}`,
    rows: [...queue].reverse(),
    pageSize: 10,
    empty: 'Nothing ran.',
    columns: [
      {
        name: 'Began',
        value: ({ startedMs }) => startedMs,
        first: 'descending',
        cell: ({ startedMs }) => formatTime(startedMs),
      },
      {
        name: 'Repository',
        kind: 'name',
        value: ({ repository }) => repository,
        cell: ({ repository }) =>
          make('a', { href: formatLink('repo', { repo: repository }) }, showText(repository)),
      },
      {
        name: 'Took',
        kind: 'number',
        value: ({ durationMs }) => durationMs,
        cell: ({ durationMs }) => formatSpan(durationMs),
      },
      {
        name: 'Outcome',
        cell: ({ outcome, interrupted }) => createOutcome(outcome, interrupted ? 'interrupted' : ''),
      },
    ],
  });
  return createPanel('What ran when', '', createRuler(queue), table.element);
}

function createMachines({ facts }: RunnerEntry): HTMLElement {
  return createPanel(
    'What the machine is',
    facts.length > 1
      ? `It changed ${facts.length - 1} ${facts.length === 2 ? 'time' : 'times'}; the newest is first.`
      : '',
    make(
      'div',
      { class: 'columns' },
      ...facts.map(({ facts: one, fromMs, toMs }) =>
        createFacts([
          ['Seen', `${formatDate(fromMs)} to ${formatDate(toMs)}`],
          ['Host name', showText(one.hostname)],
          ['System', showText(`${one.os}, ${one.kernel}`)],
          ['Platform', [one.platform, one.arch, one.libc].filter((part) => part !== null).join(' ')],
          ['CPU', `${showText(one.cpuModel)}, ${one.cpuCount} of them`],
          ['Memory', formatBytes(one.memoryBytes)],
          ['Governor', one.governor === null ? null : showText(one.governor)],
          ['Turbo', one.turbo === null ? null : one.turbo ? 'on' : 'off'],
        ]),
      ),
    ),
  );
}
