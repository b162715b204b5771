/** The documents of a run as text for a terminal. */
import { type Document, SUMMARY_DOCUMENT } from '../core/model.ts';
import { formatUntrusted } from '../core/text.ts';
import { formatBytes } from '../core/units.ts';

/** What a job type has to say at the end of a run, as it wrote it; empty when it has nothing to say. */
export function formatSummary(documents: readonly Document[]): string {
  const summary = documents.find(({ name }) => name === SUMMARY_DOCUMENT);
  return summary === undefined ? '' : formatDocument(summary);
}

/** A document's lines, harmless for a terminal. */
function formatDocument({ content }: Document): string {
  return content.trimEnd().split(/\r?\n/).map(formatUntrusted).join('\n');
}

/** Which documents there are, one line each; empty when there are none. */
export function formatDocumentList(documents: readonly Document[]): string {
  return documents
    .map(({ name, content }) => `  ${formatUntrusted(name)}  ${formatBytes(Buffer.byteLength(content))}`)
    .join('\n');
}
