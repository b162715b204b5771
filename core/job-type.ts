/** The contract between Tracey and a job type: a plug-in that knows how to do one kind of job. */
import type { ContainedNode } from './measure/containers/node.ts';
import type { Variables } from './measure/environment.ts';
import type { Host, SuiteHost } from './measure/host.ts';
import type { ResolvedNode } from './measure/node-versions/resolve.ts';
import type { OpenSuite } from './measure/suite.ts';
import type { Commit, Document } from './model.ts';

export interface Job<Settings> {
  /** The run's id. */
  readonly id: string;
  /** `owner/name`. */
  readonly repository: string;
  /** Where the commit is checked out, absolute, dependencies in place. */
  readonly repoFolder: string;
  readonly commit: Commit;
  readonly node: {
    /** The exact version. */
    readonly version: string;
    /** Absolute path of its binary. */
    readonly executable: string;
    /** Where it is, when it is not on this machine but in an image. */
    readonly contained?: ContainedNode;
  };
  readonly settings: Settings;
  /** `repos[].testFolder`: where the tests are, when the settings do not say otherwise. */
  readonly testFolder: string | null;
}

/** What is left to say when a job type is done; measurements went to `host.record` as they came. */
export interface JobResult {
  /** Texts about the run, kept with it. */
  readonly documents?: readonly Document[];
  /**
   * Texts that the job is for. They are kept with the run as well, written into the job's output folder, and delivered to
   * the repo where the configuration asks for that. Their names are relative paths: `v4/protocol.md`.
   */
  readonly files?: readonly Document[];
  /** Markdown for people, shown when the run is over; left out when there is nothing to say. */
  readonly summary?: string;
}

/** What a job type may use to have a Node brought. */
export interface NodeContext {
  /** Scope of the machine's lock, which this job holds. */
  readonly lockScope: string;
  readonly jobsFolder: string;
  readonly cacheFolder: string;
  /** The job's own environment. */
  readonly variables: Variables;
  readonly signal: AbortSignal;
  readonly onStep: (text: string) => void;
  readonly onStatus: (text: string) => void;
}

export interface JobType<Settings = unknown> {
  /** As in `.tracey.yml`; stored with every run; permanent. */
  readonly name: string;
  /**
   * The job type's own part of the configuration, checked. Pure.
   *
   * @throws ConfigError naming the key
   */
  parseSettings(raw: unknown): Settings;
  /**
   * From what was asked for to the Node that will run, of a job type whose tests do not run on this machine's own. It then
   * brings the repo's dependencies as well. Left out, Node is found on this machine or fetched, and dependencies are in
   * place before `run`.
   *
   * @throws ConfigError, JobError when that Node cannot be had
   */
  resolveNode?(requested: string, settings: Settings, context: NodeContext): Promise<ResolvedNode>;
  /**
   * Does the job on one Node version. Resolves when tests fail, and when `host.signal` stops it.
   *
   * @throws JobError when nothing could be done
   */
  run(job: Job<Settings>, host: Host): Promise<JobResult>;
  /**
   * Opens the repo's suite for single files of it to be run again and again, as `run` would run them, of a job type that
   * measures one: this is how what history nominates is confirmed. Left out, nothing is.
   *
   * @throws JobError when there is no suite to run
   */
  openSuite?(job: Job<Settings>, host: SuiteHost): Promise<OpenSuite>;
}
