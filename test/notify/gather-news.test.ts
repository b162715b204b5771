import { describe, expect, it } from 'vitest';
import type { FileResult, RunReport, TestResult } from '../../core/model.ts';
import { findBaseRun } from '../../core/notify/base-run.ts';
import { findFailures, gatherRunNews } from '../../core/notify/gather-news.ts';
import { NEWS_LIMITS } from '../../core/notify/news.ts';
import type { Store } from '../../core/store/store.ts';
import { createRun } from '../../scripts/bench/runs.ts';
import { measureFiles } from '../measure/measure-fixture.ts';
import { openTestStore } from '../store/temporary.ts';

const SHAPE = { files: 2, testsPerFile: 12, samples: 3 };

async function storeRuns(...runs: readonly RunReport[]): Promise<Store> {
  const store = openTestStore();
  for (const run of runs) await store.writeRun(run);
  return store;
}

function createRuns(count: number): RunReport[] {
  return Array.from({ length: count }, (_, index) => createRun(SHAPE, index));
}

/** A run with all its tests as they were, but for some. */
function changeTests(run: RunReport, change: (test: TestResult, number: number) => TestResult): RunReport {
  let number = 0;
  const files = run.files.map((file) => ({
    ...file,
    tests: file.tests.map((test) => {
      number += 1;
      return change(test, number - 1);
    }),
  }));
  return { ...run, files };
}

describe('findBaseRun', () => {
  const find = async (store: Store, run: RunReport, candidates: readonly string[]) => {
    const found = await findBaseRun(store, run, candidates);
    return found && { id: found.stored.run.id, isBase: found.isBase };
  };

  it('takes the nearest commit that was measured', async () => {
    const [a, b, , d] = createRuns(4) as [RunReport, RunReport, RunReport, RunReport];
    const store = await storeRuns(a, b, d);
    expect(await find(store, d, [b.commit, a.commit])).toEqual({ id: b.id, isBase: true });
    expect(await find(store, d, ['f'.repeat(40), b.commit, a.commit])).toEqual({ id: b.id, isBase: false });
  });

  it('takes the newest of several runs of a commit, but never the run itself', async () => {
    const [a, b, c] = createRuns(3) as [RunReport, RunReport, RunReport];
    const again = { ...b, commit: a.commit, commitDetails: a.commitDetails };
    const itself = { ...c, commit: a.commit, commitDetails: a.commitDetails };
    const store = await storeRuns(a, again, itself);
    expect(await find(store, itself, [a.commit])).toEqual({ id: b.id, isBase: true });
  });

  it.each<[string, Partial<RunReport>]>([
    ['of another repo', { repository: 'happner/other' }],
    ['on another machine', { runner: 'pi-4' }],
    ['on another Node line', { nodeLine: '22', nodeVersion: '22.11.0' }],
    ['of another job type', { jobType: 'other' }],
    ['in another isolation', { isolation: 'none' }],
    ['that was interrupted', { interrupted: true }],
    ['in which nothing ran', { totals: { ...createRun(SHAPE, 0).totals, passed: 0, failed: 0 } }],
  ])('takes no run %s', async (_, other) => {
    const [a, b] = createRuns(2) as [RunReport, RunReport];
    const store = await storeRuns({ ...a, ...other }, b);
    expect(await find(store, b, [a.commit])).toBeNull();
  });

  it('takes no run of changed files', async () => {
    const [a, b] = createRuns(2) as [RunReport, RunReport];
    const store = await storeRuns({ ...a, commitDetails: { ...a.commitDetails, modified: true } }, b);
    expect(await find(store, b, [a.commit])).toBeNull();
  });

  it('finds nothing without candidates', async () => {
    const [a, b] = createRuns(2) as [RunReport, RunReport];
    expect(await find(await storeRuns(a, b), b, [])).toBeNull();
  });
});

