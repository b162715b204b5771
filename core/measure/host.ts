/**
 * Every effect that a job type may have, as one object: the seam between job types and the machine. Tests give
 * a fake one.
 */
import type { Dependencies, Document, Isolation } from '../model.ts';
import type { FileMeasurement } from './measurement.ts';
import type { Packages } from './packages.ts';
import type { SpawnOptions, SpawnResult } from './spawn.ts';

/** Test files for one process, and where their events will be: what finished is taken from there if we are killed. */
export interface ProcessTask {
  /** Absolute, as are the files. */
  readonly repoFolder: string;
  readonly files: readonly string[];
  /** The file that the probe writes to; removed only when all that it tells has been recorded. */
  readonly events: string;
}

/**
 * Runs a tested process: `env` comes on top of the bare environment that every tested process gets. `meanwhile` is called
 * once, before the process starts where nothing can be done while it does, unless it cannot be started.
 */
export type RunProcess = (
  options: Omit<SpawnOptions, 'signal'> & {
    readonly task?: ProcessTask;
    /** Runs it elsewhere than as a process of this machine, with `env` as it is. */
    readonly within?: (options: Omit<SpawnOptions, 'signal'>) => Promise<SpawnResult>;
  },
) => Promise<SpawnResult>;

/** How a run is measured. */
export interface Method {
  readonly framework: { readonly name: string; readonly version: string } | null;
  readonly isolation: Isolation;
  /** Rounds that were asked for. */
  readonly samples: number;
  /** Where the dependencies came from, of a job type that brings them itself. */
  readonly dependencies?: Dependencies;
  /** What is kept with the run as soon as there is something to keep. */
  readonly documents?: readonly Document[];
}

export interface Progress {
  readonly done: number;
  readonly total: number;
  /** What is being done now, e.g. a file's path. */
  readonly label: string;
}

/** Files that earlier runs of this job type on this repository wrote, by the names they were given. */
export interface EarlierFiles {
  readonly list: () => Promise<readonly string[]>;
  /** @returns null when there is none of that name */
  readonly read: (name: string) => Promise<string | null>;
}

/** Dependencies for a Node that is not this machine's. */
export interface DependencyRequest {
  /** Where the lockfile is, and nothing is installed. */
  readonly root: string;
  /** Where they will run, as Node calls it; null when only installing will do. */
  readonly target: {
    readonly platform: string;
    readonly arch: string;
    readonly libc: string;
    readonly nodeAbi: string;
  } | null;
  /** Installs them, for exactly that target; tells what is going on just now. */
  readonly install: (onStatus: (text: string) => void) => Promise<Dependencies>;
}

/** What a job type may have brought to this machine, besides what is measured. */
export interface HostTools {
  /**
   * Restores the dependencies of a job type that brings its Nodes, where the job uses artifacts and there is one; else has
   * them installed.
   *
   * @throws ArtifactError, JobError when they cannot be had
   */
  readonly bringDependencies: (request: DependencyRequest) => Promise<Dependencies>;
  /**
   * Finds a Node on this machine that satisfies `18`, `20.11.0`, `lts`, or fetches it.
   *
   * @throws ConfigError, JobError when it cannot be had
   */
  readonly resolveNode: (
    requested: string,
  ) => Promise<{ readonly version: string; readonly executable: string }>;
  readonly packages: Packages;
  readonly earlierFiles: EarlierFiles;
}

export interface Host extends HostTools {
  /** A private folder for this run, removed after it. */
  readonly scratchFolder: string;
  /** Aborted when the job is to stop: end quickly, what was recorded is kept. */
  readonly signal: AbortSignal;
  readonly runProcess: RunProcess;
  readonly now: () => Date;
  /** One line for the job's log. */
  readonly log: (line: string) => void;
  readonly showProgress: (progress: Progress) => void;
  /** Says how it is measured, once, before anything is: a run that ends in the middle must know it, too. */
  readonly describe: (method: Method) => void;
  /** Hands over what was measured, at once: from here on it is not lost, whatever happens next. */
  readonly record: (measurement: FileMeasurement) => void;
}

/** What it takes to run single files of a suite, of which nothing is recorded. */
export type SuiteHost = Pick<
  Host,
  'scratchFolder' | 'signal' | 'runProcess' | 'log' | 'showProgress' | 'bringDependencies'
>;
