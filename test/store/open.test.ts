import { execFile, execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import SQLite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { StoreError } from '../../core/errors.ts';
import { APPLICATION_ID, MIGRATIONS } from '../../core/store/migrations.ts';
import { openStore } from '../../core/store/open.ts';
import { createRun } from '../../scripts/bench/runs.ts';
import { createFolder, openTestStore, readWhole } from './temporary.ts';

const SHAPE = { files: 2, testsPerFile: 5, samples: 2 };

function catchStoreError(work: () => unknown): StoreError {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof StoreError) return thrown;
    throw thrown;
  }
  throw new Error('nothing was thrown');
}

async function catchRejection(work: Promise<unknown>): Promise<StoreError> {
  const thrown = await work.then(
    () => new Error('nothing was thrown'),
    (reason: unknown) => reason,
  );
  if (thrown instanceof StoreError) return thrown;
  throw thrown;
}

describe('openStore', () => {
  it('makes the database and its folders, which nobody else may read', () => {
    const folder = createFolder();
    const file = join(folder, 'new', 'deeper', 'tracey.db');
    openTestStore({ file });
    expect(statSync(join(folder, 'new')).mode & 0o777).toBe(0o700);
    expect(statSync(file).isFile()).toBe(true);
  });

  it('stamps the database as ours, in WAL mode, with strict tables alone', async () => {
    const store = openTestStore();
    const database = new SQLite(store.location, { readonly: true });
    expect(database.pragma('application_id', { simple: true })).toBe(APPLICATION_ID);
    expect(database.pragma('user_version', { simple: true })).toBe(MIGRATIONS.length);
    expect(database.pragma('journal_mode', { simple: true })).toBe('wal');
    const tables = database
      .prepare(
        "SELECT name FROM pragma_table_list WHERE type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite_%'",
      )
      .all();
    database.close();
    expect(tables).toEqual([]);
  });

  it('takes an empty file for a new database', async () => {
    const file = join(createFolder(), 'empty.db');
    writeFileSync(file, '');
    const store = openTestStore({ file });
    expect(await store.listRuns({ limit: 1 })).toEqual([]);
  });

  it('says that a folder is not a file', () => {
    const folder = createFolder();
    const error = catchStoreError(() => openStore({ file: folder }));
    expect(error.message).toBe(`${folder}: the database must be a file, this is a folder.`);
    expect(error.code).toBe('store/is-folder');
    expect(error.hint).toContain('tracey.db');
  });

  it('says that a folder cannot be made', () => {
    const file = join(createFolder(), 'taken');
    writeFileSync(file, 'a file');
    const error = catchStoreError(() => openStore({ file: join(file, 'below', 'tracey.db') }));
    expect(error.code).toBe('store/no-folder');
    expect(error.message).toContain(
      `${join(file, 'below')}: the folder of the database cannot be made: ENOTDIR`,
    );
    expect(error.cause).toBeInstanceOf(Error);
  });

  it('says that a folder may not be written', () => {
    const folder = createFolder();
    const locked = join(folder, 'locked');
    mkdirSync(locked);
    chmodSync(folder, 0o755);
    chmodSync(locked, 0o555);
    const error = openAsNobody(join(locked, 'tracey.db'));
    expect(error.code).toBe('store/cannot-open');
    expect(error.message).toBe(
      `${join(locked, 'tracey.db')}: the database cannot be opened (SQLITE_CANTOPEN).`,
    );
  });

  it('says that a folder may not be entered', () => {
    const folder = createFolder();
    chmodSync(folder, 0o000);
    const error = openAsNobody(join(folder, 'tracey.db'));
    chmodSync(folder, 0o700);
    expect(error.code).toBe('store/cannot-open');
    expect(error.message).toMatch(/tracey\.db: the database cannot be reached: EACCES: permission denied/);
  });

  it('says that a database may not be written', () => {
    const folder = createFolder();
    chmodSync(folder, 0o755);
    const file = join(folder, 'tracey.db');
    // Not in WAL mode yet, which the reader would have to change.
    const database = new SQLite(file);
    database.pragma(`application_id = ${APPLICATION_ID}`);
    database.close();
    chmodSync(file, 0o444);
    chmodSync(folder, 0o555);
    const error = openAsNobody(file);
    chmodSync(folder, 0o755);
    expect(error.code).toBe('store/read-only');
    expect(error.message).toBe(`${file}: the database cannot be written (SQLITE_READONLY).`);
  });

  it('says that a file is not a database, and leaves it as it was', () => {
    const file = join(createFolder(), 'notes.txt');
    const text = 'These are notes, not results. '.repeat(100);
    writeFileSync(file, text);
    const error = catchStoreError(() => openStore({ file }));
    expect(error.message).toBe(`${file}: this file is not a SQLite database (SQLITE_NOTADB).`);
    expect(error.code).toBe('store/not-a-database');
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it.each([
    ['another application', 'PRAGMA application_id = 7', 'application id 7, 0 tables and indexes'],
    ['nobody in particular', 'CREATE TABLE album (title)', 'application id 0, 1 tables and indexes'],
  ])('refuses a database of %s, and leaves it as it was', (_owner, sql, found) => {
    const file = join(createFolder(), 'other.db');
    const other = new SQLite(file);
    other.exec(sql);
    other.close();
    const before = readFileSync(file);
    const error = catchStoreError(() => openStore({ file }));
    expect(error.message).toBe(`${file}: this database belongs to something else (${found}).`);
    expect(error.code).toBe('store/not-ours');
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it('refuses a database of a newer version, and says which it is', async () => {
    const file = join(createFolder(), 'tracey.db');
    await openStore({ file }).close();
    const database = new SQLite(file);
    database.pragma(`user_version = ${MIGRATIONS.length + 3}`);
    database.close();
    const error = catchStoreError(() => openStore({ file }));
    expect(error.message).toBe(
      `${file}: the database has version ${MIGRATIONS.length + 3}, this Tracey knows versions up to ${MIGRATIONS.length}.`,
    );
    expect(error.hint).toBe('Update Tracey: a newer one wrote this database.');
    expect(error.code).toBe('store/newer-version');
  });

  it('says that a damaged database is damaged', async () => {
    const file = join(createFolder(), 'tracey.db');
    const store = openStore({ file });
    for (let index = 0; index < 5; index += 1) await store.writeRun(createRun(SHAPE, index));
    await store.close();
    truncateSync(file, 8192);
    const error = await catchRejection(
      (async () => {
        await openTestStore({ file }).listRuns({ limit: 10 });
      })(),
    );
    expect(error.message).toMatch(/the database is damaged \(SQLITE_CORRUPT/);
    expect(error.code).toBe('store/corrupt');
    expect(error.hint).toContain('.recover');
  });

  it('says that a run whose details are damaged cannot be read', async () => {
    const store = openTestStore();
    const run = createRun(SHAPE, 1);
    await store.writeRun(run);
    const database = new SQLite(store.location);
    database.exec("UPDATE detail_part SET content = x'28b52ffd00'");
    database.close();
    const error = await catchRejection(readWhole(store, run.id));
    expect(error.message).toBe(`${store.location}: the details of the run ${run.id} are damaged.`);
    expect(error.code).toBe('store/corrupt');
  });

  it('says that another process keeps the database locked', async () => {
    const store = openTestStore({ busyTimeoutMs: 20 });
    const other = new SQLite(store.location);
    other.exec('BEGIN IMMEDIATE');
    const error = await catchRejection(store.writeRun(createRun(SHAPE, 1)));
    other.exec('ROLLBACK');
    other.close();
    expect(error.message).toBe(
      `${store.location}: another process kept the database locked for too long (SQLITE_BUSY).`,
    );
    expect(error.code).toBe('store/locked');
    expect(await store.writeRun(createRun(SHAPE, 1))).toBe('stored');
  });

  it('says that there is no room, and loses nothing that was stored before', async () => {
    const store = openTestStore({ maxBytes: 400_000 });
    const written: string[] = [];
    const error = await catchRejection(
      (async () => {
        for (let index = 0; index < 200; index += 1) {
          const run = createRun({ files: 5, testsPerFile: 20, samples: 3 }, index);
          await store.writeRun(run);
          written.push(run.id);
        }
      })(),
    );
    expect(error.code).toBe('store/disk-full');
    expect(error.message).toContain('there is no room left to write');
    const kept = await store.listRuns({ limit: 1000 });
    expect(kept.map((run) => run.id)).toEqual(written.toReversed());
    expect(written.length).toBeGreaterThan(5);
  });

  it('says that SQLite cannot be loaded', () => {
    const file = join(createFolder(), 'tracey.db');
    const error = catchStoreError(() => openStore({ file, nativeBinding: '/nowhere/sqlite.node' }));
    expect(error.message).toMatch(/^SQLite cannot be loaded on this machine: /);
    expect(error.code).toBe('store/no-sqlite');
  });

  it('loads the compiled part from the path it is given', async () => {
    const binding = join(createFolder(), 'sqlite.node');
    const library = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
    const libc = library.header?.glibcVersionRuntime === undefined ? 'musl' : '';
    const name = `${process.platform}${process.platform === 'linux' ? libc : ''}-${process.arch}.node`;
    copyFileSync(new URL(`../../node_modules/better-sqlite3/prebuilds/${name}`, import.meta.url), binding);
    const store = openTestStore({ nativeBinding: binding });
    expect(await store.writeRun(createRun(SHAPE, 1))).toBe('stored');
  });
});

describe('several processes at once', () => {
  it('may open a database that does not exist yet, and all write to it', async () => {
    const file = join(createFolder(), 'new', 'tracey.db');
    const script = `
      const [openPath, runsPath, file, index] = process.argv.slice(1);
      const { openStore } = await import(openPath);
      const { createRun } = await import(runsPath);
      const store = openStore({ file });
      for (let n = 0; n < 10; n += 1) {
        await store.writeRun(createRun(${JSON.stringify(SHAPE)}, Number(index) * 10 + n));
      }
      await store.close();`;
    const paths = ['../../core/store/open.ts', '../../scripts/bench/runs.ts'].map(
      (path) => new URL(path, import.meta.url).href,
    );
    const writers = Array.from({ length: 6 }, (_, index) =>
      promisify(execFile)(process.execPath, [
        '--input-type=module',
        '-e',
        script,
        ...paths,
        file,
        String(index),
      ]),
    );
    await Promise.all(writers);
    expect(await openTestStore({ file }).listRuns({ limit: 100 })).toHaveLength(60);
  });
});

describe('a store opened for reading alone', () => {
  it('must exist', () => {
    const file = join(createFolder(), 'missing.db');
    const error = catchStoreError(() => openStore({ file, readonly: true }));
    expect(error.message).toBe(`${file}: there is no database here.`);
    expect(error.code).toBe('store/missing');
  });

  it('must be of this version already', () => {
    const file = join(createFolder(), 'tracey.db');
    const database = new SQLite(file);
    database.pragma(`application_id = ${APPLICATION_ID}`);
    database.close();
    const error = catchStoreError(() => openStore({ file, readonly: true }));
    expect(error.message).toBe(
      `${file}: the database has version 0 and must be upgraded to ${MIGRATIONS.length} before it is read.`,
    );
    expect(error.code).toBe('store/older-version');
  });

  it('reads, and refuses to write', async () => {
    const writer = openTestStore();
    await writer.writeRun(createRun(SHAPE, 1));
    const reader = openTestStore({ file: writer.location, readonly: true });
    expect(await reader.listRuns({ limit: 5 })).toHaveLength(1);
    const error = await catchRejection(reader.writeRun(createRun(SHAPE, 2)));
    expect(error.code).toBe('store/read-only');
    expect(await reader.listRuns({ limit: 5 })).toHaveLength(1);
  });

  it('sees every run whole while another process writes', async () => {
    const writer = openTestStore();
    const reader = openTestStore({ file: writer.location, readonly: true });
    for (let index = 0; index < 70; index += 1) {
      const run = createRun(SHAPE, index);
      await writer.writeRun(run);
      expect(await reader.listRuns({ limit: 1000 })).toHaveLength(index + 1);
      expect((await readWhole(reader, run.id)).run).toEqual(run);
    }
  });
});

/** Opens `file` as a user without rights (root may write everything), and gives back what was thrown. */
function openAsNobody(file: string): { code: string; message: string } {
  const script = `
    const { openStore } = await import(${JSON.stringify(new URL('../../core/store/open.ts', import.meta.url).href)});
    try { openStore({ file: ${JSON.stringify(file)} }); console.log('{}'); }
    catch (error) { console.log(JSON.stringify({ code: error.code, message: error.message })); }`;
  const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    ...nobody,
    encoding: 'utf8',
  });
  return JSON.parse(output);
}
