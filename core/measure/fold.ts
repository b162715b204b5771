/** From several rounds to one result: medians of times, the worst of outcomes, and every sample. */
import { computeMedian } from '../analysis/statistics.ts';
import type { FileResult, Outcome, SuiteResult, TestResult } from '../model.ts';
import {
  computeIdentityKey,
  type FileMeasurement,
  type SuiteMeasurement,
  type TestMeasurement,
} from './measurement.ts';

const BADNESS: Record<Outcome, number> = { skipped: 0, passed: 1, failed: 2, aborted: 3 };

/** Gathers measurements as they come, and gives the results of what has come so far. */
export function createFold() {
  const files = new Map<string, FileMeasurement[]>();
  return {
    add(measurement: FileMeasurement): void {
      const rounds = files.get(measurement.path);
      if (rounds) rounds.push(measurement);
      else files.set(measurement.path, [measurement]);
    },
    /** One result per file, in the order in which files first came. */
    finish: (): FileResult[] => [...files.values()].map(foldFile),
  };
}

function foldFile(rounds: readonly FileMeasurement[]): FileResult {
  const worst = findWorst(rounds);
  const fingerprints = new Set(rounds.map((round) => round.fingerprint));
  return {
    path: worst.path,
    ...pickReasons(worst),
    outcome: worst.outcome,
    durationMs: computeMedianOf(rounds, (round) => round.durationMs),
    loadMs: computeMedianOf(rounds, (round) => round.loadMs),
    peakRssBytes: rounds.reduce<number | null>((peak, round) => {
      return round.peakRssBytes === null ? peak : Math.max(peak ?? 0, round.peakRssBytes);
    }, null),
    exitCode: worst.exitCode,
    signal: worst.signal,
    // Rounds that loaded different modules have no fingerprint in common.
    fingerprint: fingerprints.size === 1 ? worst.fingerprint : null,
    suites: group(rounds.map((round) => round.suites)).map(foldSuite),
    tests: group(rounds.map((round) => round.tests)).map(foldTest),
    ...(worst.output === undefined ? {} : { output: worst.output }),
  };
}

function foldTest(rounds: readonly TestMeasurement[]): TestResult {
  const worst = findWorst(rounds);
  const samplesMs = rounds.flatMap((round) =>
    round.outcome === 'passed' && round.durationMs !== null ? [round.durationMs] : [],
  );
  return {
    ...pickIdentity(worst),
    ...pickReasons(worst),
    outcome: worst.outcome,
    durationMs:
      samplesMs.length > 0 ? computeMedian(samplesMs) : computeMedianOf(rounds, (round) => round.durationMs),
    hooksMs: computeMedianOf(rounds, (round) => round.hooksMs),
    cpuMs: computeMedianOf(rounds, (round) => round.cpuMs),
    attempts: Math.max(...rounds.map((round) => round.attempts)),
    samplesMs,
  };
}

function foldSuite(rounds: readonly SuiteMeasurement[]): SuiteResult {
  const [first] = rounds as [SuiteMeasurement];
  return {
    ...pickIdentity(first),
    durationMs: computeMedianOf(rounds, (round) => round.durationMs),
    hooksMs: computeMedianOf(rounds, (round) => round.hooksMs),
  };
}

function findWorst<Item extends { readonly outcome: Outcome }>(rounds: readonly Item[]): Item {
  return rounds.reduce((worst, round) => (BADNESS[round.outcome] > BADNESS[worst.outcome] ? round : worst));
}

/** The same test in each round, in order of first appearance. */
function group<Item extends { readonly title: string[]; readonly occurrence?: number }>(
  rounds: readonly (readonly Item[])[],
): Item[][] {
  const groups = new Map<string, Item[]>();
  for (const round of rounds) {
    for (const item of round) {
      const key = computeIdentityKey(item);
      const known = groups.get(key);
      if (known) known.push(item);
      else groups.set(key, [item]);
    }
  }
  return [...groups.values()];
}

function computeMedianOf<Item>(items: readonly Item[], pick: (item: Item) => number | null): number | null {
  const values = items.map(pick).filter((value) => value !== null);
  return values.length === 0 ? null : computeMedian(values);
}

function pickIdentity(from: SuiteMeasurement | TestMeasurement) {
  return from.occurrence === undefined
    ? { title: from.title }
    : { title: from.title, occurrence: from.occurrence };
}

function pickReasons(from: Pick<TestMeasurement, 'reason' | 'error'>) {
  return {
    ...(from.reason === undefined ? {} : { reason: from.reason }),
    ...(from.error === undefined ? {} : { error: from.error }),
  };
}
