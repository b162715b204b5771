/**
 * Markdown as GitHub renders it, made of our words and of texts that anybody may have written. Names are shown in code
 * spans and code blocks: there GitHub looks for no HTML, links, `@mentions` or `#123`, so that a test's title pings
 * nobody and draws nothing. Sentences that quote such a name have what would act in them broken up.
 */
import { cutText, formatUntrusted } from '../../core/text.ts';

/** Longest texts in characters; what is longer is cut with `…`. */
const LIMITS = { code: 200, sentence: 500, line: 400 } as const;
/** GitHub's parser gives up on code spans with more than 80 backticks around them. */
const LONGEST_FENCE = 8;

/** A text on one line as a code span; `fallback` when it is empty or blank. */
export function renderCode(text: string, fallback = '(no name)'): string {
  const clean = cutText(formatUntrusted(text), LIMITS.code).replace(
    new RegExp(`\`{${LONGEST_FENCE},}`, 'g'),
    `${'`'.repeat(LONGEST_FENCE - 1)}…`,
  );
  if (clean.trim() === '') return fallback;
  const fence = computeFence(clean, 1);
  // A space inside is taken off again when there is one on both sides.
  const padding = /^[` ]|[` ]$/.test(clean) ? ' ' : '';
  return `${fence}${padding}${clean}${padding}${fence}`;
}

/** What GitHub makes links of in plain text: `@name`, `#1`, `GH-1`, addresses; each is broken after its first sign. */
const LINKED = /[@#](?=\w)|:(?=\/\/)|www(?=\.)|GH(?=-\d)/gi;
const ZERO_WIDTH_SPACE = '\u200b';

/** A sentence that may quote anything, as plain text on one line. */
export function renderText(text: string): string {
  return cutText(formatUntrusted(text.replace(/\s*\n\s*/g, ' ').trim()), LIMITS.sentence)
    .replace(LINKED, (sign) => sign + ZERO_WIDTH_SPACE)
    .replace(/[!-/:-@[-`{-~]/g, (character) =>
      /[.,:;'"()/-]/.test(character) ? character : `\\${character}`,
    );
}

/** Lines as a code block, at most `limit` of them. */
export function renderCodeBlock(text: string, limit: number): string {
  const all = text.split(/\r?\n/);
  const lines = all.slice(0, limit).map((line) => cutText(formatUntrusted(line), LIMITS.line));
  if (all.length > limit) lines.push(`… and ${all.length - limit} more`);
  const fence = computeFence(lines.join('\n'), 3);
  return [`${fence}text`, ...lines, fence].join('\n');
}

/**
 * A link.
 *
 * @param label Markdown
 * @param url of our making: its parts are encoded
 */
export function renderLink(label: string, url: string): string {
  return `[${label}](${url})`;
}

export interface TableColumn {
  readonly title: string;
  readonly align?: 'right';
}

/** A table; its cells are Markdown. Empty when there are no rows. */
export function renderTable(columns: readonly TableColumn[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const renderRow = (cells: readonly string[]) => `| ${cells.map(escapePipes).join(' | ')} |`;
  return [
    renderRow(columns.map((column) => column.title)),
    `| ${columns.map((column) => (column.align === 'right' ? '---:' : '---')).join(' | ')} |`,
    ...rows.map(renderRow),
  ].join('\n');
}

/**
 * Columns are told apart before anything else is, so a `|` is escaped even in code. After a backslash parsers do not
 * agree on what that means: there it becomes a line that looks like one.
 */
function escapePipes(cell: string): string {
  return cell.replace(/(\\?)\|/g, (_, slash: string) => (slash === '' ? '\\|' : '\\│'));
}

/** A part of the page that is closed at first. `title` is in our words. */
export function renderDetails(title: string, markdown: string): string {
  return `<details><summary>${title}</summary>\n\n${markdown}\n\n</details>`;
}

/** How much of the lists in a document is shown: 1 is all that there is room for at most, 0 none. */
export type Share = number;

/**
 * The longest of ever shorter renderings that has at most `maxBytes` in UTF-8.
 *
 * @param render one document, shorter for a smaller share, and for 0 short whatever there is to tell
 */
export function renderWithin(maxBytes: number, render: (share: Share) => string): string {
  for (const share of [1, 0.5, 0.25, 0.1, 0.05, 0.02]) {
    const markdown = render(share);
    if (Buffer.byteLength(markdown) <= maxBytes) return markdown;
  }
  return cutBytes(render(0), maxBytes);
}

/** The beginning of a text on the other side of which nothing is open: whole lines. */
function cutBytes(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text;
  const lines: string[] = [];
  let room = maxBytes - 8;
  for (const line of text.split('\n')) {
    room -= Buffer.byteLength(line) + 1;
    if (room < 0) break;
    lines.push(line);
  }
  return [...lines, '', '…', ''].join('\n');
}

function computeFence(text: string, least: number): string {
  const runs = text.match(/`+/g) ?? [];
  return '`'.repeat(Math.max(least, ...runs.map((run) => run.length + 1)));
}
