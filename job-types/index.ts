/** The job types that come with Tracey. */
import type { JobType } from '../core/job-type.ts';
import happnProtocol from './happn-protocol/index.ts';
import happnerProtocol from './happner-protocol/index.ts';
import performanceTracker from './performance-tracker/index.ts';
import performanceTrackerLite from './performance-tracker-lite/index.ts';

const JOB_TYPES: readonly JobType[] = [
  performanceTracker,
  performanceTrackerLite,
  happnProtocol,
  happnerProtocol,
];

export const JOB_TYPE_NAMES: readonly string[] = JOB_TYPES.map((jobType) => jobType.name);

/** The built-in job type of that name. */
export function findJobType(name: string): JobType | undefined {
  return JOB_TYPES.find((jobType) => jobType.name === name);
}
