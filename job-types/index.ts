/** The job types that come with Tracey. */
import type { JobType } from '../core/job-type.ts';
import performanceTrackerLite from './performance-tracker-lite/index.ts';

const JOB_TYPES: readonly JobType[] = [performanceTrackerLite];

export const JOB_TYPE_NAMES: readonly string[] = JOB_TYPES.map((jobType) => jobType.name);

/** The built-in job type of that name. */
export function findJobType(name: string): JobType | undefined {
  return JOB_TYPES.find((jobType) => jobType.name === name);
}
