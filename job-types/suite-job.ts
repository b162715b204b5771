/** What the job types that run a repo's own suite do alike, once it is known where the repo and its Node are. */
import type { Job } from '../core/job-type.ts';
import { findFramework } from '../core/measure/frameworks/index.ts';
import type { Host, SuiteHost } from '../core/measure/host.ts';
import { measureSuite, type OpenSuite, openSuite, type SuiteOptions } from '../core/measure/suite.ts';
import type { z } from '../core/zod.ts';
import type { suiteSettings } from './suite-settings.ts';

type SuiteSettings = z.output<z.ZodObject<typeof suiteSettings>>;

/**
 * Measures the suite of `job.repoFolder` on `job.node`.
 *
 * @throws JobError when there is nothing to measure
 */
export async function measureSuiteJob(job: Job<SuiteSettings>, host: Host): Promise<void> {
  const options = await findSuite(job);
  const { name, version } = options.framework;
  const { isolation, samples } = options;
  host.log(`${name} ${version} on Node ${job.node.version}`);
  host.describe({ framework: { name, version }, isolation, samples });
  await measureSuite(options, host);
}

/**
 * Opens the suite of `job.repoFolder` on `job.node`, for single files of it.
 *
 * @throws JobError when there is none
 */
export async function openSuiteJob(job: Job<SuiteSettings>, host: SuiteHost): Promise<OpenSuite> {
  return openSuite(await findSuite(job), host);
}

async function findSuite({
  settings,
  repoFolder,
  node,
  testFolder,
}: Job<SuiteSettings>): Promise<SuiteOptions> {
  return {
    framework: await findFramework(repoFolder),
    repoFolder,
    nodeExecutable: node.executable,
    spec: settings.spec.length === 0 && testFolder !== null ? [testFolder] : settings.spec,
    samples: settings.samples,
    isolation: settings.isolation,
    deadlineMs: settings.deadlineSeconds * 1000,
    env: settings.env,
  };
}
