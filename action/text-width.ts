/**
 * Columns that a text takes on a terminal. What knows every script and emoji takes longer to load than most of
 * Tracey: it is loaded for the first text that needs it.
 */
import { createRequire } from 'node:module';
import { stripVTControlCharacters } from 'node:util';

type ComputeWidth = (text: string) => number;

const PLAIN = /^[\x20-\x7e]*$/;

let computeAny: ComputeWidth | undefined;

/** Columns of one line; colours take none. */
export function computeWidth(text: string): number {
  const bare = stripVTControlCharacters(text);
  if (PLAIN.test(bare)) return bare.length;
  computeAny ??= loadStringWidth();
  return computeAny(bare);
}

function loadStringWidth(): ComputeWidth {
  const loaded = createRequire(import.meta.url)('./string-width.js') as { readonly default: ComputeWidth };
  return loaded.default;
}
