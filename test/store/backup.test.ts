import { copyFileSync, existsSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import SQLite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { type BackupRequest, backUpDatabase } from '../../core/store/backup.ts';
import { createRun } from '../../scripts/bench/runs.ts';
import { createFolder, openTestStore } from './temporary.ts';
import { startWriter } from './writer.ts';

const SHAPE = { files: 3, testsPerFile: 10, samples: 2 };
const NOW = new Date('2026-11-23T03:15:00.123Z');

const backUp = (file: string, folder: string, more: Partial<BackupRequest> = {}) =>
  backUpDatabase({
    file,
    folder,
    keepDays: 14,
    now: NOW,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...more,
  });

async function makeDatabase(runs: number): Promise<string> {
  const store = openTestStore();
  for (let index = 0; index < runs; index += 1) await store.writeRun(createRun(SHAPE, index));
  return store.location;
}

describe('a backup', () => {
  it('taken from under a writer is whole, has every run that was stored before it, and can take its place', async () => {
    const folder = createFolder();
    const database = openTestStore().location;
    const writer = startWriter(database, SHAPE);
    const said: string[] = [];
    let taken = 0;
    for await (const id of createInterface({ input: writer.stdout })) {
      said.push(id);
      if (said.length % 10 !== 0 || taken === 5) continue;
      const stored = [...said];
      const { file, runs } = await backUp(database, join(folder, String(taken)));
      const restored = join(folder, `restored-${taken}.db`);
      copyFileSync(file, restored);
      const store = openTestStore({ file: restored });
      const kept = (await store.listRuns({ limit: 1e6 })).map((run) => run.id);
      expect(kept).toHaveLength(runs);
      for (const one of stored) expect(kept).toContain(one);
      const check = new SQLite(restored);
      expect(check.pragma('integrity_check', { simple: true })).toBe('ok');
      expect(check.pragma('foreign_key_check')).toEqual([]);
      check.close();
      // What was restored is a database like any other.
      await store.writeRun(createRun(SHAPE, 1e6));
      taken += 1;
      if (taken === 5) writer.kill('SIGKILL');
    }
    expect(taken).toBe(5);
  });

  it('is one file with the moment in its name, and says how far it is', async () => {
    const folder = join(createFolder(), 'a', 'b');
    const told: number[] = [];
    const backup = await backUp(await makeDatabase(3), folder, { onProgress: (ratio) => told.push(ratio) });
    expect(backup).toMatchObject({ file: join(folder, 'tracey-20261123T031500Z.db'), runs: 3, removed: [] });
    expect(readdirSync(folder)).toEqual(['tracey-20261123T031500Z.db']);
    expect(told.length).toBeGreaterThan(0);
    for (const ratio of told) expect(ratio).toBeLessThanOrEqual(1);
  });

  it('removes copies that are too old and what a killed one left, and neither the newest nor files of others', async () => {
    const folder = createFolder();
    for (const name of [
      'tracey-20261108T031500Z.db',
      'tracey-20261109T031459Z.db',
      'tracey-20261109T031500Z.db',
      'tracey-20261101T000000Z.db.partial',
      'tracey-old.db',
      'notes.txt',
    ])
      writeFileSync(join(folder, name), '');
    const { removed } = await backUp(await makeDatabase(1), folder);
    expect(removed.map((file) => file.slice(folder.length + 1))).toEqual([
      'tracey-20261108T031500Z.db',
      'tracey-20261109T031459Z.db',
      'tracey-20261101T000000Z.db.partial',
    ]);
    expect(readdirSync(folder)).toEqual([
      'notes.txt',
      'tracey-20261109T031500Z.db',
      'tracey-20261123T031500Z.db',
      'tracey-old.db',
    ]);
    const later = new Date('2030-01-01T00:00:00Z');
    await backUp(await makeDatabase(1), folder, { now: later });
    expect(readdirSync(folder)).toEqual(['notes.txt', 'tracey-20300101T000000Z.db', 'tracey-old.db']);
  });

  it('that is interrupted leaves nothing', async () => {
    const folder = createFolder();
    const stop = new AbortController();
    const ended = backUp(await makeDatabase(3), folder, {
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    await expect(ended).rejects.toBeDefined();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('of a damaged database is refused, and the copies that are there stay', async () => {
    const folder = createFolder();
    const database = await makeDatabase(20);
    await backUp(database, folder);
    const store = new SQLite(database);
    store.pragma('wal_checkpoint(TRUNCATE)');
    const { bytes } = { bytes: (store.pragma('page_count', { simple: true }) as number) * 4096 };
    store.close();
    truncateSync(database, bytes - 40_960);
    await expect(backUp(database, folder, { now: new Date('2026-11-24T00:00:00Z') })).rejects.toMatchObject({
      code: expect.stringMatching(/^(backup\/damaged|store\/corrupt)$/),
    });
    expect(readdirSync(folder)).toEqual(['tracey-20261123T031500Z.db']);
  });

  it('of no database, or into a file, says so', async () => {
    const folder = createFolder();
    await expect(backUp(join(folder, 'none.db'), folder)).rejects.toMatchObject({ code: 'store/missing' });
    expect(existsSync(join(folder, 'none.db'))).toBe(false);
    writeFileSync(join(folder, 'taken'), '');
    await expect(backUp(await makeDatabase(1), join(folder, 'taken'))).rejects.toMatchObject({
      code: 'backup/unwritable',
      message: expect.stringContaining('a copy cannot be written'),
    });
  });
});
