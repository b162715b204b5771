/** What history nominates, and what an experiment says of it: the words that screening, confirming and telling share. */

/** Whose times changed: a test of a test file, or the file as a whole. */
export interface SuspectSubject {
  /** Path of the test file, relative to what is measured. */
  readonly file: string;
  /** Titles from the outermost suite to the test; none: the file as a whole. */
  readonly titles: readonly string[];
  /** Which of the same-named siblings it is, counted from 1. */
  readonly occurrence: number;
}

/** A change that history nominates and nothing has proven. */
export interface Suspect {
  readonly subject: SuspectSubject;
  /** Level before and after. */
  readonly beforeMs: number;
  readonly nowMs: number;
  /** The last commit measured before the change, and the first measured after it: SHAs. */
  readonly base: string;
  readonly head: string;
}

/** What base and head, run by turns on one machine, say of a suspect. */
export interface Verdict {
  readonly kind: 'confirmed' | 'refuted' | 'undecided';
  /** Head over base: robust estimate with its interval; null without a single pair. */
  readonly ratio: RatioEstimate | null;
  /** Level of the interval, e.g. 0.999, for all suspects of a job together; it is valid whenever the experiment stopped. */
  readonly level: number;
  readonly pairs: number;
  /** The commits that remain: the change came after `base` and with or before `head`. One commit: `base` is its parent. */
  readonly base: string;
  readonly head: string;
  /** Why it is undecided, one line, e.g. that the base does not install; else null. */
  readonly reason: string | null;
}

/** A ratio of durations, 1 for unchanged. `low` may be 0 and `high` infinite as long as there are few pairs. */
export interface RatioEstimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}
