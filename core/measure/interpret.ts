/**
 * From what a process said (its events) and how it ended to measurements: one per test file. Nothing is green
 * and empty here: whatever did not come to its end has an outcome and a reason.
 */
import { relative, sep } from 'node:path';
import type { Failure, Outcome } from '../model.ts';
import { formatDuration } from '../units.ts';
import type { ProbeEvent } from './events.ts';
import {
  computeFailure,
  computeFirstLine,
  computeTitle,
  type FileMeasurement,
  type SuiteMeasurement,
  type TestMeasurement,
} from './measurement.ts';
import type { SpawnResult } from './spawn.ts';

type Event<Type extends ProbeEvent['type']> = Extract<ProbeEvent, { type: Type }>;

interface Suite {
  readonly defined: Event<'suite'>;
  hooksMs: number;
  durationMs: number | null;
}

interface Test {
  readonly defined: Event<'test'>;
  started: boolean;
  end: Event<'test-end'> | null;
  error: Failure | null;
  hooksMs: number;
}

/** How the process of the events ended. */
export interface Ending {
  readonly process: Pick<SpawnResult, 'exitCode' | 'signal' | 'stopped' | 'durationMs' | 'output'>;
  readonly deadlineMs: number;
  /** What is wrong with the event file, if anything. */
  readonly damage: string | null;
}

/** The modules that a process loaded, for its fingerprint. */
export type LoadedModules = Omit<Event<'modules'>, 'type'>;

/**
 * Gathers the events of one process and turns them into measurements.
 *
 * @param repoFolder absolute; paths in measurements are relative to it
 * @param files absolute paths of the files that the process was asked to run
 */
