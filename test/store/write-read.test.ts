import SQLite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { StoreError } from '../../core/errors.ts';
import {
  computeTotals,
  type FileResult,
  type RunReport,
  TEXT_LIMITS,
  type TestResult,
} from '../../core/model.ts';
import { BLOCK_RUNS } from '../../core/store/blocks.ts';
import type { Store } from '../../core/store/store.ts';
import { createRun } from '../../scripts/bench/runs.ts';
import { gatherFiles } from '../gather-files.ts';
import { openTestStore, readWhole } from './temporary.ts';

const SHAPE = { files: 2, testsPerFile: 12, samples: 3 };

function withTests(run: RunReport, tests: readonly TestResult[]): RunReport {
  const [file] = run.files;
  if (file === undefined) throw new Error('the run has no file');
  const files = [{ ...file, tests: [...tests] }];
  return { ...run, files, totals: computeTotals(files) };
}

function createTest(change: Partial<TestResult> = {}): TestResult {
  return {
    title: ['a', 'works'],
    outcome: 'passed',
    durationMs: 1.5,
    hooksMs: null,
    cpuMs: null,
    attempts: 1,
    samplesMs: [1.5],
    ...change,
  };
}

async function writeMany(store: Store, runs: readonly RunReport[]): Promise<void> {
  for (const run of runs) await store.writeRun(run);
}

function createRuns(count: number): RunReport[] {
  return Array.from({ length: count }, (_, index) => createRun(SHAPE, index));
}

