import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import SQLite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { planPruning } from '../../core/store/prune.ts';
import {
  at,
  copyDatabase,
  count,
  expectWhole,
  makeDatabase,
  makeRequest,
  makeRuns,
  prune,
  readEverything,
  readHistories,
  startPruner,
} from './pruning.ts';
import { createFolder, openTestStore, readWhole } from './temporary.ts';
import { startWriter } from './writer.ts';

/** Oldest first, `+` for each run that has its details. */
async function listDetails(file: string): Promise<string> {
  const store = openTestStore({ file, readonly: true });
  const runs = await store.listRuns({ limit: 1e6 });
  return runs.reduce((text, { detail }) => (detail === 'full' ? '+' : '-') + text, '');
}

describe('thinning', () => {
  it('leaves the newest hundred of each repo and environment, unless another number is given', async () => {
    const runs = makeRuns(205, (run, index) => (index < 102 ? run : { ...run, runner: 'other' }));
    const file = await makeDatabase(runs);
    const { runs: all, prunedRuns, repositories } = await prune(file);
    expect({ all, prunedRuns }).toEqual({ all: 205, prunedRuns: 5 });
    expect(await listDetails(file)).toBe(`--${'+'.repeat(100)}---${'+'.repeat(100)}`);
    const [first] = runs;
    expect(repositories).toEqual([
      {
        repository: 'happner/sample',
        runs: 5,
        firstStartedAt: first?.startedAt,
        lastStartedAt: runs[104]?.startedAt,
      },
    ]);
    expect((await prune(file, { keepRuns: 40 })).prunedRuns).toBe(120);
    expect(await listDetails(file)).toBe(
      `${'-'.repeat(62)}${'+'.repeat(40)}${'-'.repeat(63)}${'+'.repeat(40)}`,
    );
  });

  it('by days leaves what is younger, and the newest ten runs in any case', async () => {
    const file = await makeDatabase(makeRuns(60));
    await prune(file, { keepDays: 1, now: at(59) });
    expect(await listDetails(file)).toBe('-'.repeat(36) + '+'.repeat(24));
    await prune(file, { keepDays: 1 });
    expect(await listDetails(file)).toBe('-'.repeat(50) + '+'.repeat(10));
  });

  it('by runs and days leaves what one of them keeps; more days than there are keep everything', async () => {
    const file = await makeDatabase(makeRuns(60));
    await prune(file, { keepRuns: 1, keepDays: Number.MAX_SAFE_INTEGER });
    expect(await listDetails(file)).toBe('+'.repeat(60));
    await prune(file, { keepRuns: 5, keepDays: 1, now: at(59) });
    expect(await listDetails(file)).toBe('-'.repeat(36) + '+'.repeat(24));
    await prune(file, { keepRuns: 5, keepDays: 1 });
    expect(await listDetails(file)).toBe('-'.repeat(55) + '+'.repeat(5));
  });

  it('of one repo leaves the others', async () => {
    const runs = makeRuns(20, (run, index) => (index % 2 === 0 ? run : { ...run, repository: 'a/b' }));
    const file = await makeDatabase(runs);
    expect(await prune(file, { keepRuns: 1, repository: 'a/b' })).toMatchObject({ runs: 10, prunedRuns: 9 });
    expect(await listDetails(file)).toBe(`${'+-'.repeat(9)}++`);
  });

  it('leaves every history, and of a run all but samples, hooks, output, documents and stacks', async () => {
    const runs = makeRuns(200);
    const file = await makeDatabase(runs);
    const before = await readHistories(file);
    expect(before.size).toBeGreaterThan(60);
    const pruned = await prune(file, { keepRuns: 10 });
    expect(pruned).toMatchObject({ prunedRuns: 190, details: { count: 190 }, documents: { count: 190 } });
    expect(await readHistories(file)).toEqual(before);
    const again = openTestStore({ file, readonly: true });
    for (const run of runs.slice(-10))
      expect(await readWhole(again, run.id)).toEqual({ run, detail: 'full' });
    const failed = runs.slice(0, 60).filter(({ outcome }) => outcome === 'failed');
    expect(failed.length).toBeGreaterThan(3);
    for (const run of failed) {
      const { run: left, detail } = await readWhole(again, run.id);
      const { files, documents: _, ...facts } = run;
      expect(left).toMatchObject(facts);
      expect(left.documents).toEqual([]);
      expect(detail).toBe('folded');
      for (const [number, file] of files.entries()) {
        const same = left.files[number];
        const { outcome, durationMs, loadMs, reason, fingerprint, peakRssBytes } = file;
        const facts = { outcome, durationMs, loadMs, fingerprint, peakRssBytes };
        expect(same).toMatchObject({ ...facts, ...(reason !== undefined && { reason }) });
        for (const { title, outcome, durationMs, error, body } of file.tests) {
          const test = same?.tests.find((one) => one.title.join() === title.join());
          expect(test).toMatchObject({ outcome, durationMs, ...(body !== undefined && { body }) });
          expect(test?.error).toEqual(error && { message: error.message });
        }
      }
    }
  });

  it('leaves the stacks of the newest 128 runs, and those that such a run has, too', async () => {
    const shared = 'Error\n    at shared';
    const isShared = (index: number) => index === 10 || index === 140;
    const runs = makeRuns(150, (run, index) => {
      const error = { message: 'no', stack: isShared(index) ? shared : `Error\n    at ${run.id}` };
      const [file, ...others] = run.files;
      if (file === undefined) throw new Error('no file');
      return { ...run, files: [{ ...file, outcome: 'failed', error }, ...others] };
    });
    const file = await makeDatabase(runs);
    const stacks = await prune(file, { keepRuns: 1 });
    const store = openTestStore({ file, readonly: true });
    const left: boolean[] = [];
    for (const { id } of runs) {
      const { run } = await readWhole(store, id);
      expect(run.files.find(({ path }) => path === runs[0]?.files[0]?.path)?.error?.message).toBe('no');
      left.push(run.files.some(({ error }) => error?.stack !== undefined));
    }
    expect(left).toEqual(runs.map((_, index) => index >= 22 || isShared(index)));
    expect(stacks.stacks.count).toBeGreaterThanOrEqual(21);
    expect(
      count(
        file,
        'SELECT count(*) FROM explanation WHERE id NOT IN (SELECT explanation_id FROM run_explanation)',
      ),
    ).toBe(0);
  });

  it('counts bytes as they are, makes the file smaller, and the second time finds nothing', async () => {
    const runs = makeRuns(120);
    const file = await makeDatabase(runs);
    const documents = runs
      .slice(0, 20)
      .reduce((sum, { documents: [one] }) => sum + Buffer.byteLength(one?.content ?? ''), 0);
    const details = count(
      file,
      'SELECT sum(length(content) + length(file_ids)) FROM detail_part WHERE run_id <= 20',
    );
    const pruned = await prune(file);
    expect(pruned).toMatchObject({
      file,
      depth: 'thin',
      heldRuns: 0,
      details: { count: 20, bytes: details },
      documents: { count: 20, bytes: documents },
      shrinking: { kind: 'smaller' },
    });
    expect(pruned.bytesAfter).toBeLessThan(pruned.bytes - details);
    expect(count(file, 'SELECT freelist_count FROM pragma_freelist_count')).toBe(0);
    expect(await prune(file)).toMatchObject({
      prunedRuns: 0,
      repositories: [],
      details: { count: 0, bytes: 0 },
      shrinking: { kind: 'unchanged' },
      bytesAfter: pruned.bytesAfter,
    });
  });

  it('stays: an import of the same run leaves it thin', async () => {
    const runs = makeRuns(5);
    const file = await makeDatabase(runs);
    await prune(file, { keepRuns: 1 });
    const store = openTestStore({ file });
    expect(await store.writeRuns(runs)).toMatchObject({ stored: 0, known: 5 });
    expect((await store.readRun(runs[0]?.id ?? '')).detail).toBe('folded');
  });
});

