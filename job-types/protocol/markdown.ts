/** Markdown of what libraries said on the wire, which is anybody's text: none of it acts. Pure. */
import { cutText, formatUntrusted } from '../../core/text.ts';

const CODE_LENGTH = 300;

/** A text on one line as a code span. */
export function renderCode(text: string): string {
  const clean = cutText(formatUntrusted(text), CODE_LENGTH);
  const fence = '`'.repeat(computeLongestRun(clean) + 1);
  const padding = /^[` ]|[` ]$/.test(clean) || clean === '' ? ' ' : '';
  return `${fence}${padding}${clean}${padding}${fence}`;
}

/** Lines as a code block, whole. */
export function renderCodeBlock(text: string, language: string): string {
  const lines = text.split('\n').map(formatUntrusted);
  const fence = '`'.repeat(Math.max(3, computeLongestRun(text) + 1));
  return [`${fence}${language}`, ...lines, fence].join('\n');
}

/** Plain text on one line. */
export function renderText(text: string): string {
  return formatUntrusted(text).replace(/[\\`*_{}[\]<>#|~@&]/g, '\\$&');
}

function computeLongestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
}
