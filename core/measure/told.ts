/**
 * What a tested process told about itself, gathered from its events: suites, tests and how far it came. It draws
 * no conclusions; what a missing end means is for verdict.ts.
 */
import { type Failure, type Outcome, TEXT_LIMITS } from '../model.ts';
import { computeBodyHash } from './body.ts';
import type { ProbeEvent } from './events.ts';
import { computeFailure, computeFirstLine, computeTitle } from './measurement.ts';

export type Event<Type extends ProbeEvent['type']> = Extract<ProbeEvent, { type: Type }>;

export interface ToldSuite {
  readonly defined: Event<'suite'>;
  hooksMs: number;
  durationMs: number | null;
}

/** There may be very many of these: one flat record each, that shares its file's name with the others. */
export interface ToldTest {
  readonly suite: number;
  readonly title: string;
  readonly file: string | null;
  /** Hash of the text of its body; `unreadable` when it has a body without one; null when nothing was told. */
  readonly body: string | null;
  started: boolean;
  /** Null until it ended; so are its times, and it has no attempts. */
  outcome: Outcome | null;
  ms: number | null;
  cpuMs: number | null;
  attempts: number;
  error: Failure | null;
  hooksMs: number;
}

/** A failure that is no test's own: of a hook, or of nothing in particular. */
export interface LooseFailure {
  readonly title: string;
  readonly error: Failure;
}

export interface FailedHook extends LooseFailure {
  readonly kind: Event<'hook'>['kind'];
  readonly suite: number;
}

/** The modules that a process loaded, for its fingerprint. */
export type LoadedModules = Omit<Event<'modules'>, 'type'>;

export interface Told {
  readonly suites: Map<number, ToldSuite>;
  readonly tests: Map<number, ToldTest>;
  /** Time to load a file, by its absolute path. */
  readonly loads: Map<string, number>;
  loadError: { readonly file: string | null; readonly error: Failure } | null;
  readonly failedHooks: FailedHook[];
  readonly strayFailures: LooseFailure[];
  /** The first promise that was rejected with nobody listening, and what was running then. */
  rejection: { readonly during: string | null; readonly error: Failure } | null;
  started: boolean;
  ended: boolean;
  /** The framework itself gave up before its last test. */
  gaveUp: boolean;
  lingering: Omit<Event<'lingering'>, 'type'> | null;
  modules: LoadedModules | null;
  exit: Omit<Event<'exit'>, 'type'> | null;
  /** The test (in quotes) or hook that was running when nothing more was told. */
  current: string | null;
}

/** Failure texts of one process that are kept whole; those after them are cut to a line. */
const FAILURE_BUDGET = 2 * 1024 * 1024;