describe('a plan', () => {
  it.each(['thin', 'remove'] as const)('says what will go (%s), and changes nothing', async (depth) => {
    const file = await makeDatabase(makeRuns(80));
    const database = new SQLite(file);
    database.pragma('wal_checkpoint(TRUNCATE)');
    database.close();
    const before = readFileSync(file);
    const plan = await planPruning(makeRequest(file, { depth, keepRuns: 30 }));
    expect(readFileSync(file).equals(before)).toBe(true);
    expect(plan).toMatchObject({ prunedRuns: 50, bytes: before.length });
    const { bytesAfter, shrinking, ...same } = await prune(file, { depth, keepRuns: 30 });
    expect(same).toEqual(plan);
    expect(shrinking.kind).toBe('smaller');
    expect(bytesAfter).toBeLessThan(plan.bytes);
  });
});

describe('a database that is pruned', () => {
  it('may be written meanwhile: no run is lost', async () => {
    const file = await makeDatabase(makeRuns(150));
    const writer = startWriter(file, { files: 1, testsPerFile: 3, samples: 1 });
    const stored: string[] = [];
    for await (const id of createInterface({ input: writer.stdout })) {
      stored.push(id);
      if (stored.length % 8 !== 0) continue;
      if (stored.length > 40) writer.kill('SIGKILL');
      // Some more runs of before are old each time.
      else
        await prune(file, {
          depth: stored.length > 16 ? 'remove' : 'thin',
          keepDays: 1,
          now: at(stored.length * 2 + 24),
        });
    }
    const store = openTestStore({ file });
    expect(stored.length).toBeGreaterThan(40);
    for (const id of stored) expect(await store.findRun(id)).toBeDefined();
    expect(await store.findRun(makeRuns(1)[0]?.id ?? '')).toBeUndefined();
    expectWhole(file);
  });

  it.each(['thin', 'remove'] as const)(
    'is whole wherever it is killed (%s), and pruning goes on',
    async (depth) => {
      const original = await makeDatabase(makeRuns(150));
      const reference = copyDatabase(original);
      await prune(reference, { depth, keepRuns: 20 });
      const expected = await readEverything(reference);
      // In each of three transactions, more or less, and while the file is made smaller.
      for (let steps = 1; steps <= 4; steps += 1) {
        const file = copyDatabase(original);
        const pruner = startPruner(makeRequest(file, { depth, keepRuns: 20 }));
        let told = 0;
        for await (const _ of createInterface({ input: pruner.stdout })) {
          told += 1;
          if (told === steps) pruner.kill('SIGKILL');
        }
        expect(told).toBeGreaterThanOrEqual(steps);
        expectWhole(file);
        await prune(file, { depth, keepRuns: 20 });
        expect(await readEverything(file)).toBe(expected);
      }
    },
    60_000,
  );

  it('keeps what was done when it is interrupted, and pruning goes on', async () => {
    const file = await makeDatabase(makeRuns(200));
    const stop = new AbortController();
    const interrupted = prune(
      file,
      { keepRuns: 1 },
      { signal: stop.signal, onProgress: (ratio) => ratio > 0.5 && stop.abort() },
    );
    await expect(interrupted).rejects.toMatchObject({ name: 'AbortError' });
    expect(await listDetails(file)).toBe('-'.repeat(128) + '+'.repeat(72));
    expect((await prune(file, { keepRuns: 1 })).details.count).toBe(71);
  });
});

