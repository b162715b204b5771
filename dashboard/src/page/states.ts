/** What stands in for content: nothing there yet, nothing found, something wrong; each with what to do. */
import { DataError, type DataErrorKind } from '../data/load.ts';
import { type Child, fill, make } from './element.ts';

/** A panel that says that there is nothing, and what would change that. */
export function createEmptyState(title: string, ...children: readonly Child[]): HTMLElement {
  return make('section', { class: 'state' }, make('h2', {}, title), ...children);
}

/** The same as a line or two within a panel. */
export function createNothing(text: string): HTMLElement {
  return make('div', { class: 'state slim' }, make('p', {}, text));
}

const TITLES: { readonly [kind in DataErrorKind]: string } = {
  'nothing-published': 'Nothing is published here yet',
  gone: 'The site was published again meanwhile',
  unreachable: 'The data cannot be reached',
  unreadable: 'The data is damaged',
  'other-version': 'Pages and data are of different versions',
  unknown: 'There is no such thing here',
};

const HINTS: { readonly [kind in DataErrorKind]: string } = {
  'nothing-published': 'Write it with: tracey dashboard build --out <this folder>',
  gone: 'Load this page again.',
  unreachable: 'Is the server running? Load this page again.',
  unreadable: 'Publish again; what is whole is not written twice.',
  'other-version': 'Publish again with one version of Tracey: it puts pages and data side by side.',
  unknown:
    'It may have been renamed, or the address is incomplete. Everything that there is can be reached from the overview.',
};

/** Shows what went wrong in place of everything; a defect of ours is told as such. */
export function showFailure(place: Element, error: unknown): void {
  const kind = error instanceof DataError ? error.kind : null;
  const message = error instanceof Error ? error.message : String(error);
  const reload = make(
    'button',
    { class: 'button', type: 'button', on: { click: () => location.reload() } },
    'Load again',
  );
  fill(
    place,
    make(
      'section',
      { class: 'state wrong', role: 'alert' },
      make('h1', {}, kind === null ? 'This page failed' : TITLES[kind]),
      make('p', {}, message),
      make('p', {}, kind === null ? 'This is a defect of the dashboard.' : HINTS[kind]),
      kind === 'unknown' ? make('a', { class: 'button', href: './index.html' }, 'To the overview') : reload,
    ),
  );
}
