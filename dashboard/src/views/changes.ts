/** What became slower or faster, by commit: suspects, confirmed, recovered, each with its evidence. */
import type { ChangeEntry, IndexFile, RepositoryFile } from '../../data-format.ts';
import { createProfileChart } from '../changes/profile-chart.ts';
import { loadChanges, loadProfile, loadRepository } from '../data/site.ts';
import {
  changeQuery,
  describeEnvironment,
  formatCommitLink,
  formatLink,
  readQuery,
} from '../page/address.ts';
import { fill, make } from '../page/element.ts';
import { formatEnvironment } from '../page/environments.ts';
import { createSelect, listChoices } from '../page/fields.ts';
import { createFacts, createFigures, createTitle } from '../page/figures.ts';
import { CHANGE_STATES, createRatio, createSha, createStateTag, createTag, showText } from '../page/marks.ts';
import { showPage, startPage } from '../page/start.ts';
import { createEmptyState, createNothing } from '../page/states.ts';
import { formatAgo, formatDate, formatTime } from '../text/dates.ts';
import { formatDuration, formatInterval, formatShare, formatWhole } from '../text/figures.ts';

interface Located {
  readonly change: ChangeEntry;
  readonly repository: RepositoryFile;
}

interface CommitGroup {
  readonly repository: RepositoryFile;
  readonly base: ChangeEntry['base'];
  readonly head: ChangeEntry['head'];
  readonly changes: readonly ChangeEntry[];
}

/** Commits on a page of the list. */
const PAGE_SIZE = 20;

void startPage(async (place, index) => {
  const query = readQuery();
  const title = 'Changes';
  const located = await loadAll(index, query.repo);
  const head = createTitle(
    query.repo === undefined
      ? []
      : [{ text: showText(query.repo), href: formatLink('repo', { repo: query.repo }) }],
    title,
    make(
      'p',
      { class: 'lede' },
      'Suspects are nominated by history. Confirmed ones were proven by running the commits before and after in turns on one machine.',
    ),
  );
  if (located.length === 0) {
    const empty = createEmptyState(
      'No change has been found',
      make(
        'p',
        {},
        'Every test takes as long as it always did. A change is looked for after each run, and needs some runs before it.',
      ),
    );
    showPage(place, { title, children: [head, ...createRepositoryField(index), empty] });
    return;
  }
  const view = createView(index, located);
  showPage(place, { title, children: [head, ...view] });
});

async function loadAll(index: IndexFile, name: string | undefined): Promise<Located[]> {
  const wanted = name === undefined ? index.repositories.map((one) => one.name) : [name];
  const all = await Promise.all(
    wanted.map(async (one) => {
      const repository = await loadRepository(index, one);
      const { changes } = await loadChanges(repository);
      return changes.map((change) => ({ change, repository }));
    }),
  );
  return all.flat();
}

function createRepositoryField({ repositories }: IndexFile): HTMLElement[] {
  if (repositories.length < 2) return [];
  return [
    createSelect({
      name: 'repo',
      label: 'Repository',
      any: 'All repositories',
      value: readQuery().repo,
      choices: repositories.map(({ name }) => ({ value: name, text: showText(name) })),
      changed: (value) => location.assign(formatLink('changes', { repo: value })),
    }),
  ];
}

function createView(index: IndexFile, located: readonly Located[]): HTMLElement[] {
  const query = readQuery();
  const chosen = { state: query.state, runner: query.runner, node: query.node, file: query.file };
  const list = make('div', { class: 'panel below', 'aria-live': 'polite' });
  let pages = 1;

  const environmentOf = ({ change, repository }: Located) => repository.environments[change.environment];
  const show = () => {
    const fits = located.filter((one) => {
      const environment = environmentOf(one);
      return (
        (chosen.state === undefined || one.change.state === chosen.state) &&
        (chosen.runner === undefined || environment?.runner === chosen.runner) &&
        (chosen.node === undefined || environment?.nodeLine === chosen.node) &&
        (chosen.file === undefined || one.change.path === chosen.file)
      );
    });
    const groups = groupByCommit(fits);
    const seen = groups.slice(0, pages * PAGE_SIZE);
    const more = make(
      'button',
      { class: 'button', type: 'button', on: { click: showMore } },
      'Show older ones',
    );
    fill(
      list,
      ...seen.map(createGroup),
      groups.length === 0 && createNothing('No change fits what was chosen above.'),
      groups.length > seen.length && more,
    );
  };
  const showMore = () => {
    pages += 1;
    show();
  };
  const createFilter = (
    key: 'state' | 'runner' | 'node' | 'file',
    label: string,
    any: string,
    values: readonly string[],
  ) =>
    createSelect({
      name: key,
      label,
      any,
      value: chosen[key],
      choices: listChoices(values, showText),
      changed(value) {
        chosen[key] = value;
        changeQuery({ [key]: value ?? null });
        show();
      },
    });
  const environments = located.map(environmentOf).filter((one) => one !== undefined);
  const states = CHANGE_STATES.filter((state) => located.some(({ change }) => change.state === state));
  show();
  return [
    createSummary(located),
    make(
      'div',
      { class: 'fields' },
      ...createRepositoryField(index),
      createFilter('state', 'State', 'All states', states),
      createFilter(
        'runner',
        'Runner',
        'All runners',
        environments.map(({ runner }) => runner),
      ),
      createFilter(
        'node',
        'Node version',
        'All versions',
        environments.map(({ nodeLine }) => nodeLine),
      ),
      createFilter(
        'file',
        'Test file',
        'All files',
        located
          .map(({ change }) => change.path ?? '')
          .filter((path) => path !== '')
          .sort(),
      ),
    ),
    list,
  ];
}

