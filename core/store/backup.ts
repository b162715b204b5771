/**
 * Copies of a database while others write it, by SQLite's online backup: each is whole, checked, and on the disk before it
 * has its name. Old ones are removed; the newest always stays.
 */
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import SQLite from 'better-sqlite3';
import { findSystemCode, formatThrown, StoreError } from '../errors.ts';
import { findDamage, readRuns } from './check.ts';
import { type OpenStoreOptions, openDatabaseForCopying } from './open.ts';
import { translateSqliteError } from './sqlite-errors.ts';

export interface BackupRequest extends Pick<OpenStoreOptions, 'file' | 'nativeBinding'> {
  /** Where copies are kept; made when it is not there. */
  readonly folder: string;
  /** Copies that are older are removed. */
  readonly keepDays: number;
  readonly now: Date;
  readonly signal: AbortSignal;
  /** How far the copy is, 0 to 1. */
  readonly onProgress: (ratio: number) => void;
}

export interface Backup {
  readonly file: string;
  readonly bytes: number;
  readonly runs: number;
  /** Files of copies that were too old. */
  readonly removed: readonly string[];
}

const NAME = /^tracey-(\d{8}T\d{6}Z)\.db$/;
const DAY_MS = 86_400_000;

/** Some 4 MB at once: whoever writes the database meanwhile does not wait. */
const PAGES_AT_ONCE = 1000;

/**
 * Copies a database.
 *
 * @throws StoreError as for opening it; `backup/unwritable`, `backup/damaged` when the copy is not as it must be
 */
export async function backUpDatabase(request: BackupRequest): Promise<Backup> {
  const { folder, now } = request;
  const file = join(folder, `tracey-${formatMoment(now)}.db`);
  const partial = `${file}.partial`;
  const source = openDatabaseForCopying(request);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await rm(partial, { force: true });
    await source.backup(partial, {
      progress: ({ totalPages, remainingPages }) => {
        request.onProgress(totalPages === 0 ? 0 : 1 - remainingPages / totalPages);
        request.signal.throwIfAborted();
        return PAGES_AT_ONCE;
      },
    });
    request.signal.throwIfAborted();
    const runs = checkCopy(partial, request);
    await moveIntoPlace(partial, { file, folder });
    const { size } = await stat(file);
    return { file, bytes: size, runs, removed: await removeOld(request) };
  } catch (thrown) {
    await rm(partial, { force: true }).catch(() => undefined);
    if (request.signal.aborted || thrown instanceof StoreError) throw thrown;
    const code = findSystemCode(thrown);
    const translated = code?.startsWith('SQLITE_') ? translateSqliteError(partial, thrown) : thrown;
    if (translated instanceof StoreError || code === undefined) throw translated;
    throw new StoreError(`${folder}: a copy cannot be written: ${formatThrown(thrown)}.`, {
      code: 'backup/unwritable',
      hint: 'Check the folder, its rights and its free space.',
      cause: thrown,
    });
  } finally {
    source.close();
  }
}

/** `20261123T031500Z`. */
function formatMoment(now: Date): string {
  return `${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}

/** How many runs are in a copy that is whole. */
function checkCopy(file: string, { nativeBinding }: BackupRequest): number {
  const copy = new SQLite(file, nativeBinding === undefined ? {} : { nativeBinding });
  try {
    // The copy is one file: what reads it elsewhere needs no other beside it.
    copy.pragma('journal_mode = DELETE');
    const damage = findDamage(copy);
    if (damage !== null) {
      throw new StoreError(`${file}: the copy is damaged: ${damage}.`, {
        code: 'backup/damaged',
        hint: 'The database is damaged, or the disk: check both with `sqlite3 <file> "PRAGMA integrity_check"`.',
      });
    }
    return readRuns(copy).runs;
  } finally {
    copy.close();
  }
}

async function moveIntoPlace(
  partial: string,
  { file, folder }: { readonly file: string; readonly folder: string },
): Promise<void> {
  await sync(partial);
  await rename(partial, file);
  await sync(folder);
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Removes copies that are too old, and what a killed backup left. The newest is kept whatever its age. */
async function removeOld({ folder, keepDays, now }: BackupRequest): Promise<string[]> {
  const names = (await readdir(folder)).sort();
  const copies = names.filter((name) => NAME.test(name));
  const oldest = formatMoment(new Date(now.getTime() - keepDays * DAY_MS));
  const removed = [
    ...copies.slice(0, -1).filter((name) => (NAME.exec(name)?.[1] ?? '') < oldest),
    ...names.filter((name) => name.endsWith('.db.partial') && NAME.test(name.slice(0, -'.partial'.length))),
  ].map((name) => resolve(folder, name));
  for (const file of removed) await rm(file, { force: true });
  return removed;
}
