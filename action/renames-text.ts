/** Suggested renames, as lines that the configuration could have. */
import { formatRenameLine, type RenameSuggestion } from '../core/changes/renames.ts';
import { formatCount } from '../core/units.ts';
import type { Terminal } from './terminal.ts';

/** Lines that are shown; nobody copies more. */
export const SHOWN_RENAMES = 50;

/** What to do with the lines. */
export const RENAMES_REMARK =
  'By their bodies these are tests that were there before under another name. In .tracey.yml, this lets their history go on:';

/** Empty when there is none. */
export function formatRenames(terminal: Terminal, renames: readonly RenameSuggestion[]): string {
  if (renames.length === 0) return '';
  return [terminal.style('bold', 'Perhaps renamed'), RENAMES_REMARK, ...formatRenameLines(renames)].join(
    '\n',
  );
}

/** As YAML, so that they can be copied whatever the titles are; comments count what a line is about. */
export function formatRenameLines(renames: readonly RenameSuggestion[]): string[] {
  const more = renames.length - SHOWN_RENAMES;
  return [
    'renames:',
    ...renames.slice(0, SHOWN_RENAMES).map((rename) => {
      const about = rename.tests > 1 ? `  # ${formatCount(rename.tests, 'test')}` : '';
      return `${formatRenameLine(rename)}${about}`;
    }),
    ...(more > 0 ? [`  # … and ${more} more`] : []),
  ];
}
