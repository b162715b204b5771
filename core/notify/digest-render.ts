/**
 * Paragraphs as plain text and as HTML that mail programs show: tables and inline styles, nothing that is loaded, no
 * attachment. Texts come made harmless by `quote.ts`; what HTML means by them is escaped here.
 */
import { escapeHtml } from './quote.ts';
import { computeLevels, formatRange, formatSparkline } from './sparkline.ts';

export type Paragraph =
  | { readonly kind: 'heading' | 'text'; readonly text: string }
  | { readonly kind: 'title'; readonly text: string; readonly tone: 'bad' | 'good' }
  /** A label that leads somewhere, and what is said of it. */
  | {
      readonly kind: 'link';
      readonly label: string;
      readonly text: string | null;
      readonly url: string | null;
    }
  /** As they stand: reasons, logs. */
  | { readonly kind: 'lines'; readonly lines: readonly string[] }
  /** Durations in ms, oldest first. */
  | { readonly kind: 'chart'; readonly valuesMs: readonly (number | null)[] };

/** Paragraphs about one thing; those of level 2 are part of what is before them. */
export interface Block {
  readonly level: 1 | 2;
  readonly paragraphs: readonly Paragraph[];
}

/** Plain text. */
export function renderText(blocks: readonly Block[], footer: readonly string[]): string {
  const body = blocks.map(({ level, paragraphs }) =>
    paragraphs
      .flatMap(renderTextLines)
      .map((line, index) => (level === 2 && index > 0 ? `  ${line}` : line))
      .map((line) => line.trimEnd())
      .join('\n')
      .trimEnd(),
  );
  return `${[...body, ['-- ', ...footer].join('\n')].join('\n\n')}\n`;
}

function renderTextLines(paragraph: Paragraph): string[] {
  switch (paragraph.kind) {
    case 'heading':
      return [paragraph.text.toUpperCase()];
    case 'title':
    case 'text':
      return [paragraph.text];
    case 'link': {
      const { label, text, url } = paragraph;
      return [text === null ? label : `${label}  ${text}`, ...(url === null ? [] : [`  ${url}`])];
    }
    case 'lines':
      return ['', ...paragraph.lines.map((line) => `  ${line}`), ''];
    case 'chart': {
      const sparkline = formatSparkline(paragraph.valuesMs);
      return sparkline === '' ? [] : [sparkline];
    }
  }
}

const FONT = 'font-family:-apple-system,Segoe UI,Helvetica,Arial,sans-serif;font-size:14px;line-height:20px;';
const COLOURS = {
  text: '#1f2328',
  quiet: '#59636e',
  bad: '#b3261e',
  good: '#1a7f37',
  bar: '#8c959f',
} as const;
const CHART = { heightPx: 36, leastPx: 2, barPx: 6 } as const;

/** A whole page of HTML. */
export function renderHtml(blocks: readonly Block[], footer: readonly string[]): string {
  const body = blocks.map(({ level, paragraphs }) => {
    const inner = paragraphs.map(renderHtmlParagraph).join('\n');
    return level === 1 ? inner : `<div style="margin:0 0 20px 0;">\n${inner}\n</div>`;
  });
  const end = footer.map(escapeHtml).join('<br>\n');
  return `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Tracey</title></head>
<body style="margin:0;padding:16px;color:${COLOURS.text};${FONT}">
${body.join('\n')}
<p style="color:${COLOURS.quiet};font-size:12px;line-height:16px;">${end}</p>
</body>
</html>
`;
}

function renderHtmlParagraph(paragraph: Paragraph): string {
  switch (paragraph.kind) {
    case 'heading':
      return `<h2 style="font-size:16px;margin:16px 0 8px 0;">${escapeHtml(paragraph.text)}</h2>`;
    case 'title':
      return `<div style="font-weight:bold;color:${COLOURS[paragraph.tone]};">${escapeHtml(paragraph.text)}</div>`;
    case 'text':
      return `<div>${escapeHtml(paragraph.text)}</div>`;
    case 'link':
      return `<div>${renderLink(paragraph)}</div>`;
    case 'lines':
      return `<pre style="margin:8px 0;padding:8px;background:#f6f8fa;white-space:pre-wrap;font-size:12px;line-height:16px;">${escapeHtml(paragraph.lines.join('\n'))}</pre>`;
    case 'chart':
      return renderChart(paragraph.valuesMs);
  }
}

function renderLink({ label, text, url }: Extract<Paragraph, { kind: 'link' }>): string {
  const name = escapeHtml(label);
  const linked = url === null ? name : `<a href="${escapeHtml(url)}">${name}</a>`;
  return text === null ? linked : `${linked} ${escapeHtml(text)}`;
}

/** Bars in a row, each a table of its own: the one shape whose height every mail program keeps. */
function renderChart(valuesMs: readonly (number | null)[]): string {
  const range = formatRange(valuesMs);
  if (range === '') return '';
  const last = valuesMs.length - 1;
  const bars = computeLevels(valuesMs).map((level, index) => {
    const colour = index === last ? COLOURS.bad : COLOURS.bar;
    return `<td valign="bottom" style="padding:0 1px;">${level === null ? '' : renderBar(level, colour)}</td>`;
  });
  return `<table role="img" aria-label="${escapeHtml(`Trend: ${formatSparkline(valuesMs)}`)}" cellpadding="0" cellspacing="0" border="0" style="margin:6px 0;"><tr>
${bars.join('\n')}
<td valign="bottom" style="padding-left:8px;color:${COLOURS.quiet};font-size:12px;">${escapeHtml(range)}</td>
</tr></table>`;
}

function renderBar(level: number, colour: string): string {
  const { barPx, heightPx, leastPx } = CHART;
  const height = Math.max(leastPx, Math.round(level * heightPx));
  return `<table cellpadding="0" cellspacing="0" border="0"><tr><td width="${barPx}" height="${height}" bgcolor="${colour}" style="width:${barPx}px;height:${height}px;font-size:0;line-height:0;">&nbsp;</td></tr></table>`;
}
