import { expect, it } from 'vitest';
import { findHighlights } from '../../core/analysis/highlights.ts';
import type { FileResult, Outcome } from '../../core/model.ts';

type Named = readonly [title: string, durationMs: number | null, outcome?: Outcome];

function makeFile(path: string, outcome: Outcome, tests: readonly Named[]): FileResult {
  const nothing = { loadMs: null, peakRssBytes: null, exitCode: 0, signal: null, fingerprint: null };
  const durations = tests.map(([, durationMs]) => durationMs ?? 0);
  return {
    ...nothing,
    path,
    outcome,
    durationMs: durations.reduce((sum, ms) => sum + ms, 0),
    suites: tests.map(([title, durationMs]) => ({ title: [title], durationMs, hooksMs: null })),
    tests: tests.map(([title, durationMs, outcomeOfTest = 'passed']) => ({
      title: [title],
      outcome: outcomeOfTest,
      durationMs,
      hooksMs: null,
      cpuMs: null,
      attempts: 1,
      samplesMs: [],
    })),
  };
}

const LIMITS = { tests: 2, suites: 1, failures: 3 };

it('are the slowest tests and suites of all files, those that never finished last', async () => {
  const files = [
    makeFile('a.js', 'passed', [
      ['one', 3],
      ['two', null],
      ['three', 9],
    ]),
    makeFile('b.js', 'passed', [['four', 5]]),
  ];
  const found = await findHighlights(files, LIMITS);
  expect(found.tests.map((test) => [test.path, test.title[0]])).toEqual([
    ['a.js', 'three'],
    ['b.js', 'four'],
  ]);
  expect(found.suites.map((suite) => suite.title[0])).toEqual(['three']);
  expect(found.files.map((file) => [file.path, file.testCount])).toEqual([
    ['a.js', 3],
    ['b.js', 1],
  ]);
  const all = await findHighlights(files, { ...LIMITS, tests: Number.POSITIVE_INFINITY });
  expect(all.tests.map((test) => test.title[0])).toEqual(['three', 'four', 'one', 'two']);
});

it('are the same in whatever order the tests come, and of equals the first', async () => {
  const durations = Array.from({ length: 1000 }, (_, at) => (at * 7919) % 500);
  const tests = durations.map((ms, at): Named => [String(at), ms]);
  const { tests: found } = await findHighlights([makeFile('a.js', 'passed', tests)], {
    ...LIMITS,
    tests: 20,
  });
  const sorted = tests.toSorted(([, a], [, b]) => (b ?? 0) - (a ?? 0)).slice(0, 20);
  expect(found.map((test) => test.title[0])).toEqual(sorted.map(([title]) => title));
});

it('are the first failures, each file before its tests, and how many more there are', async () => {
  const failing = makeFile('a.js', 'failed', [
    ['good', 1],
    ['bad', 1, 'failed'],
    ['dead', null, 'aborted'],
    ['left out', null, 'skipped'],
  ]);
  const found = await findHighlights([failing, makeFile('b.js', 'passed', []), failing], LIMITS);
  const names = found.failures.map((one) => (one.kind === 'file' ? one.file.path : one.test.title[0]));
  expect(names).toEqual(['a.js', 'bad', 'dead']);
  expect(found.moreFailures).toBe(3);
});
