/** One run: what it spent its time on, its tests, its machine, and what differs from the run before. */
import type { MachineFacts, MachineReading, RepositoryFile, RunFile } from '../../data-format.ts';
import { compareResults } from '../comparison/compare.ts';
import {
  createComparisonTable,
  createSubjectName,
  type NamedSubjects,
} from '../comparison/comparison-table.ts';
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
import { describeEnvironment, formatCommitLink, formatLink, readQuery } from '../page/address.ts';
import { make } from '../page/element.ts';
import { formatEnvironment } from '../page/environments.ts';
import { createFacts, createFigures, createPanel, createTitle } from '../page/figures.ts';
import { createOutcome, createRatio, createSha, createTag, showText } from '../page/marks.ts';
import { showPage, startPage } from '../page/start.ts';
import { createNothing } from '../page/states.ts';
import { createTable } from '../page/table.ts';
import { decodeSummary } from '../repo/standings.ts';
import { createDocuments } from '../run/documents.ts';
import { createTimeline } from '../run/timeline.ts';
import { formatSpan, formatTime } from '../text/dates.ts';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatNoise,
  formatShare,
  formatWhole,
} from '../text/figures.ts';

interface RunPage {
  readonly repository: RepositoryFile;
  readonly located: LocatedRun;
  readonly file: RunFile;
  readonly names: NamedSubjects;
}

void startPage(async (place, index) => {
  const query = readQuery();
  const repository = await loadRepository(index, query.repo);
  const located = await locateRun(repository, query, query.run);
  const [file, namesFile] = await Promise.all([loadLocatedRun(located), loadNames(repository)]);
  const environment = describeEnvironment(located.environment, repository.environments);
  const names: NamedSubjects = {
    subjects: decodeNames(namesFile),
    link: ({ path, number }) =>
      formatLink('series', { repo: repository.name, file: path, subject: number, ...environment }),
  };
  const page = { repository, located, file, names };
  const parts = [
    createHead(page),
    createRunFigures(file),
    ...createDifferences(page, await createDifferencesTable(page)),
    createPanel('What it spent its time on', '', createTimeline(file, names)),
    createTests(page),
    createMachine(file),
    ...createDocuments(file.documents),
  ];
  showPage(place, { title: `Run of ${formatTime(file.startedMs)}`, children: parts });
});

function createHead({ repository, located, file }: RunPage): HTMLElement {
  const { commit } = file;
  const release = findRelease(indexReleases(repository), located.runs, located.run);
  const environment = describeEnvironment(located.environment, repository.environments);
  return createTitle(
    [
      {
        text: showText(repository.name),
        href: formatLink('repo', { repo: repository.name, ...environment }),
      },
      {
        text: formatEnvironment(located.environment, repository.environments),
        href: formatLink('repo', { repo: repository.name, ...environment }),
      },
    ],
    showText(commit.subject) || 'Run',
    make(
      'p',
      { class: 'lede' },
      createSha(commit.sha, formatCommitLink(repository.url, commit.sha)),
      ` by ${showText(commit.author)}`,
      commit.branch !== null && ` on ${showText(commit.branch)}`,
      `, measured ${formatTime(file.startedMs)} on Node ${file.nodeVersion}`,
    ),
    make(
      'p',
      { class: 'tags' },
      release !== null && createTag(`release ${showText(release)}`),
      file.interrupted && createTag('interrupted', 'doubt'),
      file.noisy && createTag('noisy machine', 'doubt'),
      commit.modified && createTag('modified files', 'doubt'),
      file.reason !== null && make('span', { class: 'small' }, showText(file.reason)),
    ),
  );
}