describe('a file that cannot be made smaller', () => {
  it('because somebody reads it gets smaller when that one is done', async () => {
    const file = await makeDatabase(makeRuns(120));
    const reader = new SQLite(file);
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM run').get();
    const pruned = await prune(file, { keepRuns: 1, busyTimeoutMs: 20 });
    expect(pruned).toMatchObject({ prunedRuns: 119, shrinking: { kind: 'awaits-reader' } });
    expect(reader.prepare('SELECT count(*) FROM document').pluck().get()).toBe(120);
    reader.exec('COMMIT');
    reader.close();
    expect((await planPruning(makeRequest(file))).bytes).toBeLessThan(
      Math.min(pruned.bytes, pruned.bytesAfter),
    );
  });

  it('because somebody writes it is no failure: what is free in it is for the next runs', async () => {
    const file = await makeDatabase(makeRuns(120));
    const writer = new SQLite(file);
    const onProgress = (ratio: number) => ratio === 1 && writer.exec('BEGIN IMMEDIATE');
    const pruned = await prune(file, { keepRuns: 1, busyTimeoutMs: 20 }, { onProgress });
    writer.exec('ROLLBACK');
    writer.close();
    expect(pruned.shrinking).toEqual({ kind: 'failed', reason: 'database is locked' });
    expect(await prune(file, { keepRuns: 1 })).toMatchObject({
      prunedRuns: 0,
      shrinking: { kind: 'smaller' },
    });
  });
});

