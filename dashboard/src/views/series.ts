/** One series — a test, a suite, a file, its loading, or the total: its trend, its changes, its outcomes and last failure. */
import type { IndexFile, RepositoryFile, SeriesPlace, TestFileFile } from '../../data-format.ts';
import { DataError } from '../data/load.ts';
import { loadNamedSeries } from '../data/renamed.ts';
import { loadRuns, type Runs } from '../data/runs.ts';
import { loadFailure, loadRepository, loadTestFile } from '../data/site.ts';
import { decodeSubjects, formatSubject, type Subject } from '../data/subjects.ts';
import { changeQuery, formatLink, readQuery } from '../page/address.ts';
import { createBranchSelect } from '../page/branch-field.ts';
import { fill, make } from '../page/element.ts';
import {
  changeEnvironmentInAddress,
  chooseEnvironment,
  createEnvironmentSelect,
  formatEnvironment,
  formatEnvironmentKey,
  parseEnvironmentKeys,
} from '../page/environments.ts';
import { createFacts, createFigures, createPanel, createTitle } from '../page/figures.ts';
import { createOutcome, createRatio, createTag, showText } from '../page/marks.ts';
import { showPage, startPage } from '../page/start.ts';
import { createNothing } from '../page/states.ts';
import { createTable } from '../page/table.ts';
import { createChangesTable } from '../series/changes-table.ts';
import { computeLevels, type Levels } from '../series/levels.ts';
import { createOutcomeStrip } from '../series/outcome-strip.ts';
import { createTrendPanel, type ShownHistory, type ShownTrend } from '../series/trend-panel.ts';
import { formatDate } from '../text/dates.ts';
import { formatDuration, formatNoise, formatSignedRatio, formatWhole } from '../text/figures.ts';

interface SeriesPage {
  readonly repository: RepositoryFile;
  readonly testFile: TestFileFile;
  readonly subject: Subject;
  /** Positions of environments that have runs of the file. */
  readonly among: readonly number[];
}

void startPage(async (place, index) => {
  const page = await loadPage(index);
  const { repository, subject, testFile } = page;
  const name = formatSubject({ ...subject, titles: subject.titles.slice(-1) });
  const title = createTitle(
    [
      {
        text: showText(repository.name),
        href: formatLink('repo', { repo: repository.name, ...readEnvironmentQuery() }),
      },
      ...(subject.kind === 'total' || subject.kind === 'file'
        ? []
        : [{ text: showText(subject.path), href: linkToFile(page) }]),
      ...listSuites(testFile, subject).map((suite) => ({
        text: showText(suite.titles.at(-1) ?? ''),
        href: linkTo(page, suite),
      })),
    ],
    subject.kind === 'test' || subject.kind === 'suite' ? name : formatSubject(subject),
    make('p', { class: 'tags' }, createTag(describeKind(subject))),
  );
  const view = createView(page);
  showPage(place, { title: name, children: [title, ...view.elements] });
  await view.start();
});

async function loadPage(index: IndexFile): Promise<SeriesPage> {
  const query = readQuery();
  const repository = await loadRepository(index, query.repo);
  const testFile = await loadTestFile(repository, query.file ?? '');
  const subjects = decodeSubjects(testFile.path, testFile.subjects);
  const subject =
    query.subject === undefined
      ? subjects[0]
      : subjects.find(({ number }) => number === Number(query.subject));
  if (subject === undefined) throw new DataError('unknown', `${testFile.path} has no test of this number.`);
  return { repository, testFile, subject, among: testFile.series.map(({ environment }) => environment) };
}

