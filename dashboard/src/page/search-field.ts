/** A field that finds tests while one types, used with pointer or keyboard (the combobox pattern of WAI-ARIA). */

import { formatWhole } from '../text/figures.ts';
import { type Searchable, search, splitMatches, splitWords } from '../text/search.ts';
import { fill, make } from './element.ts';

export interface SearchFieldOptions {
  readonly label: string;
  readonly placeholder: string;
  readonly typed: string;
  /** Loads what is searched, when the field is first used. */
  readonly prepare: () => Promise<Searchable>;
  /** How a found one is shown: its name, and where it is. */
  readonly describe: (position: number) => { readonly name: string; readonly where: string };
  readonly open: (position: number) => void;
  readonly changed: (typed: string) => void;
}

const MOST = 24;

export function createSearchField(options: SearchFieldOptions): HTMLElement {
  const list = make('ul', { class: 'list', id: 'found', role: 'listbox', 'aria-label': 'Found' });
  const told = make('p', { class: 'told', role: 'status' });
  const found = make('div', { class: 'found', hidden: true }, list, told);
  const input = make('input', {
    type: 'search',
    role: 'combobox',
    'aria-expanded': 'false',
    'aria-controls': 'found',
    'aria-autocomplete': 'list',
    autocomplete: 'off',
    spellcheck: 'false',
    placeholder: options.placeholder,
  });
  input.value = options.typed;
  const field = make('div', { class: 'field wide search' }, make('label', {}, options.label, input), found);
  let searchable: Searchable | null = null;
  let positions: readonly number[] = [];
  let chosen = -1;

  function show(open: boolean): void {
    found.hidden = !open;
    input.setAttribute('aria-expanded', String(open));
  }

  function choose(next: number): void {
    chosen = next;
    for (const [index, item] of [...list.children].entries()) {
      item.setAttribute('aria-selected', String(index === chosen));
      if (index === chosen) item.scrollIntoView({ block: 'nearest' });
    }
    if (chosen < 0) input.removeAttribute('aria-activedescendant');
    else input.setAttribute('aria-activedescendant', `found-${chosen}`);
  }

  async function answer(): Promise<void> {
    const words = splitWords(input.value);
    if (words.length === 0) {
      show(false);
      return;
    }
    if (searchable === null) {
      told.textContent = 'Loading the names …';
      show(true);
      searchable = await options.prepare();
    }
    const result = search(searchable, input.value, MOST);
    positions = result.found;
    fill(list, ...positions.map((position, index) => createItem(position, index)));
    list.hidden = positions.length === 0;
    told.textContent = tellCount(result.count);
    choose(positions.length > 0 ? 0 : -1);
    show(true);
  }

  function createItem(position: number, index: number): HTMLElement {
    const { name, where } = options.describe(position);
    const words = splitWords(input.value);
    const mark = (text: string) =>
      splitMatches(text, words).map((piece) => (piece.matches ? make('mark', {}, piece.text) : piece.text));
    const parts = mark(name).map((part) => (typeof part === 'string' ? document.createTextNode(part) : part));
    return make(
      'li',
      {
        role: 'option',
        id: `found-${index}`,
        'aria-selected': 'false',
        on: {
          pointerdown: (event) => event.preventDefault(),
          click: () => options.open(position),
        },
      },
      ...parts,
      make('span', { class: 'where' }, ...mark(where)),
    );
  }

  function tellCount(count: number): string {
    if (count === 0) return 'No test has such a name.';
    if (count > MOST) return `The first ${MOST} of ${formatWhole(count)}. More letters find fewer.`;
    return `${count} found.`;
  }

  input.addEventListener('input', () => {
    options.changed(input.value);
    void answer();
  });
  input.addEventListener('focus', () => void answer());
  input.addEventListener('blur', () => show(false));
  input.addEventListener('keydown', (event) => {
    const position = positions[chosen];
    if (event.key === 'Escape') show(false);
    else if (event.key === 'ArrowDown' && positions.length > 0) choose((chosen + 1) % positions.length);
    else if (event.key === 'ArrowUp' && positions.length > 0) {
      choose((chosen - 1 + positions.length) % positions.length);
    } else if (event.key === 'Enter' && position !== undefined && !found.hidden) options.open(position);
    else return;
    event.preventDefault();
  });
  return make('div', { class: 'fields' }, field);
}
