/**
 * Markdown as the few elements that pages make of it. It was written by tested code, so nothing of it becomes markup by itself:
 * what is not one of the known elements stays text or is left out. HTML stays the text that it is, pictures give way to what
 * stands for them, and links lead to the web or to a heading of the same document, or are none. Pure.
 */
import MarkdownIt, { type Token } from 'markdown-it';
import { DOCUMENT_TAGS, type DocumentPart, type DocumentTag } from '../data-format.ts';
import { createDocumentTree, type DocumentTree } from './document-tree.ts';

const parser = new MarkdownIt({ html: false, linkify: false, typographer: false });

/** The parts of a document; undefined for what is better shown as text: nested too deeply, or of very many parts. */
export function findParts(markdown: string): readonly DocumentPart[] | undefined {
  const tree = createDocumentTree();
  for (const block of parser.parse(markdown, {})) {
    for (const token of block.type === 'inline' ? (block.children ?? []) : [block]) addToken(tree, token);
    if (tree.isTooMuch()) return undefined;
  }
  return tree.finish();
}

function addToken(tree: DocumentTree, token: Token): void {
  // Paragraphs of a list without blank lines.
  if (token.hidden) return;
  if (token.nesting === 1) open(tree, token);
  else if (token.nesting === -1) tree.close();
  else if (token.type === 'softbreak') tree.addText('\n');
  // Of a picture, what stands for it.
  else if (token.type === 'text' || token.type === 'image') tree.addText(token.content);
  else {
    const isBlock = token.type === 'fence' || token.type === 'code_block';
    tree.open(isBlock ? 'pre' : nameTag(token));
    tree.addText(token.content);
    tree.close();
  }
}

function open(tree: DocumentTree, token: Token): void {
  if (token.type === 'heading_open') tree.openHeading(Number(token.tag.slice(1)));
  else if (token.type === 'link_open') tree.openLink(String(token.attrGet('href')));
  else {
    const start = Number(token.attrGet('start') ?? 1);
    const align = /^text-align:(center|right)$/.exec(String(token.attrGet('style')))?.[1];
    tree.open(nameTag(token), {
      ...(start !== 1 && { start }),
      ...(align !== undefined && { align: align as 'center' | 'right' }),
    });
  }
}

function nameTag({ tag }: Token): DocumentTag {
  return DOCUMENT_TAGS.find((known) => known === tag) ?? 'span';
}
