/**
 * The text of an index, `artifact_hashes.txt`: a line `<key>:<CID>` for each artifact. Reading tolerates what the
 * ancestor left behind, CRLF and records glued together by its newline bug; what it cannot read it reports, and keeps.
 * Pure.
 */
import { type CID, findCid } from './cid.ts';

export interface IndexEntry {
  readonly key: string;
  readonly cid: CID;
}

/** A line that is no entry, whatever it is: kept where it was. */
export interface IndexProblem {
  /** Counted from 1. */
  readonly line: number;
  readonly text: string;
}

type IndexLine =
  | { readonly kind: 'entry'; readonly entry: IndexEntry }
  | { readonly kind: 'other'; readonly text: string };

export interface IndexFile {
  readonly lines: readonly IndexLine[];
  readonly problems: readonly IndexProblem[];
}

/** A key is one word. */
const KEY = /^[\w.@-]+$/;
/** Records without a line break between them: a CID of SHA-256 has a fixed length, in base58 and in base32. */
const GLUED = /([\w.@-]+?):(Qm[1-9A-HJ-NP-Za-km-z]{44}|b[a-z2-7]{58})/gy;

/** The index that a text is; never throws. */
export function parseIndex(text: string): IndexFile {
  const lines: IndexLine[] = [];
  const problems: IndexProblem[] = [];
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .entries()) {
    const { entries, rest } = parseRecords(raw.trim());
    for (const entry of entries) lines.push({ kind: 'entry', entry });
    if (rest === '') continue;
    lines.push({ kind: 'other', text: rest });
    if (!rest.startsWith('#')) problems.push({ line: index + 1, text: rest });
  }
  return { lines, problems };
}

/** The entries of an index; of a key that is there twice, the last counts. */
export function listEntries({ lines }: IndexFile): readonly IndexEntry[] {
  const byKey = new Map<string, IndexEntry>();
  for (const line of lines) if (line.kind === 'entry') byKey.set(line.entry.key, line.entry);
  return [...byKey.values()];
}

/** The index with one more entry, in place of what the key had before; everything else stays in its place. */
export function setEntry({ lines, problems }: IndexFile, entry: IndexEntry): IndexFile {
  const others = lines.filter((line) => line.kind === 'other' || line.entry.key !== entry.key);
  return { lines: [...others, { kind: 'entry', entry }], problems };
}

/** The index as text: one record on each line, and a line break after the last. */
export function formatIndex({ lines }: IndexFile): string {
  return lines
    .map(
      (line) => `${line.kind === 'other' ? line.text : `${line.entry.key}:${line.entry.cid.toString()}`}\n`,
    )
    .join('');
}

function parseRecords(line: string): { readonly entries: readonly IndexEntry[]; readonly rest: string } {
  const colon = line.indexOf(':');
  const entry = parseRecord(line.slice(0, colon), line.slice(colon + 1));
  if (colon > 0 && entry !== undefined) return { entries: [entry], rest: '' };
  const entries: IndexEntry[] = [];
  let end = 0;
  for (const match of line.matchAll(GLUED)) {
    const found = parseRecord(match[1] ?? '', match[2] ?? '');
    if (found === undefined) break;
    entries.push(found);
    end = match.index + match[0].length;
  }
  return { entries, rest: line.slice(end) };
}

function parseRecord(key: string, value: string): IndexEntry | undefined {
  const cid = KEY.test(key) ? findCid(value.trim()) : undefined;
  return cid === undefined ? undefined : { key, cid };
}
