import SQLite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import type { RunReport } from '../../core/model.ts';
import { BLOCK_RUNS } from '../../core/store/blocks.ts';
import type { HistoryPoint, Series, Store } from '../../core/store/store.ts';
import { createRun } from '../../scripts/bench/runs.ts';
import { openTestStore } from './temporary.ts';

const SHAPE = { files: 2, testsPerFile: 12, samples: 3 };
const TEXT = 'test/module-0.test.js > module 0 > part 0 > does what rule 3 says';

function createRuns(count: number): RunReport[] {
  return Array.from({ length: count }, (_, index) => createRun(SHAPE, index));
}

async function findOne(store: Store, text: string): Promise<Series> {
  const { exact, series } = await store.findSeries({ text });
  const [first] = series;
  if (!exact || first === undefined || series.length > 1)
    throw new Error(`${series.length} series of ${text}`);
  return first;
}

async function readAll(store: Store, text = TEXT): Promise<readonly HistoryPoint[]> {
  return store.readHistory({ series: await findOne(store, text), limit: 10_000 });
}

/** A run whose fourth test has this body. */
function withBody(run: RunReport, body: string | undefined): RunReport {
  return {
    ...run,
    files: run.files.map((file) => ({
      ...file,
      tests: file.tests.map(({ body: own, ...test }, at) => {
        const told = at === 3 ? body : own;
        return told === undefined ? test : { ...test, body: told };
      }),
    })),
  };
}

function findDuration(run: RunReport): number | null | undefined {
  return run.files[0]?.tests[3]?.durationMs;
}

