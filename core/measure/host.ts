/**
 * Every effect that a job type may have, as one object: the seam between job types and the machine. Tests give
 * a fake one.
 */
import type { FileMeasurement } from './measurement.ts';
import type { SpawnOptions, SpawnResult } from './spawn.ts';

/** Runs a tested process: `env` comes on top of the bare environment that every tested process gets. */
export type RunProcess = (options: Omit<SpawnOptions, 'signal'>) => Promise<SpawnResult>;

export interface Progress {
  readonly done: number;
  readonly total: number;
  /** What is being done now, e.g. a file's path. */
  readonly label: string;
}

export interface Host {
  /** A private folder for this run, removed after it. */
  readonly scratchFolder: string;
  /** Aborted when the job is to stop: end quickly, what was recorded is kept. */
  readonly signal: AbortSignal;
  readonly runProcess: RunProcess;
  readonly now: () => Date;
  /** One line for the job's log. */
  readonly log: (line: string) => void;
  readonly showProgress: (progress: Progress) => void;
  /** Hands over what was measured, at once: from here on it is not lost, whatever happens next. */
  readonly record: (measurement: FileMeasurement) => void;
}
