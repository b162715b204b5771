/** Any two runs side by side: each chosen by runner, Node version and commit or release; tests sorted by what matters. */
import type { Environment, IndexFile, RepositoryFile } from '../../data-format.ts';
import { type Compared, compareResults, isClear } from '../comparison/compare.ts';
import { createComparisonTable, type NamedSubjects } from '../comparison/comparison-table.ts';
import { findRelease, indexReleases } from '../data/releases.ts';
import {
  decodeResults,
  findPreviousRun,
  type LocatedRun,
  loadLocatedRun,
  locateRun,
  type Result,
} from '../data/run-file.ts';
import { loadNames, loadRepository, loadSummary } from '../data/site.ts';
import { decodeNames } from '../data/subjects.ts';
import {
  changeQuery,
  describeEnvironment,
  formatCommitLink,
  formatLink,
  type Query,
  readQuery,
} from '../page/address.ts';
import { fill, make } from '../page/element.ts';
import { formatEnvironment } from '../page/environments.ts';
import { createSelect, createToggle } from '../page/fields.ts';
import { createFigures, createPanel, createTitle } from '../page/figures.ts';
import { createRatio, createSha, createTag, showText } from '../page/marks.ts';
import { createRunField } from '../page/run-field.ts';
import { showPage, startPage } from '../page/start.ts';
import { createEmptyState, createNothing } from '../page/states.ts';
import { decodeSummary } from '../repo/standings.ts';
import { formatDuration, formatWhole } from '../text/figures.ts';

void startPage(async (place, index) => {
  const query = readQuery();
  const title = 'Compare';
  if (index.repositories.length === 0) {
    const empty = createEmptyState(
      'There are no runs to compare',
      make('p', {}, 'Two runs of one repository are needed.'),
    );
    showPage(place, { title, children: [createTitle([], title), empty] });
    return;
  }
  const name = query.repo ?? index.repositories[0]?.name;
  const repository = await loadRepository(index, name);
  const head = await locateRun(repository, query, query.run);
  const base = await locateBase(repository, head, query);
  const view = createView(index, { repository, head, base });
  showPage(place, {
    title,
    children: [
      createTitle(
        [{ text: showText(repository.name), href: formatLink('repo', { repo: repository.name }) }],
        title,
        make(
          'p',
          { class: 'lede' },
          'Two runs, test by test. The interval is that of ordinary noise: it describes these runs, and proves nothing of a commit.',
        ),
      ),
      ...view.elements,
    ],
  });
  await view.start();
});

/** The run that the address names as base; else the one before the head. */
async function locateBase(repository: RepositoryFile, head: LocatedRun, query: Query): Promise<LocatedRun> {
  const name = {
    ...describeEnvironment(head.environment, repository.environments),
    ...(query['base-runner'] ? { runner: query['base-runner'] } : {}),
    ...(query['base-node'] ? { node: query['base-node'] } : {}),
  };
  if (query.base) return locateRun(repository, name, String(query.base));
  const previous = findPreviousRun(head);
  return previous === null ? head : { ...head, run: previous };
}

interface Sides {
  readonly repository: RepositoryFile;
  head: LocatedRun;
  base: LocatedRun;
}

type Side = 'head' | 'base';

function createView(index: IndexFile, sides: Sides) {
  const { repository } = sides;
  const releases = indexReleases(repository);
  const choosers = make('div', { class: 'columns sides' });
  const result = make('div', { class: 'panel below' });

  async function change(side: Side, located: LocatedRun): Promise<void> {
    sides[side] = located;
    changeQuery(describeSides(sides));
    await show();
  }

  async function createChooser(side: Side): Promise<HTMLElement> {
    const located = sides[side];
    const { environments } = repository;
    return make(
      'section',
      { class: 'side', 'aria-label': side === 'base' ? 'Base' : 'Head' },
      make(
        'h2',
        {},
        side === 'base' ? 'Base' : 'Head',
        make('span', { class: 'muted small' }, side === 'base' ? ' what was' : ' what is now'),
      ),
      make(
        'div',
        { class: 'fields' },
        createSelect({
          name: `${side}-environment`,
          label: 'Runner and Node version',
          value: String(located.position),
          choices: environments.map((one, position) => ({
            value: String(position),
            text: formatEnvironment(one, environments),
          })),
          changed: (value) => void changeEnvironment(side, Number(value)),
        }),
        createRunField({
          name: `${side}-run`,
          located,
          releases,
          changed: (run) => void change(side, { ...located, run }),
        }),
      ),
      await createCommitLine(repository, located, findRelease(releases, located.runs, located.run)),
    );
  }

  async function changeEnvironment(side: Side, position: number): Promise<void> {
    const environment = repository.environments[position] as Environment;
    const name = describeEnvironment(environment, repository.environments);
    const newest = await locateRun(repository, name, undefined);
    // The same commit there, if it was measured: what is different is then the machine or its Node.
    const { runs, run } = sides[side];
    const same = newest.runs.order.findLast((one) => newest.runs.commits[one] === runs.commits[run]);
    await change(side, { ...newest, run: same ?? newest.run });
  }

  async function show(): Promise<void> {
    fill(choosers, ...(await Promise.all([createChooser('base'), createChooser('head')])));
    if (sides.base.position === sides.head.position && sides.base.run === sides.head.run) {
      fill(result, createNothing('Both sides are the same run. Choose another one on either side.'));
      return;
    }
    fill(result, ...(await createResult(sides)));
  }

  const repositories =
    index.repositories.length < 2
      ? []
      : [
          make(
            'div',
            { class: 'fields' },
            createSelect({
              name: 'repo',
              label: 'Repository',
              value: repository.name,
              choices: index.repositories.map(({ name }) => ({ value: name, text: showText(name) })),
              changed: (value) => location.assign(formatLink('compare', { repo: value })),
            }),
          ),
        ];
  return { elements: [...repositories, choosers, result], start: show };
}

