/**
 * What one round through one test file gave: raw, before anything is made of several rounds. All times in ms.
 */
import { createHash } from 'node:crypto';
import { type Failure, type Outcome, TEXT_LIMITS } from '../model.ts';

/** Titles from the outermost suite inwards; `occurrence` tells later namesakes within a file apart. */
export interface Identity {
  readonly title: string[];
  readonly occurrence?: number;
}

export interface TestMeasurement extends Identity {
  readonly outcome: Outcome;
  readonly reason?: string;
  readonly error?: Failure;
  /** The body, hooks excluded. */
  readonly durationMs: number | null;
  readonly hooksMs: number | null;
  readonly cpuMs: number | null;
  readonly attempts: number;
  /** Hash of the text of its body; left out when it is unknown. */
  readonly body?: string;
}

export interface SuiteMeasurement extends Identity {
  readonly durationMs: number | null;
  readonly hooksMs: number | null;
}

export interface FileMeasurement {
  /** Relative to the repo's root, `/` between folders. */
  readonly path: string;
  readonly outcome: Outcome;
  readonly reason?: string;
  readonly error?: Failure;
  readonly durationMs: number | null;
  readonly loadMs: number | null;
  readonly peakRssBytes: number | null;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly fingerprint: string | null;
  /** Can be iterated again, as can its tests. */
  readonly suites: Iterable<SuiteMeasurement>;
  readonly tests: Iterable<TestMeasurement>;
  readonly output?: string;
}

/** A key that two identities share exactly when they are the same test (or suite) of a file. */
export function computeIdentityKey(identity: Identity): string {
  return JSON.stringify([identity.title, identity.occurrence ?? 1]);
}

/** A title fit to be kept: valid Unicode, and when too long cut with a hash of the whole, so that it stays itself. */
export function computeTitle(text: string): string {
  const title = text.toWellFormed();
  if (title.length <= TEXT_LIMITS.title) return title;
  const hash = createHash('sha256').update(title).digest('hex').slice(0, 12);
  return `${title.slice(0, TEXT_LIMITS.title - 14).toWellFormed()}…${hash}`;
}

/** An error's texts, valid Unicode and bounded. */
export function computeFailure(error: {
  readonly message: string;
  readonly stack?: string | undefined;
}): Failure {
  const message = cut(error.message, TEXT_LIMITS.message);
  return error.stack === undefined ? { message } : { message, stack: cut(error.stack, TEXT_LIMITS.stack) };
}

/** The first line of a text of the tested code, short enough for a reason. */
export function computeFirstLine(text: string): string {
  const line =
    text
      .toWellFormed()
      .trimStart()
      .split(/[\r\n]/, 1)[0] ?? '';
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}

function cut(text: string, limit: number): string {
  const whole = text.toWellFormed();
  return whole.length > limit ? `${whole.slice(0, limit - 1).toWellFormed()}…` : whole;
}
