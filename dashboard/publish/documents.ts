/** Documents of a run as they are published: Markdown as what it says, all else as text; cut where they are long. Pure. */
import type { Document } from '../../core/model.ts';
import { cutText } from '../../core/text.ts';
import type { RunDocument } from '../data-format.ts';
import { findParts } from './markdown.ts';

const MOST_DOCUMENT = 65_536;

/** Of Markdown in one run; what comes after that stays text. It can be made to take a second for each 64 KiB. */
const MOST_MARKDOWN = 4 * MOST_DOCUMENT;

export function composeDocuments(documents: readonly Document[]): RunDocument[] {
  let markdown = 0;
  return documents.map(({ name, mediaType, content }) => {
    const text = cutText(content, MOST_DOCUMENT);
    const isMarkdown = /^text\/markdown\b/i.test(mediaType);
    if (isMarkdown) markdown += text.length;
    const parts = isMarkdown && markdown <= MOST_MARKDOWN ? findParts(text) : undefined;
    const cut = content.length > MOST_DOCUMENT;
    return { name, mediaType, cut, ...(parts === undefined ? { content: text } : { parts }) };
  });
}
