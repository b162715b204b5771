/** The order of titles that does not depend on when they were first seen. Pure. */

interface Titled {
  readonly title: readonly string[];
  readonly occurrence?: number | undefined;
}

/** Title by title from the outermost, then by occurrence. */
export function compareTitles(a: Titled, b: Titled): number {
  const length = Math.max(a.title.length, b.title.length);
  for (let at = 0; at < length; at += 1) {
    const order = compareText(a.title[at], b.title[at]);
    if (order !== 0) return order;
  }
  return (a.occurrence ?? 1) - (b.occurrence ?? 1);
}

/** By code units; nothing comes before something. */
export function compareText(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0;
  if (a === undefined) return -1;
  return b === undefined || a > b ? 1 : -1;
}
