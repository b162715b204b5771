/** How much an experiment may cost, and how sure it is to be. */
import type { ConfirmConfig } from '../config/config.ts';

export interface ConfirmBudget {
  /** For everything together: installing, pairs, bisection, profiles. 0: nothing is confirmed. */
  readonly durationMs: number;
  /** Most pairs of base and head for one test file and one range of commits. */
  readonly pairs: number;
  /** How sure, e.g. 0.999, over all suspects together. */
  readonly level: number;
}

/** What the file says, else the defaults, which docs/comparison.md gives reasons for. */
export function computeBudget({ durationMs, pairs, level }: ConfirmConfig): ConfirmBudget {
  return { durationMs: durationMs ?? 10 * 60_000, pairs: pairs ?? 400, level: level ?? 0.999 };
}
