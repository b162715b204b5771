/**
 * Texts of tested code (titles, errors, file names, branches) made fit for a terminal: what a control character
 * would do is written out instead, so that nothing from outside moves the cursor, colours or hides a line.
 */

const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** One line: control, format and line-separating characters as escapes (`\n`, `\u001b`); the rest as it is. */
export function formatUntrusted(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) => {
    // Joiners belong to emoji and to several scripts.
    if (character === '\u200d' || character === '\u200c') return character;
    return ESCAPES[character] ?? `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
  });
}

/** A test's name as people write it: path and titles joined by ` > `, namesakes with `#2`. */
export function formatTestName(
  path: string,
  test: { readonly title: readonly string[]; readonly occurrence?: number | undefined },
): string {
  const name = [path, ...test.title].join(' > ');
  return test.occurrence === undefined ? name : `${name} #${test.occurrence}`;
}

/** At most `length` UTF-16 units, with `…` where something was cut. */
export function cutText(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1).replace(/[\ud800-\udbff]$/, '')}…` : text;
}