/** Starts with nothing told; `add` takes in one event after the other. */
export function createTold(): { readonly told: Told; readonly add: (event: ProbeEvent) => void } {
  const told: Told = {
    suites: new Map(),
    tests: new Map(),
    loads: new Map(),
    loadError: null,
    failedHooks: [],
    strayFailures: [],
    rejection: null,
    started: false,
    ended: false,
    gaveUp: false,
    lingering: null,
    modules: null,
    exit: null,
    current: null,
  };
  const bound = createFailureBudget();
  const shareText = createTextSharing();

  function addFailure(event: Event<'fail'>): void {
    const error = bound(event.error);
    const test = event.test === null ? undefined : told.tests.get(event.test);
    if (test) test.error ??= error;
    else told.strayFailures.push({ title: computeFirstLine(event.title), error });
  }

  function addHook(event: Event<'hook'>): void {
    const owner = event.test === null ? told.suites.get(event.suite) : told.tests.get(event.test);
    if (owner) owner.hooksMs += event.ms ?? 0;
    if (event.test === null) told.current = null;
    if (!event.failed) return;
    told.failedHooks.push({
      title: computeFirstLine(event.title),
      kind: event.kind,
      suite: event.suite,
      error: bound(event.error ?? { message: '' }),
    });
  }

  function addModules(event: Event<'modules'>): void {
    const before = told.modules;
    told.modules = before === null ? event : { ...event, files: [...before.files, ...event.files] };
  }

  function add(event: ProbeEvent): void {
    switch (event.type) {
      case 'node-flags':
      case 'files':
        // Answers to a listing: for the framework that asked.
        break;
      case 'load':
        if (!told.loads.has(event.file)) told.loads.set(event.file, event.ms);
        break;
      case 'load-error':
        told.loadError ??= { file: event.file, error: bound(event.error) };
        break;
      case 'suite':
        told.suites.set(event.id, {
          defined: { ...event, title: computeTitle(event.title) },
          hooksMs: 0,
          durationMs: null,
        });
        break;
      case 'test':
        told.tests.set(event.id, {
          suite: event.suite,
          title: computeTitle(event.title),
          file: shareText(event.file),
          body: shareText(hashBody(event.body)),
          started: false,
          outcome: null,
          ms: null,
          cpuMs: null,
          attempts: 0,
          error: null,
          hooksMs: 0,
        });
        break;
      case 'start':
        told.started = true;
        break;
      case 'test-start': {
        const test = told.tests.get(event.test);
        if (test) test.started = true;
        told.current = test ? `"${computeFirstLine(test.title)}"` : null;
        break;
      }
      case 'test-end': {
        const test = told.tests.get(event.test);
        if (test) {
          test.outcome = event.outcome;
          test.ms = event.ms;
          test.cpuMs = event.cpuMs;
          test.attempts = event.attempts;
        }
        told.current = null;
        break;
      }
      case 'hook-start':
        told.current = computeFirstLine(event.title);
        break;
      case 'hook':
        addHook(event);
        break;
      case 'fail':
        addFailure(event);
        break;
      case 'rejection':
        told.rejection ??= { during: told.current, error: bound(event.error) };
        break;
      case 'suite-end': {
        const suite = told.suites.get(event.suite);
        if (suite) suite.durationMs = event.ms;
        break;
      }
      case 'abort':
        told.gaveUp = true;
        break;
      case 'end':
        told.ended = true;
        break;
      case 'lingering':
        told.lingering = event;
        break;
      case 'modules':
        addModules(event);
        break;
      case 'exit':
        told.exit = event;
        break;
    }
  }

  return { told, add };
}

/** What stands for the hash of a body without a text of its own. */
export const UNREADABLE = 'unreadable';

function hashBody(text: string | null | undefined): string | null {
  if (text === undefined) return null;
  return (text === null ? null : computeBodyHash(text)) ?? UNREADABLE;
}

/** Whether a suite is another one or inside it. */
export function isWithin(told: Told, suite: number, ancestor: number): boolean {
  let id: number | null = suite;
  // Bounded by the number of suites: a forged cycle must not hang us.
  for (let steps = 0; id !== null && steps <= told.suites.size; steps++) {
    if (id === ancestor) return true;
    id = told.suites.get(id)?.defined.parent ?? null;
  }
  return false;
}

/** Titles from the outermost suite down to this one; the root suite has none. */
export function computeTitles(told: Told, suiteId: number): string[] {
  const titles: string[] = [];
  let suite = told.suites.get(suiteId);
  for (let steps = 0; suite && suite.defined.parent !== null && steps <= told.suites.size; steps++) {
    titles.unshift(suite.defined.title);
    suite = told.suites.get(suite.defined.parent);
  }
  return titles;
}

/** The same string for the same text, which each event brings anew. */
function createTextSharing(): (text: string | null) => string | null {
  const texts = new Map<string, string>();
  return (text) => {
    if (text === null) return null;
    const known = texts.get(text);
    if (known === undefined) texts.set(text, text);
    return known ?? text;
  };
}

/** Bounds failures one by one and, so that thousands of them stay small, all together. */
function createFailureBudget(): (error: Event<'fail'>['error']) => Failure {
  let left = FAILURE_BUDGET;
  return (error) => {
    if (left <= 0) return { message: computeFirstLine(error.message) };
    const failure = computeFailure(error);
    left -= Math.min(failure.message.length + (failure.stack?.length ?? 0), TEXT_LIMITS.stack);
    return failure;
  };
}
