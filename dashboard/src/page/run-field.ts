/**
 * The choice of one run among a thousand: by release or by date, as a list that the browser searches. What the commits are is
 * loaded late.
 */
import type { RunNumber } from '../../data-format.ts';
import { listReleaseRuns, type Releases } from '../data/releases.ts';
import type { LocatedRun } from '../data/run-file.ts';
import { loadNote } from '../data/runs.ts';
import { formatDate, formatTime } from '../text/dates.ts';
import { formatSha } from '../text/figures.ts';
import { make } from './element.ts';
import { showText } from './marks.ts';

/** The newest so many can be chosen here; any other by a link from its series. */
const MOST = 200;

export function createRunField({
  name,
  located,
  releases,
  changed,
}: {
  readonly name: string;
  readonly located: LocatedRun;
  readonly releases: Releases;
  readonly changed: (run: RunNumber) => void;
}): HTMLElement {
  const { runs, run, environment } = located;
  const newest = runs.order.slice(-MOST).reverse();
  const offered = newest.includes(run) ? newest : [run, ...newest];
  const select = make('select', { name });
  const released = listReleaseRuns(releases, runs);
  // What was released is offered twice. The first of equal values is the one that is seen as chosen.
  const commits = released.length === 0 ? select : make('optgroup', { label: 'Commits' });
  if (commits !== select) {
    const choices = released.map((one) =>
      make(
        'option',
        { value: one.run },
        `${showText(one.name)} · ${formatDate(runs.committedMs[one.run] ?? 0)}`,
      ),
    );
    select.append(make('optgroup', { label: 'Releases' }, ...choices), commits);
  }
  const options = offered.map((one) => {
    const option = make('option', { value: one }, formatTime(runs.committedMs[one] ?? 0));
    commits.append(option);
    return { one, option };
  });
  select.value = String(run);
  select.addEventListener('change', () => changed(Number(select.value)));
  // Commits are told once somebody looks: each file of notes tells of 64 runs.
  const tell = async () => {
    for (const { one, option } of options) {
      const note = await loadNote(environment, one).catch(() => null);
      if (note !== null) option.textContent = `${formatSha(note.sha)} ${showText(note.subject).slice(0, 60)}`;
    }
  };
  select.addEventListener('focus', () => void tell(), { once: true });
  select.addEventListener('pointerdown', () => void tell(), { once: true });
  return make(
    'label',
    { class: 'field wide' },
    released.length === 0 ? 'Commit' : 'Release or commit',
    select,
  );
}
