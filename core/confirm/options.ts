/** What experiments need: whose commits, how they are run, and the world around. */
import type { ArtifactSettings } from '../artifacts/artifacts.ts';
import type { JobType } from '../job-type.ts';
import type { Variables } from '../measure/environment.ts';
import type { ResolvedNode } from '../measure/node-versions/resolve.ts';
import type { Repository } from '../repository/git.ts';
import type { ConfirmListener } from './progress.ts';

/** What is the same for all experiments of a job. */
export interface ExperimentOptions {
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
  /** Names its processes and logs; a run's id, of no run. */
  readonly id: string;
  /** A private folder that is not there yet. */
  readonly folder: string;
  /** Checkouts of the same repo, whose `node_modules` are copied where they fit instead of being installed again. */
  readonly installedIn: readonly string[];
  readonly logsFolder: string;
  /** The job's own environment. */
  readonly variables: Variables;
  readonly artifacts: ArtifactSettings | null;
  /** Scope of the machine's lock, which the caller holds. */
  readonly lockScope: string;
  /** Ends what runs, when the job is to stop or the time is up. */
  readonly signal: AbortSignal;
  readonly listener: ConfirmListener;
}
