/**
 * From what a process told (its events) and how it ended to measurements: one per test file. What belongs to which
 * file, and under which name; outcomes and reasons come from verdict.ts.
 */
import { relative, sep } from 'node:path';
import { readFileHash } from './body.ts';
import type { ProbeEvent } from './events.ts';
import type { FileMeasurement, Identity, SuiteMeasurement, TestMeasurement } from './measurement.ts';
import {
  computeTitles,
  createTold,
  isWithin,
  type LoadedModules,
  type Told,
  type ToldSuite,
  type ToldTest,
  UNREADABLE,
} from './told.ts';
import { type Breakdown, type Ending, judgeFile, judgeProcess, judgeShare, measureTest } from './verdict.ts';

export interface Interpreter {
  readonly add: (event: ProbeEvent) => void;
  /** What the process loaded; null when it did not come to tell. */
  readonly readModules: () => LoadedModules | null;
  /** Measurements of the asked files, in their order. `fingerprint` is a single file's. */
  readonly finish: (ending: Ending, fingerprint: string | null) => FileMeasurement[];
}

/**
 * Gathers the events of one process and turns them into measurements.
 *
 * @param repoFolder absolute; paths in measurements are relative to it
 * @param files absolute paths of the files that the process was asked to run
 */
export function createInterpreter(repoFolder: string, files: readonly string[]): Interpreter {
  const { told, add } = createTold();
  const computePath = (file: string) => relative(repoFolder, file).split(sep).join('/');
  return {
    add,
    readModules: () => told.modules,
    finish(ending, fingerprint) {
      const breakdown = judgeProcess(told, ending);
      const [only] = files;
      if (files.length !== 1 || only === undefined) {
        return measureShares({ told, ending, files, breakdown, computePath });
      }
      const suites = [...told.suites.values()];
      const tests = measureTests(told, { tests: [...told.tests.values()], breakdown, files });
      const { exitCode, durationMs } = ending.process;
      const verdict =
        breakdown ?? judgeFile(told, { tests: tests.unnamed, suites, exitCode, takesStrays: true });
      return [
        {
          ...describeFile({ told, ending, file: only, verdict }),
          path: computePath(only),
          durationMs: durationMs === null ? null : Math.max(0, durationMs - (told.lingering?.ms ?? 0)),
          fingerprint,
          suites: measureSuites(told, suites),
          tests: tests.named,
        },
      ];
    },
  };
}

/** Files that shared a process: each gets its own suites and tests, and the times that these took. */
function measureShares(of: {
  readonly told: Told;
  readonly ending: Ending;
  readonly files: readonly string[];
  readonly breakdown: Breakdown | null;
  readonly computePath: (file: string) => string;
}): FileMeasurement[] {
  const { told, ending, files, computePath } = of;
  const known = new Set(files);
  const hasFailures = [...told.tests.values()].some((test) => test.error !== null);
  const isExplained = hasFailures || told.failedHooks.length > 0 || told.strayFailures.length > 0;
  return files.map((file, index) => {
    // What no asked file made, a setup file did: it counts to the first.
    const isHere = (owner: string | null) =>
      owner === file || (index === 0 && (owner === null || !known.has(owner)));
    const own = [...told.tests.values()].filter((test) => isHere(test.file));
    const suites = [...told.suites.values()].filter(
      (suite) =>
        suite.defined.file === file || own.some((test) => isWithin(told, test.suite, suite.defined.id)),
    );
    const isThrough = told.started && own.every((test) => test.outcome !== null || test.error !== null);
    const breakdown = judgeShare(of.breakdown, {
      file,
      isThrough,
      path: computePath(of.breakdown?.file ?? file),
    });
    const tests = measureTests(told, { tests: own, breakdown, files });
    const isLast = index === files.length - 1;
    const exitCode = isLast && !isExplained && of.breakdown === null ? ending.process.exitCode : null;
    const verdict =
      breakdown ?? judgeFile(told, { tests: tests.unnamed, suites, exitCode, takesStrays: index === 0 });
    return {
      ...describeFile({ told, ending, file, verdict }),
      path: computePath(file),
      durationMs: computeShareMs(told.loads.get(file) ?? null, tests.unnamed, suites),
      fingerprint: null,
      suites: measureSuites(told, suites),
      tests: tests.named,
    };
  });
}

