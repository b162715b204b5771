/**
 * What a store keeps of changes: those of tests, files and totals, those of the machine itself, and how small a change
 * each series could show. As in `store.ts`, it judges nothing.
 */
import type { Verdict } from '../analysis/suspect.ts';
import { type CHANGE_ORIGINS, type DECIDERS, TRIAGE_STATES } from '../found-model.ts';
import type { Isolation, Role } from '../model.ts';
import type { SubjectKind } from './store.ts';

export { TRIAGE_STATES };
export type TriageState = (typeof TRIAGE_STATES)[number];
export type Decider = (typeof DECIDERS)[number];
export type ChangeOrigin = (typeof CHANGE_ORIGINS)[number];

/** Repository and environment: runs of one lane can be compared. */
export interface LaneName {
  /** `owner/name`. */
  readonly repository: string;
  readonly runner: string;
  readonly role: Role;
  readonly nodeLine: string;
  readonly jobType: string;
  readonly isolation: Isolation;
}

/** The lane of whatever says which it is of. */
export function pickLane({ repository, runner, role, nodeLine, jobType, isolation }: LaneName): LaneName {
  return { repository, runner, role, nodeLine, jobType, isolation };
}

export interface CommitText {
  readonly sha: string;
  /** Empty for a commit of which no run is stored. */
  readonly subject: string;
  readonly author: string;
  readonly committedAt: string;
}

/** Texts about a change that are kept with it, such as what its profiles say. */
export interface ChangeDocument {
  readonly name: string;
  readonly mediaType: string;
  readonly content: string;
}

/** A change as it is nominated. */
export interface NominatedChange {
  /** The series' number within this store. */
  readonly subjectId: number;
  readonly branch: string | null;
  readonly direction: 'slower' | 'faster';
  readonly origin: ChangeOrigin;
  /** The last commit measured before it, and the first measured with it: SHAs. */
  readonly base: string;
  readonly head: string;
  /** Median durations on either side. */
  readonly beforeMs: number;
  readonly nowMs: number;
  /** Now over before, with its 95 % interval; null where there is none, as before of 0 ms. */
  readonly ratio: number | null;
  readonly ratioLow: number | null;
  readonly ratioHigh: number | null;
  /** How easily chance alone gives as much in one test. */
  readonly pValue: number;
  /** First run of the new level, and the run whose job found it. */
  readonly headRunId: string;
  readonly foundRunId: string;
  readonly state: TriageState;
  readonly stateReason: string | null;
  readonly stateBy: Decider;
}

/** A change as it is kept. */
export interface StoredChange extends NominatedChange, LaneName {
  /** Twelve hexadecimal digits, the same in every database that finds the same change. */
  readonly id: string;
  readonly environmentId: number;
  readonly subject: {
    readonly kind: SubjectKind;
    /** The test file; null for a total. */
    readonly path: string | null;
    readonly title: readonly string[];
    readonly occurrence: number;
    /** `test/app.js > app > works #2`; `total`. */
    readonly text: string;
  };
  readonly baseCommit: CommitText;
  readonly headCommit: CommitText;
  readonly foundAt: string;
  /** What the experiment said; null when there was none. */
  readonly verdict: Verdict | null;
  readonly stateAt: string;
  readonly recoveredRunId: string | null;
}

/** Filters that are left out let everything through. */
export interface ChangeQuery {
  readonly repository?: string;
  readonly runner?: string;
  readonly nodeLine?: string;
  readonly jobType?: string;
  readonly branch?: string | null;
  /** The changes of one series. */
  readonly subjectId?: number;
  readonly environmentId?: number;
  readonly states?: readonly TriageState[];
  /** `none`: without an experiment. */
  readonly verdicts?: readonly (Verdict['kind'] | 'none')[];
  readonly direction?: 'slower' | 'faster';
  /** The one of this id, or those whose id begins so. */
  readonly id?: string;
  readonly limit: number;
}

/** A shift of everything that a machine does: never blamed on a commit. */
export interface NominatedMachineChange {
  /** The first run on the new level. */
  readonly runId: string;
  /** After over before: above 1 the machine became slower. */
  readonly ratio: number;
  /** The same of the calibration's workload; null when it cannot be told. */
  readonly calibrationRatio: number | null;
  /** What is different of the machine since the run before, a sentence each: `kernel 6.1.0-18 → 6.1.0-21`. */
  readonly causes: readonly string[];
}

export interface StoredMachineChange extends NominatedMachineChange, LaneName {
  readonly environmentId: number;
  /** Of the first run. */
  readonly startedAt: string;
  readonly commit: string;
  readonly committedAt: string;
  readonly foundAt: string;
}

export type MachineChangeQuery = Pick<
  ChangeQuery,
  'repository' | 'runner' | 'nodeLine' | 'jobType' | 'limit'
>;

export interface ScreeningResult {
  readonly lane: LaneName;
  readonly changes: readonly NominatedChange[];
  readonly machineChanges: readonly NominatedMachineChange[];
  /** The smallest slow-down that each series could show now, as a ratio: 1.08 = 8 %. */
  readonly smallest: Iterable<{ readonly subjectId: number; readonly ratio: number }>;
}

/** What changes a change that is kept; what is left out stays. */
export interface ChangeUpdate {
  readonly verdict?: Verdict;
  readonly documents?: readonly ChangeDocument[];
  readonly state?: {
    readonly state: TriageState;
    readonly reason: string | null;
    readonly by: Decider;
    /** When it was decided; now when left out. UTC ISO 8601. */
    readonly at?: string;
  };
  /** The run that showed that it is over. */
  readonly recoveredRunId?: string | null;
}

export interface ChangeStore {
  /**
   * Keeps what a screening found, in one transaction.
   *
   * @returns the changes that were not known before
   */
  writeScreening(result: ScreeningResult): Promise<readonly StoredChange[]>;
  /** Newest found first. */
  readChanges(query: ChangeQuery): Promise<readonly StoredChange[]>;
  readChangeDocuments(id: string): Promise<readonly ChangeDocument[]>;
  /** Throws a StoreError when there is no change of this id. */
  updateChange(id: string, update: ChangeUpdate): Promise<void>;
  /** Newest run first. */
  readMachineChanges(query: MachineChangeQuery): Promise<readonly StoredMachineChange[]>;
  /** The smallest slow-down that a series could show when it was last screened; null when it never was. */
  findSmallestChange(series: {
    readonly subjectId: number;
    readonly environmentId: number;
  }): Promise<number | null>;
}