describe('a run', () => {
  it('is read back as it was written', async () => {
    const store = openTestStore();
    const run: RunReport = {
      ...createRun(SHAPE, 1),
      reason: 'stopped by hand',
      framework: null,
      dependencies: { source: 'installed', packageManager: 'npm', durationMs: 8123.25 },
      documents: [{ name: 'profile', mediaType: 'text/plain', content: 'a\u0000b\n' }],
    };
    expect(await store.writeRun(run)).toBe('stored');
    expect(await readWhole(store, run.id)).toEqual({ run, detail: 'full' });
  });

  it('is read back with the bodies of its tests, whatever was stored before and after it', async () => {
    const store = openTestStore({ keepDetailRuns: 2 });
    const runs = createRuns(6);
    const bodies = [
      '00000000000a',
      '00000000000b',
      undefined,
      '00000000000a',
      '00000000000a',
      '0d0000000001',
    ];
    const told = runs.map((run, at) => {
      const body = bodies[at];
      return withTests(run, [createTest(body === undefined ? {} : { body }), createTest({ title: ['b'] })]);
    });
    await writeMany(store, told.toReversed());
    for (const [at, run] of told.entries()) {
      const [file] = (await readWhole(store, run.id)).run.files;
      expect(file?.tests.map((test) => test.body)).toEqual([bodies[at], undefined]);
    }
  });

  it.each<RunReport['dependencies']>([
    {
      source: 'artifact',
      packageManager: null,
      durationMs: 812.5,
      artifact: { key: 'linux-x64-glibc-node137-ab', cid: 'bafkreib', bytes: 1_531_981 },
    },
    { source: 'cache', packageManager: null, durationMs: 1, artifact: { key: 'k', cid: null, bytes: null } },
  ])('is read back with where its dependencies came from: $source', async (dependencies) => {
    const store = openTestStore();
    const run = { ...createRun(SHAPE, 1), dependencies };
    await store.writeRun(run);
    expect((await readWhole(store, run.id))?.run.dependencies).toEqual(dependencies);
  });

  it('is read back with nulls and zeros where they were', async () => {
    const store = openTestStore();
    const run = createRun(SHAPE, 1);
    const facts = { ...run.machine.facts, libc: null, governor: null, turbo: null };
    const bare: RunReport = {
      ...run,
      commitDetails: { ...run.commitDetails, branch: null, parents: [] },
      machine: {
        facts,
        before: null,
        after: run.machine.after && { ...run.machine.after, calibration: null },
      },
      files: [
        {
          path: 'test/dead.js',
          outcome: 'aborted',
          reason: 'killed by SIGSEGV',
          durationMs: null,
          loadMs: null,
          peakRssBytes: null,
          exitCode: null,
          signal: 'SIGSEGV',
          fingerprint: null,
          suites: [],
          tests: [],
        },
        {
          path: 'test/zero.js',
          outcome: 'passed',
          durationMs: 0,
          loadMs: 0,
          peakRssBytes: 0,
          exitCode: 0,
          signal: null,
          fingerprint: null,
          suites: [{ title: ['a'], durationMs: 0, hooksMs: 0 }],
          tests: [createTest({ durationMs: 0, hooksMs: 0, cpuMs: 0, samplesMs: [0, 0] })],
        },
      ],
    };
    await store.writeRun(bare);
    expect((await readWhole(store, run.id)).run).toEqual(bare);
  });

  it('that was interrupted is kept and marked', async () => {
    const store = openTestStore();
    const run = { ...createRun(SHAPE, 1), interrupted: true, outcome: 'aborted' as const, files: [] };
    await store.writeRun(run);
    expect((await readWhole(store, run.id)).run).toEqual(run);
    expect(await store.findRun(run.id)).toMatchObject({ interrupted: true, outcome: 'aborted' });
  });

  it('of a known id stays as it was first', async () => {
    const store = openTestStore();
    const run = createRun(SHAPE, 1);
    await store.writeRun(run);
    expect(await store.writeRun({ ...createRun(SHAPE, 2), id: run.id })).toBe('known');
    expect((await readWhole(store, run.id)).run).toEqual(run);
    expect(await store.listRuns({ limit: 10 })).toHaveLength(1);
  });

  it('of 10,000 tests is read back as it was written', async () => {
    const store = openTestStore();
    const run = createRun({ files: 20, testsPerFile: 500, samples: 2 }, 1);
    await store.writeRun(run);
    expect((await readWhole(store, run.id)).run).toEqual(run);
  });

  it.each([
    ['one large file', 1, 2345],
    ['several large files', 3, 1500],
    ['many small files', 600, 4],
  ])('of %s is read back as it was written, as a whole and file by file', async (_, files, testsPerFile) => {
    const store = openTestStore();
    const made = createRun({ files, testsPerFile, samples: 1 }, 1);
    const run = { ...made, files: made.files.map((file) => ({ ...file, output: 'printed\n'.repeat(20) })) };
    await store.writeRun(run);
    expect((await readWhole(store, run.id)).run).toEqual(run);
    const stored = await store.readRun(run.id);
    expect(new Set(stored.paths)).toEqual(new Set(run.files.map((file) => file.path)));
    for (const file of run.files.toReversed()) {
      const found = await stored.findFile(file.path);
      expect(found && gatherFiles([found])).toEqual([file]);
    }
    expect(await stored.findFile('test/nothing.js')).toBeUndefined();
  });

  it('whose files come one at a time is stored like one that is there at once', async () => {
    const [one, other] = [openTestStore(), openTestStore()];
    const run = createRun(SHAPE, 1);
    await one.writeRun(run);
    await other.writeRun({
      ...run,
      files: {
        *[Symbol.iterator]() {
          for (const file of run.files)
            yield { ...file, suites: file.suites.values(), tests: file.tests.values() };
        },
      },
    });
    expect(await readWhole(other, run.id)).toEqual(await readWhole(one, run.id));
  });

  it('whose files cannot be read to their end leaves nothing behind, and can be stored later', async () => {
    const store = openTestStore();
    const run = createRun(SHAPE, 1);
    const broken = {
      ...run,
      files: {
        *[Symbol.iterator]() {
          yield* run.files.slice(0, 1);
          throw new Error('the disk went away');
        },
      },
    };
    await expect(store.writeRun(broken)).rejects.toThrow('the disk went away');
    expect(await store.listRuns({ limit: 10 })).toEqual([]);
    expect(await store.writeRun(run)).toBe('stored');
    expect((await readWhole(store, run.id)).run).toEqual(run);
  });

  it('that cannot be written leaves nothing behind', async () => {
    const store = openTestStore();
    const run = createRun(SHAPE, 1);
    const twice = { ...run, files: [...run.files, ...run.files] };
    await expect(store.writeRun(twice)).rejects.toThrow(
      `Store: run ${run.id} has two results of the file "test/module-0.test.js".`,
    );
    await expect(store.writeRun(withTests(run, [createTest({ durationMs: 1e11 })]))).rejects.toThrow(
      StoreError,
    );
    const database = new SQLite(store.location, { readonly: true });
    const count = database.prepare('SELECT (SELECT count(*) FROM run) + (SELECT count(*) FROM subject) AS n');
    expect(count.get()).toEqual({ n: 0 });
    database.close();
  });

  it('must not describe another commit than it names', async () => {
    const store = openTestStore();
    const run = createRun(SHAPE, 1);
    const sha = 'f'.repeat(40);
    await expect(store.writeRun({ ...run, commitDetails: { ...run.commitDetails, sha } })).rejects.toThrow(
      `Store: run ${run.id} is of commit ${run.commit} but describes ${sha}.`,
    );
  });

  it('that is not there is an error that says so', async () => {
    const store = openTestStore();
    await expect(store.readRun('nothing')).rejects.toThrow(`${store.location}: there is no run "nothing".`);
  });
});

