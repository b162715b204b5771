/** The contract between Tracey and a job type: a plug-in that knows how to do one kind of job. */
import type { Host } from './measure/host.ts';
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
  };
  readonly settings: Settings;
  /** `repos[].testFolder`: where the tests are, when the settings do not say otherwise. */
  readonly testFolder: string | null;
}

/** What is left to say when a job type is done; measurements went to `host.record` as they came. */
export interface JobResult {
  readonly framework: { readonly name: string; readonly version: string } | null;
  readonly isolation: 'file' | 'none';
  /** Rounds that were asked for. */
  readonly samples: number;
  readonly documents: readonly Document[];
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
   * Does the job on one Node version. Resolves when tests fail, and when `host.signal` stops it.
   *
   * @throws JobError when nothing could be done
   */
  run(job: Job<Settings>, host: Host): Promise<JobResult>;
}
