/** What one should know first of a repository in an environment. */
import type { RepositoryFile } from '../../data-format.ts';
import type { Runs } from '../data/runs.ts';
import { describeEnvironment, formatLink } from '../page/address.ts';
import { make } from '../page/element.ts';
import { createFigures } from '../page/figures.ts';
import { createOutcome } from '../page/marks.ts';
import type { ShownHistory } from '../series/trend-panel.ts';
import { formatAgo, formatTime } from '../text/dates.ts';
import { formatDuration, formatNoise, formatSignedRatio, formatWhole } from '../text/figures.ts';
import type { Standing } from './standings.ts';

export function createRepoFigures(
  repository: RepositoryFile,
  loaded: {
    readonly environment: RepositoryFile['environments'][number];
    readonly runs: Runs;
    readonly total: ShownHistory | null;
    readonly standings: readonly Standing[];
  },
): HTMLElement {
  const { runs, total, standings, environment } = loaded;
  const present = total?.history.present ?? null;
  const newest = runs.startedMs.reduce((best, at, run) => (at > (runs.startedMs[best] ?? 0) ? run : best), 0);
  const startedMs = runs.startedMs[newest];
  const failing = standings.filter(({ outcome }) => outcome === 'failed' || outcome === 'aborted').length;
  const link = formatLink('run', {
    repo: repository.name,
    ...describeEnvironment(environment, repository.environments),
    run: startedMs,
  });
  return createFigures([
    {
      name: 'Total time now',
      value: formatDuration(present?.levelMs ?? null),
      more: `noise ${formatNoise(present?.noise ?? null)}`,
    },
    {
      name: 'Newest run',
      value: make('a', { href: link, class: 'quiet' }, createOutcome(runs.outcomes[newest] ?? null)),
      more:
        startedMs === undefined
          ? ''
          : make('span', { title: formatTime(startedMs) }, formatAgo(startedMs, Date.now())),
    },
    {
      name: 'Smallest slow-down it could show',
      value: formatSignedRatio(present?.smallestRatio ?? null),
      more: 'of the total, within 18 runs',
    },
    { name: 'Not passed now', value: formatWhole(failing), more: 'tests and files' },
    { name: 'Runs', value: formatWhole(runs.count), more: environment.framework?.name ?? '' },
  ]);
}