describe('readHistory', () => {
  it('gives every run its point, whether rows or blocks hold it', async () => {
    const store = openTestStore({ keepDetailRuns: 3 });
    const runs = createRuns(2 * BLOCK_RUNS + 5);
    for (const run of runs) await store.writeRun(run);
    const points = await readAll(store);
    expect(points.map((point) => [point.runId, point.durationMs])).toEqual(
      runs.map((run) => [run.id, findDuration(run)]),
    );
    expect(points[7]).toMatchObject({
      commit: runs[7]?.commit,
      commitSubject: 'Change number 7 of the sample library',
      committedAt: runs[7]?.commitDetails.committedAt,
      branch: 'main',
      nodeVersion: '24.1.0',
      outcome: 'passed',
      interrupted: false,
      modified: false,
    });
    expect(points[7]?.spread).toBeGreaterThan(0);
  });

  it('says which body a test had in each run, in whatever order they came in', async () => {
    const store = openTestStore();
    const runs = createRuns(BLOCK_RUNS + 6);
    const bodies = runs.map((_, at) => (at < 20 ? undefined : at < 50 ? '0000000000aa' : 'bb0000000000'));
    const told = runs.map((run, at) => withBody(run, bodies[at]));
    for (const run of told.filter((_, at) => at % 2 === 1)) await store.writeRun(run);
    for (const run of told.filter((_, at) => at % 2 === 0).reverse()) await store.writeRun(run);
    expect((await readAll(store)).map(({ body }) => body)).toEqual(bodies.map((body) => body ?? null));
    expect((await readAll(store, 'test/module-0.test.js')).every(({ body }) => body === null)).toBe(true);
  });

  it('keeps a body once for all runs that have it, one after the other', async () => {
    const store = openTestStore();
    for (const run of createRuns(10)) await store.writeRun(withBody(run, '0000000000aa'));
    await store.close();
    const database = new SQLite(store.location);
    const select =
      'SELECT count(*) AS count FROM body_spell b JOIN subjects s ON s.id = b.subject_id WHERE text = ?';
    const row = database.prepare<[string], { count: number }>(select).get(TEXT);
    database.close();
    expect(row?.count).toBe(1);
  });

  it('follows the order of commits, then of runs, not that in which they came in', async () => {
    const store = openTestStore();
    const [a, b, c, d] = createRuns(4);
    if (!a || !b || !c || !d) throw new Error('four runs were asked for');
    const committedAt = '2020-01-01T00:00:00.000Z';
    const oldCommit = { ...d, commitDetails: { ...d.commitDetails, committedAt } };
    const sameCommit = { ...b, commit: a.commit, commitDetails: a.commitDetails };
    for (const run of [c, sameCommit, oldCommit, a]) await store.writeRun(run);
    expect((await readAll(store)).map((point) => point.runId)).toEqual([d.id, a.id, b.id, c.id]);
  });

  it('sees runs that were written after it was first read, by whomever', async () => {
    const store = openTestStore();
    const other = openTestStore({ file: store.location });
    const runs = createRuns(BLOCK_RUNS + 4);
    for (const [index, run] of runs.entries()) {
      await (index % 2 === 0 ? store : other).writeRun(run);
      expect(await readAll(store)).toHaveLength(index + 1);
    }
  });

  it('gives the newest points when there are more than were asked for', async () => {
    const store = openTestStore();
    const runs = createRuns(6);
    for (const run of runs) await store.writeRun(run);
    const points = await store.readHistory({ series: await findOne(store, TEXT), limit: 2 });
    expect(points.map((point) => point.runId)).toEqual(runs.slice(4).map((run) => run.id));
  });

  it('leaves out the runs in which the test was not there', async () => {
    const store = openTestStore();
    const [a, b, c] = createRuns(3);
    if (!a || !b || !c) throw new Error('three runs were asked for');
    for (const run of [a, { ...b, files: b.files.slice(1) }, c]) await store.writeRun(run);
    expect((await readAll(store)).map((point) => point.runId)).toEqual([a.id, c.id]);
  });

  it('keeps the environments apart', async () => {
    const store = openTestStore();
    const [a, b] = createRuns(2);
    if (!a || !b) throw new Error('two runs were asked for');
    await store.writeRun(a);
    await store.writeRun({ ...b, nodeLine: '22', nodeVersion: '22.11.0' });
    const { series } = await store.findSeries({ text: TEXT });
    expect(series.map((found) => found.nodeLine)).toEqual(['22', '24']);
    const lines = await Promise.all(series.map((found) => store.readHistory({ series: found, limit: 9 })));
    expect(lines.map((points) => points.map((point) => point.nodeVersion))).toEqual([
      ['22.11.0'],
      ['24.1.0'],
    ]);
  });

  it('marks runs that were interrupted or measured changed files', async () => {
    const store = openTestStore();
    const run = createRun(SHAPE, 1);
    const commitDetails = { ...run.commitDetails, modified: true };
    await store.writeRun({ ...run, interrupted: true, commitDetails });
    expect(await readAll(store)).toMatchObject([{ interrupted: true, modified: true }]);
  });

  it.each([
    ['total', 'total', 'passed'],
    ['test/module-0.test.js', 'file', 'passed'],
    ['test/module-0.test.js (load)', 'load', null],
    ['test/module-0.test.js > module 0', 'suite', null],
    [TEXT, 'test', 'passed'],
  ])('of %j is that of a %s', async (text, kind, outcome) => {
    const store = openTestStore();
    const run = createRun(SHAPE, 1);
    await store.writeRun(run);
    const file = run.files[0];
    const durations: Record<string, number | null | undefined> = {
      total: run.totals.durationMs,
      file: file?.durationMs,
      load: file?.loadMs,
      suite: file?.suites[0]?.durationMs,
      test: findDuration(run),
    };
    expect(await findOne(store, text)).toMatchObject({ kind, text });
    const [point] = await readAll(store, text);
    expect(point?.outcome).toBe(outcome);
    expect(Math.abs((point?.durationMs ?? Number.NaN) - (durations[kind] ?? Number.NaN))).toBeLessThan(1e-6);
  });

  it('says that a series is not there', async () => {
    const store = openTestStore();
    const series = { subjectId: 7, environmentId: 1 };
    await expect(store.readHistory({ series, limit: 1 })).rejects.toThrow(
      `${store.location}: there is no series 7/1.`,
    );
  });
});

