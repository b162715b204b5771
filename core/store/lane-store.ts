/**
 * Reading whole histories at once: every series of one lane — a repository in one environment — over runs of the reader's
 * choice. As in `store.ts`, nothing is judged.
 */
import type { Calibration, MachineFacts, Outcome } from '../model.ts';
import type { LaneName } from './change-store.ts';
import type { SubjectKind } from './store.ts';

/** A run of a lane, and the machine that it was on. */
export interface LaneRun {
  readonly id: string;
  readonly commit: string;
  readonly commitSubject: string;
  readonly committedAt: string;
  readonly branch: string | null;
  readonly startedAt: string;
  readonly nodeVersion: string;
  readonly outcome: Outcome;
  readonly interrupted: boolean;
  readonly modified: boolean;
  readonly facts: MachineFacts;
  /** Before and after it, as far as they were taken. */
  readonly calibrations: readonly Calibration[];
}

/** One series over the runs that were asked for. */
export interface LaneSeries {
  readonly subjectId: number;
  readonly kind: Extract<SubjectKind, 'total' | 'file' | 'test'>;
  /** The subject of its file; null for a total. */
  readonly fileId: number | null;
  /** By the position of the run; NaN where it did not pass or was not there. */
  readonly durationsMs: Float64Array;
}

/** From a position on, a test has this body, another than in the run before in which it has a duration; null: unknown. */
export interface BodyTurn {
  readonly at: number;
  readonly body: string | null;
}

/**
 * The series of a lane over the runs that were asked for, by their rows, from 0 on: there may be tens of thousands, and what
 * is made for each is as little as can be.
 */
export interface LaneHistory {
  readonly size: number;
  readonly getSubject: (row: number) => number;
  readonly getKind: (row: number) => LaneSeries['kind'];
  /** The subject of its file; null for a total. */
  readonly getFile: (row: number) => number | null;
  /** By the position of the run; NaN where it did not pass or was not there. As it lies, not a copy. */
  readonly getDurations: (row: number) => Float64Array;
  /** What every row has at a position. */
  readonly readRun: (at: number, into: Float64Array) => void;
  /** Rows that had more than one body, and how these came by turns. */
  readonly bodies: ReadonlyMap<number, readonly BodyTurn[]>;
  /** The series of a subject; undefined where it has none. */
  readonly find: (subjectId: number) => LaneSeries | undefined;
  /** The series of one kind, each when it is its turn. */
  readonly list: (kind: LaneSeries['kind']) => Iterable<LaneSeries>;
}

export interface LaneStore {
  /** The newest runs of a lane, by when they were stored; in commit order. */
  listLaneRuns(lane: LaneName, limit: number): Promise<readonly LaneRun[]>;
  /** The total, the files and the tests that passed in any of these runs of one lane. */
  readLaneHistory(lane: LaneName, runIds: readonly string[]): Promise<LaneHistory>;
  /** What stands for the fingerprint of a file in each of these runs: equal numbers, equal fingerprints; null where unknown. */
  readFingerprints(fileId: number, runIds: readonly string[]): Promise<readonly (number | null)[]>;
}
