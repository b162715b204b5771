/** One repository in one environment: its trend, what is slowest, noisiest, flakiest and fastest-growing, and the search. */
import type { Environment, RepositoryFile } from '../../data-format.ts';
import { DataError } from '../data/load.ts';
import { loadRuns, type Runs } from '../data/runs.ts';
import { loadSeries } from '../data/series.ts';
import { loadNames, loadRepository, loadSummary, loadTestFile } from '../data/site.ts';
import { decodeNames, formatSubject, type Subject } from '../data/subjects.ts';
import { changeQuery, describeEnvironment, formatLink, readQuery } from '../page/address.ts';
import { createBranchSelect } from '../page/branch-field.ts';
import { fill, make } from '../page/element.ts';
import { chooseEnvironment, createEnvironmentSelect, formatEnvironment } from '../page/environments.ts';
import { createSelect, listChoices } from '../page/fields.ts';
import { createPanel, createTitle } from '../page/figures.ts';
import { createTag, OUTCOMES, showText } from '../page/marks.ts';
import { createSearchField } from '../page/search-field.ts';
import { showPage, startPage } from '../page/start.ts';
import { createEmptyState } from '../page/states.ts';
import { createFileTable } from '../repo/file-table.ts';
import { createRankings } from '../repo/rankings.ts';
import { createRepoFigures } from '../repo/repo-figures.ts';
import { decodeSummary, type Standing } from '../repo/standings.ts';
import { computeLevels } from '../series/levels.ts';
import { createTrendPanel, type ShownHistory } from '../series/trend-panel.ts';
import { prepareSearch } from '../text/search.ts';

interface Loaded {
  readonly environment: Environment;
  readonly runs: Runs;
  readonly total: ShownHistory | null;
  readonly standings: readonly Standing[];
  readonly trends: ReadonlyMap<number, readonly (number | null)[]>;
  readonly runCount: number;
}

void startPage(async (place, index) => {
  const query = readQuery();
  const repository = await loadRepository(index, query.repo);
  const title = showText(repository.name);
  const head = createTitle([{ text: 'Overview', href: './index.html' }], title, createLinks(repository));
  if (repository.environments.length === 0) {
    const empty = createEmptyState(
      'No run of this repository has been stored',
      make('pre', {}, 'tracey run <its folder>'),
    );
    showPage(place, { title, children: [head, empty] });
    return;
  }
  const view = createView(repository);
  showPage(place, { title, children: [head, ...view.elements] });
  await view.start();
});

function createLinks({ name, url, openChanges }: RepositoryFile): HTMLElement {
  const { confirmed, suspects } = openChanges;
  return make(
    'p',
    { class: 'tags' },
    make(
      'a',
      { href: formatLink('changes', { repo: name }), class: 'quiet tags' },
      confirmed > 0 && createTag(`${confirmed} slower, confirmed`, 'slower'),
      suspects > 0 && createTag(`${suspects} ${suspects === 1 ? 'suspect' : 'suspects'}`, 'doubt'),
      confirmed + suspects === 0 && createTag('no open changes'),
    ),
    make('a', { href: formatLink('compare', { repo: name }), class: 'small' }, 'Compare runs'),
    url !== null && make('a', { href: url, class: 'small', rel: 'noreferrer' }, 'Repository'),
  );
}

