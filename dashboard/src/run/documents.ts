/** What a job type wrote of a run: Markdown as elements out of a short list, everything else as text. */
import { DOCUMENT_TAGS, type DocumentPart, type RunDocument } from '../../data-format.ts';
import { type Child, make } from '../page/element.ts';
import { createPanel } from '../page/figures.ts';
import { showText } from '../page/marks.ts';

export function createDocuments(documents: readonly RunDocument[]): HTMLElement[] {
  if (documents.length === 0) return [];
  return [createPanel('Documents', 'Texts that the job type wrote.', ...documents.map(createDocument))];
}

function createDocument({ name, mediaType, content, parts, cut }: RunDocument, number: number): HTMLElement {
  const shown =
    parts === undefined
      ? make('div', { class: 'state slim' }, make('pre', {}, content))
      : make('div', { class: 'document' }, ...createParts(parts, `document-${number}-`));
  return make(
    'details',
    {},
    make('summary', {}, `${showText(name)} (${showText(mediaType)}${cut ? ', cut' : ''})`),
    shown,
  );
}

/** `prefix` keeps headings apart from all else that has a name on the page. */
function createParts(parts: readonly DocumentPart[], prefix: string): Child[] {
  return parts.map((part) => {
    if (typeof part === 'string') return part;
    const [tag, { href, id, start, align }, ...within] = part;
    const element = make(
      DOCUMENT_TAGS.find((known) => known === tag) ?? 'span',
      {
        ...(href !== undefined && readLink(href, prefix)),
        id: id === undefined ? null : prefix + id,
        start,
        class: align === 'right' ? 'number' : align,
      },
      ...createParts(within, prefix),
    );
    if (tag !== 'table') return element;
    return make(
      'div',
      { class: 'table-box', role: 'region', 'aria-label': 'A table of the document', tabindex: 0 },
      element,
    );
  });
}

/** Where a link leads is told where it is pointed at: its text says what its author likes. */
function readLink(href: string, prefix: string): { readonly href?: string; readonly title?: string } {
  if (href.startsWith('#')) return { href: `#${prefix}${href.slice(1)}` };
  return /^https?:\/\//i.test(href) ? { href, title: href } : {};
}
