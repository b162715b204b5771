/** The choice of colours: the system's, light or dark. `public/start.js` takes it before anything is drawn. */
import { make } from './element.ts';

const THEMES = [
  { name: 'system', text: 'Auto' },
  { name: 'light', text: 'Light' },
  { name: 'dark', text: 'Dark' },
] as const;

type Theme = (typeof THEMES)[number]['name'];

/** Charts draw their colours themselves, and listen to this event of `document`. */
export const THEME_EVENT = 'tracey-theme';

export function createThemeSwitch(): HTMLElement {
  const group = make('div', { class: 'buttons', role: 'group', 'aria-label': 'Colours' });
  const buttons = THEMES.map(({ name, text }) =>
    make('button', { class: 'button', type: 'button', on: { click: () => choose(name) } }, text),
  );
  const show = (chosen: Theme) => {
    for (const [index, { name }] of THEMES.entries()) {
      buttons[index]?.setAttribute('aria-pressed', String(name === chosen));
    }
  };
  const choose = (theme: Theme) => {
    const root = document.documentElement;
    if (theme === 'system') delete root.dataset['theme'];
    else root.dataset['theme'] = theme;
    try {
      if (theme === 'system') localStorage.removeItem('tracey-theme');
      else localStorage.setItem('tracey-theme', theme);
    } catch {
      // Storage is switched off: the choice holds for this page.
    }
    show(theme);
    document.dispatchEvent(new Event(THEME_EVENT));
  };
  group.append(...buttons);
  followPrinting();
  const present = document.documentElement.dataset['theme'];
  show(present === 'light' || present === 'dark' ? present : 'system');
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () =>
    document.dispatchEvent(new Event(THEME_EVENT)),
  );
  return group;
}

/** Paper is light, and charts on it are drawn so. */
function followPrinting(): void {
  const { dataset } = document.documentElement;
  let chosen: string | undefined;
  const take = (theme: string | undefined) => {
    if (theme === undefined) delete dataset['theme'];
    else dataset['theme'] = theme;
    document.dispatchEvent(new Event(THEME_EVENT));
  };
  addEventListener('beforeprint', () => {
    chosen = dataset['theme'];
    take('light');
  });
  addEventListener('afterprint', () => take(chosen));
}
