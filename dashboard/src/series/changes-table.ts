/** The changes of one series: when, from what to what, how sure, and between which commits. */
import type { RepositoryFile } from '../../data-format.ts';
import { loadNote } from '../data/runs.ts';
import { describeEnvironment, formatCommitLink, formatLink } from '../page/address.ts';
import { fill, make } from '../page/element.ts';
import { createRatio, createSha, createTag, showText } from '../page/marks.ts';
import { createTable } from '../page/table.ts';
import { formatDate } from '../text/dates.ts';
import { formatDuration, formatInterval, formatShare } from '../text/figures.ts';
import type { Levels, SeriesChange } from './levels.ts';
import type { ShownHistory } from './trend-panel.ts';

export function createChangesTable({
  repository,
  main,
  levels,
}: {
  readonly repository: RepositoryFile;
  readonly main: ShownHistory;
  readonly levels: Levels;
}): HTMLElement {
  const { runs } = main;
  return createTable<SeriesChange>({
    caption: 'Changes of this series',
    rows: [...levels.changes].reverse(),
    empty: 'None.',
    columns: [
      {
        name: 'Commit',
        kind: 'name',
        value: ({ run }) => runs.committedMs[run] ?? null,
        cell: (change) => createCommit(change, { repository, main }),
      },
      {
        name: 'Before',
        kind: 'number',
        minor: true,
        value: ({ beforeMs }) => beforeMs,
        cell: ({ beforeMs }) => formatDuration(beforeMs),
      },
      {
        name: 'After',
        kind: 'number',
        minor: true,
        value: ({ nowMs }) => nowMs,
        cell: ({ nowMs }) => formatDuration(nowMs),
      },
      {
        name: 'Change',
        kind: 'number',
        value: ({ ratio }) => ratio,
        cell: ({ ratio }) => createRatio(ratio),
      },
      {
        name: `${formatShare(0.95)} interval`,
        kind: 'number',
        cell: ({ ratioLow, ratioHigh }) =>
          ratioLow === null || ratioHigh === null ? '–' : formatInterval(ratioLow, ratioHigh),
      },
      {
        name: 'Noise units',
        hint: 'The size in units of the noise of the series',
        kind: 'number',
        minor: true,
        value: ({ noiseUnits }) => noiseUnits,
        cell: ({ noiseUnits }) => noiseUnits.toFixed(1),
      },
      { name: 'Besides', minor: true, cell: (change) => createBesides(change, main) },
    ],
  }).element;
}

/** The commit as soon as it is loaded; its range, and the run. */
function createCommit(
  { run, runBefore }: SeriesChange,
  { repository, main }: { readonly repository: RepositoryFile; readonly main: ShownHistory },
): HTMLElement {
  const date = formatDate(main.runs.committedMs[run] ?? 0);
  const place = make('span', {}, date);
  const name = describeEnvironment(main.environment, repository.environments);
  const { startedMs } = main.runs;
  void Promise.all([loadNote(main.environment, run), loadNote(main.environment, runBefore)]).then(
    ([head, base]) => {
      if (head === null) return;
      fill(
        place,
        createSha(head.sha, formatCommitLink(repository.url, head.sha, base?.sha)),
        ` ${showText(head.subject)}`,
        make(
          'span',
          { class: 'where' },
          `${date} · ${showText(head.author)} · `,
          make(
            'a',
            {
              href: formatLink('compare', {
                repo: repository.name,
                ...name,
                base: startedMs[runBefore],
                run: startedMs[run],
              }),
            },
            'compare the runs',
          ),
        ),
      );
    },
    () => undefined,
  );
  return place;
}

/** What else changed at this place, which may be why. */
function createBesides({ run, runBefore }: SeriesChange, { runs }: ShownHistory): HTMLElement {
  const machine =
    runs.machineChanges.some((one) => one.run === run) || runs.machines[run] !== runs.machines[runBefore];
  const node = runs.nodeVersions[run] !== runs.nodeVersions[runBefore];
  return make(
    'span',
    { class: 'tags' },
    machine && createTag('machine changed', 'doubt'),
    node && createTag(`Node ${runs.nodeVersions[run]}`),
  );
}
