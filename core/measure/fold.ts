/**
 * From several rounds to one result: medians of times, the worst of outcomes, and every sample. Each round is taken
 * in at once, and only its numbers are kept.
 */
import { computeMedian } from '../analysis/statistics.ts';
import type { FileResult, Outcome, SuiteResult, TestResult } from '../model.ts';
import {
  computeIdentityKey,
  type FileMeasurement,
  type Identity,
  type SuiteMeasurement,
  type TestMeasurement,
} from './measurement.ts';

const BADNESS: Record<Outcome, number> = { skipped: 0, passed: 1, failed: 2, aborted: 3 };

/** Gathers measurements as they come, and gives the results of what has come so far. */
export function createFold() {
  const files = new Map<string, ReturnType<typeof createFileFold>>();
  return {
    add(measurement: FileMeasurement): void {
      const known = files.get(measurement.path) ?? createFileFold(measurement);
      files.set(measurement.path, known);
      known.add(measurement);
    },
    /** One result per file, in the order in which files first came. */
    finish: (): FileResult[] => [...files.values()].map((file) => file.finish()),
  };
}

function createFileFold(first: FileMeasurement) {
  let worst = withoutParts(first);
  let { fingerprint } = first;
  let peakRssBytes: number | null = null;
  const durationsMs: number[] = [];
  const loadsMs: number[] = [];
  const suites = createGroups(createSuiteFold);
  const tests = createGroups(createTestFold);
  return {
    add(round: FileMeasurement): void {
      if (isWorse(round, worst)) worst = withoutParts(round);
      // Rounds that loaded different modules have no fingerprint in common.
      if (round.fingerprint !== fingerprint) fingerprint = null;
      if (round.peakRssBytes !== null) peakRssBytes = Math.max(peakRssBytes ?? 0, round.peakRssBytes);
      keepNumber(durationsMs, round.durationMs);
      keepNumber(loadsMs, round.loadMs);
      for (const suite of round.suites) suites.add(suite);
      for (const test of round.tests) tests.add(test);
    },
    finish: (): FileResult => ({
      ...worst,
      durationMs: findMedian(durationsMs),
      loadMs: findMedian(loadsMs),
      peakRssBytes,
      fingerprint,
      suites: suites.finish(),
      tests: tests.finish(),
    }),
  };
}

function createTestFold(first: TestMeasurement) {
  let worst: Pick<TestMeasurement, 'outcome' | 'reason' | 'error'> = first;
  let attempts = 0;
  const samplesMs: number[] = [];
  const durationsMs: number[] = [];
  const hooksMs: number[] = [];
  const cpuMs: number[] = [];
  return {
    add(round: TestMeasurement): void {
      if (isWorse(round, worst)) worst = round;
      attempts = Math.max(attempts, round.attempts);
      keepNumber(round.outcome === 'passed' ? samplesMs : durationsMs, round.durationMs);
      keepNumber(hooksMs, round.hooksMs);
      keepNumber(cpuMs, round.cpuMs);
    },
    finish: (): TestResult => ({
      ...pickIdentity(first),
      outcome: worst.outcome,
      ...(worst.reason === undefined ? {} : { reason: worst.reason }),
      ...(worst.error === undefined ? {} : { error: worst.error }),
      durationMs: findMedian(samplesMs) ?? findMedian(durationsMs),
      hooksMs: findMedian(hooksMs),
      cpuMs: findMedian(cpuMs),
      attempts,
      samplesMs,
    }),
  };
}

function createSuiteFold(first: SuiteMeasurement) {
  const durationsMs: number[] = [];
  const hooksMs: number[] = [];
  return {
    add(round: SuiteMeasurement): void {
      keepNumber(durationsMs, round.durationMs);
      keepNumber(hooksMs, round.hooksMs);
    },
    finish: (): SuiteResult => ({
      ...pickIdentity(first),
      durationMs: findMedian(durationsMs),
      hooksMs: findMedian(hooksMs),
    }),
  };
}

/** The same test (or suite) in each round, in order of first appearance. */
function createGroups<Round extends Identity, Result>(
  createGroup: (first: Round) => { add(round: Round): void; finish(): Result },
) {
  const groups = new Map<string, ReturnType<typeof createGroup>>();
  return {
    add(round: Round): void {
      const key = computeIdentityKey(round);
      const known = groups.get(key) ?? createGroup(round);
      groups.set(key, known);
      known.add(round);
    },
    finish: (): Result[] => [...groups.values()].map((group) => group.finish()),
  };
}

function isWorse(round: { readonly outcome: Outcome }, worst: { readonly outcome: Outcome }): boolean {
  return BADNESS[round.outcome] > BADNESS[worst.outcome];
}

function withoutParts(measurement: FileMeasurement): Omit<FileMeasurement, 'suites' | 'tests'> {
  const { suites, tests, ...rest } = measurement;
  return rest;
}

function keepNumber(numbers: number[], value: number | null): void {
  if (value !== null) numbers.push(value);
}

function findMedian(values: readonly number[]): number | null {
  return values.length === 0 ? null : computeMedian(values);
}

function pickIdentity({ title, occurrence }: Identity): Identity {
  return occurrence === undefined ? { title } : { title, occurrence };
}
