/** What the job types that run a repo's own suite do alike, once it is known where the repo and its Node are. */
import type { z } from 'zod';
import type { Job } from '../core/job-type.ts';
import { findFramework } from '../core/measure/frameworks/index.ts';
import type { Host } from '../core/measure/host.ts';
import { measureSuite } from '../core/measure/suite.ts';
import type { suiteSettings } from './suite-settings.ts';

type SuiteSettings = z.output<z.ZodObject<typeof suiteSettings>>;

/**
 * Measures the suite of `job.repoFolder` on `job.node`.
 *
 * @throws JobError when there is nothing to measure
 */
export async function measureSuiteJob(
  { settings, repoFolder, node, testFolder }: Job<SuiteSettings>,
  host: Host,
): Promise<void> {
  const framework = await findFramework(repoFolder);
  const { name, version } = framework;
  const { isolation, samples } = settings;
  host.log(`${name} ${version} on Node ${node.version}`);
  host.describe({ framework: { name, version }, isolation, samples });
  await measureSuite(
    {
      framework,
      repoFolder,
      nodeExecutable: node.executable,
      spec: settings.spec.length === 0 && testFolder !== null ? [testFolder] : settings.spec,
      samples,
      isolation,
      deadlineMs: settings.deadlineSeconds * 1000,
      env: settings.env,
    },
    host,
  );
}