export function createInterpreter(repoFolder: string, files: readonly string[]) {
  const suites = new Map<number, Suite>();
  const tests = new Map<number, Test>();
  const loads = new Map<string, number>();
  const failedHooks: Event<'hook'>[] = [];
  const strayFailures: Event<'fail'>[] = [];
  const listed: string[] = [];
  let nodeFlags: string[] = [];
  let loadError: Failure | null = null;
  let started = false;
  let ended = false;
  let lingering: Record<string, number> | null = null;
  let modules: LoadedModules | null = null;
  let exit: Event<'exit'> | null = null;
  let current: Test | null = null;

  function add(event: ProbeEvent): void {
    switch (event.type) {
      case 'node-flags':
        nodeFlags = event.flags;
        break;
      case 'files':
        listed.push(...event.files);
        break;
      case 'load':
        if (!loads.has(event.file)) loads.set(event.file, event.ms);
        break;
      case 'load-error':
        loadError ??= computeFailure(event.error);
        break;
      case 'suite':
        suites.set(event.id, { defined: event, hooksMs: 0, durationMs: null });
        break;
      case 'test':
        tests.set(event.id, { defined: event, started: false, end: null, error: null, hooksMs: 0 });
        break;
      case 'start':
        started = true;
        break;
      case 'test-start':
        current = tests.get(event.test) ?? null;
        if (current) current.started = true;
        break;
      case 'test-end': {
        const test = tests.get(event.test);
        if (test) test.end = event;
        current = null;
        break;
      }
      case 'hook':
        addHook(event);
        break;
      case 'fail': {
        const test = event.test === null ? undefined : tests.get(event.test);
        if (test) test.error ??= computeFailure(event.error);
        else strayFailures.push(event);
        break;
      }
      case 'suite-end': {
        const suite = suites.get(event.suite);
        if (suite) suite.durationMs = event.ms;
        break;
      }
      case 'end':
        ended = true;
        break;
      case 'lingering':
        lingering = event.handles;
        break;
      case 'modules':
        modules = event;
        break;
      case 'exit':
        exit = event;
        break;
    }
  }

  function addHook(event: Event<'hook'>): void {
    const owner = event.test === null ? suites.get(event.suite) : tests.get(event.test);
    if (owner) owner.hooksMs += event.ms ?? 0;
    if (event.failed) failedHooks.push(event);
  }

  function isWithin(suiteId: number, ancestorId: number): boolean {
    let id: number | null = suiteId;
    // Bounded by the number of suites: a forged cycle must not hang us.
    for (let steps = 0; id !== null && steps <= suites.size; steps++) {
      if (id === ancestorId) return true;
      id = suites.get(id)?.defined.parent ?? null;
    }
    return false;
  }

  function computeTitles(suiteId: number): string[] {
    const titles: string[] = [];
    let suite = suites.get(suiteId);
    for (let steps = 0; suite && suite.defined.parent !== null && steps <= suites.size; steps++) {
      titles.unshift(computeTitle(suite.defined.title));
      suite = suites.get(suite.defined.parent);
    }
    return titles;
  }

  /** Why the process as a whole is not `passed`, if it is not. */
  function judgeProcess(ending: Ending): { outcome: Outcome; reason: string; error?: Failure } | null {
    const { process: end } = ending;
    const where = current ? ` in "${computeFirstLine(current.defined.title)}"` : '';
    if (end.stopped === 'aborted') return { outcome: 'aborted', reason: `interrupted${where}` };
    if (end.stopped === 'deadline') {
      const reason = `did not end within ${formatDuration(ending.deadlineMs)}${where}`;
      return { outcome: 'aborted', reason: ended ? `${reason}, though its tests were over` : reason };
    }
    if (ending.damage !== null)
      return { outcome: 'aborted', reason: `its results cannot be read: ${ending.damage}` };
    if (loadError !== null) {
      const reason = `could not be loaded: ${computeFirstLine(loadError.message)}`;
      return { outcome: 'failed', reason, error: loadError };
    }
    if (end.signal !== null) return { outcome: 'aborted', reason: `ended by ${end.signal}${where}` };
    if (!started) {
      return { outcome: 'failed', reason: `ended with exit code ${end.exitCode} before its tests started` };
    }
    if (!ended) {
      const how = exit
        ? `process.exit(${exit.code ?? ''}) was called`
        : `the process ended with exit code ${end.exitCode}`;
      return { outcome: 'aborted', reason: `${how} before its tests were over${where}` };
    }
    return null;
  }

  /** Why a test that has no end of its own has none. */
  function judgeMissing(test: Test, broken: { outcome: Outcome; reason: string } | null): [Outcome, string] {
    const hook = failedHooks.find(
      (failed) => failed.kind !== 'after all' && isWithin(test.defined.suite, failed.suite),
    );
    if (hook) return ['aborted', `${hook.title} failed: ${computeFirstLine(hook.error?.message ?? '')}`];
    if (broken) return ['aborted', test.started ? broken.reason : `never ran: ${broken.reason}`];
    const bailed = [...suites.values()].some((suite) => suite.defined.bail);
    return bailed
      ? ['aborted', 'never ran: the suite stops at its first failure (bail)']
      : ['skipped', 'never ran'];
  }

  function measureTest(
    test: Test,
    broken: { outcome: Outcome; reason: string } | null,
  ): Omit<TestMeasurement, 'title'> {
    const { end } = test;
    if (end === null && test.error === null) {
      const [outcome, reason] = judgeMissing(test, broken);
      return {
        outcome,
        reason,
        durationMs: null,
        hooksMs: null,
        cpuMs: null,
        attempts: test.started ? 1 : 0,
      };
    }
    // A failure after the end (done() called again, a late exception) makes a passed test a failed one.
    const outcome = test.error ? 'failed' : (end?.outcome ?? 'failed');
    const ran = outcome === 'passed' || outcome === 'failed';
    return {
      outcome,
      ...(test.error ? { reason: computeFirstLine(test.error.message), error: test.error } : {}),
      durationMs: ran ? (end?.ms ?? null) : null,
      hooksMs: ran ? test.hooksMs : null,
      cpuMs: ran ? (end?.cpuMs ?? null) : null,
      attempts: end?.attempts ?? 1,
    };
  }

  /** Measurements of the asked files, in their order. Give `fingerprint` for a single file only. */
  function finish(ending: Ending, fingerprint: string | null): FileMeasurement[] {
    const broken = judgeProcess(ending);
    const shared = files.length > 1;
    return files.map((file, index) => {
      const isHere = (owner: string | null) =>
        !shared || owner === file || (index === 0 && !files.includes(owner ?? ''));
      const own = [...tests.values()].filter((test) => isHere(test.defined.file));
      const ownSuites = shared
        ? [...suites.values()].filter(
            (suite) =>
              suite.defined.file === file ||
              own.some((test) => isWithin(test.defined.suite, suite.defined.id)),
          )
        : [...suites.values()];
      const named = nameApart(own, (test) => [
        ...computeTitles(test.defined.suite),
        computeTitle(test.defined.title),
      ]);
      const measured = named.map(([identity, test]) => ({ ...identity, ...measureTest(test, broken) }));
      const namedSuites = nameApart(
        ownSuites.filter((suite) => suite.defined.parent !== null),
        (suite) => computeTitles(suite.defined.id),
      );
      const verdict = judgeFile(measured, broken, ownSuites, index === 0);
      const loadMs = loads.get(file) ?? null;
      return {
        path: relative(repoFolder, file).split(sep).join('/'),
        ...verdict,
        durationMs: shared ? computeShare(loadMs, measured, ownSuites) : ending.process.durationMs,
        loadMs,
        peakRssBytes: exit?.peakRssBytes ?? null,
        exitCode: ending.process.exitCode,
        signal: ending.process.signal,
        fingerprint,
        suites: namedSuites.map(
          ([identity, suite]): SuiteMeasurement => ({
            ...identity,
            durationMs: suite.durationMs,
            hooksMs: suite.hooksMs,
          }),
        ),
        tests: measured,
        ...(verdict.outcome === 'failed' || verdict.outcome === 'aborted'
          ? { output: ending.process.output.toWellFormed() }
          : {}),
      };

      function judgeFile(
        results: readonly Omit<TestMeasurement, 'title'>[],
        process: ReturnType<typeof judgeProcess>,
        here: readonly Suite[],
        first: boolean,
      ): { outcome: Outcome; reason?: string; error?: Failure } {
        if (process) return process;
        const hook = failedHooks.find((failed) => here.some((suite) => suite.defined.id === failed.suite));
        const stray = first ? strayFailures[0] : undefined;
        if (stray) {
          const error = computeFailure(stray.error);
          return {
            outcome: 'failed',
            reason: `${computeFirstLine(stray.title)}: ${computeFirstLine(error.message)}`,
            error,
          };
        }
        if (hook) {
          const error = computeFailure(hook.error ?? { message: '' });
          return {
            outcome: 'failed',
            reason: `${computeFirstLine(hook.title)} failed: ${computeFirstLine(error.message)}`,
            error,
          };
        }
        const bad = results.filter((test) => test.outcome === 'failed' || test.outcome === 'aborted').length;
        if (bad > 0) return { outcome: 'failed', reason: `${bad} of ${results.length} tests failed` };
        if (ending.process.exitCode !== 0 && !shared) {
          return {
            outcome: 'failed',
            reason: `ended with exit code ${ending.process.exitCode} after its last test`,
          };
        }
        if (results.length === 0) return { outcome: 'skipped', reason: 'it has no tests' };
        if (results.every((test) => test.outcome === 'skipped'))
          return { outcome: 'skipped', reason: 'all its tests are skipped' };
        if (lingering === null) return { outcome: 'passed' };
        const handles = Object.entries(lingering).map(([name, many]) => `${many} ${name}`);
        return {
          outcome: 'passed',
          reason: `did not end by itself after its last test; still open: ${handles.join(', ') || 'unknown'}`,
        };
      }
    });
  }

  return {
    add,
    finish,
    /** Files that a listing told, absolute. */
    readListed: (): readonly string[] => listed,
    /** Flags that Node itself must be started with. */
    readNodeFlags: (): readonly string[] => nodeFlags,
    readModules: (): LoadedModules | null => modules,
  };
}

/** Names that occur twice get their `occurrence`, in order of definition. */
function nameApart<Item>(items: readonly Item[], computeName: (item: Item) => string[]) {
  const seen = new Map<string, number>();
  return items.map((item): [{ title: string[]; occurrence?: number }, Item] => {
    const title = computeName(item);
    const key = JSON.stringify(title);
    const occurrence = (seen.get(key) ?? 0) + 1;
    seen.set(key, occurrence);
    return [occurrence > 1 ? { title, occurrence } : { title }, item];
  });
}

/** What a file took of a process it shared: loading, bodies and hooks. */
function computeShare(
  loadMs: number | null,
  tests: readonly Pick<TestMeasurement, 'durationMs' | 'hooksMs'>[],
  suites: readonly Pick<Suite, 'hooksMs'>[],
): number {
  let totalMs = loadMs ?? 0;
  for (const test of tests) totalMs += (test.durationMs ?? 0) + (test.hooksMs ?? 0);
  for (const suite of suites) totalMs += suite.hooksMs;
  return totalMs;
}
