/**
 * Texts of tested code inside a mail: shown as they are, without power. Nothing in them becomes markup, and mail programs,
 * which make links of what looks like an address, find none.
 */
import { cutText, formatUntrusted } from '../text.ts';

/** Longest quotes in characters; what is longer is cut with `…`. */
const LIMITS = { name: 200, line: 400 } as const;

/** What mail programs make links of: addresses of the web; each is broken after its first sign. */
const LINKED = /:(?=\/\/)|www(?=\.)/gi;
const ZERO_WIDTH_SPACE = '\u200b';

/** A name or sentence on one line. */
export function formatQuote(text: string, limit: number = LIMITS.name): string {
  const line = cutText(formatUntrusted(text.replace(/\s*\n\s*/g, ' ').trim()), limit);
  return line.replace(LINKED, (sign) => sign + ZERO_WIDTH_SPACE);
}

/** Several lines, each for itself. */
export function formatQuotedLines(text: string): string[] {
  return text.split(/\r?\n/).map((line) => formatQuote(line.replaceAll('\t', '  '), LIMITS.line));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text for HTML, between tags or in a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
