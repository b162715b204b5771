import { describe, expect, it } from 'vitest';
import { compareRuns, judge } from '../../core/analysis/compare.ts';
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

function makeRun(tests: TestResult[], path = 'test/a.js'): { files: FileResult[] } {
  const nothing = { loadMs: null, peakRssBytes: null, exitCode: 0, signal: null, fingerprint: null };
  return { files: [{ path, outcome: 'passed', durationMs: null, ...nothing, suites: [], tests }] };
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

it('puts clear changes first, the largest at the top', () => {
  const base = makeRun([
    makeTest('a', [10, 10, 10]),
    makeTest('b', [10, 10, 10]),
    makeTest('c', [10, 30, 10]),
  ]);
  const head = makeRun([makeTest('a', [12, 12, 12]), makeTest('b', [2, 2, 2]), makeTest('c', [90, 10, 95])]);
  const found = compareRuns(base, head).tests.map((test) => [test.title[0], test.verdict, test.ratio]);
  expect(found).toEqual([
    ['b', 'faster', 0.2],
    ['a', 'slower', 1.2],
    ['c', 'same', 9],
  ]);
});

it('tells tests that came and went, and never takes a namesake for another', () => {
  const twin = makeTest('twin', [1], { occurrence: 2 });
  const comparison = compareRuns(
    makeRun([makeTest('twin', [1]), makeTest('old', [1])]),
    makeRun([makeTest('twin', [1]), twin, makeTest('new', [1])]),
  );
  expect(comparison.added).toEqual([
    { path: 'test/a.js', title: ['twin'], occurrence: 2 },
    { path: 'test/a.js', title: ['new'] },
  ]);
  expect(comparison.removed).toEqual([{ path: 'test/a.js', title: ['old'] }]);
  expect(comparison.tests).toHaveLength(1);
});

it('has no ratio where there is no time to divide by', () => {
  const base = makeRun([makeTest('zero', [0, 0, 0]), makeTest('failed', [], { outcome: 'failed' })]);
  const head = makeRun([makeTest('zero', [1, 1, 1]), makeTest('failed', [5, 5, 5])]);
  expect(compareRuns(base, head).tests.map((test) => test.ratio)).toEqual([null, null]);
});

it('takes the middle of an odd number of values, and the mean of the two middle ones of an even number', () => {
  expect(computeMedian([3, 1, 2])).toBe(2);
  expect(computeMedian([4, 1, 3, 2])).toBe(2.5);
  expect(() => computeMedian([])).toThrow(RangeError);
});
