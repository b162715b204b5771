/** The repo's own test suite, measured on this machine without containers: serially, every file, suite and test. */
import type { JobType } from '../../core/job-type.ts';
import { findFramework } from '../../core/measure/frameworks/index.ts';
import { measureSuite } from '../../core/measure/suite.ts';
import { NAME, parseLiteSettings, type Settings } from './settings.ts';

const performanceTrackerLite: JobType<Settings> = {
  name: NAME,
  parseSettings: parseLiteSettings,
  async run(job, host) {
    const { settings, repoFolder } = job;
    const framework = await findFramework(repoFolder);
    const { name, version } = framework;
    host.log(`${name} ${version} on Node ${job.node.version}`);
    host.describe({
      framework: { name, version },
      isolation: settings.isolation,
      samples: settings.samples,
    });
    const spec = settings.spec.length === 0 && job.testFolder !== null ? [job.testFolder] : settings.spec;
    await measureSuite(
      {
        framework,
        repoFolder,
        nodeExecutable: job.node.executable,
        spec,
        samples: settings.samples,
        isolation: settings.isolation,
        deadlineMs: settings.deadlineSeconds * 1000,
        env: settings.env,
      },
      host,
    );
    return { documents: [] };
  },
};

export default performanceTrackerLite;
