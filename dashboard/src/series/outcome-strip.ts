/** The outcomes of the newest runs, oldest first, each a link to its run. */
import type { RepositoryFile } from '../../data-format.ts';
import { describeEnvironment, formatLink } from '../page/address.ts';
import { make } from '../page/element.ts';
import { createOutcomeShape } from '../page/marks.ts';
import { formatDate } from '../text/dates.ts';
import type { ShownHistory } from './trend-panel.ts';

const MOST = 60;

export function createOutcomeStrip(
  repository: RepositoryFile,
  { runs, history, environment }: ShownHistory,
): HTMLElement {
  const name = describeEnvironment(environment, repository.environments);
  const seen = runs.order.filter((run) => history.outcomes[run] !== null).slice(-MOST);
  return make(
    'ol',
    { class: 'outcomes' },
    ...seen.map((run) => {
      const outcome = history.outcomes[run] ?? 'passed';
      const label = `${outcome}, ${formatDate(runs.committedMs[run] ?? 0)}`;
      return make(
        'li',
        { class: outcome },
        make(
          'a',
          {
            href: formatLink('run', { repo: repository.name, ...name, run: runs.startedMs[run] }),
            title: label,
            'aria-label': label,
          },
          createOutcomeShape(outcome),
        ),
      );
    }),
  );
}
