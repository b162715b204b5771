/** A document while it is put together, part by part: how large it may get, which headings it has and which links lead to them. Pure. */
import type { DocumentElement, DocumentPart, DocumentTag } from '../data-format.ts';

/** Deeper than any person writes. */
const MOST_DEPTH = 24;

/** Elements and texts: some 200 kB in the file of a run. */
const MOST_PARTS = 10_000;

/** Below the headings of the page: its own, and that of its documents. */
const FIRST_HEADING = 3;
const LAST_HEADING = 6;

export type Attributes = DocumentElement[1];

export interface DocumentTree {
  /** What follows is within it until it is closed. */
  open(tag: DocumentTag, attributes?: Attributes): void;
  /** Level 1 is the highest. */
  openHeading(level: number): void;
  /** Whatever does not lead to the web or to a heading of the document becomes no link. */
  openLink(href: string): void;
  addText(text: string): void;
  close(): void;
  /** Nested too deeply, or of too many parts. */
  isTooMuch(): boolean;
  finish(): readonly DocumentPart[];
}

/** An element that is not finished. */
interface Draft {
  tag: DocumentTag;
  attributes: Attributes;
  readonly parts: (string | Draft)[];
}

interface Heading {
  readonly draft: Draft;
  readonly level: number;
}

interface Link {
  readonly draft: Draft;
  readonly href: string;
}

export function createDocumentTree(): DocumentTree {
  const root: Draft = { tag: 'span', attributes: {}, parts: [] };
  const headings: Heading[] = [];
  const links: Link[] = [];
  /** From the root to where something is put next. */
  const way = [root];
  let [count, depth] = [0, 0];

  function put(part: string | Draft): void {
    way.at(-1)?.parts.push(part);
    count += 1;
  }

  function open(tag: DocumentTag, attributes: Attributes = {}): Draft {
    const draft = { tag, attributes, parts: [] };
    put(draft);
    way.push(draft);
    depth = Math.max(depth, way.length);
    return draft;
  }

  return {
    open(tag, attributes) {
      open(tag, attributes);
    },
    openHeading(level) {
      headings.push({ draft: open('h3'), level });
    },
    openLink(href) {
      if (/^https?:\/\//i.test(href) && URL.canParse(href)) open('a', { href });
      else links.push({ draft: open('span'), href });
    },
    addText(text) {
      const parts = way.at(-1)?.parts ?? [];
      const last = parts.at(-1);
      if (typeof last === 'string') parts[parts.length - 1] = last + text;
      else if (text !== '') put(text);
    },
    close() {
      if (way.length > 1) way.pop();
    },
    isTooMuch: () => depth > MOST_DEPTH || count > MOST_PARTS,
    finish() {
      rankHeadings(headings);
      joinLinks(links, headings);
      return root.parts.map(finishPart);
    },
  };
}

/** So that the highest are right below those of the page, and none skips a level on the way down. */
function rankHeadings(headings: readonly Heading[]): void {
  const highest = Math.min(...headings.map(({ level }) => level));
  let before = FIRST_HEADING - 1;
  for (const { draft, level } of headings) {
    before = Math.min(level - highest + FIRST_HEADING, before + 1, LAST_HEADING);
    draft.tag = `h${before}` as DocumentTag;
  }
}

/** Links to headings by their text, as GitHub names them. What else was linked to is not there. */
function joinLinks(links: readonly Link[], headings: readonly Heading[]): void {
  const named = new Map<string, Draft>();
  for (const { draft } of headings) {
    const name = nameHeading(draft);
    if (name !== '' && !named.has(name)) named.set(name, draft);
  }
  for (const { draft, href } of links) {
    const name = href.startsWith('#') ? decode(href.slice(1)) : '';
    const heading = named.get(name);
    if (heading === undefined) continue;
    heading.attributes = { id: name };
    draft.tag = 'a';
    draft.attributes = { href: `#${name}` };
  }
}

function nameHeading(heading: Draft): string {
  return readText(heading)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');
}

function readText(part: string | Draft): string {
  return typeof part === 'string' ? part : part.parts.map(readText).join('');
}

function decode(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}

function finishPart(part: string | Draft): DocumentPart {
  return typeof part === 'string' ? part : [part.tag, part.attributes, ...part.parts.map(finishPart)];
}