describe('pruning is refused', () => {
  it('where there is no database, and makes none', async () => {
    const file = join(createFolder(), 'none.db');
    for (const work of [prune(file), planPruning(makeRequest(file))])
      await expect(work).rejects.toMatchObject({
        code: 'store/missing',
        message: `${file}: there is no database here.`,
      });
    expect(() => readFileSync(file)).toThrow('ENOENT');
  });

  it('of a database of a newer version, and of one that is not ours', async () => {
    const file = await makeDatabase(makeRuns(1));
    const newer = new SQLite(file);
    newer.pragma('user_version = 99');
    newer.close();
    await expect(prune(file)).rejects.toMatchObject({ code: 'store/newer-version' });
    const other = join(createFolder(), 'other.db');
    const database = new SQLite(other);
    database.exec('CREATE TABLE note (text TEXT)');
    database.close();
    await expect(prune(other)).rejects.toMatchObject({ code: 'store/not-ours' });
  });

  it('while another process keeps it locked; nothing is lost then', async () => {
    const file = await makeDatabase(makeRuns(3));
    const other = new SQLite(file);
    other.exec('BEGIN IMMEDIATE');
    await expect(prune(file, { keepRuns: 1, busyTimeoutMs: 20 })).rejects.toMatchObject({
      code: 'store/locked',
      message: `${file}: another process kept the database locked for too long (SQLITE_BUSY).`,
    });
    other.close();
    expect(await listDetails(file)).toBe('+++');
  });

  it('where there is no room left; what was not pruned is as it was, and pruning goes on', async () => {
    const runs = makeRuns(200, (run, index) => {
      const [file, ...others] = run.files;
      if (file === undefined) throw new Error('no file');
      const error = { message: `${index} `.repeat(2000), stack: 'Error' };
      return { ...run, documents: [], files: [{ ...file, error }, ...others] };
    });
    const file = await makeDatabase(runs);
    await prune(file, { keepRuns: 1 });
    // Nothing is free in the file, and of what goes the message is written once more before.
    const database = new SQLite(file);
    database.exec(
      "UPDATE explanation SET stack = 'Error', digest = randomblob(16) WHERE length(message) > 1000",
    );
    database.exec('VACUUM');
    database.close();
    const before = await readEverything(file);
    const full = prune(file, { keepRuns: 1, maxBytes: statSync(file).size });
    await expect(full).rejects.toMatchObject({
      code: 'store/disk-full',
      message: `${file}: there is no room left to prune it; what was not pruned yet is as it was.`,
      hint: expect.stringContaining('prune again'),
    });
    expect(await readEverything(file)).toBe(before);
    expect((await prune(file, { keepRuns: 1 })).stacks.count).toBeGreaterThan(71);
  });

  it('of a repo that it does not know, naming those that it does', async () => {
    const file = await makeDatabase(
      makeRuns(12, (run, index) => ({ ...run, repository: `owner/r${index + 10}` })),
    );
    await expect(prune(file, { repository: 'a/\u001bb' })).rejects.toMatchObject({
      code: 'prune/unknown-repository',
      message: `${file}: there are no runs of the repo "a/\\u001bb".`,
      hint: `It has runs of ${Array.from({ length: 10 }, (_, index) => `owner/r${index + 10}`).join(', ')}, ….`,
    });
    const empty = openTestStore();
    await expect(prune(empty.location, { repository: 'a/b' })).rejects.toMatchObject({
      hint: 'It has none of any repo.',
    });
  });

  it('when every run would be removed', async () => {
    const file = await makeDatabase(makeRuns(1));
    await expect(prune(file, { depth: 'remove' })).rejects.toMatchObject({
      code: 'prune/no-bound',
      message: 'prune: it is not said which runs are to be kept; all of them would be removed.',
      hint: expect.stringContaining('--keep-days'),
    });
    expect(await listDetails(file)).toBe('+');
  });
});