function describeFile(of: {
  readonly told: Told;
  readonly ending: Ending;
  readonly file: string;
  readonly verdict: Pick<FileMeasurement, 'outcome' | 'reason' | 'error'>;
}) {
  const { told, ending, file, verdict } = of;
  const { outcome, reason, error } = verdict;
  const { exitCode, signal, output } = ending.process;
  return {
    outcome,
    ...(reason === undefined ? {} : { reason }),
    ...(error === undefined ? {} : { error }),
    loadMs: told.loads.get(file) ?? null,
    peakRssBytes: told.exit?.peakRssBytes ?? null,
    exitCode,
    signal,
    ...(outcome === 'failed' || outcome === 'aborted' ? { output: output.toWellFormed() } : {}),
  };
}

/**
 * Measurements of tests, with their names and, for who does not need these, without. Made anew each time they are
 * iterated: all of them at once would take as much room as what was told.
 */
function measureTests(
  told: Told,
  of: {
    readonly tests: readonly ToldTest[];
    readonly breakdown: Breakdown | null;
    /** Those that were asked for, absolute: no other is read. */
    readonly files: readonly string[];
  },
): {
  readonly named: Iterable<TestMeasurement>;
  readonly unnamed: Iterable<Omit<TestMeasurement, keyof Identity>>;
} {
  const { tests, breakdown, files } = of;
  const findBody = createBodies(files);
  return {
    named: {
      *[Symbol.iterator]() {
        const nameApart = createNaming();
        const around = createTitlesAround(told);
        for (const test of tests) {
          const { titles, key } = around(test.suite);
          const identity = createIdentity([...titles, test.title], nameApart(key, test.title));
          const body = findBody(test);
          yield { ...identity, ...measureTest(told, test, breakdown), ...(body !== null && { body }) };
        }
      },
    },
    unnamed: {
      *[Symbol.iterator]() {
        for (const test of tests) yield measureTest(told, test, breakdown);
      },
    },
  };
}

/** Finds the hash of a test's body, that of its whole file where the body has no text. */
function createBodies(files: readonly string[]): (test: ToldTest) => string | null {
  const known = new Map<string, string | null>();
  return ({ file, body }) => {
    if (body !== UNREADABLE) return body;
    if (file === null || !files.includes(file)) return null;
    const found = known.get(file);
    if (found !== undefined) return found;
    const hash = readFileHash(file);
    known.set(file, hash);
    return hash;
  };
}

function measureSuites(told: Told, suites: readonly ToldSuite[]): SuiteMeasurement[] {
  const nameApart = createNaming();
  const around = createTitlesAround(told);
  return suites.flatMap(({ defined, durationMs, hooksMs }) => {
    if (defined.parent === null) return [];
    const { titles, key } = around(defined.parent);
    const identity = createIdentity([...titles, defined.title], nameApart(key, defined.title));
    return [{ ...identity, durationMs, hooksMs }];
  });
}

function createIdentity(title: string[], occurrence: number): Identity {
  return occurrence > 1 ? { title, occurrence } : { title };
}

/** Counts names: 1, and 2, 3, … for a title that was there already among suites of the same titles (the `key`). */
function createNaming(): (key: string, title: string) => number {
  const seen = new Map<string, Map<string, number>>();
  return (key, title) => {
    const siblings = seen.get(key) ?? new Map<string, number>();
    seen.set(key, siblings);
    const occurrence = (siblings.get(title) ?? 0) + 1;
    siblings.set(title, occurrence);
    return occurrence;
  };
}

/** The titles of a suite from the outermost down, and a key that suites of the same titles share. */
function createTitlesAround(
  told: Told,
): (suite: number) => { readonly titles: string[]; readonly key: string } {
  const known = new Map<number, { readonly titles: string[]; readonly key: string }>();
  return (suite) => {
    const found = known.get(suite);
    if (found !== undefined) return found;
    const titles = computeTitles(told, suite);
    const around = { titles, key: JSON.stringify(titles) };
    known.set(suite, around);
    return around;
  };
}

/** What a file took of a process it shared: loading, bodies and hooks. */
function computeShareMs(
  loadMs: number | null,
  tests: Iterable<Pick<TestMeasurement, 'durationMs' | 'hooksMs'>>,
  suites: readonly Pick<ToldSuite, 'hooksMs'>[],
): number {
  let totalMs = loadMs ?? 0;
  for (const test of tests) totalMs += (test.durationMs ?? 0) + (test.hooksMs ?? 0);
  for (const suite of suites) totalMs += suite.hooksMs;
  return totalMs;
}
