/**
 * What two CPU profiles, of one test file at base and at head, say about where the time went. Pure; small enough to be kept
 * with every confirmed change.
 */

/** Self time of one function on both sides. */
export interface FunctionTimes {
  /** As V8 calls it; untrusted, bounded. */
  readonly name: string;
  /** Path relative to what is measured, or Node's own name of the module, e.g. `node:fs`; empty for the engine itself. */
  readonly file: string;
  /** Counted from 1, at head, else at base; null for the engine itself. */
  readonly line: number | null;
  readonly baseMs: number;
  readonly headMs: number;
}

/** Kept as JSON with a confirmed change. */
export interface ProfileDifference {
  readonly schema: 'tracey.profile/1';
  /** Time on the CPU of the whole process, starting and loading included. */
  readonly baseMs: number;
  readonly headMs: number;
  /** Those that differ most, the one that grew most first. */
  readonly functions: readonly FunctionTimes[];
}
