/** What is told of a run in a trend: beside the pointer, and, once it is chosen, below the chart with where to go from it. */
import type { CommitNote, Environment, RepositoryFile } from '../../data-format.ts';
import { loadNote } from '../data/runs.ts';
import { describeEnvironment, formatCommitLink, formatLink } from '../page/address.ts';
import { fill, make } from '../page/element.ts';
import { createRatio, createTag, showText } from '../page/marks.ts';
import { formatDate } from '../text/dates.ts';
import { formatDuration, formatNoise, formatSha } from '../text/figures.ts';
import type { Levels } from './levels.ts';
import type { EnvironmentHistory } from './trend.ts';

export interface ToldRun {
  readonly environment: Environment;
  readonly history: EnvironmentHistory;
  readonly run: number;
  /** What its commit is called. */
  readonly release: string | null;
  /** Of the chosen environment only. */
  readonly levels: Levels | null;
  /** The same commit elsewhere, when others are laid over. */
  readonly others: readonly {
    readonly name: string;
    readonly colour: string;
    readonly durationMs: number | null;
  }[];
}

/** Fills a box with what is known of a run; what has to be loaded follows. */
export function tellRun(box: HTMLElement, told: ToldRun): void {
  const { history, run } = told;
  const spread = history.history.spreads[run] ?? null;
  const durationMs = history.history.durationsMs[run] ?? null;
  const level = findLevel(told.levels, run);
  const commit = make('p', { class: 'subject' }, '…');
  fill(
    box,
    make(
      'p',
      { class: 'head' },
      make('span', {}, formatDate(history.runs.committedMs[run] ?? 0)),
      make('span', {}, describeFlags(history, run)),
    ),
    told.release !== null && make('p', { class: 'release' }, 'Release ', createTag(showText(told.release))),
    make(
      'p',
      {},
      make('strong', {}, formatDuration(durationMs)),
      spread !== null && ` ${formatNoise(spread)}`,
      level !== null && durationMs !== null && ' · ',
      level !== null && durationMs !== null && createRatio(durationMs / level, 0.001),
      level !== null && durationMs !== null && ' to its level',
    ),
    commit,
    told.others.length > 0 &&
      make(
        'ul',
        {},
        ...told.others.map(({ name, colour, durationMs: otherMs }) =>
          make('li', {}, createSwatch(colour), name, make('b', {}, formatDuration(otherMs))),
        ),
      ),
  );
  void loadNote(told.environment, run).then(
    (note) => note !== null && showCommit(commit, note),
    () => fill(commit, 'The commit could not be loaded.'),
  );
}

function showCommit(place: HTMLElement, { sha, author, subject }: CommitNote): void {
  fill(place, make('span', { class: 'sha' }, formatSha(sha)), ` ${showText(author)}: ${showText(subject)}`);
}

function findLevel(levels: Levels | null, run: number): number | null {
  return levels?.stretches.find(({ runs }) => runs.includes(run))?.levelMs ?? null;
}

function describeFlags({ runs, history }: EnvironmentHistory, run: number): string {
  const flags = runs.flags[run];
  const words = [
    history.outcomes[run] === 'passed' ? null : history.outcomes[run],
    flags?.interrupted ? 'interrupted' : null,
    flags?.noisy ? 'noisy' : null,
    flags?.modified ? 'modified files' : null,
  ];
  return words.filter((word) => word !== null).join(', ') || `Node ${runs.nodeVersions[run] ?? ''}`;
}

function createSwatch(colour: string): HTMLElement {
  const swatch = make('span', { class: 'swatch', 'aria-hidden': 'true' });
  swatch.style.setProperty('background', colour);
  return swatch;
}

/** The run that was chosen: its commit, and links to the run, to the commit, and to what came since the run before. */
export async function showChosenRun(
  place: HTMLElement,
  told: ToldRun,
  repository: RepositoryFile,
): Promise<void> {
  const { environment, history, run, release } = told;
  const before = findRunBefore(history, run);
  const [note, noteBefore] = await Promise.all([
    loadNote(environment, run),
    before === null ? null : loadNote(environment, before),
  ]);
  if (note === null) return;
  const name = describeEnvironment(environment, repository.environments);
  const startedMs = history.runs.startedMs[run];
  const commit = formatCommitLink(repository.url, note.sha);
  const range = noteBefore === null ? null : formatCommitLink(repository.url, note.sha, noteBefore.sha);
  fill(
    place,
    make(
      'p',
      { class: 'chosen-commit' },
      make('span', { class: 'sha' }, formatSha(note.sha)),
      ` ${showText(note.author)}: ${showText(note.subject)} `,
      release !== null && createTag(showText(release)),
      make(
        'span',
        { class: 'muted' },
        ` · ${formatDate(note.committedS * 1000)} · ${formatDuration(history.history.durationsMs[run] ?? null)}`,
      ),
    ),
    make(
      'div',
      { class: 'chosen-links' },
      make(
        'a',
        { class: 'button', href: formatLink('run', { repo: repository.name, ...name, run: startedMs }) },
        'This run',
      ),
      before !== null &&
        make(
          'a',
          {
            class: 'button',
            href: formatLink('compare', {
              repo: repository.name,
              ...name,
              base: history.runs.startedMs[before],
              run: startedMs,
            }),
          },
          'Compare with the run before',
        ),
      commit !== null && make('a', { class: 'button', href: commit, rel: 'noreferrer' }, 'Commit'),
      range !== null &&
        range !== commit &&
        make('a', { class: 'button', href: range, rel: 'noreferrer' }, 'Commits since the run before'),
    ),
  );
  place.hidden = false;
}

/** The run before in the order of commits that has this series. */
export function findRunBefore({ runs, history }: EnvironmentHistory, run: number): number | null {
  for (let at = runs.order.indexOf(run) - 1; at >= 0; at -= 1) {
    const before = runs.order[at] as number;
    if (history.durationsMs[before] !== null && runs.commits[before] !== runs.commits[run]) return before;
  }
  return null;
}
