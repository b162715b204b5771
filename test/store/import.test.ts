import { describe, expect, it } from 'vitest';
import { StoreError } from '../../core/errors.ts';
import { REPORT_SCHEMA, type Report } from '../../core/model.ts';
import { importReport } from '../../core/store/import.ts';
import { createRun } from '../../scripts/bench/runs.ts';
import { openTestStore, readWhole } from './temporary.ts';

const SHAPE = { files: 4, testsPerFile: 3, samples: 2 };

function createReport(runs = [createRun(SHAPE, 1), createRun(SHAPE, 2)]): Report {
  return { schema: REPORT_SCHEMA, traceyVersion: '0.1.0', runs };
}

/** The report with the value at `path` replaced. */
function spoil(path: readonly (string | number)[], value: unknown): unknown {
  const report: unknown = structuredClone(createReport());
  let parent = report as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) parent = parent[key] as Record<string | number, unknown>;
  const last = path.at(-1) ?? '';
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return report;
}

async function refuse(report: unknown, source?: string): Promise<StoreError> {
  const store = openTestStore();
  const thrown: unknown = await importReport(store, { report, ...(source && { source }) }).catch(
    (e: unknown) => e,
  );
  expect(await store.listRuns({ limit: 10 })).toEqual([]);
  if (thrown instanceof StoreError) return thrown;
  throw thrown;
}

describe('importReport', () => {
  it.each([
    ['text', JSON.stringify(createReport())],
    ['a parsed value', createReport()],
  ])('stores the runs of a report given as %s', async (_how, report) => {
    const store = openTestStore();
    expect(await importReport(store, { report })).toMatchObject({ stored: 2, known: 0, changes: 0 });
    expect((await readWhole(store, createRun(SHAPE, 2).id)).run).toEqual(createRun(SHAPE, 2));
  });

  it('leaves the runs that are there already, and says how many', async () => {
    const store = openTestStore();
    await store.writeRun(createRun(SHAPE, 1));
    expect(await importReport(store, { report: createReport() })).toMatchObject({
      stored: 1,
      known: 1,
      changes: 0,
    });
    expect(await importReport(store, { report: createReport() })).toMatchObject({
      stored: 0,
      known: 2,
      changes: 0,
    });
  });

  it('takes a run that is in the report twice for known the second time', async () => {
    const store = openTestStore();
    const report = createReport([createRun(SHAPE, 1), createRun(SHAPE, 1)]);
    expect(await importReport(store, { report })).toMatchObject({ stored: 1, known: 1, changes: 0 });
  });

  it('folds as it goes, however many runs come at once', async () => {
    const store = openTestStore({ keepDetailRuns: 5 });
    const report = createReport(Array.from({ length: 150 }, (_, index) => createRun(SHAPE, index)));
    expect(await importReport(store, { report })).toMatchObject({ stored: 150, known: 0, changes: 0 });
    const [series] = (await store.findSeries({ text: 'total' })).series;
    if (series === undefined) throw new Error('no series');
    expect(await store.readHistory({ series, limit: 1000 })).toHaveLength(150);
  });

  it.each<[readonly (string | number)[], unknown, RegExp]>([
    [
      ['runs', 0, 'files', 3, 'tests', 1, 'outcome'],
      'great',
      /^report: runs\[0\]\.files\[3\]\.tests\[1\]\.outcome: /,
    ],
    [
      ['runs', 1, 'files', 0, 'tests', 2, 'samplesMs', 1],
      -1,
      /^report: runs\[1\]\.files\[0\]\.tests\[2\]\.samplesMs\[1\]: /,
    ],
    [['runs', 0, 'id'], 'latest', /^report: runs\[0\]\.id: /],
    [['runs', 0, 'startedAt'], 'yesterday', /^report: runs\[0\]\.startedAt: /],
    [['runs', 0, 'nodeVersion'], undefined, /^report: runs\[0\]\.nodeVersion: /],
    [['runs', 0, 'surprise'], 1, /^report: runs\[0\]: .*surprise/],
    [['runs'], 'none', /^report: runs: /],
    [
      ['runs', 0, 'commit'],
      'f'.repeat(40),
      /^report: runs\[0\]\.commitDetails\.sha: must equal commit, got "c0ffee/,
    ],
    [
      ['runs', 1, 'files', 2, 'path'],
      'test/module-0.test.js',
      /^report: runs\[1\]\.files\[2\]\.path: is there twice: "test\/module-0/,
    ],
    [
      ['runs', 1, 'files', 2, 'durationMs'],
      1e300,
      /^report: runs\[1\]\.files\[2\]\.durationMs: must be at most 9007199254, got 1e\+300\./,
    ],
    [
      ['runs', 0, 'files', 0, 'tests', 0, 'samplesMs', 0],
      1e12,
      /^report: runs\[0\]\.files\[0\]\.tests\[0\]\.samplesMs\[0\]: must be at most/,
    ],
  ])('names the place of what does not fit: %j', async (path, value, message) => {
    const error = await refuse(spoil(path, value));
    expect(error.message).toMatch(message);
    expect(error.code).toBe('store/invalid-report');
    expect(error.hint).toContain('tracey export');
  });

  it.each([
    [{ runs: [] }, 'field.json: schema: must be "tracey.report/1", got nothing.'],
    [{ schema: 'tracey.report/0' }, 'field.json: schema: must be "tracey.report/1", got "tracey.report/0".'],
    [[], 'field.json: schema: must be "tracey.report/1", got nothing.'],
    [null, 'field.json: schema: must be "tracey.report/1", got nothing.'],
  ])('refuses what is no report: %j', async (report, message) => {
    const error = await refuse(report, 'field.json');
    expect(error.message).toBe(message);
    expect(error.code).toBe('store/invalid-report');
  });

  it('says that a report is of a newer Tracey', async () => {
    const error = await refuse({ schema: 'tracey.report/2', nodes: [] }, 'field.json');
    expect(error.message).toBe(
      'field.json: schema: must be "tracey.report/1", got the newer "tracey.report/2".',
    );
    expect(error.code).toBe('store/newer-report');
    expect(error.hint).toBe('Update Tracey here: a newer one wrote this report.');
  });

  it('says where a text ends to be JSON', async () => {
    const error = await refuse('{\n  "schema": nope }', 'field.json');
    expect(error.message).toBe('field.json:2:13: this is not JSON, got "nope }".');
    expect(error.code).toBe('store/not-json');
    expect(error.cause).toBeInstanceOf(SyntaxError);
  });
});
