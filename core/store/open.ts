/**
 * Opens the database: makes sure the file is one of ours and of a version we know, prepares it for many
 * readers and one writer, and hands out the {@link Store}. It never touches a file that is not ours.
 */
import { mkdirSync, type Stats, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import SQLite, { type Database } from 'better-sqlite3';
import { findSystemCode, formatThrown, StoreError } from '../errors.ts';
import { type BulkReader, createBulkReader } from './bulk-reader.ts';
import { type Connection, createConnection } from './connection.ts';
import { APPLICATION_ID, MIGRATIONS, migrate, readVersion } from './migrations.ts';
import { guard } from './sqlite-errors.ts';
import { createSqliteStore } from './sqlite-store.ts';
import type { Store } from './store.ts';

export interface OpenStoreOptions {
  /** The database file; made, with its folders, when it does not exist. */
  readonly file: string;
  /** Opens it for reading alone; it must exist then. */
  readonly readonly?: boolean;
  /** Path of better-sqlite3's compiled part, where it cannot find it by itself. */
  readonly nativeBinding?: string;
  /** How many of the newest runs per repository and environment keep their samples and other details; 100. */
  readonly keepDetailRuns?: number;
  /** How long to wait for another process that writes, in milliseconds; 10,000. */
  readonly busyTimeoutMs?: number;
  /** Most bytes that the file may take; unlimited when left out. */
  readonly maxBytes?: number;
}

/** How many of the newest runs keep their details, where nobody says another number. */
export const DEFAULT_KEEP_DETAIL_RUNS = 100;
const DEFAULT_BUSY_TIMEOUT_MS = 10_000;

/** Opens the store of results in `file`; throws a StoreError when it cannot be used, and leaves it as it was. */
export function openStore(options: OpenStoreOptions): Store {
  const connection = openConnection(options);
  return createSqliteStore(connection, options.keepDetailRuns ?? DEFAULT_KEEP_DETAIL_RUNS);
}

/** Opens an existing database for those who read very much of it at once, as it is at this moment. */
export function openBulkReader(options: Pick<OpenStoreOptions, 'file' | 'nativeBinding'>): BulkReader {
  return createBulkReader(openConnection({ ...options, readonly: true }));
}

/** Opens an existing database for those who drop what is old of it, or for reading what that would be. */
export function openForPruning(
  options: Pick<OpenStoreOptions, 'file' | 'nativeBinding' | 'readonly' | 'busyTimeoutMs' | 'maxBytes'>,
): Connection {
  return openConnection(options, 'existing');
}

/** Opens an existing database as it is, of whatever version we know, to be copied and nothing else. */
export function openDatabaseForCopying(options: Pick<OpenStoreOptions, 'file' | 'nativeBinding'>): Database {
  const file = resolve(options.file);
  requireFile(file);
  return guard(file, () => {
    const database = openDatabase(file, { ...options, readonly: true });
    try {
      identify(database, file);
      return database;
    } catch (thrown) {
      database.close();
      throw thrown;
    }
  });
}

function openConnection(options: OpenStoreOptions, which: 'any' | 'existing' = 'any'): Connection {
  const file = resolve(options.file);
  if (options.readonly || which === 'existing') requireFile(file);
  else prepareFile(file);
  return guard(file, () => {
    const database = openDatabase(file, options);
    try {
      // In one transaction: another process may be making the database between two looks at it.
      database.transaction(() => identify(database, file)).deferred();
      if (options.readonly) requireCurrent(database, file);
      else prepareDatabase(database, options);
      return createConnection(database, file);
    } catch (thrown) {
      database.close();
      throw thrown;
    }
  });
}

/** Refuses what cannot be a database before SQLite sees it, and what is not there. */
function requireFile(file: string): void {
  if (findFile(file) !== undefined) return;
  throw new StoreError(`${file}: there is no database here.`, {
    code: 'store/missing',
    hint: 'Run `tracey run` first, or name the file that holds the results.',
  });
}

/** Refuses what cannot be a database before SQLite sees it, and makes the folders of a new one. */
function prepareFile(file: string): void {
  if (findFile(file) !== undefined) return;
  const folder = dirname(file);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new StoreError(`${folder}: the folder of the database cannot be made: ${formatThrown(cause)}.`, {
      code: 'store/no-folder',
      hint: 'Make it and give this user the right to write it, or name another file.',
      cause,
    });
  }
}

function findFile(file: string): Stats | undefined {
  const found = readStats(file);
  if (!found?.isDirectory()) return found;
  throw new StoreError(`${file}: the database must be a file, this is a folder.`, {
    code: 'store/is-folder',
    hint: 'Name a file in it, for example tracey.db.',
  });
}

function readStats(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch (cause) {
    throw new StoreError(`${file}: the database cannot be reached: ${formatThrown(cause)}.`, {
      code: 'store/cannot-open',
      hint: 'Give this user the right to enter its folders, or name another file.',
      cause,
    });
  }
}

function openDatabase(file: string, options: OpenStoreOptions): Database {
  try {
    return new SQLite(file, {
      readonly: options.readonly ?? false,
      timeout: options.busyTimeoutMs ?? DEFAULT_BUSY_TIMEOUT_MS,
      ...(options.nativeBinding !== undefined && { nativeBinding: options.nativeBinding }),
    });
  } catch (cause) {
    if (findSystemCode(cause)?.startsWith('SQLITE_')) throw cause;
    throw new StoreError(`SQLite cannot be loaded on this machine: ${formatThrown(cause)}.`, {
      code: 'store/no-sqlite',
      hint: 'It needs Node 22.14 or newer and, on Linux, glibc 2.34 (Debian 12, Ubuntu 22.04) or musl.',
      cause,
    });
  }
}

/** Throws unless the database is ours, or has nothing in it yet. */
function identify(database: Database, file: string): void {
  const application = database.pragma('application_id', { simple: true });
  const { tables } = database
    .prepare<[], { tables: number }>('SELECT count(*) AS tables FROM sqlite_schema')
    .get() ?? { tables: 0 };
  if (application !== APPLICATION_ID && (application !== 0 || tables > 0)) {
    throw new StoreError(
      `${file}: this database belongs to something else (application id ${application}, ${tables} tables and indexes).`,
      { code: 'store/not-ours', hint: 'Name another file; this one was left as it was.' },
    );
  }
  const version = readVersion(database);
  if (version > MIGRATIONS.length) {
    throw new StoreError(
      `${file}: the database has version ${version}, this Tracey knows versions up to ${MIGRATIONS.length}.`,
      { code: 'store/newer-version', hint: 'Update Tracey: a newer one wrote this database.' },
    );
  }
}

function requireCurrent(database: Database, file: string): void {
  const version = readVersion(database);
  if (version === MIGRATIONS.length) return;
  throw new StoreError(
    `${file}: the database has version ${version} and must be upgraded to ${MIGRATIONS.length} before it is read.`,
    { code: 'store/older-version', hint: 'Open it once for writing, for example with `tracey run`.' },
  );
}

function prepareDatabase(database: Database, { maxBytes }: OpenStoreOptions): void {
  // Readers go on reading while a run is written; a commit is on the disk before we say so.
  if (database.pragma('journal_mode', { simple: true }) !== 'wal') database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.pragma('foreign_keys = ON');
  if (maxBytes !== undefined) {
    const pageSize = database.pragma('page_size', { simple: true }) as number;
    database.pragma(`max_page_count = ${Math.max(1, Math.floor(maxBytes / pageSize))}`);
  }
  migrate(database);
}
