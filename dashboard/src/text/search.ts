/**
 * Looking for tests by parts of their names, over tens of thousands of them while somebody types: one pass over texts that
 * were made lower-case once. Pure.
 */

export interface SearchResult {
  /** Positions of the best matches. */
  readonly found: readonly number[];
  /** How many match altogether. */
  readonly count: number;
}

export interface Searchable {
  readonly texts: readonly string[];
}

/** What is searched, prepared once. */
export function prepareSearch(texts: readonly string[]): Searchable {
  return { texts: texts.map((text) => text.toLowerCase()) };
}

/** The words of what was typed, lower-case. */
export function splitWords(typed: string): string[] {
  return typed
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
}

/**
 * The texts that contain every word of what was typed. Those that contain it as it was typed come first, of these those
 * where it comes later: in a name of path and titles the end is the test's own. Else as they were given.
 */
export function search({ texts }: Searchable, typed: string, most: number): SearchResult {
  const words = splitWords(typed);
  if (words.length === 0) return { found: [], count: 0 };
  const whole = words.join(' ');
  const exact: number[] = [];
  const others: number[] = [];
  let count = 0;
  // The longest word rules out the most.
  const [first = '', ...rest] = [...words].sort((a, b) => b.length - a.length);
  for (let index = 0; index < texts.length; index += 1) {
    const text = texts[index] as string;
    if (!text.includes(first) || !rest.every((word) => text.includes(word))) continue;
    count += 1;
    if (words.length > 1 && !text.includes(whole)) {
      if (others.length < most) others.push(index);
    } else if (exact.length < most) {
      exact.push(index);
    }
  }
  return { found: [...exact, ...others].slice(0, most), count };
}

/** A text in pieces, those that match a word marked; for showing. */
export function splitMatches(
  text: string,
  words: readonly string[],
): { readonly text: string; readonly matches: boolean }[] {
  const lower = text.toLowerCase();
  // Where lower-casing changes lengths, places cannot be carried over: nothing is marked.
  if (lower.length !== text.length || words.length === 0) return [{ text, matches: false }];
  const matched = new Uint8Array(text.length);
  for (const word of words) {
    for (let at = lower.indexOf(word); at >= 0; at = lower.indexOf(word, at + word.length)) {
      matched.fill(1, at, at + word.length);
    }
  }
  const pieces: { text: string; matches: boolean }[] = [];
  let begin = 0;
  for (let end = 1; end <= text.length; end += 1) {
    if (end < text.length && matched[end] === matched[begin]) continue;
    pieces.push({ text: text.slice(begin, end), matches: matched[begin] === 1 });
    begin = end;
  }
  return pieces;
}