describe('findSeries', () => {
  async function openWithTitles(titles: readonly (readonly string[])[]): Promise<Store> {
    const store = openTestStore();
    const run = createRun(SHAPE, 1);
    const [file] = run.files;
    const [test] = file?.tests ?? [];
    if (file === undefined || test === undefined) throw new Error('the run has no test');
    const tests = titles.map((title) => ({ ...test, title: [...title] }));
    await store.writeRun({ ...run, files: [{ ...file, suites: [], tests }] });
    return store;
  }

  it('knows a later namesake by its number', async () => {
    const store = await openWithTitles([
      ['a', 'b'],
      ['a', 'b'],
    ]);
    expect(await findOne(store, 'test/module-0.test.js > a > b')).toMatchObject({ occurrence: 1 });
    expect(await findOne(store, 'test/module-0.test.js > a > b #2')).toMatchObject({ occurrence: 2 });
  });

  it('finds titles that hold what joins titles', async () => {
    const store = await openWithTitles([['a > b', 'c #2']]);
    const found = await findOne(store, 'test/module-0.test.js > a > b > c #2');
    expect(found).toMatchObject({ title: ['a > b', 'c #2'], occurrence: 1, kind: 'test' });
  });

  it('gives all that are named alike', async () => {
    const store = await openWithTitles([
      ['a > b', 'c'],
      ['a', 'b > c'],
    ]);
    const { exact, series } = await store.findSeries({ text: 'test/module-0.test.js > a > b > c' });
    expect(exact).toBe(true);
    expect(series.map((found) => found.title)).toEqual([
      ['a > b', 'c'],
      ['a', 'b > c'],
    ]);
  });

  it('offers what contains the text, in whatever case, and no more than asked for', async () => {
    const store = await openWithTitles([['Größe'], ['größer'], ['klein']]);
    const { exact, series } = await store.findSeries({ text: 'GRÖSSE'.replace('SS', 'ß') });
    expect(exact).toBe(false);
    expect(series.map((found) => found.title)).toEqual([['Größe'], ['größer']]);
    expect((await store.findSeries({ text: 'GRÖ', limit: 1 })).series).toHaveLength(1);
    expect((await store.findSeries({ text: 'nowhere' })).series).toEqual([]);
  });

  it('takes characters that mean something to SQL for themselves', async () => {
    const store = await openWithTitles([['100 % of_it'], ["it's"]]);
    expect((await store.findSeries({ text: '% of_' })).series).toHaveLength(1);
    expect((await store.findSeries({ text: "t's" })).series).toHaveLength(1);
    expect((await store.findSeries({ text: '%' })).series).toHaveLength(1);
  });

  it('keeps to the repository, runner, Node line and job type asked for', async () => {
    const store = openTestStore();
    const run = createRun(SHAPE, 1);
    await store.writeRun(run);
    await store.writeRun({ ...createRun(SHAPE, 2), runner: 'field-1', role: 'field' });
    const count = async (filter: object) => (await store.findSeries({ text: TEXT, ...filter })).series.length;
    expect(await count({})).toBe(2);
    expect(await count({ runner: 'field-1', nodeLine: '24', jobType: run.jobType })).toBe(1);
    expect(await count({ repository: 'happner/other' })).toBe(0);
    expect(await count({ nodeLine: '22' })).toBe(0);
    expect(await count({ jobType: 'other' })).toBe(0);
  });
});

describe('listRuns and findRun', () => {
  it('list the newest runs first, filtered by anything', async () => {
    const store = openTestStore();
    const [a, b, c] = createRuns(3);
    if (!a || !b || !c) throw new Error('three runs were asked for');
    const onBranch = { ...b, commitDetails: { ...b.commitDetails, branch: 'next' } };
    for (const run of [c, a, onBranch]) await store.writeRun(run);
    const list = async (filter: object) =>
      (await store.listRuns({ limit: 10, ...filter })).map((run) => run.id);
    expect(await list({})).toEqual([c.id, b.id, a.id]);
    expect(await list({ limit: 1 })).toEqual([c.id]);
    expect(await list({ branch: 'next' })).toEqual([b.id]);
    expect(
      await list({ repository: a.repository, runner: a.runner, nodeLine: '24', jobType: a.jobType }),
    ).toHaveLength(3);
    expect(await list({ repository: 'other/one' })).toEqual([]);
  });

  it('summarise a run', async () => {
    const store = openTestStore();
    const run = createRun(SHAPE, 1);
    await store.writeRun(run);
    expect(await store.findRun(run.id)).toEqual({
      id: run.id,
      repository: run.repository,
      commit: run.commit,
      commitSubject: run.commitDetails.subject,
      committedAt: run.commitDetails.committedAt,
      branch: 'main',
      modified: false,
      jobType: run.jobType,
      runner: 'bench',
      role: 'primary',
      isolation: 'file',
      nodeVersion: '24.1.0',
      nodeLine: '24',
      startedAt: run.startedAt,
      finishedAt: run.finishedAt,
      outcome: run.outcome,
      interrupted: false,
      samples: 3,
      totals: run.totals,
      detail: 'full',
    });
  });

  it('find a run by the beginning of its id, if it is the only one', async () => {
    const store = openTestStore();
    const [a, b] = createRuns(2);
    if (!a || !b) throw new Error('two runs were asked for');
    await store.writeRun(a);
    await store.writeRun(b);
    expect((await store.findRun(a.id.slice(0, 16)))?.id).toBe(a.id);
    expect(await store.findRun('9')).toBeUndefined();
    expect(await store.findRun('')).toBeUndefined();
    expect(await store.findRun('%')).toBeUndefined();
    await expect(store.findRun('17')).rejects.toThrow(
      `${store.location}: the run "17" could be ${a.id}, ${b.id}.`,
    );
  });
});
