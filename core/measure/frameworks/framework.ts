/**
 * What a test framework is to everybody outside its own folder: a way to list a repo's test files and a command
 * that runs some of them and writes probe events. Nobody else knows which framework ran.
 */
import type { RunProcess } from '../host.ts';

/** One way in which the repo starts its tests, and the files it covers. */
export interface Invocation {
  /** Absolute paths, in the order in which the framework would run them. */
  readonly files: readonly string[];
  /** Arguments of the framework itself, as the repo gives them. */
  readonly args: readonly string[];
  /** Flags that Node must be started with. */
  readonly nodeFlags: readonly string[];
  /** Variables that the repo's own script sets. */
  readonly env: Readonly<Record<string, string>>;
  /** What the framework itself found out while listing and wants back for each run; nobody else knows what it is. */
  readonly handedOn: string | null;
}

/** What a framework needs to look at a repo. */
export interface FrameworkContext {
  /** Absolute. */
  readonly repoFolder: string;
  readonly nodeExecutable: string;
  /** Where event files may be put. */
  readonly scratchFolder: string;
  readonly runProcess: RunProcess;
  /** Variables that the job type's settings add. */
  readonly env: Readonly<Record<string, string>>;
}

/** A framework as it was found in a repo. */
export interface FoundFramework {
  readonly name: string;
  /** Its installed version. */
  readonly version: string;
  /** Where it is installed, absolute, links followed: below it, no module is the repo's. */
  readonly folder: string;
  /**
   * How the repo starts its tests, with the files of each way; no file is in two of them.
   *
   * @throws JobError when the framework cannot list them
   */
  listInvocations(context: FrameworkContext): Promise<readonly Invocation[]>;
  /**
   * Prepares to run some files of an invocation in one process.
   *
   * @returns arguments for Node; what it then runs sends events to the file that TRACEY_EVENTS names
   */
  prepareRun(run: {
    readonly invocation: Invocation;
    readonly files: readonly string[];
    /** Where files may be put that the process needs; they are overwritten by the next run. */
    readonly scratchFolder: string;
  }): Promise<readonly string[]>;
}

export interface Framework {
  readonly name: string;
  /**
   * Looks for the framework in a repo.
   *
   * @returns undefined when the repo does not use it
   * @throws JobError when it does, but it is not installed or too old
   */
  find(repoFolder: string): Promise<FoundFramework | undefined>;
}
