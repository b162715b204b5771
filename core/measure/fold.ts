/**
 * From several rounds to one result: medians of times, the worst of outcomes, and every sample. Pure; rounds are gone
 * through test by test, so that memory does not grow with the tests.
 */
import { computeMedian } from '../analysis/statistics.ts';
import type { FileResults, Outcome, SuiteResult, TestResult } from '../model.ts';
import {
  computeIdentityKey,
  type FileMeasurement,
  type Identity,
  type SuiteMeasurement,
  type TestMeasurement,
} from './measurement.ts';

const BADNESS: Record<Outcome, number> = { skipped: 0, passed: 1, failed: 2, aborted: 3 };

type FileHead = Omit<FileMeasurement, 'suites' | 'tests'>;

/** The result of the rounds through one file, in their order; goes through them again each time it is iterated. */
export function foldFile(rounds: readonly FileMeasurement[]): FileResults {
  const heads = rounds.map(({ suites: _suites, tests: _tests, ...head }) => head);
  return {
    ...foldHeads(heads),
    suites: {
      *[Symbol.iterator]() {
        const suites = rounds.map((round) => round.suites[Symbol.iterator]());
        for (const group of groupRounds(suites)) yield foldSuite(group);
      },
    },
    tests: {
      *[Symbol.iterator]() {
        const tests = rounds.map((round) => round.tests[Symbol.iterator]());
        for (const group of groupRounds(tests)) yield foldTest(group);
      },
    },
  };
}

/** The rounds of one thing, in their order; there is always a first. */
type Group<Item> = readonly [Item, ...Item[]];

/**
 * The same test (or suite) in each round, in order of first appearance. As long as all rounds have the same ones in
 * the same order, one of each is in memory.
 */
function* groupRounds<Item extends Identity>(rounds: readonly Iterator<Item>[]): Generator<Group<Item>> {
  for (;;) {
    const items = rounds.map((round) => round.next());
    const found = items.flatMap((item) => (item.done ? [] : [item.value]));
    const [first, ...others] = found;
    if (first === undefined) return;
    const key = computeIdentityKey(first);
    const areAlike =
      found.length === rounds.length && others.every((other) => computeIdentityKey(other) === key);
    if (!areAlike) return yield* groupByIdentity(rounds, items);
    yield [first, ...others];
  }
}

/** Groups what is left of rounds that are not alike: `next` of each, and what comes after it. */
function* groupByIdentity<Item extends Identity>(
  rounds: readonly Iterator<Item>[],
  next: readonly IteratorResult<Item>[],
): Generator<Group<Item>> {
  const groups = new Map<string, [Item, ...Item[]]>();
  for (const [index, round] of rounds.entries()) {
    for (let item = next[index]; item !== undefined && !item.done; item = round.next()) {
      const key = computeIdentityKey(item.value);
      const known = groups.get(key);
      if (known === undefined) groups.set(key, [item.value]);
      else known.push(item.value);
    }
  }
  yield* groups.values();
}

function foldHeads(rounds: readonly FileHead[]): Omit<FileResults, 'suites' | 'tests'> {
  const worst = findWorst(rounds);
  const [first] = rounds;
  const peaks = rounds.flatMap(({ peakRssBytes }) => (peakRssBytes === null ? [] : [peakRssBytes]));
  // Rounds that loaded different modules have no fingerprint in common.
  const isSame = rounds.every(({ fingerprint }) => fingerprint === first?.fingerprint);
  return {
    ...worst,
    durationMs: findMedian(rounds.map((round) => round.durationMs)),
    loadMs: findMedian(rounds.map((round) => round.loadMs)),
    peakRssBytes: peaks.length === 0 ? null : Math.max(...peaks),
    fingerprint: isSame ? worst.fingerprint : null,
  };
}

function foldTest(rounds: Group<TestMeasurement>): TestResult {
  const { outcome, reason, error } = findWorst(rounds);
  const samplesMs = rounds.flatMap((round) =>
    round.outcome === 'passed' && round.durationMs !== null ? [round.durationMs] : [],
  );
  const [{ body }] = rounds;
  const isSameBody = body !== undefined && rounds.every((round) => round.body === body);
  return {
    ...pickIdentity(rounds[0]),
    outcome,
    ...(reason === undefined ? {} : { reason }),
    ...(error === undefined ? {} : { error }),
    durationMs: findMedian(samplesMs) ?? findMedian(rounds.map((round) => round.durationMs)),
    hooksMs: findMedian(rounds.map((round) => round.hooksMs)),
    cpuMs: findMedian(rounds.map((round) => round.cpuMs)),
    attempts: Math.max(...rounds.map((round) => round.attempts)),
    samplesMs,
    ...(isSameBody && { body }),
  };
}

function foldSuite(rounds: Group<SuiteMeasurement>): SuiteResult {
  return {
    ...pickIdentity(rounds[0]),
    durationMs: findMedian(rounds.map((round) => round.durationMs)),
    hooksMs: findMedian(rounds.map((round) => round.hooksMs)),
  };
}

/** The first of those with the worst outcome. */
function findWorst<Item extends { readonly outcome: Outcome }>(rounds: readonly Item[]): Item {
  return rounds.reduce((worst, round) => (BADNESS[round.outcome] > BADNESS[worst.outcome] ? round : worst));
}

function findMedian(values: readonly (number | null)[]): number | null {
  const numbers = values.filter((value) => value !== null);
  return numbers.length === 0 ? null : computeMedian(numbers);
}

function pickIdentity({ title, occurrence }: Identity): Identity {
  return occurrence === undefined ? { title } : { title, occurrence };
}
