/** The job types that come with Tracey. */
import type { JobType } from '../core/job-type.ts';
import performanceTracker from './performance-tracker/index.ts';
import performanceTrackerLite from './performance-tracker-lite/index.ts';

const JOB_TYPES: readonly JobType[] = [performanceTracker, performanceTrackerLite];

export const JOB_TYPE_NAMES: readonly string[] = JOB_TYPES.map((jobType) => jobType.name);

/** Names that a configuration may use: those above, and those that are permanent though not here yet. */
export const RESERVED_JOB_TYPE_NAMES: readonly string[] = [
  ...JOB_TYPE_NAMES,
  'happn-protocol',
  'happner-protocol',
];

/** The built-in job type of that name. */
export function findJobType(name: string): JobType | undefined {
  return JOB_TYPES.find((jobType) => jobType.name === name);
}
