/**
 * Two runs side by side: which tests are clearly slower or faster, by their samples alone. This describes; it
 * does not prove. The machine may have changed between the two, so a clear difference is a reason to look, and
 * the rule is strict: every sample of one run apart from every sample of the other by a margin.
 */
import type { FileResults, FileStream, Outcome, TestResult } from '../model.ts';
import { computeMedian } from './statistics.ts';

/**
 * `clearly`: at least this many samples each, and between the slowest sample of the faster run and the fastest of
 * the slower one at least this ratio and this many ms. With 3 against 3 samples of the same distribution, all
 * of one above all of the other happens once in ten times in one direction or the other (2 of 20 orders); with
 * 5 against 5 once in 126. The margin is on top of that.
 */
export const CLEARLY = { samples: 3, ratio: 1.1, differenceMs: 0.05 } as const;

export type Verdict = 'slower' | 'faster' | 'same' | 'unknown' | 'edited';

export interface TestComparison extends TestName {
  readonly baseMs: number | null;
  readonly headMs: number | null;
  /** Median of head over median of base; null when one is missing or zero. */
  readonly ratio: number | null;
  /** `unknown`: too few samples to say; `edited`: its body changed, so that it is another test. */
  readonly verdict: Verdict;
  readonly baseOutcome: Outcome;
  readonly headOutcome: Outcome;
}

export interface TestName {
  readonly path: string;
  readonly title: readonly string[];
  readonly occurrence?: number;
}

/** A test of both runs, or the name of one that only one of them has. */
export type ComparedTest =
  | { readonly kind: 'both'; readonly test: TestComparison }
  | { readonly kind: 'added' | 'removed'; readonly name: TestName };

/** A run that can be compared: its files one at a time, and any of them by its path. */
export interface ComparableBase {
  readonly paths: readonly string[];
  findFile(path: string): Promise<FileResults | undefined>;
}

/** Compares two runs test by test, in the order of `head`. */
export async function* compareRuns(
  base: ComparableBase,
  head: { readonly files: FileStream },
): AsyncGenerator<ComparedTest> {
  const gone = new Set(base.paths);
  for await (const file of head.files) {
    const before = gone.delete(file.path) ? await base.findFile(file.path) : undefined;
    yield* compareTests(file.path, before?.tests ?? [], file.tests);
  }
  for (const path of gone) yield* compareTests(path, (await base.findFile(path))?.tests ?? [], []);
}

/**
 * Compares the tests of one file in two runs. As long as both have the same ones in the same order, one of each is in
 * memory; of those that the base has elsewhere, all that were passed over.
 */
function* compareTests(
  path: string,
  base: Iterable<TestResult>,
  head: Iterable<TestResult>,
): Generator<ComparedTest> {
  const rest = base[Symbol.iterator]();
  const passed = new Map<string, TestResult>();

  function findInBase(key: string): TestResult | undefined {
    const known = passed.get(key);
    if (known !== undefined) {
      passed.delete(key);
      return known;
    }
    for (let next = rest.next(); !next.done; next = rest.next()) {
      const itsKey = computeKey(next.value);
      if (itsKey === key) return next.value;
      passed.set(itsKey, next.value);
    }
    return undefined;
  }

  for (const test of head) {
    const name = computeName(path, test);
    const known = findInBase(computeKey(test));
    yield known ? { kind: 'both', test: compareTest(name, known, test) } : { kind: 'added', name };
  }
  for (const test of passed.values()) yield { kind: 'removed', name: computeName(path, test) };
  for (let next = rest.next(); !next.done; next = rest.next()) {
    yield { kind: 'removed', name: computeName(path, next.value) };
  }
}

export interface Comparison {
  /** Tests of both, clear changes before the others, and the largest ratio either way first. */
  readonly tests: readonly TestComparison[];
  /** Names of tests that only one of the two has. */
  readonly added: readonly TestName[];
  readonly removed: readonly TestName[];
}

/** Every test of two runs. */
export async function gatherComparison(compared: AsyncIterable<ComparedTest>): Promise<Comparison> {
  const tests: TestComparison[] = [];
  const names = { added: [] as TestName[], removed: [] as TestName[] };
  for await (const one of compared) {
    if (one.kind === 'both') tests.push(one.test);
    else names[one.kind].push(one.name);
  }
  return { tests: sortByWeight(tests), ...names };
}

export interface Differences {
  /** Tests clearly slower or faster, the largest ratio either way first. */
  readonly changed: readonly TestComparison[];
  /** Tests with another outcome than before. */
  readonly turned: readonly TestComparison[];
  /** How many tests only one of the two has. */
  readonly addedCount: number;
  readonly removedCount: number;
  /** True when no test of both has samples enough to say, and there is one. */
  readonly isUnknown: boolean;
}

/** Only what differs between two runs: what is alike is not kept. */
export async function gatherDifferences(compared: AsyncIterable<ComparedTest>): Promise<Differences> {
  const changed: TestComparison[] = [];
  const turned: TestComparison[] = [];
  const counts = { both: 0, added: 0, removed: 0 };
  let unknownCount = 0;
  for await (const one of compared) {
    counts[one.kind] += 1;
    if (one.kind !== 'both') continue;
    const { test } = one;
    if (test.verdict === 'unknown') unknownCount += 1;
    if (isClear(test)) changed.push(test);
    if (test.baseOutcome !== test.headOutcome) turned.push(test);
  }
  return {
    changed: sortByWeight(changed),
    turned: sortByWeight(turned),
    addedCount: counts.added,
    removedCount: counts.removed,
    isUnknown: counts.both > 0 && unknownCount === counts.both,
  };
}

function compareTest(name: TestName, base: TestResult, head: TestResult): TestComparison {
  const [baseMs, headMs] = [base.durationMs, head.durationMs];
  return {
    ...name,
    baseMs,
    headMs,
    ratio: baseMs !== null && headMs !== null && baseMs > 0 ? headMs / baseMs : null,
    verdict: isEdited(base, head) ? 'edited' : judge(base.samplesMs, head.samplesMs),
    baseOutcome: base.outcome,
    headOutcome: head.outcome,
  };
}

/** Where a body is unknown it is taken for the same. */
function isEdited({ body: before }: TestResult, { body: now }: TestResult): boolean {
  return before !== undefined && now !== undefined && before !== now;
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

function sortByWeight(tests: readonly TestComparison[]): TestComparison[] {
  return tests.toSorted((a, b) => computeWeight(b) - computeWeight(a));
}

function computeWeight(test: TestComparison): number {
  const size = test.ratio === null || test.ratio === 0 ? 0 : Math.abs(Math.log(test.ratio));
  return isClear(test) ? size + 1000 : size;
}

function isClear({ verdict }: TestComparison): boolean {
  return verdict === 'slower' || verdict === 'faster';
}

function computeName(path: string, { title, occurrence }: TestResult): TestName {
  return occurrence === undefined ? { path, title } : { path, title, occurrence };
}

function computeKey({ title, occurrence }: TestResult): string {
  return JSON.stringify([title, occurrence ?? 1]);
}
