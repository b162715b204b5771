/** How every page begins: theme, what the footer says, the page's own work, and what becomes of its errors. */
import type { IndexFile } from '../../data-format.ts';
import { DataError, loadIndex } from '../data/load.ts';
import { fill, make } from './element.ts';
import { showFailure } from './states.ts';
import { createThemeSwitch } from './theme.ts';

/** Puts a page into `main`. `present` is called with what the site's index says. */
export async function startPage(
  present: (place: HTMLElement, index: IndexFile) => Promise<void>,
): Promise<void> {
  if (location.protocol === 'file:') return;
  document.querySelector('[data-slot="theme"]')?.append(createThemeSwitch());
  const place = document.querySelector('main');
  if (place === null) return;
  place.setAttribute('aria-busy', 'true');
  try {
    const index = await loadIndex();
    document
      .querySelector('[data-slot="colophon"]')
      ?.append(make('span', {}, `Published with Tracey ${index.traceyVersion}.`));
    await present(place, index);
  } catch (error) {
    if (error instanceof DataError && error.kind === 'gone' && reloadOnce()) return;
    if (!(error instanceof DataError)) console.error(error);
    showFailure(place, error);
  } finally {
    place.removeAttribute('aria-busy');
    document.documentElement.dataset['ready'] = 'true';
  }
}

/** A file that is gone means a newer index; once, the page is loaded anew by itself. */
function reloadOnce(): boolean {
  try {
    const key = 'tracey-reloaded';
    const last = Number(sessionStorage.getItem(key) ?? 0);
    if (Date.now() - last < 30_000) return false;
    sessionStorage.setItem(key, String(Date.now()));
  } catch {
    return false;
  }
  location.reload();
  return true;
}

/** Puts a page's parts in place of what was there while it loaded. */
export function showPage(
  place: Element,
  parts: { readonly title: string; readonly children: readonly Node[] },
): void {
  document.title = `${parts.title} · Tracey`;
  fill(place, ...parts.children);
}