function createRunFigures({ outcome, totals, startedMs, finishedMs, samples }: RunFile): HTMLElement {
  const broken = [
    totals.failed > 0 ? `${totals.failed} failed` : '',
    totals.aborted > 0 ? `${totals.aborted} aborted` : '',
  ];
  return createFigures([
    { name: 'Outcome', value: createOutcome(outcome), more: broken.filter((one) => one !== '').join(', ') },
    {
      name: 'Total of the files',
      value: formatDuration(totals.durationMs),
      more: formatCount(totals.files, 'file'),
    },
    {
      name: 'Tests',
      value: formatWhole(totals.tests),
      more: `${formatWhole(totals.passed)} passed, ${formatWhole(totals.skipped)} skipped`,
    },
    {
      name: 'From start to end',
      value: formatSpan(finishedMs - startedMs),
      more: formatCount(samples, 'sample'),
    },
  ]);
}

async function createDifferencesTable({ repository, located, file, names }: RunPage) {
  const previous = findPreviousRun(located);
  if (previous === null) return null;
  const [before, summary] = await Promise.all([
    loadLocatedRun({ ...located, run: previous }),
    loadSummary(located.environment),
  ]);
  const noise = new Map(
    decodeSummary(summary).standings.flatMap(({ subject, noise: one }) =>
      one === null ? [] : [[subject, one] as const],
    ),
  );
  const isTest = ({ subject }: Result) => names.subjects.get(subject)?.kind === 'test';
  const compared = compareResults({
    base: decodeResults(before).filter(isTest),
    head: decodeResults(file).filter(isTest),
    noise,
    samples: { base: before.samples, head: file.samples },
  });
  const matters = compared.filter(({ weight }) => weight >= 1e3);
  const environment = describeEnvironment(located.environment, repository.environments);
  return {
    before,
    matters,
    link: formatLink('compare', {
      repo: repository.name,
      ...environment,
      base: located.runs.startedMs[previous],
      run: located.runs.startedMs[located.run],
    }),
    facts: listFactDifferences(before, file),
  };
}

function createDifferences(
  { names, file }: RunPage,
  differences: Awaited<ReturnType<typeof createDifferencesTable>>,
): HTMLElement[] {
  if (differences === null)
    return [
      createPanel(
        'Against the run before',
        '',
        createNothing('This is the first run here: there is nothing before it.'),
      ),
    ];
  const { before, matters, link, facts } = differences;
  const ratio = before.totals.durationMs > 0 ? file.totals.durationMs / before.totals.durationMs : null;
  return [
    createPanel(
      'Against the run before',
      make('span', {}, 'Total ', createRatio(ratio), '. ', make('a', { href: link }, 'All tests of both')),
      facts.length > 0 && make('p', { class: 'tags' }, ...facts.map((fact) => createTag(fact, 'doubt'))),
      matters.length === 0
        ? createNothing('Every test has the same outcome, and its time lies within ordinary noise.')
        : createComparisonTable(matters, names, 12).element,
    ),
  ];
}

/** What else is not as it was. */
function listFactDifferences(before: RunFile, after: RunFile): string[] {
  const told: string[] = [];
  if (before.nodeVersion !== after.nodeVersion)
    told.push(`Node ${before.nodeVersion} → ${after.nodeVersion}`);
  const frameworks = [before.framework, after.framework].map((one) =>
    one === null ? 'none' : `${one.name} ${one.version}`,
  );
  if (frameworks[0] !== frameworks[1]) told.push(`${frameworks[0]} → ${frameworks[1]}`);
  for (const key of Object.keys(after.machine.facts) as (keyof MachineFacts)[]) {
    const [from, to] = [before.machine.facts[key], after.machine.facts[key]];
    if (from !== to) told.push(`${key}: ${showText(String(from))} → ${showText(String(to))}`);
  }
  return told;
}