function createView(page: SeriesPage) {
  const { repository, subject, testFile, among } = page;
  const { environments } = repository;
  const query = readQuery();
  let chosen = chooseEnvironment(query, environments, among);
  if (chosen < 0) chosen = among[0] ?? -1;
  let overlaid = parseEnvironmentKeys(query.with, environments).filter((one) => among.includes(one));
  let branch = query.branch;
  let drawn: Pick<ShownTrend, 'histories' | 'levels'> = {
    histories: [],
    levels: { stretches: [], changes: [] },
  };

  const figures = make('div');
  const fields = make('div', { class: 'fields' });
  const others = make('div', { class: 'others' });
  const trend = createTrendPanel(repository, `Trend of ${formatSubject(subject)}`);
  const below = make('div', { class: 'panel below' });

  function createFields(runs: Runs): void {
    fill(
      fields,
      createEnvironmentSelect({
        label: 'Runner and Node version',
        all: environments,
        among,
        chosen,
        changed(next) {
          chosen = next;
          overlaid = overlaid.filter((one) => one !== next);
          changeEnvironmentInAddress(
            environments[next] as RepositoryFile['environments'][number],
            environments,
          );
          changeQuery({ range: null, with: formatOverlaid() });
          void show();
        },
      }),
      createBranchSelect(runs, (value) => {
        branch = value;
        drawTrend();
      }),
      createOverlayChoice(),
    );
  }

  function formatOverlaid(): string | null {
    return (
      overlaid
        .map((one) => formatEnvironmentKey(environments[one] as RepositoryFile['environments'][number]))
        .join(' ') || null
    );
  }

  function createOverlayChoice(): HTMLElement | null {
    const choices = among.filter((one) => one !== chosen);
    if (choices.length === 0) return null;
    const buttons = choices.map((one) =>
      make(
        'button',
        {
          class: 'button',
          type: 'button',
          'aria-pressed': String(overlaid.includes(one)),
          on: {
            click: () => {
              overlaid = overlaid.includes(one)
                ? overlaid.filter((other) => other !== one)
                : [...overlaid, one];
              changeQuery({ with: formatOverlaid() });
              void show();
            },
          },
        },
        formatEnvironment(environments[one] as RepositoryFile['environments'][number], environments),
      ),
    );
    return make(
      'div',
      { class: 'field', role: 'group', 'aria-label': 'Laid over' },
      'Laid over',
      make('div', { class: 'tags' }, ...buttons),
    );
  }

  async function loadHistory(position: number, colour: number): Promise<ShownHistory | null> {
    const environment = environments[position];
    if (environment === undefined) return null;
    const runs = await loadRuns(environment);
    const history = await loadNamedSeries(repository, {
      testFile,
      subject: subject.number,
      environment: position,
      runs,
    });
    if (history === null) return null;
    return { environment, name: formatEnvironment(environment, environments), runs, history, colour };
  }

  function drawTrend(): void {
    trend.show({ ...drawn, shows: (runs, run) => branch === undefined || runs.branches[run] === branch });
  }

  async function show(): Promise<void> {
    const loaded = await Promise.all([chosen, ...overlaid].map(loadHistory));
    const [main] = loaded;
    if (main === null || main === undefined) {
      fill(figures, createNothing('No run of this environment had it. Choose another one.'));
      fill(below);
      return;
    }
    const histories = loaded.filter((one) => one !== null);
    const levels = computeLevels(main.history, main.runs, main.history.present?.noise ?? null);
    createFields(main.runs);
    fill(figures, createSeriesFigures(main, levels));
    drawn = { histories, levels };
    drawTrend();
    fill(others, histories.length > 1 && createComparison(histories));
    fill(below, ...(await createBelow(page, { main, levels, position: chosen })));
  }

  return { elements: [figures, fields, trend.element, others, below], start: show };
}

function createSeriesFigures({ history, runs }: ShownHistory, { stretches, changes }: Levels): HTMLElement {
  const { present } = history;
  const level = present?.levelMs ?? stretches.at(-1)?.levelMs ?? null;
  const last = runs.order.findLast(
    (run) => history.outcomes[run] !== null || history.durationsMs[run] !== null,
  );
  const newest = changes.at(-1);
  const count = history.durationsMs.filter((one) => one !== null).length;
  const smallest = present?.smallestRatio ?? null;
  return createFigures([
    { name: 'Level now', value: formatDuration(level), more: `noise ${formatNoise(present?.noise ?? null)}` },
    {
      name: 'Newest change',
      value: newest === undefined ? 'none' : createRatio(newest.ratio),
      more: newest === undefined ? 'in this history' : formatDate(runs.committedMs[newest.run] ?? 0),
    },
    {
      name: 'Smallest slow-down it could show',
      value: smallest === null ? '–' : formatSignedRatio(smallest),
      more: smallest === null ? 'too few runs to say' : 'within 18 runs',
    },
    {
      name: 'Newest run',
      value: createOutcome(last === undefined ? null : (history.outcomes[last] ?? null)),
      more: last === undefined ? '' : formatDate(runs.committedMs[last] ?? 0),
    },
    { name: 'Runs measured', value: formatWhole(count), more: `of ${formatWhole(runs.count)}` },
  ]);
}

/** How the same series stands elsewhere: slower only on the device? */
function createComparison(histories: readonly ShownHistory[]): HTMLElement {
  const [main] = histories;
  const rows = histories.map((one) => {
    const levels = computeLevels(one.history, one.runs, one.history.present?.noise ?? null);
    const level = one.history.present?.levelMs ?? levels.stretches.at(-1)?.levelMs ?? null;
    const change = levels.changes.at(-1);
    return { one, level, change };
  });
  const mainLevel = rows[0]?.level ?? null;
  return createPanel(
    'Here and elsewhere',
    '',
    createTable({
      caption: 'The same series in other environments',
      rows,
      empty: 'Nowhere else.',
      columns: [
        { name: 'Runner and Node', kind: 'name', cell: ({ one }) => one.name },
        {
          name: 'Level',
          kind: 'number',
          value: ({ level }) => level,
          cell: ({ level }) => formatDuration(level),
        },
        {
          name: 'Against the first',
          kind: 'number',
          cell: ({ one, level }) =>
            one === main || level === null || mainLevel === null ? '–' : createRatio(level / mainLevel),
        },
        {
          name: 'Newest change',
          kind: 'number',
          cell: ({ change }) => (change === undefined ? 'none' : createRatio(change.ratio)),
        },
      ],
    }).element,
  );
}

