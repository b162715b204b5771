/**
 * Two runs side by side: which tests are clearly slower or faster, by their samples alone. This describes; it
 * does not prove. The machine may have changed between the two, so a clear difference is a reason to look, and
 * the rule is strict: every sample of one run apart from every sample of the other by a margin.
 */
import type { FileResult, Outcome, TestResult } from '../model.ts';
import { computeMedian } from './statistics.ts';

/**
 * `clearly`: at least this many samples each, and between the slowest sample of the faster run and the fastest of
 * the slower one at least this ratio and this many ms. With 3 against 3 samples of the same distribution, all
 * of one above all of the other happens once in ten times in one direction or the other (2 of 20 orders); with
 * 5 against 5 once in 126. The margin is on top of that.
 */
export const CLEARLY = { samples: 3, ratio: 1.1, differenceMs: 0.05 } as const;

export type Verdict = 'slower' | 'faster' | 'same' | 'unknown';

export interface TestComparison {
  readonly path: string;
  readonly title: readonly string[];
  readonly occurrence?: number;
  readonly baseMs: number | null;
  readonly headMs: number | null;
  /** Median of head over median of base; null when one is missing or zero. */
  readonly ratio: number | null;
  /** `unknown`: too few samples to say. */
  readonly verdict: Verdict;
  readonly baseOutcome: Outcome;
  readonly headOutcome: Outcome;
}

export interface Comparison {
  /** Tests of both, the largest ratio either way first. */
  readonly tests: readonly TestComparison[];
  /** Names of tests that only one of the two has. */
  readonly added: readonly TestName[];
  readonly removed: readonly TestName[];
}

export interface TestName {
  readonly path: string;
  readonly title: readonly string[];
  readonly occurrence?: number;
}

/** Compares two runs test by test. */
export function compareRuns(
  base: { readonly files: readonly FileResult[] },
  head: { readonly files: readonly FileResult[] },
): Comparison {
  const before = indexTests(base.files);
  const after = indexTests(head.files);
  const tests: TestComparison[] = [];
  const added: TestName[] = [];
  for (const [key, { name, test }] of after) {
    const known = before.get(key);
    if (known) tests.push(compareTest(name, known.test, test));
    else added.push(name);
  }
  const removed = [...before].filter(([key]) => !after.has(key)).map(([, { name }]) => name);
  tests.sort((a, b) => computeWeight(b) - computeWeight(a));
  return { tests, added, removed };
}

function compareTest(name: TestName, base: TestResult, head: TestResult): TestComparison {
  const [baseMs, headMs] = [base.durationMs, head.durationMs];
  return {
    ...name,
    baseMs,
    headMs,
    ratio: baseMs !== null && headMs !== null && baseMs > 0 ? headMs / baseMs : null,
    verdict: judge(base.samplesMs, head.samplesMs),
    baseOutcome: base.outcome,
    headOutcome: head.outcome,
  };
}

/** The verdict on two sets of samples, by {@link CLEARLY}. */
export function judge(baseMs: readonly number[], headMs: readonly number[]): Verdict {
  if (baseMs.length < CLEARLY.samples || headMs.length < CLEARLY.samples) return 'unknown';
  const slower = computeMedian(headMs) > computeMedian(baseMs);
  const [low, high] = slower ? [baseMs, headMs] : [headMs, baseMs];
  const [top, bottom] = [Math.max(...low), Math.min(...high)];
  const isApart = bottom >= top * CLEARLY.ratio && bottom - top >= CLEARLY.differenceMs;
  if (!isApart) return 'same';
  return slower ? 'slower' : 'faster';
}

function computeWeight(test: TestComparison): number {
  const size = test.ratio === null || test.ratio === 0 ? 0 : Math.abs(Math.log(test.ratio));
  return test.verdict === 'slower' || test.verdict === 'faster' ? size + 1000 : size;
}

function indexTests(files: readonly FileResult[]): Map<string, { name: TestName; test: TestResult }> {
  const index = new Map<string, { name: TestName; test: TestResult }>();
  for (const { path, tests } of files) {
    for (const test of tests) {
      const { title, occurrence } = test;
      const name = occurrence === undefined ? { path, title } : { path, title, occurrence };
      index.set(JSON.stringify([path, title, occurrence ?? 1]), { name, test });
    }
  }
  return index;
}