function createTests({ file, names, located }: RunPage): HTMLElement {
  const results = decodeResults(file).filter(({ subject }) => names.subjects.get(subject)?.kind === 'test');
  const failures = new Map(file.failures.map((failure) => [failure.subject, failure]));
  const table = createTable<Result>({
    caption: 'All tests of this run',
    rows: results,
    sorted: { column: 'Time', direction: 'descending' },
    empty: 'No test ran.',
    columns: [
      {
        name: 'Test',
        kind: 'name',
        value: ({ subject }) => names.subjects.get(subject)?.titles.join(' ') ?? '',
        cell: ({ subject }) => createSubjectName(names.subjects.get(subject), names.link),
      },
      {
        name: 'Time',
        kind: 'number',
        value: ({ durationMs }) => durationMs,
        cell: ({ durationMs }) => formatDuration(durationMs),
      },
      {
        name: 'Spread',
        kind: 'number',
        minor: true,
        value: ({ spread }) => spread,
        cell: ({ spread }) => formatNoise(spread),
      },
      {
        name: 'Outcome',
        value: ({ outcome }) => outcome,
        cell: ({ outcome, subject }) => {
          const failure = failures.get(subject);
          const why = failure?.reason ?? failure?.message ?? '';
          return make(
            'span',
            {},
            createOutcome(outcome),
            why !== '' && make('span', { class: 'where why' }, showText(why)),
          );
        },
      },
    ],
  });
  const folded =
    located.runs.flags[located.run] !== undefined && file.files.every(({ hooksMs }) => hooksMs === null);
  return createPanel(
    'Tests',
    folded ? 'The details of this run are no longer kept: medians and outcomes are.' : '',
    table.element,
  );
}

function createMachine({ machine, dependencies, framework, environment }: RunFile): HTMLElement {
  const { facts } = machine;
  return createPanel(
    'Machine',
    '',
    make(
      'div',
      { class: 'columns' },
      createFacts([
        ['Runner', `${showText(environment.runner)} (${environment.role})`],
        ['Host name', showText(facts.hostname)],
        ['System', showText(`${facts.os}, ${facts.kernel}`)],
        ['Platform', [facts.platform, facts.arch, facts.libc].filter((one) => one !== null).join(' ')],
        ['CPU', `${showText(facts.cpuModel)}, ${facts.cpuCount} of them`],
        ['Memory', formatBytes(facts.memoryBytes)],
        ['Governor', facts.governor === null ? null : showText(facts.governor)],
        ['Turbo', facts.turbo === null ? null : facts.turbo ? 'on' : 'off'],
        ['Framework', framework === null ? null : `${framework.name} ${framework.version}`],
        [
          'Dependencies',
          [
            dependencies.source,
            dependencies.packageManager,
            dependencies.durationMs === null ? null : formatDuration(dependencies.durationMs),
          ]
            .filter((one) => one !== null)
            .join(', '),
        ],
      ]),
      createReadings(machine.before, machine.after),
    ),
  );
}

function createReadings(before: MachineReading | null, after: MachineReading | null): HTMLElement | null {
  if (before === null && after === null) return null;
  const rows: [string, (reading: MachineReading) => string][] = [
    ['Load', ({ load }) => load.toFixed(2)],
    ['Waiting for a CPU', ({ cpuPressure }) => formatShare(cpuPressure)],
    ['Free memory', ({ memoryFreeBytes }) => formatBytes(memoryFreeBytes)],
    ['Calibration, CPU', ({ calibration }) => formatDuration(calibration?.cpuMs ?? null)],
    ['Calibration, memory', ({ calibration }) => formatDuration(calibration?.memoryMs ?? null)],
  ];
  const tell = (reading: MachineReading | null, format: (reading: MachineReading) => string) =>
    make('td', { class: 'number' }, reading === null ? '–' : format(reading));
  return make(
    'div',
    { class: 'table-box' },
    make(
      'table',
      {},
      make('caption', { class: 'unseen' }, 'The machine before and after the run'),
      make(
        'thead',
        {},
        make(
          'tr',
          {},
          make('th', { scope: 'col' }, 'State'),
          make('th', { scope: 'col', class: 'number' }, 'Before'),
          make('th', { scope: 'col', class: 'number' }, 'After'),
        ),
      ),
      make(
        'tbody',
        {},
        ...rows.map(([name, format]) =>
          make('tr', {}, make('th', { scope: 'row' }, name), tell(before, format), tell(after, format)),
        ),
      ),
    ),
  );
}