async function createBelow(
  page: SeriesPage,
  {
    main,
    levels,
    position,
  }: { readonly main: ShownHistory; readonly levels: Levels; readonly position: number },
): Promise<Node[]> {
  const { repository, subject, testFile } = page;
  const place = testFile.series.find(({ environment }) => environment === position);
  const parts: Node[] = [
    createPanel(
      'Changes',
      make(
        'span',
        {},
        'Looking back over the whole history. ',
        make(
          'a',
          { href: formatLink('changes', { repo: repository.name, file: subject.path }) },
          'What became of suspects',
        ),
      ),
      levels.changes.length === 0
        ? createNothing(tellUnchanged(levels))
        : createChangesTable({ repository, main, levels }),
    ),
  ];
  const hasOutcomes = subject.kind !== 'suite' && subject.kind !== 'load';
  if (hasOutcomes) parts.push(createPanel('Newest outcomes', '', createOutcomeStrip(repository, main)));
  if (hasOutcomes && main.history.outcomes.some((one) => one === 'failed' || one === 'aborted')) {
    const failure = await createFailure(place, subject, main);
    if (failure !== null) parts.push(failure);
  }
  const inside = listInside(testFile, subject);
  if (inside.length > 0) parts.push(createInside(page, inside));
  return parts;
}

/** A change needs four runs on either side (`core/analysis/rules.ts`). */
const FEWEST_FOR_A_CHANGE = 8;

function tellUnchanged({ stretches }: Levels): string {
  const runs = stretches.reduce((sum, one) => sum + one.runs.length, 0);
  if (runs < FEWEST_FOR_A_CHANGE)
    return `Too few runs to see a change: it takes ${FEWEST_FOR_A_CHANGE} that count.`;
  return 'No change in this history: every run lies within ordinary noise of one level.';
}

async function createFailure(
  place: SeriesPlace | undefined,
  subject: Subject,
  { runs, name }: ShownHistory,
): Promise<HTMLElement | null> {
  const failure = await loadFailure(place?.failures ?? null, subject.number);
  if (failure === null) return null;
  return createPanel(
    'Last failure',
    `${formatDate(runs.committedMs[failure.run] ?? 0)}, ${name}`,
    make(
      'div',
      { class: 'state slim' },
      createFacts([
        ['Reason', failure.reason === null ? null : showText(failure.reason)],
        ['Message', failure.message === null ? null : make('pre', {}, failure.message)],
        ['Stack', failure.stack === null ? null : make('pre', {}, failure.stack)],
      ]),
    ),
  );
}

/** What lies directly in a file or suite. */
function listInside({ path, subjects }: TestFileFile, subject: Subject): Subject[] {
  if (subject.kind !== 'file' && subject.kind !== 'suite') return [];
  const depth = subject.titles.length + 1;
  return decodeSubjects(path, subjects).filter(
    (one) =>
      one.number !== subject.number &&
      (one.kind === 'load'
        ? subject.kind === 'file'
        : one.titles.length === depth && subject.titles.every((title, index) => one.titles[index] === title)),
  );
}

function createInside(page: SeriesPage, inside: readonly Subject[]): HTMLElement {
  return createPanel(
    'Inside',
    '',
    make(
      'ul',
      { class: 'inside' },
      ...inside.map((one) =>
        make(
          'li',
          { class: 'name' },
          make('a', { href: linkTo(page, one) }, formatSubject({ ...one, titles: one.titles.slice(-1) })),
          one.kind === 'suite' && createTag('suite'),
        ),
      ),
    ),
  );
}

function listSuites({ path, subjects }: TestFileFile, subject: Subject): Subject[] {
  const suites = decodeSubjects(path, subjects).filter(({ kind }) => kind === 'suite');
  return subject.titles
    .slice(0, -1)
    .flatMap((_, depth) =>
      suites
        .filter(
          ({ titles }) =>
            titles.length === depth + 1 && titles.every((title, at) => title === subject.titles[at]),
        )
        .slice(0, 1),
    );
}

function describeKind({ kind }: Subject): string {
  return { total: 'whole run', file: 'test file', load: 'loading', suite: 'suite', test: 'test' }[kind];
}

function readEnvironmentQuery() {
  const { runner, node, job, isolation } = readQuery();
  return { runner, node, job, isolation };
}

function linkToFile({ repository, subject }: SeriesPage): string {
  return formatLink('series', { repo: repository.name, file: subject.path, ...readEnvironmentQuery() });
}

function linkTo({ repository, subject }: SeriesPage, { number }: Subject): string {
  return formatLink('series', {
    repo: repository.name,
    file: subject.path,
    subject: number,
    ...readEnvironmentQuery(),
  });
}
