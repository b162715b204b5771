/** Choices that a reader makes. What becomes of them, in the address and on the page, is up to the page. */
import { make } from './element.ts';

export interface Choice {
  readonly value: string;
  readonly text: string;
}

export interface SelectOptions {
  readonly name: string;
  readonly label: string;
  readonly choices: readonly Choice[];
  /** What stands for no choice; without it the first choice does. */
  readonly any?: string;
  readonly value: string | undefined;
  readonly changed: (value: string | undefined) => void;
}

/** A choice of one of several, or of none. A value that is not among the choices counts as none. */
export function createSelect({ name, label, choices, any, value, changed }: SelectOptions): HTMLElement {
  const select = make('select', { name });
  if (any !== undefined) select.append(make('option', { value: '' }, any));
  for (const choice of choices) select.append(make('option', { value: choice.value }, choice.text));
  select.value = choices.some((one) => one.value === value)
    ? (value ?? '')
    : (select.options[0]?.value ?? '');
  const field = make('label', { class: 'field' }, label, select);
  const mark = () => field.classList.toggle('chosen', any !== undefined && select.value !== '');
  select.addEventListener('change', () => {
    const chosen = select.value === '' ? undefined : select.value;
    mark();
    changed(chosen);
  });
  mark();
  return field;
}

export interface ToggleOptions {
  readonly label: string;
  readonly choices: readonly Choice[];
  readonly value: string;
  readonly changed: (value: string) => void;
}

/** A choice of one of two or three, all of them seen. */
export function createToggle({ label, choices, value, changed }: ToggleOptions): HTMLElement {
  const group = make('div', {
    class: choices.length > 3 ? 'buttons many' : 'buttons',
    role: 'group',
    'aria-label': label,
  });
  for (const choice of choices) {
    const button = make(
      'button',
      {
        class: 'button',
        type: 'button',
        'aria-pressed': String(choice.value === value),
        on: {
          click: () => {
            for (const other of group.children) other.setAttribute('aria-pressed', String(other === button));
            changed(choice.value);
          },
        },
      },
      choice.text,
    );
    group.append(button);
  }
  return group;
}

/** Different values in the order in which they come, as choices. */
export function listChoices(
  values: readonly string[],
  text: (value: string) => string = (value) => value,
): Choice[] {
  return [...new Set(values)].map((value) => ({ value, text: text(value) }));
}