describe('gatherRunNews', () => {
  it('says what changed since the base, largest first, then what turned', async () => {
    const base = changeTests(createRun(SHAPE, 0), (test) => ({
      ...test,
      outcome: 'passed',
      durationMs: 10,
      samplesMs: [10, 10, 10],
    }));
    const head = changeTests({ ...base, ...pickIdentity(createRun(SHAPE, 1)) }, (test, number) => {
      if (number === 2) return { ...test, durationMs: 20, samplesMs: [20, 20, 20] };
      if (number === 4) return { ...test, durationMs: 2, samplesMs: [2, 2, 2] };
      return number === 6 ? { ...test, outcome: 'failed', durationMs: null, samplesMs: [] } : test;
    });
    const slower = { ...head, totals: { ...head.totals, durationMs: base.totals.durationMs * 1.5 } };
    const store = await storeRuns(base, slower);
    const found = await findBaseRun(store, slower, [base.commit]);
    const { since, run } = await gatherRunNews(slower, { base: found, store });
    expect(run).not.toHaveProperty('files');
    expect(since).toMatchObject({
      runId: base.id,
      commit: base.commitDetails,
      isBase: true,
      ratio: 1.5,
      slower: 1,
      faster: 1,
      added: 0,
      removed: 0,
      isUnknown: false,
    });
    expect(since?.changes.map((test) => [test.title.at(-1), test.verdict, test.headOutcome])).toEqual([
      ['does what rule 4 says', 'faster', 'passed'],
      ['does what rule 2 says', 'slower', 'passed'],
      ['does what rule 6 says', 'unknown', 'failed'],
    ]);
  });

  it('compares an interrupted run with nothing', async () => {
    const [a, b] = createRuns(2) as [RunReport, RunReport];
    const store = await storeRuns(a, b);
    const base = await findBaseRun(store, b, [a.commit]);
    expect((await gatherRunNews({ ...b, interrupted: true }, { base, store })).since).toBeNull();
  });

  it('draws the trend of the branches that count, up to this run, which is last', async () => {
    const [a, b, c, d, e] = createRuns(5) as [RunReport, RunReport, RunReport, RunReport, RunReport];
    const onBranch = (run: RunReport, branch: string) => ({
      ...run,
      commitDetails: { ...run.commitDetails, branch },
    });
    const head = onBranch(d, 'feature');
    const store = await storeRuns(a, onBranch(b, 'other'), { ...c, interrupted: true }, head, e);
    const base = await findBaseRun(store, head, [a.commit]);
    const expected = [a.totals.durationMs, head.totals.durationMs];
    expect((await gatherRunNews(head, { base, store })).trendMs).toEqual(expected);
  });

  it('keeps the newest points only', async () => {
    const runs = createRuns(NEWS_LIMITS.trend + 5);
    const last = runs.at(-1) as RunReport;
    const { trendMs } = await gatherRunNews(last, { base: null, store: await storeRuns(...runs) });
    expect(trendMs.map((one) => one?.toFixed(3))).toEqual(
      runs.slice(-NEWS_LIMITS.trend).map((run) => run.totals.durationMs.toFixed(3)),
    );
  });

  it('has a trend of one for a run that could not be stored', async () => {
    const run = createRun(SHAPE, 0);
    expect((await gatherRunNews(run, { base: null, store: openTestStore() })).trendMs).toEqual([
      run.totals.durationMs,
    ]);
  });
});

describe('findFailures', () => {
  it('finds what failed in real test files, with the line', async () => {
    const files = await measureFiles({
      'test/a.js':
        "describe('d', () => {\n  it('fails', () => {\n    null.x;\n  });\n  it('passes', () => {});\n});",
      'test/b.js': "describe('d', () => {\n  it(';\n",
      'test/c.js': "beforeEach(() => {\n  null.x;\n});\nit('one', () => {});",
      'test/d.js': "it('one', () => { process.exit(3); });\nit('two', () => {});",
      'test/e.js': "it('one', () => {});",
    });
    const failing = await findFailures(files);
    expect(failing.map(({ path, title, outcome, line }) => [path, title, outcome, line])).toEqual([
      ['test/a.js', ['d', 'fails'], 'failed', 3],
      ['test/b.js', [], 'failed', 2],
      ['test/c.js', [], 'failed', 2],
      ['test/d.js', [], 'aborted', null],
    ]);
    expect(failing[0]).toMatchObject({ reason: expect.stringContaining('null') });
    expect(failing[0]?.stack).toMatch(/^TypeError: .*\n {4}at Context\.<anonymous> \(test\/a\.js:3:\d+\)$/);
  });

  it('keeps a bounded number of them, in the order of the suite', async () => {
    const failed = (test: TestResult): TestResult => ({ ...test, outcome: 'failed', reason: 'no' });
    const many = changeTests(createRun({ files: 10, testsPerFile: 30, samples: 1 }, 0), failed).files.map(
      (file): FileResult => ({ ...file, outcome: 'failed' }),
    );
    const failing = await findFailures(many);
    expect(failing).toHaveLength(NEWS_LIMITS.failing);
    expect(new Set(failing.map((one) => one.path))).toEqual(
      new Set(['test/module-0.test.js', 'test/module-1.test.js']),
    );
  });
});

/** What makes a run another one. */
function pickIdentity({ id, commit, commitDetails, startedAt, finishedAt }: RunReport): Partial<RunReport> {
  return { id, commit, commitDetails, startedAt, finishedAt };
}
