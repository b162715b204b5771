/** The repo's own test suite, measured on this machine without containers: serially, every file, suite and test. */
import type { JobType } from '../../core/job-type.ts';
import { measureSuiteJob, openSuiteJob } from '../suite-job.ts';
import { NAME, parseLiteSettings, type Settings } from './settings.ts';

const performanceTrackerLite: JobType<Settings> = {
  name: NAME,
  parseSettings: parseLiteSettings,
  async run(job, host) {
    await measureSuiteJob(job, host);
    return { documents: [] };
  },
  openSuite: openSuiteJob,
};

export default performanceTrackerLite;