describe('names', () => {
  it('of same-named siblings stay apart', async () => {
    const store = openTestStore();
    const tests = [
      createTest({ durationMs: 1 }),
      createTest({ durationMs: 2, occurrence: 2 }),
      createTest({ durationMs: 3, occurrence: 3 }),
    ];
    const run = withTests(createRun(SHAPE, 1), tests);
    await store.writeRun(run);
    expect((await readWhole(store, run.id)).run).toEqual(run);
  });

  it('that claim to be the same test get the next number that is free', async () => {
    const store = openTestStore();
    const tests = [
      createTest({ durationMs: 1 }),
      createTest({ durationMs: 2 }),
      createTest({ occurrence: 2 }),
    ];
    const run = withTests(createRun(SHAPE, 1), tests);
    await store.writeRun(run);
    const read = (await readWhole(store, run.id)).run.files[0]?.tests;
    expect(read?.map((test) => [test.occurrence, test.durationMs])).toEqual([
      [undefined, 1],
      [2, 2],
      [3, 1.5],
    ]);
  });

  it('that are equal in two repositories stay apart', async () => {
    const store = openTestStore();
    const one = createRun(SHAPE, 1);
    const two = { ...createRun(SHAPE, 2), repository: 'happner/other' };
    await writeMany(store, [one, two]);
    expect((await readWhole(store, one.id)).run).toEqual(one);
    expect((await readWhole(store, two.id)).run).toEqual(two);
    const text = 'test/module-1.test.js > module 1 > part 0 > does what rule 3 says';
    const { exact, series } = await store.findSeries({ text });
    expect(exact).toBe(true);
    expect(series.map((found) => found.repository)).toEqual(['happner/other', 'happner/sample']);
    const [first] = series;
    if (first === undefined) throw new Error('no series');
    const points = await store.readHistory({ series: first, limit: 10 });
    expect(points.map((point) => point.runId)).toEqual([two.id]);
  });

  it('are stored once, however many runs there are', async () => {
    const store = openTestStore();
    await writeMany(store, createRuns(5));
    const database = new SQLite(store.location, { readonly: true });
    const names = database
      .prepare("SELECT count(*) AS n FROM subject WHERE name = 'does what rule 3 says'")
      .get();
    const machines = database.prepare('SELECT count(*) AS n FROM machine').get();
    database.close();
    expect(names).toEqual({ n: SHAPE.files });
    expect(machines).toEqual({ n: 1 });
  });

  it('of a suite and a test that are the same stay apart', async () => {
    const store = openTestStore();
    const run = withTests(createRun(SHAPE, 1), [
      createTest({ title: ['a'] }),
      createTest({ title: ['a', ''] }),
      createTest({ title: [''] }),
    ]);
    await store.writeRun(run);
    expect((await readWhole(store, run.id)).run).toEqual(run);
  });
});