function createView(repository: RepositoryFile) {
  const { environments } = repository;
  const query = readQuery();
  let framework = query.framework;
  let branch = query.branch;
  let outcome = query.outcome;
  let chosen = chooseEnvironment(query, environments, list());
  if (chosen < 0) chosen = 0;
  let subjects: ReadonlyMap<number, Subject> = new Map();
  let loaded: Loaded | null = null;

  const fields = make('div', { class: 'fields' });
  const figures = make('div');
  const trend = createTrendPanel(repository, `Total time of ${repository.name}`);
  const tables = make('div', { class: 'panel below' });
  const search = createSearch(repository, () => environments[chosen] as Environment);

  /** Environments that the choice of a framework leaves. */
  function list(): number[] {
    const all = environments.map((_, position) => position);
    if (framework === undefined) return all;
    const few = all.filter((position) => environments[position]?.framework?.name === framework);
    return few.length > 0 ? few : all;
  }

  function createFields(runs: Runs): void {
    const frameworks = environments.map((one) => one.framework?.name).filter((one) => one !== undefined);
    fill(
      fields,
      createEnvironmentSelect({
        label: 'Runner and Node version',
        all: environments,
        among: list(),
        chosen,
        changed: choose,
      }),
      createBranchSelect(runs, (value) => {
        branch = value;
        showTrend();
      }),
      createSelect({
        name: 'framework',
        label: 'Framework',
        any: 'All frameworks',
        choices: listChoices(frameworks, showText),
        value: framework,
        changed(value) {
          framework = value;
          changeQuery({ framework: value ?? null });
          const left = list();
          if (!left.includes(chosen)) choose(left[0] ?? 0);
          else void show();
        },
      }),
      createSelect({
        name: 'outcome',
        label: 'Newest outcome',
        any: 'All outcomes',
        choices: OUTCOMES.map((one) => ({ value: one, text: one })),
        value: outcome,
        changed(value) {
          outcome = value;
          changeQuery({ outcome: value ?? null });
          showTables();
        },
      }),
    );
  }

  function choose(next: number): void {
    chosen = next;
    changeQuery({ ...describeEnvironment(environments[next] as Environment, environments), range: null });
    void show();
  }

  async function show(): Promise<void> {
    const [environment, names] = await Promise.all([
      loadEnvironment(repository, chosen),
      subjects.size > 0 ? subjects : loadNames(repository).then(decodeNames),
    ]);
    loaded = environment;
    subjects = names;
    createFields(loaded.runs);
    fill(figures, createRepoFigures(repository, loaded));
    showTrend();
    showTables();
  }

  function showTrend(): void {
    const total = loaded?.total ?? null;
    trend.element.hidden = total === null;
    if (total === null) return;
    trend.show({
      histories: [total],
      levels: computeLevels(total.history, total.runs, total.history.present?.noise ?? null),
      shows: (runs, run) => branch === undefined || runs.branches[run] === branch,
    });
  }

  function showTables(): void {
    if (loaded === null) return;
    const { environment, standings, runCount, trends } = loaded;
    const link = ({ subject }: Standing) => linkTo(repository, environment, subjects.get(subject));
    const named = standings.flatMap((standing) => {
      const subject = subjects.get(standing.subject);
      const wanted = outcome === undefined || standing.outcome === outcome;
      return subject === undefined || !wanted ? [] : [{ standing, subject }];
    });
    fill(
      tables,
      createRankings({ named, link, runCount }),
      createPanel(
        'Test files',
        'Level of the newest runs, and the trend behind it.',
        createFileTable({ named: named.filter(({ subject }) => subject.kind === 'file'), link, trends }),
      ),
    );
  }

  return { elements: [search, fields, figures, createTrendSection(trend.element), tables], start: show };
}

function createTrendSection(element: HTMLElement): HTMLElement {
  return createPanel('Total time', 'The sum of all test files in each run.', element);
}

async function loadEnvironment(repository: RepositoryFile, position: number): Promise<Loaded> {
  const environment = repository.environments[position];
  if (environment === undefined) throw new DataError('unknown', 'There is no such runner and Node version.');
  const [runs, summary, whole] = await Promise.all([
    loadRuns(environment),
    loadSummary(environment),
    loadTestFile(repository, ''),
  ]);
  const { standings, trends } = decodeSummary(summary);
  const place = whole.series.find((one) => one.environment === position);
  const number = whole.subjects.numbers[0];
  const history =
    place === undefined || number === undefined ? null : await loadSeries(place, number, runs.count);
  const name = formatEnvironment(environment, repository.environments);
  return {
    environment,
    runs,
    standings,
    trends,
    runCount: summary.runs,
    total: history === null ? null : { environment, name, runs, history, colour: 0 },
  };
}

function linkTo(
  { name, environments }: RepositoryFile,
  environment: Environment,
  subject: Subject | undefined,
): string {
  return formatLink('series', {
    repo: name,
    file: subject?.path,
    subject: subject?.number,
    ...describeEnvironment(environment, environments),
  });
}

/** Looks in all names of the repository; these are loaded when the field is first used. */
function createSearch(repository: RepositoryFile, environment: () => Environment): HTMLElement {
  let subjects: Subject[] = [];
  const describe = (position: number) => {
    const subject = subjects[position] as Subject;
    const titles = subject.kind === 'test' || subject.kind === 'suite' ? subject.titles : [];
    return {
      name: formatSubject({ ...subject, titles: subject.titles.slice(-1) }),
      where: [subject.path, ...titles.slice(0, -1)].map(showText).join(' › '),
    };
  };
  return createSearchField({
    label: 'Find a test, suite or file',
    placeholder: 'Part of its name, its suites or its path',
    typed: readQuery().q ?? '',
    async prepare() {
      const names = decodeNames(await loadNames(repository));
      subjects = [...names.values()].filter(({ kind }) => kind !== 'load' && kind !== 'total');
      if (subjects.length === 0) return prepareSearch([]);
      return prepareSearch(subjects.map(({ path, titles }) => [path, ...titles].join(' ')));
    },
    describe,
    open: (position) => location.assign(linkTo(repository, environment(), subjects[position])),
    changed: (typed) => changeQuery({ q: typed }),
  });
}
