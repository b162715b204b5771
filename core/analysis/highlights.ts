/**
 * What is worth showing of a run, picked out in one pass over its files: how each file went, what failed, and the
 * slowest tests and suites. It grows with the number of files and with what was asked for, not with the tests.
 */
import type { FileResults, FileStream, SuiteResult, TestResult } from '../model.ts';

/** How many of each to keep. */
export interface HighlightLimits {
  readonly tests: number;
  readonly suites: number;
  readonly failures: number;
}

/** A file without its suites and tests, and how many tests it has. */
export type FileHighlight = Omit<FileResults, 'suites' | 'tests' | 'output'> & { readonly testCount: number };

/** A test or suite, and the file it is in. */
export type Located<Part> = Part & { readonly path: string };

/** A file that failed or was aborted, or such a test of it. */
export type FailureHighlight =
  | { readonly kind: 'file'; readonly file: FileHighlight }
  | { readonly kind: 'test'; readonly test: Located<TestResult> };

export interface Highlights {
  /** Every file, slowest first. */
  readonly files: readonly FileHighlight[];
  /** Slowest first. */
  readonly tests: readonly Located<TestResult>[];
  /** Slowest first. */
  readonly suites: readonly Located<SuiteResult>[];
  /** The first failures in the order of the run, each file before its tests. */
  readonly failures: readonly FailureHighlight[];
  /** How many failures there are besides. */
  readonly moreFailures: number;
}

/** Picks them out of the files of a run. */
export async function findHighlights(files: FileStream, limits: HighlightLimits): Promise<Highlights> {
  const found: FileHighlight[] = [];
  const tests = createSlowest<Located<TestResult>>(limits.tests);
  const suites = createSlowest<Located<SuiteResult>>(limits.suites);
  const failures: FailureHighlight[] = [];
  let failureCount = 0;

  function addFailure(failure: () => FailureHighlight): void {
    if (failureCount < limits.failures) failures.push(failure());
    failureCount += 1;
  }

  for await (const file of files) {
    const { suites: ofFile, tests: itsTests, output, ...rest } = file;
    const highlight = { ...rest, testCount: 0 };
    found.push(highlight);
    if (isBad(file)) addFailure(() => ({ kind: 'file', file: highlight }));
    for (const suite of ofFile) suites.add(suite, () => ({ ...suite, path: file.path }));
    for (const test of itsTests) {
      highlight.testCount += 1;
      tests.add(test, () => ({ ...test, path: file.path }));
      if (isBad(file) && isBad(test)) {
        addFailure(() => ({ kind: 'test', test: { ...test, path: file.path } }));
      }
    }
  }
  return {
    files: found.toSorted(compareDurations),
    tests: tests.finish(),
    suites: suites.finish(),
    failures,
    moreFailures: failureCount - failures.length,
  };
}

interface Timed {
  readonly durationMs: number | null;
}

/** Keeps the slowest `limit` items; of equals those that came first. */
function createSlowest<Item extends Timed>(limit: number) {
  let kept: Item[] = [];
  let fastestMs = Number.NEGATIVE_INFINITY;
  const cut = () => {
    kept = kept.toSorted(compareDurations).slice(0, limit);
    const last = kept.length === limit ? kept.at(-1) : undefined;
    if (last) fastestMs = last.durationMs ?? NO_DURATION_MS;
  };
  return {
    /** `create` makes what is kept of an item that may be among the slowest. */
    add(item: Timed, create: () => Item): void {
      if ((item.durationMs ?? NO_DURATION_MS) <= fastestMs) return;
      kept.push(create());
      // Now and then, not each time: a list that comes fastest first is not sorted again for each of its items.
      if (kept.length >= 2 * limit + 100) cut();
    },
    finish(): Item[] {
      cut();
      return kept;
    },
  };
}

/** What never finished comes after everything that did. */
const NO_DURATION_MS = -1;

function compareDurations(a: Timed, b: Timed): number {
  return (b.durationMs ?? NO_DURATION_MS) - (a.durationMs ?? NO_DURATION_MS);
}

function isBad({ outcome }: Pick<TestResult, 'outcome'>): boolean {
  return outcome === 'failed' || outcome === 'aborted';
}