describe('what a database cannot keep', () => {
  it('is settled on the way in: lone surrogates, texts without end, times beyond the millisecond', async () => {
    const store = openTestStore();
    const message = 'x'.repeat(TEXT_LIMITS.message + 1);
    const test = createTest({ title: ['\ud800 lone', '\ude00'], outcome: 'failed', error: { message } });
    const run = { ...withTests(createRun(SHAPE, 1), [test]), startedAt: '2026-01-01T00:00:00.1234567Z' };
    await store.writeRun(run);
    const { run: read } = await readWhole(store, run.id);
    expect(read.startedAt).toBe('2026-01-01T00:00:00.123Z');
    const found = read.files[0]?.tests[0];
    expect(found?.title).toEqual(['\ufffd lone', '\ufffd']);
    expect(found?.error?.message).toBe(`${'x'.repeat(TEXT_LIMITS.message - 1)}…`);
  });

  it('does not make two tests one', async () => {
    const store = openTestStore();
    const tests = [createTest({ title: ['\ud800'] }), createTest({ title: ['\ud801'] })];
    const run = withTests(createRun(SHAPE, 1), tests);
    await store.writeRun(run);
    const read = (await readWhole(store, run.id)).run.files[0]?.tests;
    expect(read?.map(({ title, occurrence }) => [...title, occurrence])).toEqual([
      ['\ufffd', undefined],
      ['\ufffd', 2],
    ]);
  });
});

