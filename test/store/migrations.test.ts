import { join } from 'node:path';
import SQLite, { type Database } from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import type { RunReport } from '../../core/model.ts';
import { APPLICATION_ID, MIGRATIONS, migrate, readVersion } from '../../core/store/migrations.ts';
import { createRun } from '../../scripts/bench/runs.ts';
import { gatherFiles } from '../gather-files.ts';
import { createFolder, openTestStore, readWhole } from './temporary.ts';

const databases: Database[] = [];

function openDatabase(file = join(createFolder(), 'tracey.db')): Database {
  const database = new SQLite(file);
  databases.push(database);
  return database;
}

afterEach(() => {
  for (const database of databases.splice(0)) database.close();
});

/** As runs were before bodies were told. */
function withoutBodies(run: RunReport): RunReport {
  const files = run.files.map((file) => ({
    ...file,
    tests: file.tests.map(({ body: _body, ...test }) => test),
  }));
  return { ...run, files };
}

function readSchema(database: Database): unknown {
  return database.prepare('SELECT name, sql FROM sqlite_schema ORDER BY name').all();
}

describe('migrate', () => {
  it.each(MIGRATIONS.map((_, version) => version))(
    'leads a database of version %d to the schema of a new one, which then works',
    async (version) => {
      const file = join(createFolder(), 'old.db');
      const old = openDatabase(file);
      migrate(old, MIGRATIONS.slice(0, version));
      old.pragma(`application_id = ${APPLICATION_ID}`);
      expect(readVersion(old)).toBe(version);
      const store = openTestStore({ file });
      const run = createRun({ files: 1, testsPerFile: 2, samples: 1 }, 1);
      await store.writeRun(run);
      expect((await readWhole(store, run.id)).run).toEqual(run);
      const fresh = openDatabase();
      migrate(fresh);
      expect(readSchema(openDatabase(file))).toEqual(readSchema(fresh));
    },
  );

  it('keeps the details of runs that were one document each', async () => {
    const store = openTestStore();
    const runs = [1, 2].map((index) =>
      withoutBodies(createRun({ files: 5, testsPerFile: 10, samples: 3 }, index)),
    );
    for (const run of runs) await store.writeRun(run);
    await store.close();
    const old = openDatabase(store.location);
    old.exec(`
      CREATE TABLE run_detail (
        run_id INTEGER PRIMARY KEY REFERENCES run ON DELETE CASCADE, content BLOB NOT NULL
      ) STRICT;
      INSERT INTO run_detail SELECT run_id, content FROM detail_part WHERE position = 0;
      DROP TABLE detail_part;
      ALTER TABLE run DROP COLUMN artifact_key;
      ALTER TABLE run DROP COLUMN artifact_cid;
      ALTER TABLE run DROP COLUMN artifact_bytes;
      DROP TABLE change_document;
      DROP TABLE change;
      DROP TABLE machine_change;
      DROP TABLE smallest_change;
      DROP TABLE tag;
      DROP TABLE body_spell;
      DROP TABLE renamed;
      DROP TABLE vanished;
      DROP TABLE overdue;
      PRAGMA user_version = 1`);
    expect(old.prepare('SELECT count(*) AS n FROM run_detail').get()).toEqual({ n: 2 });
    const migrated = openTestStore({ file: store.location });
    for (const run of runs) {
      expect(await readWhole(migrated, run.id)).toEqual({ run, detail: 'full' });
      const found = await (await migrated.readRun(run.id)).findFile('test/module-3.test.js');
      expect(found && gatherFiles([found])).toEqual([run.files[3]]);
    }
  });

  it('takes only the steps that were not taken yet', () => {
    const database = openDatabase();
    const steps = ['CREATE TABLE a (x) ', 'ALTER TABLE a ADD COLUMN y', 'CREATE TABLE b (x)'];
    migrate(database, steps.slice(0, 1));
    database.exec('INSERT INTO a VALUES (1)');
    migrate(database, steps);
    expect(readVersion(database)).toBe(3);
    expect(database.prepare('SELECT * FROM a').all()).toEqual([{ x: 1, y: null }]);
    migrate(database, steps);
    expect(readVersion(database)).toBe(3);
  });

  it('takes all steps or none', () => {
    const database = openDatabase();
    expect(() => migrate(database, ['CREATE TABLE a (x)', 'CREATE TABEL b (x)'])).toThrow(/syntax error/);
    expect(readVersion(database)).toBe(0);
    expect(readSchema(database)).toEqual([]);
  });

  it('never takes a database back', () => {
    const database = openDatabase();
    migrate(database, ['CREATE TABLE a (x)', 'CREATE TABLE b (x)']);
    migrate(database, ['CREATE TABLE a (x)']);
    expect(readVersion(database)).toBe(2);
  });
});