function createSummary(located: readonly Located[]): HTMLElement {
  const count = (state: ChangeEntry['state']) =>
    formatWhole(located.filter(({ change }) => change.state === state).length);
  return createFigures([
    { name: 'Confirmed', value: count('confirmed') },
    { name: 'Suspects', value: count('suspect') },
    { name: 'Undecided', value: count('undecided') },
    { name: 'Recovered', value: count('recovered') },
    { name: 'Refuted', value: count('refuted') },
  ]);
}

/** Changes that came with the same commits, in the order in which they are given. */
function groupByCommit(located: readonly Located[]): CommitGroup[] {
  const groups = new Map<string, { repository: RepositoryFile; changes: ChangeEntry[] }>();
  for (const { change, repository } of located) {
    const key = `${repository.name} ${change.base.sha} ${change.head.sha}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { repository, changes: [change] });
    else group.changes.push(change);
  }
  return [...groups.values()]
    .flatMap(({ repository, changes }) => {
      const [first] = changes;
      return first === undefined ? [] : [{ repository, changes, base: first.base, head: first.head }];
    })
    .sort((a, b) => b.head.committedS - a.head.committedS);
}

function createGroup({ repository, base, head, changes }: CommitGroup): HTMLElement {
  const range = formatCommitLink(repository.url, head.sha, base.sha);
  return make(
    'section',
    { class: 'change-group' },
    make(
      'header',
      {},
      make('h2', {}, showText(head.subject) || 'A commit without a run'),
      make(
        'p',
        { class: 'small muted' },
        createSha(base.sha, formatCommitLink(repository.url, base.sha)),
        ' → ',
        createSha(head.sha, formatCommitLink(repository.url, head.sha)),
        head.author !== '' && ` · ${showText(head.author)}`,
        head.committedS > 0 && ` · ${formatDate(head.committedS * 1000)}`,
        range !== null && ' · ',
        range !== null && make('a', { href: range, rel: 'noreferrer' }, 'the commits'),
        ` · ${showText(repository.name)}`,
      ),
    ),
    make('ul', {}, ...changes.map((change) => createChange(change, repository))),
  );
}

function createChange(change: ChangeEntry, repository: RepositoryFile): HTMLElement {
  const { state, direction, triage } = change;
  const environment = repository.environments[change.environment];
  const where = [...(change.title.length > 1 ? change.title.slice(0, -1) : [])];
  return make(
    'li',
    { class: 'change' },
    make(
      'div',
      { class: 'name' },
      make(
        'a',
        { href: linkToSeries(change, repository) },
        showText(change.title.at(-1) ?? change.path ?? 'Total'),
      ),
      change.occurrence > 1 && ` #${change.occurrence}`,
      make(
        'span',
        { class: 'where' },
        [change.title.length > 0 ? change.path : null, ...where]
          .filter((one) => one !== null)
          .map(showText)
          .join(' › '),
      ),
    ),
    make(
      'div',
      { class: 'size' },
      make('strong', {}, createRatio(change.ratio?.value ?? null, state === 'refuted' ? 1e9 : 0)),
      make(
        'span',
        { class: 'where' },
        `${formatDuration(change.beforeMs)} → ${formatDuration(change.nowMs)}`,
      ),
    ),
    make(
      'div',
      { class: 'standing' },
      make(
        'span',
        { class: 'tags' },
        createStateTag(state, direction),
        triage.state !== 'new' && triage.state !== state && createTag(triage.state),
      ),
      environment &&
        make('span', { class: 'where' }, formatEnvironment(environment, repository.environments)),
    ),
    createEvidence(change),
  );
}

function createEvidence(change: ChangeEntry): HTMLElement {
  const { ratio, level, pairs, reason, triage, foundMs, profile } = change;
  const interval =
    ratio === null || ratio.low === null || ratio.high === null
      ? null
      : formatInterval(ratio.low, ratio.high);
  const evidence = make(
    'details',
    {},
    make('summary', {}, profile === null ? 'Evidence' : 'Evidence, and where the time went'),
    createFacts([
      ['By', pairs > 0 ? `${pairs} pairs of base and head, run in turns` : 'history alone'],
      ['Interval', interval === null ? null : `${interval} at ${formatShare(level)}`],
      ['Undecided because', reason === null ? null : showText(reason)],
      ['Found', make('span', { title: formatTime(foundMs) }, formatAgo(foundMs, Date.now()))],
      ['Branch', change.branch === null ? null : showText(change.branch)],
      [
        'Decided',
        triage.state === 'new' ? null : `${triage.state} by ${triage.by}, ${formatDate(triage.atMs)}`,
      ],
      ['In their words', triage.reason === null ? null : showText(triage.reason)],
    ]),
  );
  if (profile !== null) showProfile(evidence, profile);
  return evidence;
}

/** Loads where the time went once somebody looks at the evidence. */
function showProfile(evidence: HTMLDetailsElement, ref: string): void {
  const place = make('div', { class: 'panel', 'aria-live': 'polite' });
  evidence.append(place);
  evidence.addEventListener(
    'toggle',
    () => {
      loadProfile(ref).then(
        (profile) => fill(place, createProfileChart(profile)),
        () => fill(place, createNothing('Where the time went could not be loaded. Load the page again.')),
      );
    },
    { once: true },
  );
}

function linkToSeries(change: ChangeEntry, repository: RepositoryFile): string {
  const environment = repository.environments[change.environment];
  return formatLink('series', {
    repo: repository.name,
    file: change.path,
    subject: change.subject,
    ...(environment === undefined ? {} : describeEnvironment(environment, repository.environments)),
  });
}
