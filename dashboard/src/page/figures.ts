/** The few figures that a page begins with, and lists of names with values. */
import { type Child, make } from './element.ts';

export interface Figure {
  readonly name: string;
  readonly value: Child;
  readonly more?: Child;
}

export function createFigures(figures: readonly Figure[]): HTMLElement {
  return make(
    'dl',
    { class: 'figures' },
    ...figures.map(({ name, value, more }) =>
      make(
        'div',
        {},
        make('dt', {}, name),
        make('dd', {}, value, more !== undefined && make('small', {}, more)),
      ),
    ),
  );
}

/** What is null is left out. */
export function createFacts(facts: readonly (readonly [string, Child])[]): HTMLElement {
  return make(
    'dl',
    { class: 'facts' },
    ...facts
      .filter(([, value]) => value !== null && value !== undefined && value !== '')
      .flatMap(([name, value]) => [make('dt', {}, name), make('dd', {}, value)]),
  );
}

/** A part of a page with its heading. */
export function createPanel(title: string, told: Child, ...children: readonly Child[]): HTMLElement {
  return make(
    'section',
    { class: 'panel' },
    make('header', {}, make('h2', {}, title), told !== null && told !== '' && make('p', {}, told)),
    ...children,
  );
}

/** What a page is about, below the way to it. */
export function createTitle(
  crumbs: readonly { readonly text: string; readonly href: string }[],
  title: string,
  ...more: readonly Child[]
): HTMLElement {
  return make(
    'div',
    { class: 'title-block' },
    crumbs.length > 0 &&
      make(
        'nav',
        { 'aria-label': 'Where this is' },
        make(
          'ol',
          { class: 'crumbs' },
          ...crumbs.map(({ text, href }) => make('li', {}, make('a', { href }, text))),
        ),
      ),
    make('h1', {}, title),
    ...more,
  );
}
