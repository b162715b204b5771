/**
 * What it means that a test, a file or a process ended the way it did: an outcome and a reason in our words.
 * Nothing is green and empty here; whatever did not come to its end is told so.
 */
import type { Failure, Outcome } from '../model.ts';
import { formatDuration } from '../units.ts';
import { computeFirstLine, type TestMeasurement } from './measurement.ts';
import type { SpawnResult } from './spawn.ts';
import { isWithin, type Told, type ToldSuite, type ToldTest } from './told.ts';

export interface Verdict {
  readonly outcome: Outcome;
  readonly reason?: string;
  readonly error?: Failure;
}

/** Why a process did not come to the end of its tests. */
export interface Breakdown extends Verdict {
  readonly reason: string;
  /** The file that could not be loaded, if that was it. */
  readonly file: string | null;
}

/** How the process of the events ended. */
export interface Ending {
  readonly process: Pick<SpawnResult, 'exitCode' | 'signal' | 'stopped' | 'output' | 'limit'> & {
    /** Null when nobody saw its end. */
    readonly durationMs: number | null;
  };
  readonly deadlineMs: number;
  /** What is wrong with the event file, if anything. */
  readonly damage: string | null;
}

/** Why a process as a whole broke down; null when all its tests had their turn. */
export function judgeProcess(told: Told, ending: Ending): Breakdown | null {
  const { process: end, damage } = ending;
  const where = told.current === null ? '' : ` in ${told.current}`;
  const limit = end.limit === undefined ? '' : `: ${end.limit}`;
  const abort = (what: string): Breakdown => ({ outcome: 'aborted', reason: `${what}${limit}`, file: null });
  if (end.stopped === 'aborted') return abort(`interrupted${where}`);
  if (end.stopped === 'deadline') {
    const late = told.ended ? ', though its tests were over' : where;
    return abort(`did not end within ${formatDuration(ending.deadlineMs)}${late}`);
  }
  if (damage !== null) return abort(`its results cannot be read: ${damage}`);
  if (told.loadError !== null) {
    const { file, error } = told.loadError;
    return {
      outcome: 'failed',
      reason: `could not be loaded: ${computeFirstLine(error.message)}`,
      error,
      file,
    };
  }
  if (end.signal !== null) return abort(`ended by ${end.signal}${where}`);
  if (!told.started) {
    return {
      outcome: 'failed',
      reason: `ended with exit code ${end.exitCode} before its tests started${limit}`,
      file: null,
    };
  }
  if (told.ended) return null;
  return abort(`${describeExit(told, end.exitCode)} before its tests were over${where}`);
}

function describeExit(told: Told, exitCode: number | null): string {
  if (told.exit?.cause === 'called') return `process.exit(${told.exit.code ?? ''}) was called`;
  if (told.exit?.cause === 'drained') return 'nothing was left to wait for';
  return `the process ended with exit code ${exitCode}`;
}

/** What a process's breakdown means for one file of several that shared it; null for a file that was through. */
export function judgeShare(
  breakdown: Breakdown | null,
  share: { readonly file: string; readonly path: string; readonly isThrough: boolean },
): Breakdown | null {
  if (breakdown === null || share.isThrough) return null;
  if (breakdown.file === null || breakdown.file === share.file) return breakdown;
  return { outcome: 'aborted', reason: `never ran: ${share.path} ${breakdown.reason}`, file: null };
}

/** The outcome of a test, its times, and why it has no end if it has none. */
export function measureTest(
  told: Told,
  test: ToldTest,
  breakdown: Breakdown | null,
): Omit<TestMeasurement, 'title' | 'occurrence'> {
  const { error } = test;
  if (test.outcome === null && error === null) {
    const verdict = judgeMissing(told, test, breakdown);
    return { ...verdict, durationMs: null, hooksMs: null, cpuMs: null, attempts: test.started ? 1 : 0 };
  }
  // A failure after the end (done() called again, a late exception) makes a passed test a failed one.
  const outcome = error ? 'failed' : (test.outcome ?? 'failed');
  const ran = outcome === 'passed' || outcome === 'failed';
  return {
    outcome,
    ...(error ? { reason: computeFirstLine(error.message), error } : {}),
    durationMs: ran ? test.ms : null,
    hooksMs: ran ? test.hooksMs : null,
    cpuMs: ran ? test.cpuMs : null,
    attempts: test.outcome === null ? 1 : test.attempts,
  };
}

