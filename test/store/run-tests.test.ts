import { describe, expect, it } from 'vitest';
import { computeTotals, type RunReport } from '../../core/model.ts';
import { BLOCK_RUNS } from '../../core/store/blocks.ts';
import { createRun } from '../../scripts/bench/runs.ts';
import { openTestStore } from './temporary.ts';

const SHAPE = { files: 2, testsPerFile: 3, samples: 1 };
const [FIRST, SECOND] = ['test/module-0.test.js', 'test/module-1.test.js'];

/** A run without the last test of its second file. */
function shorten(run: RunReport): RunReport {
  const files = run.files.map((file) =>
    file.path === SECOND ? { ...file, tests: file.tests.slice(0, -1) } : file,
  );
  return { ...run, files, totals: computeTotals(files) };
}

/** Whole runs, the last of them shortened. */
async function openHistory(count: number) {
  const store = openTestStore();
  const runs = Array.from({ length: count }, (_, index) => createRun(SHAPE, index));
  const last = shorten(runs.pop() as RunReport);
  await store.writeRuns([...runs, last]);
  return { store, had: runs[0]?.id ?? '', has: last.id };
}

describe.each([
  ['in rows', 2],
  ['in a block', BLOCK_RUNS],
  ['in a block and in rows', BLOCK_RUNS + 1],
])('two runs, %s', (_, count) => {
  it('are told apart by the tests that one has and the other has not', async () => {
    const { store, had, has } = await openHistory(count);
    expect(await store.listMissingTests(had, has)).toEqual([{ subjectId: expect.any(Number), path: SECOND }]);
    expect(await store.listMissingTests(has, had)).toEqual([]);
  });

  it('have files with their outcomes', async () => {
    const { store, had } = await openHistory(count);
    expect(await store.listRunFiles(had)).toEqual([
      { path: FIRST, outcome: 'passed' },
      { path: SECOND, outcome: 'passed' },
    ]);
  });
});

describe('a run that there is not', () => {
  it('has no files, and lacks every test', async () => {
    const { store, had } = await openHistory(2);
    expect(await store.listRunFiles('none')).toEqual([]);
    expect(await store.listMissingTests('none', had)).toEqual([]);
    expect(await store.listMissingTests(had, 'none')).toHaveLength(6);
  });
});
