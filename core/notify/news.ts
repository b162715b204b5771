/**
 * What is to be told of a job, whoever is told: the job summary, the commit status, the comment. It is small however
 * many tests there are, and holds texts of tested code as they are: whoever renders them makes them harmless.
 */
import type { Comparison } from '../analysis/compare.ts';
import type { FunctionTimes } from '../analysis/profile-difference.ts';
import type { RenameSuggestion } from '../changes/renames.ts';
import type { VanishedNews } from '../changes/vanished-test.ts';
import type { Commit, Outcome, RunFacts } from '../model.ts';
import type { CommitText, StoredChange, StoredMachineChange } from '../store/change-store.ts';
import type { RunnerNews } from './watch-runners.ts';

/** A job's runs, and what kept it from running. */
export interface JobNews {
  /** `owner/name` of the measured repo. */
  readonly repository: string;
  /** The worst of the runs' outcomes; `skipped` when the job was not allowed to run. */
  readonly outcome: Outcome;
  readonly runs: readonly RunNews[];
  /** Runs that could not be done, or not to their end, each with a message for people. */
  readonly failures: readonly { readonly nodeVersion: string | null; readonly message: string }[];
  /** Time spent waiting for the machine, in ms. */
  readonly waitedMs: number;
  /** Why nothing was measured, e.g. the guard's reason; null when something was. */
  readonly skippedBecause: string | null;
  /** What the history of these runs shows, over all environments; at most {@link NEWS_LIMITS.found}. */
  readonly changes: readonly ChangeNews[];
  readonly machineChanges: readonly StoredMachineChange[];
  /** Tests that seem to have another name than before, each line once. */
  readonly renames: readonly RenameSuggestion[];
  /** Tests that are gone. */
  readonly vanished: readonly VanishedNews[];
  /** Machines that are overdue, of whatever repo, and those that are back. */
  readonly runners: RunnerNews;
}

/**
 * What a change is to whoever reads of it: `confirmed`, a slow-down that was just proven; `standing`, one of an earlier
 * commit of the same branch that is not over; `suspect`, a slow-down that nothing has proven; `refuted`, one that the
 * experiment did not see; `decided`, one that somebody knows or expects; `faster`; `recovered`, a slow-down that is over.
 */
export const CHANGE_KINDS = [
  'confirmed',
  'standing',
  'suspect',
  'refuted',
  'decided',
  'faster',
  'recovered',
] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

export interface ChangeNews {
  readonly kind: ChangeKind;
  readonly change: StoredChange;
  /** The commit that it begins with, or the last of those that it may begin with. */
  readonly commit: CommitText;
  /** How many commits it may begin with; null when git does not know. */
  readonly commits: number | null;
  /** Durations of the newest runs of the line, oldest first; null where there is none. In ms. */
  readonly trendMs: readonly (number | null)[];
  /** What else is different between the runs around it, a sentence each: another Node, another kernel. */
  readonly differences: readonly string[];
  /** Of a confirmed one: the functions that grew most, the first most. */
  readonly functions: readonly FunctionTimes[];
  /** Of a recovered one: whether nothing else of its commit is still slow. */
  readonly isOver: boolean;
  /** Of a recovered one: the first measured commit without it, as far as it is known. */
  readonly until: CommitText | null;
}

/** One run, and what it is compared with. */
export interface RunNews {
  readonly run: RunFacts;
  /** At most {@link NEWS_LIMITS.failing}, in the suite's order; `run.totals` has their number. */
  readonly failing: readonly FailingTest[];
  readonly since: Since | null;
  /** Total durations of the newest runs of the same series, oldest first, this one last; null where there is none. In ms. */
  readonly trendMs: readonly (number | null)[];
}

/** A file or test that failed or was aborted. */
export interface FailingTest {
  readonly path: string;
  /** Empty for a file that failed as a whole. */
  readonly title: readonly string[];
  readonly outcome: Outcome;
  readonly reason: string | null;
  readonly stack: string | null;
  /** 1-based line in `path` where it failed, as far as the stack tells. */
  readonly line: number | null;
}

/** The run that was compared with, and what is different since. */
export interface Since {
  readonly runId: string;
  readonly commit: Commit;
  /** Whether that is the very commit the work is based on; else it is the nearest measured one before it. */
  readonly isBase: boolean;
  /** Total of this run over total of that; null when one is zero. */
  readonly ratio: number | null;
  readonly slower: number;
  readonly faster: number;
  /** Tests that are clearly different or changed their outcome, at most {@link NEWS_LIMITS.changes}, largest first. */
  readonly changes: Comparison['tests'];
  readonly added: number;
  readonly removed: number;
  /** True when there are tests in both, and no test has samples enough to be called slower or faster. */
  readonly isUnknown: boolean;
}

export const NEWS_LIMITS = { failing: 50, changes: 200, trend: 40, found: 200, functions: 5 } as const;
