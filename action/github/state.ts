/** What the main step leaves for the post step, should it be killed: where its job is, and a status that it owes. */
import type { Variables } from '../../core/measure/environment.ts';
import { ROLES } from '../../core/roles.ts';
import { z } from '../../core/zod.ts';
import type { Workflow } from './workflow.ts';

const jobSchema = z.strictObject({
  /** Under which it makes its private folder. */
  jobsFolder: z.string(),
  /** Where it keeps its runs. */
  database: z.string(),
  /** How many of the newest runs keep every sample; the store's own default when null. */
  keepDetailRuns: z.int().nullable(),
});
export type JobState = z.infer<typeof jobSchema>;

const statusSchema = z.strictObject({
  /** `owner/name` of the measured repo. */
  repository: z.string(),
  sha: z.string(),
  runner: z.string(),
  role: z.enum(ROLES),
  jobType: z.string(),
});
/** What a commit status is about. */
export type StatusState = z.infer<typeof statusSchema>;

const NAMES = { job: 'tracey-job', status: 'tracey-status' } as const;

export function saveJob(workflow: Pick<Workflow, 'saveState'>, job: JobState): void {
  workflow.saveState(NAMES.job, JSON.stringify(job));
}

/** Undefined when the main step did not come that far. */
export function findJob(variables: Variables): JobState | undefined {
  const text = findState(variables, NAMES.job);
  return text === undefined ? undefined : jobSchema.parse(JSON.parse(text));
}

/** Saves which status the main step owes, from before it says that the commit is being measured; null: none any more. */
export function saveOwedStatus(workflow: Pick<Workflow, 'saveState'>, status: StatusState | null): void {
  workflow.saveState(NAMES.status, status === null ? '' : JSON.stringify(status));
}

export function findOwedStatus(variables: Variables): StatusState | undefined {
  const text = findState(variables, NAMES.status);
  return text === undefined ? undefined : statusSchema.parse(JSON.parse(text));
}

function findState(variables: Variables, name: string): string | undefined {
  return variables[`STATE_${name}`] || undefined;
}