function describeSides({ repository, head, base }: Sides): Query {
  const { environments } = repository;
  const [its, other] = [head, base].map(({ environment }) => describeEnvironment(environment, environments));
  return {
    ...its,
    run: head.runs.startedMs[head.run],
    base: base.runs.startedMs[base.run],
    'base-runner': other?.runner === its?.runner ? null : other?.runner,
    'base-node': other?.node === its?.node ? null : other?.node,
  };
}

async function createCommitLine(
  repository: RepositoryFile,
  located: LocatedRun,
  release: string | null,
): Promise<HTMLElement> {
  const { commit, nodeVersion, totals, startedMs } = await loadLocatedRun(located);
  return make(
    'p',
    { class: 'small' },
    createSha(commit.sha, formatCommitLink(repository.url, commit.sha)),
    ` ${showText(commit.author)}: ${showText(commit.subject)} `,
    release !== null && createTag(showText(release)),
    make(
      'span',
      { class: 'muted' },
      ` · Node ${nodeVersion} · ${formatDuration(totals.durationMs)} · `,
      make(
        'a',
        {
          href: formatLink('run', {
            repo: repository.name,
            ...describeEnvironment(located.environment, repository.environments),
            run: startedMs,
          }),
        },
        'the run',
      ),
    ),
  );
}

async function createResult({ repository, head, base }: Sides): Promise<HTMLElement[]> {
  const [after, before, namesFile, summary] = await Promise.all([
    loadLocatedRun(head),
    loadLocatedRun(base),
    loadNames(repository),
    loadSummary(head.environment),
  ]);
  const subjects = decodeNames(namesFile);
  const environment = describeEnvironment(head.environment, repository.environments);
  const names: NamedSubjects = {
    subjects,
    link: ({ path, number }) =>
      formatLink('series', { repo: repository.name, file: path, subject: number, ...environment }),
  };
  const noise = new Map(
    decodeSummary(summary).standings.flatMap(({ subject, noise: one }) =>
      one === null ? [] : [[subject, one] as const],
    ),
  );
  const isTest = ({ subject }: Result) => subjects.get(subject)?.kind === 'test';
  const compared = compareResults({
    base: decodeResults(before).filter(isTest),
    head: decodeResults(after).filter(isTest),
    noise,
    samples: { base: before.samples, head: after.samples },
  });
  const range = formatCommitLink(repository.url, after.commit.sha, before.commit.sha);
  const ratio = before.totals.durationMs > 0 ? after.totals.durationMs / before.totals.durationMs : null;
  const differs = head.position !== base.position;
  return [
    createSummary(compared, ratio),
    createPanel(
      'Tests',
      make(
        'span',
        {},
        differs && createTag('not the same runner and Node version', 'doubt'),
        range !== null &&
          before.commit.sha !== after.commit.sha &&
          make('a', { href: range, rel: 'noreferrer' }, 'The commits between'),
      ),
      createTests(compared, names),
    ),
  ];
}

const SHOWN: readonly {
  readonly value: string;
  readonly text: string;
  readonly fits: (one: Compared) => boolean;
}[] = [
  { value: 'all', text: 'All', fits: () => true },
  { value: 'slower', text: 'Slower', fits: (one) => isClear(one) && (one.ratio ?? 0) > 1 },
  { value: 'faster', text: 'Faster', fits: (one) => isClear(one) && (one.ratio ?? 2) < 1 },
  {
    value: 'outcome',
    text: 'Other outcome',
    fits: ({ base, head }) => base !== null && head !== null && base.outcome !== head.outcome,
  },
  { value: 'only', text: 'New or gone', fits: ({ base, head }) => base === null || head === null },
];

function createTests(compared: readonly Compared[], names: NamedSubjects): HTMLElement {
  const wanted = SHOWN.find(({ value }) => value === readQuery().show) ?? SHOWN[0];
  const pick = (value: string) =>
    compared.filter(SHOWN.find((one) => one.value === value)?.fits ?? (() => true));
  const table = createComparisonTable(pick(wanted?.value ?? 'all'), names);
  const toggle = createToggle({
    label: 'Shown are',
    value: wanted?.value ?? 'all',
    choices: SHOWN.map(({ value, text }) => ({ value, text: `${text} ${formatWhole(pick(value).length)}` })),
    changed(value) {
      changeQuery({ show: value === 'all' ? null : value });
      table.show(pick(value));
    },
  });
  return make('div', { class: 'panel' }, toggle, table.element);
}

function createSummary(compared: readonly Compared[], ratio: number | null): HTMLElement {
  const count = (value: string) => {
    const fits = SHOWN.find((one) => one.value === value)?.fits;
    return formatWhole(fits === undefined ? 0 : compared.filter(fits).length);
  };
  return createFigures([
    { name: 'Total', value: createRatio(ratio, 0.03), more: 'head against base' },
    { name: 'Slower', value: count('slower'), more: 'beyond their noise' },
    { name: 'Faster', value: count('faster'), more: 'beyond their noise' },
    { name: 'Another outcome', value: count('outcome') },
    { name: 'New or gone', value: count('only') },
  ]);
}