describe('details', () => {
  /** What is left of a run when its details are gone. */
  function fold(run: RunReport): RunReport {
    return {
      ...run,
      files: run.files.map(({ output: _, ...file }) => ({
        ...file,
        suites: file.suites.map((suite) => ({ ...suite, hooksMs: null })),
        tests: file.tests
          .map((test) => ({ ...test, hooksMs: null, cpuMs: null, attempts: 0, samplesMs: [] }))
          .sort((a, b) => (a.title.join() < b.title.join() ? -1 : 1)),
      })),
    };
  }

  it('are kept for the newest runs; older ones keep outcomes, durations and failures', async () => {
    const store = openTestStore({ keepDetailRuns: 2 });
    const runs = createRuns(4);
    await writeMany(store, runs);
    const read = await Promise.all(runs.map((run) => readWhole(store, run.id)));
    expect(read.map(({ detail }) => detail)).toEqual(['folded', 'folded', 'full', 'full']);
    expect(read.map(({ run }) => run)).toEqual([...runs.slice(0, 2).map(fold), ...runs.slice(2)]);
  });

  it('of a run that comes in late do not push out those of a newer one', async () => {
    const store = openTestStore({ keepDetailRuns: 1 });
    const [older, newer] = createRuns(2);
    if (older === undefined || newer === undefined) throw new Error('two runs were asked for');
    await writeMany(store, [newer, older]);
    expect((await readWhole(store, newer.id)).detail).toBe('full');
    expect((await readWhole(store, older.id)).detail).toBe('folded');
  });

  it('of one environment do not push out those of another', async () => {
    const store = openTestStore({ keepDetailRuns: 1 });
    const [one, two] = createRuns(2);
    if (one === undefined || two === undefined) throw new Error('two runs were asked for');
    await writeMany(store, [one, { ...two, nodeLine: '22' }]);
    expect((await readWhole(store, one.id)).detail).toBe('full');
  });

  it('that go while a run is read leave it whole, the rest of it folded', async () => {
    const store = openTestStore({ keepDetailRuns: 1 });
    const [one, two] = [1, 2].map((index) => createRun({ files: 30, testsPerFile: 90, samples: 1 }, index));
    if (one === undefined || two === undefined) throw new Error('two runs were asked for');
    await store.writeRun(one);
    const read: FileResult[] = [];
    for await (const file of (await store.readRun(one.id)).files) {
      if (read.length === 0) await store.writeRun(two);
      read.push(...gatherFiles([file]));
    }
    const byPath = (files: readonly FileResult[]) => new Map(files.map((file) => [file.path, file]));
    const [whole, folded] = [byPath(one.files), byPath(fold(one).files)];
    expect(read.map((file) => file.path).sort()).toEqual([...whole.keys()].sort());
    expect(read[0]).toEqual(whole.get(read[0]?.path ?? ''));
    const later = read.filter((file) => file.tests.every((test) => test.samplesMs.length === 0));
    expect(later.length).toBeGreaterThan(0);
    for (const file of later) expect(file).toEqual(folded.get(file.path));
  });

  it('that go in the middle of a large file are an error that says so', async () => {
    const store = openTestStore({ keepDetailRuns: 1 });
    const [one, two] = [1, 2].map((index) => createRun({ files: 1, testsPerFile: 3000, samples: 1 }, index));
    if (one === undefined || two === undefined) throw new Error('two runs were asked for');
    await store.writeRun(one);
    const file = await (await store.readRun(one.id)).findFile('test/module-0.test.js');
    const tests = file?.tests[Symbol.iterator]();
    expect(tests?.next().value).toEqual(one.files[0]?.tests[0]);
    await store.writeRun(two);
    const readRest = () => {
      while (tests?.next().done === false);
    };
    expect(readRest).toThrow(
      expect.objectContaining({
        code: 'store/folded-meanwhile',
        message: `${store.location}: the details of the run ${one.id} were folded away while it was read.`,
      }),
    );
    const again = await (await store.readRun(one.id)).findFile('test/module-0.test.js');
    expect([...(again?.tests ?? [])]).toHaveLength(3000);
  });

  it('fold the same from rows and from blocks', async () => {
    const store = openTestStore({ keepDetailRuns: 0 });
    const runs = createRuns(BLOCK_RUNS + 3);
    await writeMany(store, runs);
    for (const run of runs) expect((await readWhole(store, run.id)).run).toEqual(fold(run));
    const database = new SQLite(store.location, { readonly: true });
    const left = database.prepare('SELECT count(DISTINCT run_id) AS n FROM result').get();
    database.close();
    expect(left).toEqual({ n: 3 });
  });

  it('fold whatever a test went through from run to run', async () => {
    const store = openTestStore({ keepDetailRuns: 0 });
    const kinds: readonly Partial<TestResult>[] = [
      {},
      { outcome: 'skipped', durationMs: null, samplesMs: [] },
      { outcome: 'failed', error: { message: 'no', stack: 'at x' }, reason: 'an assertion failed' },
      { outcome: 'aborted', durationMs: null, samplesMs: [] },
      { durationMs: 8_000_000_000.5 },
    ];
    const runs = createRuns(BLOCK_RUNS).map((run, index) => {
      const kind = kinds[index % 6];
      return withTests(run, kind === undefined ? [] : [createTest(kind)]);
    });
    await writeMany(store, runs);
    for (const run of runs) expect((await readWhole(store, run.id)).run).toEqual(fold(run));
  });
});

describe('the views for people who open the file by hand', () => {
  it('show rows and blocks alike', async () => {
    const store = openTestStore();
    const runs = createRuns(BLOCK_RUNS + 2);
    await writeMany(store, runs);
    const text = 'test/module-0.test.js > module 0 > part 0 > does what rule 3 says';
    const [series] = (await store.findSeries({ text })).series;
    if (series === undefined) throw new Error('no series');
    const points = await store.readHistory({ series, limit: 1000 });
    const database = new SQLite(store.location, { readonly: true });
    const rows = database
      .prepare(
        `SELECT run AS runId, outcome, duration_ms AS durationMs, spread
         FROM results JOIN subjects ON subjects.id = subject_id WHERE text = ? ORDER BY run`,
      )
      .all(text);
    const counts = database.prepare('SELECT outcome, count(*) AS n FROM results GROUP BY 1 ORDER BY 1').all();
    database.close();
    expect(points).toHaveLength(runs.length);
    expect(rows).toEqual(
      points.map(({ runId, outcome, durationMs, spread }) => ({ runId, outcome, durationMs, spread })),
    );
    const suitesAndLoads = runs.length * (2 * 4);
    expect(counts).toContainEqual({ outcome: null, n: suitesAndLoads });
  });
});
