import { describe, expect, it } from 'vitest';
import { compareRuns, gatherComparison, gatherDifferences, judge } from '../../core/analysis/compare.ts';
import { computeMedian } from '../../core/analysis/statistics.ts';
import type { FileResult, TestResult } from '../../core/model.ts';

function makeTest(title: string, samplesMs: number[], more: Partial<TestResult> = {}): TestResult {
  const durationMs = samplesMs.length === 0 ? null : computeMedian(samplesMs);
  return {
    title: [title],
    outcome: 'passed',
    durationMs,
    hooksMs: null,
    cpuMs: null,
    attempts: 1,
    samplesMs,
    ...more,
  };
}

function makeFile(tests: TestResult[], path = 'test/a.js'): FileResult {
  const nothing = { loadMs: null, peakRssBytes: null, exitCode: 0, signal: null, fingerprint: null };
  return { path, outcome: 'passed', durationMs: null, ...nothing, suites: [], tests };
}

function makeRun(...files: FileResult[]) {
  return {
    files,
    paths: files.map((file) => file.path),
    findFile: async (path: string) => files.find((file) => file.path === path),
  };
}

describe('a test is called slower only when its samples leave no doubt', () => {
  it.each([
    ['all samples above all others by a margin', [10, 11, 10], [13, 14, 13], 'slower'],
    ['the same the other way round', [13, 14, 13], [10, 11, 10], 'faster'],
    ['samples that overlap', [10, 11, 14], [13, 14, 13], 'same'],
    ['samples apart, but by less than the margin', [10, 11, 10], [11.5, 12, 12], 'same'],
    ['samples apart by a margin too small to matter', [0.01, 0.01, 0.01], [0.02, 0.02, 0.02], 'same'],
    ['too few samples before', [10, 11], [13, 14, 13], 'unknown'],
    ['too few samples now', [10, 11, 10], [13], 'unknown'],
    ['no samples', [], [], 'unknown'],
  ] as const)('%s', (_, base, head, verdict) => expect(judge(base, head)).toBe(verdict));
});

it('calls no test slower or faster whose body is another one', async () => {
  const times = { base: [10, 10, 10], head: [20, 20, 20] };
  const base = makeRun(
    makeFile([
      makeTest('edited', times.base, { body: '00000000000a' }),
      makeTest('as it was', times.base, { body: '00000000000a' }),
      makeTest('of unknown body', times.base),
    ]),
  );
  const head = makeRun(
    makeFile([
      makeTest('edited', times.head, { body: '00000000000b' }),
      makeTest('as it was', times.head, { body: '00000000000a' }),
      makeTest('of unknown body', times.head, { body: '00000000000a' }),
    ]),
  );
  const { tests } = await gatherComparison(compareRuns(base, head));
  expect(Object.fromEntries(tests.map(({ title, verdict }) => [title[0], verdict]))).toEqual({
    edited: 'edited',
    'as it was': 'slower',
    'of unknown body': 'slower',
  });
  expect((await gatherDifferences(compareRuns(base, head))).changed).toHaveLength(2);
});

it('puts clear changes first, the largest at the top', async () => {
  const base = makeRun(
    makeFile([makeTest('a', [10, 10, 10]), makeTest('b', [10, 10, 10]), makeTest('c', [10, 30, 10])]),
  );
  const head = makeRun(
    makeFile([makeTest('a', [12, 12, 12]), makeTest('b', [2, 2, 2]), makeTest('c', [90, 10, 95])]),
  );
  const { tests } = await gatherComparison(compareRuns(base, head));
  expect(tests.map((test) => [test.title[0], test.verdict, test.ratio])).toEqual([
    ['b', 'faster', 0.2],
    ['a', 'slower', 1.2],
    ['c', 'same', 9],
  ]);
});

it('tells tests that came and went, and never takes a namesake for another', async () => {
  const twin = makeTest('twin', [1], { occurrence: 2 });
  const comparison = await gatherComparison(
    compareRuns(
      makeRun(makeFile([makeTest('twin', [1]), makeTest('old', [1])])),
      makeRun(makeFile([makeTest('twin', [1]), twin, makeTest('new', [1])])),
    ),
  );
  expect(comparison.added).toEqual([
    { path: 'test/a.js', title: ['twin'], occurrence: 2 },
    { path: 'test/a.js', title: ['new'] },
  ]);
  expect(comparison.removed).toEqual([{ path: 'test/a.js', title: ['old'] }]);
  expect(comparison.tests).toHaveLength(1);
});

it('has no ratio where there is no time to divide by', async () => {
  const base = makeRun(
    makeFile([makeTest('zero', [0, 0, 0]), makeTest('failed', [], { outcome: 'failed' })]),
  );
  const head = makeRun(makeFile([makeTest('zero', [1, 1, 1]), makeTest('failed', [5, 5, 5])]));
  const { tests } = await gatherComparison(compareRuns(base, head));
  expect(tests.map((test) => test.ratio)).toEqual([null, null]);
});

it('finds the tests of files that came, went, or moved to another place in the suite', async () => {
  const [a, b, c] = ['test/a.js', 'test/b.js', 'test/c.js'].map((path) =>
    makeFile([makeTest('one', [1])], path),
  );
  if (!a || !b || !c) throw new Error('three files were asked for');
  const comparison = await gatherComparison(compareRuns(makeRun(a, b), makeRun(c, b)));
  expect(comparison).toMatchObject({
    tests: [{ path: 'test/b.js' }],
    added: [{ path: 'test/c.js', title: ['one'] }],
    removed: [{ path: 'test/a.js', title: ['one'] }],
  });
});

it('tells only what differs when asked for differences', async () => {
  const base = makeRun(
    makeFile([
      makeTest('same', [10, 10, 10]),
      makeTest('a little slower', [10, 10, 10]),
      makeTest('much slower', [10, 10, 10]),
      makeTest('broken', [10, 10, 10]),
      makeTest('gone', [1]),
    ]),
  );
  const head = makeRun(
    makeFile([
      makeTest('same', [10, 10, 10]),
      makeTest('a little slower', [12, 12, 12]),
      makeTest('much slower', [50, 50, 50]),
      makeTest('broken', [], { outcome: 'failed' }),
      makeTest('new', [1]),
      makeTest('newer', [1]),
    ]),
  );
  expect(await gatherDifferences(compareRuns(base, head))).toMatchObject({
    changed: [{ title: ['much slower'] }, { title: ['a little slower'] }],
    turned: [{ title: ['broken'], baseOutcome: 'passed', headOutcome: 'failed' }],
    addedCount: 2,
    removedCount: 1,
    isUnknown: false,
  });
});

it('says that there are too few samples only when no test has enough', async () => {
  const few = makeRun(makeFile([makeTest('a', [1])]));
  const mixed = makeRun(makeFile([makeTest('a', [1]), makeTest('b', [1, 1, 1])]));
  const isUnknown = async (run: ReturnType<typeof makeRun>) =>
    (await gatherDifferences(compareRuns(run, run))).isUnknown;
  expect(await isUnknown(few)).toBe(true);
  expect(await isUnknown(mixed)).toBe(false);
  expect(await isUnknown(makeRun())).toBe(false);
});

it('takes the middle of an odd number of values, and the mean of the two middle ones of an even number', () => {
  expect(computeMedian([3, 1, 2])).toBe(2);
  expect(computeMedian([4, 1, 3, 2])).toBe(2.5);
  expect(() => computeMedian([])).toThrow(RangeError);
});
