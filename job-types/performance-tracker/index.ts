/** The repo's own test suite, measured in containers: one for each Node version, limited, and alone on the machine. */
import type { JobType } from '../../core/job-type.ts';
import { NAME, parseTrackerSettings, type Settings } from './settings.ts';

/** What does it takes its time to load: only a job of this type needs it. */
const performanceTracker: JobType<Settings> = {
  name: NAME,
  parseSettings: parseTrackerSettings,
  async resolveNode(requested, settings, context) {
    const { resolveImageNode } = await import('./measure.ts');
    return resolveImageNode(requested, settings, context);
  },
  async run(job, host) {
    const { measureInContainers } = await import('./measure.ts');
    return measureInContainers(job, host);
  },
  async openSuite(job, host) {
    const { openSuiteInContainers } = await import('./measure.ts');
    return openSuiteInContainers(job, host);
  },
};

export default performanceTracker;
