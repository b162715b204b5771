/**
 * Data files of a site, each named by its content and therefore written once. A file gets its name when it is whole, by a
 * rename; one that is hollow all the same, from before a power cut, is written again. What is in the folder and belongs to no site any more is removed at the end, never before.
 */
import { createHash, type Hash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeDeltas } from '../columns.ts';
import type { Ref, ShardSet } from '../data-format.ts';

export const DATA_FOLDER = 'data';

const JSON_KINDS = [
  'overview',
  'runners',
  'repository',
  'changes',
  'profile',
  'names',
  'file',
  'runs',
  'notes',
  'summary',
  'run',
] as const;
const SHARD_KINDS = ['series', 'failures'] as const;
type JsonKind = (typeof JSON_KINDS)[number];
type ShardKind = (typeof SHARD_KINDS)[number];
type Kind = JsonKind | ShardKind;

/** Bytes of a shard from which on the next one is begun: some 3 KB as they are sent, and a page of a test fetches a few. */
export const SHARD_BYTES = 8_192;

export interface DataFiles {
  /** Makes sure that there is a file with this content. */
  writeJson(kind: JsonKind, content: unknown): Ref;
  /** `mostBytes`: {@link SHARD_BYTES}, unless smaller ones are wanted. */
  openShards(kind: ShardKind, mostBytes?: number): ShardWriter;
  /** Whether a file of an earlier site is there; if so it stays. */
  keep(kind: Kind, ref: Ref): boolean;
  /** Removes what was neither written nor kept; the number of files and folders. */
  sweep(): number;
  readonly counts: { written: number; kept: number };
}

/** Writes entries, ascending by subject, to files of so many bytes. */
export interface ShardWriter {
  /** `entry` is JSON. */
  add(subject: number, entry: string): void;
  /** Null when there were none. */
  finish(): ShardSet | null;
}

/** Over `<site>/data`; makes the folders. */
export function openDataFiles(site: string): DataFiles {
  const folder = join(site, DATA_FOLDER);
  const unfinished = join(folder, `.new-${process.pid}`);
  mkdirSync(unfinished, { recursive: true });
  const found = new Map<Kind, Set<string>>();
  const used = new Map<Kind, Set<string>>();
  for (const kind of [...JSON_KINDS, ...SHARD_KINDS]) {
    mkdirSync(join(folder, kind), { recursive: true });
    found.set(kind, new Set(readdirSync(join(folder, kind))));
    used.set(kind, new Set());
  }
  const counts = { written: 0, kept: 0 };
  let unfinishedCount = 0;

  /** Where something unfinished is; renamed into place, or removed. */
  function nameUnfinished(): string {
    unfinishedCount += 1;
    return join(unfinished, String(unfinishedCount));
  }

  function isThere(kind: Kind, name: string): boolean {
    const here = found.get(kind)?.has(name) ?? false;
    if (here) use(kind, name);
    return here;
  }

  function use(kind: Kind, name: string): void {
    const names = used.get(kind);
    if (names?.has(name) === false) {
      names.add(name);
      counts.kept += 1;
    }
  }

  function place(kind: Kind, { from, name }: { readonly from: string; readonly name: string }): void {
    renameSync(from, join(folder, kind, name));
    found.get(kind)?.add(name);
    used.get(kind)?.add(name);
  }

  function writeJson(kind: JsonKind, content: unknown): Ref {
    const bytes = Buffer.from(JSON.stringify(content));
    const ref = toRef(createHash('sha256').update(bytes));
    if (isThere(kind, `${ref}.json`) && holds(join(folder, kind, `${ref}.json`), bytes)) return ref;
    const from = nameUnfinished();
    writeFileSync(from, bytes);
    place(kind, { from, name: `${ref}.json` });
    counts.written += 1;
    return ref;
  }

  function openShards(kind: ShardKind, mostBytes = SHARD_BYTES): ShardWriter {
    const from = nameUnfinished();
    const hash = createHash('sha256');
    const starts: number[] = [];
    let entries: string[] = [];
    let bytes = 0;
    function flush(): void {
      if (starts.length === 1) mkdirSync(from);
      const content = Buffer.from(`{"${kind}":[${entries.join(',')}]}`);
      hash.update(content);
      writeFileSync(join(from, `${starts.length - 1}.json`), content);
      [entries, bytes] = [[], 0];
    }
    return {
      add(subject, entry) {
        if (entries.length > 0 && bytes + entry.length > mostBytes) flush();
        if (entries.length === 0) starts.push(subject);
        entries.push(entry);
        bytes += entry.length;
      },
      finish() {
        if (entries.length === 0) return null;
        flush();
        const ref = toRef(hash);
        const known = join(folder, kind, ref);
        if (isThere(kind, ref) && starts.every((_, shard) => isAlike(from, { known, shard }))) {
          rmSync(from, { recursive: true });
        } else {
          rmSync(known, { recursive: true, force: true });
          place(kind, { from, name: ref });
          counts.written += starts.length;
        }
        return { ref, starts: encodeDeltas(starts) };
      },
    };
  }

  function sweep(): number {
    let removed = 0;
    for (const [kind, names] of found) {
      for (const name of names) {
        if (used.get(kind)?.has(name)) continue;
        rmSync(join(folder, kind, name), { recursive: true, force: true });
        removed += 1;
      }
    }
    for (const name of readdirSync(folder)) {
      if (name.startsWith('.new-')) rmSync(join(folder, name), { recursive: true, force: true });
    }
    return removed;
  }

  return {
    writeJson,
    openShards,
    keep: (kind, ref) => isThere(kind, SHARD_KINDS.some((shards) => shards === kind) ? ref : `${ref}.json`),
    sweep,
    counts,
  };
}

/** Whether a shard is in two folders the same. */
function isAlike(
  from: string,
  { known, shard }: { readonly known: string; readonly shard: number },
): boolean {
  const name = `${shard}.json`;
  return holds(join(known, name), readFileSync(join(from, name)));
}

function holds(file: string, bytes: Uint8Array): boolean {
  try {
    return readFileSync(file).equals(bytes);
  } catch {
    return false;
  }
}

function toRef(hash: Hash): Ref {
  return hash.digest('hex').slice(0, 20);
}