/** Why a test that has no end of its own has none. */
function judgeMissing(told: Told, test: ToldTest, breakdown: Breakdown | null): Verdict {
  const hook = told.failedHooks.find(
    (failed) => failed.kind !== 'after all' && isWithin(told, test.suite, failed.suite),
  );
  if (hook) {
    const reason = `${hook.title} failed: ${computeFirstLine(hook.error.message)}`;
    return { outcome: 'aborted', reason };
  }
  if (breakdown) {
    const reason = test.started ? breakdown.reason : `never ran: ${breakdown.reason}`;
    return { outcome: 'aborted', reason };
  }
  if (told.gaveUp) {
    return { outcome: 'aborted', reason: 'never ran: the run was given up after an earlier failure' };
  }
  const bails = [...told.suites.values()].some((suite) => suite.defined.bail);
  if (bails) return { outcome: 'aborted', reason: 'never ran: the suite stops at its first failure (bail)' };
  if (test.started) return { outcome: 'aborted', reason: 'never ended' };
  return { outcome: 'skipped', reason: 'never ran: skipped by a hook' };
}

/** The outcome of a file whose tests all had their turn. */
export function judgeFile(
  told: Told,
  of: {
    readonly tests: Iterable<Pick<TestMeasurement, 'outcome'>>;
    readonly suites: readonly ToldSuite[];
    /** Exit code to answer for; null when others of the same process answer for it. */
    readonly exitCode: number | null;
    /** Whether failures that belong to no file are counted here. */
    readonly takesStrays: boolean;
  },
): Verdict {
  const stray = of.takesStrays ? told.strayFailures[0] : undefined;
  if (stray) {
    const reason = `${stray.title}: ${computeFirstLine(stray.error.message)}`;
    return { outcome: 'failed', reason, error: stray.error };
  }
  const hook = told.failedHooks.find((failed) =>
    of.suites.some((suite) => suite.defined.id === failed.suite),
  );
  if (hook) {
    const reason = `${hook.title} failed: ${computeFirstLine(hook.error.message)}`;
    return { outcome: 'failed', reason, error: hook.error };
  }
  const counts: Record<Outcome, number> = { passed: 0, failed: 0, skipped: 0, aborted: 0 };
  let total = 0;
  for (const { outcome } of of.tests) {
    counts[outcome] += 1;
    total += 1;
  }
  const bad = counts.failed + counts.aborted;
  if (bad > 0) return { outcome: 'failed', reason: `${bad} of ${total} tests failed` };
  if (of.exitCode !== null && of.exitCode !== 0) {
    return { outcome: 'failed', reason: `ended with exit code ${of.exitCode} after its last test` };
  }
  if (total === 0) return { outcome: 'skipped', reason: 'it has no tests' };
  if (counts.skipped === total) return { outcome: 'skipped', reason: 'all its tests are skipped' };
  return { outcome: 'passed', ...describeRemarkable(told) };
}

/** What is worth a word although every test passed. */
function describeRemarkable(told: Told): { readonly reason?: string } {
  if (told.rejection !== null) {
    const { during, error } = told.rejection;
    const where = during === null ? '' : ` in ${during}`;
    return { reason: `a rejected promise was not handled${where}: ${computeFirstLine(error.message)}` };
  }
  if (told.lingering === null) return {};
  const handles = Object.entries(told.lingering.handles).map(([name, many]) => `${many} ${name}`);
  const open = handles.join(', ') || 'unknown';
  return { reason: `did not end by itself after its last test; still open: ${computeFirstLine(open)}` };
}
