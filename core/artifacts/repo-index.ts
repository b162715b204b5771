/**
 * An index that is a file of the repo. The newest of it is wherever it is written to, which may be ahead of the commit that
 * is checked out; a checkout's own file is looked into besides.
 */
import { createHash } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { ArtifactError, findSystemCode, formatThrown } from '../errors.ts';
import { acquireLock, findLockPlace } from '../machine/lock.ts';
import { formatUntrusted } from '../text.ts';
import type { ArtifactIndex } from './artifact-index.ts';
import { formatIndex, type IndexEntry, listEntries, parseIndex, setEntry } from './index-file.ts';

/** Where the file of an index is written: a file, or GitHub's copy of it. */
export interface ArtifactIndexWriter {
  /** For messages. */
  readonly label: string;
  /** The newest text; null when there is none yet. */
  readonly read: () => Promise<string | null>;
  /**
   * Puts what `change` makes of the newest text in its place; asks again, with what is there then, when somebody else was
   * quicker. The subject says what was changed.
   */
  readonly update: (change: (text: string | null) => string, subject: string) => Promise<void>;
}

export interface RepoIndexOptions {
  readonly writer: ArtifactIndexWriter;
  /** The file in the checkout. */
  readonly file: string;
  /** Hears of lines that are no entries, and of a newest text that could not be read. */
  readonly onNotice: (text: string) => void;
}

/** An index over a file of the repo. */
export function openRepoIndex({ writer, file, onNotice }: RepoIndexOptions): ArtifactIndex {
  const readEntries = async (): Promise<readonly IndexEntry[]> => {
    const own = (await readIfThere(file)) ?? '';
    const newest = await writer.read().catch((thrown: unknown) => {
      onNotice(`${formatThrown(thrown)} The index is read from the checkout alone.`);
      return null;
    });
    const entries = new Map<string, IndexEntry>();
    for (const text of new Set([own, newest ?? ''])) {
      const index = parseIndex(text);
      for (const problem of index.problems) onNotice(formatProblem(writer.label, problem));
      for (const entry of listEntries(index)) entries.set(entry.key, entry);
    }
    return [...entries.values()];
  };
  return {
    label: writer.label,
    find: async (key) => (await readEntries()).find((entry) => entry.key === key)?.cid,
    list: readEntries,
    async record(entries) {
      const change = (text: string | null) => formatIndex(entries.reduce(setEntry, parseIndex(text ?? '')));
      await writer.update(change, formatSubject(entries));
    },
  };
}

/** Writes the index into a file of this machine, for somebody to commit. */
export function openFileWriter(file: string): ArtifactIndexWriter {
  return {
    label: file,
    read: () => readIfThere(file),
    update: (change) => withFile(file, async () => writeWhole(file, change(await readIfThere(file)))),
  };
}

function formatProblem(
  label: string,
  { line, text }: { readonly line: number; readonly text: string },
): string {
  return `${label}:${line}: is no <key>:<CID>, and is left as it is: ${formatUntrusted(text.slice(0, 100))}`;
}

/** The subject of the commit that records entries. */
function formatSubject(entries: readonly IndexEntry[]): string {
  const [first, ...others] = entries.map(({ key }) => key);
  return `Record artifact ${first}${others.length === 0 ? '' : ` and ${others.length} more`}`;
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (findSystemCode(cause) === 'ENOENT') return null;
    throw new ArtifactError(`${file}: the index cannot be read: ${formatThrown(cause)}.`, {
      code: 'artifact/index-unreadable',
      hint: 'Check artifacts.index in .tracey.yml, and the rights of the file.',
      cause,
    });
  }
}

/** Two processes of this machine do not write the same file at once. */
async function withFile(file: string, work: () => Promise<void>): Promise<void> {
  const name = `index-${createHash('sha256').update(file).digest('hex').slice(0, 24)}`;
  const place = findLockPlace({ name, folder: tmpdir(), platform: process.platform });
  const lock = await acquireLock({ place, job: `index ${file}`, deadlineMs: 60_000 });
  try {
    await work();
  } finally {
    await lock.release();
  }
}

async function writeWhole(file: string, text: string): Promise<void> {
  const temporary = `${file}.${process.pid}.new`;
  try {
    await writeFile(temporary, text);
    await rename(temporary, file);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new ArtifactError(`${file}: the index cannot be written: ${formatThrown(cause)}.`, {
      code: 'artifact/index-unwritable',
      hint: 'Check the rights of its folder, or keep the index in IPFS: `index: ipfs`.',
      cause,
    });
  }
}
