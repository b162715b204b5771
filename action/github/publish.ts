/**
 * `command: publish`: the dashboard of everything in the database, to a folder that a later step puts where people look at
 * it. It waits for the machine, so that it disturbs no measurement.
 */
import { resolve } from 'node:path';
import { formatCount } from '../../core/units.ts';
import { publishSite } from '../../dashboard/publish/publish.ts';
import { findDashboardShell } from '../dashboard-shell.ts';
import { findDatabaseFile, findNativeBinding } from '../database.ts';
import { loadConfig } from '../load-config.ts';
import { computeWaitMs } from '../plan-job.ts';
import { listSchedules } from '../schedules.ts';
import { renderRunnerNews } from './changes-markdown.ts';
import { waitForMachine } from './machine.ts';
import { showRunnerNews, tellStepBesides } from './others.ts';
import type { Step } from './step.ts';

/** Publishes what the database holds; fails when it cannot. */
export async function publishDashboard(step: Step): Promise<null> {
  const { environment, inputs, log, workflow } = step;
  const { workingFolder } = environment;
  const { config } = await loadConfig({ repoFolder: workingFolder, named: inputs.config, environment });
  const waitMs = computeWaitMs(config, { waitMs: inputs.waitMs });
  const { lock } = await waitForMachine(step, { job: 'publishing the dashboard', waitMs });
  let text: string;
  try {
    const nativeBinding = findNativeBinding();
    const database = findDatabaseFile(environment, inputs.database);
    const { site, runs, files } = await publishSite({
      database,
      site: resolve(workingFolder, inputs.site),
      shell: findDashboardShell(),
      traceyVersion: step.version,
      serverUrl: step.context.serverUrl,
      schedules: listSchedules(config.repos),
      signal: step.signal,
      ...(nativeBinding !== undefined && { nativeBinding }),
    });
    workflow.setOutput('site', site);
    workflow.setOutput('database', database);
    text = `${formatCount(runs, 'run')} published: ${files.written} files written, ${files.kept} kept, ${files.removed} removed`;
    log.tell(text);
  } finally {
    await lock.release();
  }
  const runners = renderRunnerNews(await showRunnerNews(step, { config, log }));
  if (inputs.summary) {
    const parts = ['### Tracey: dashboard published', `${text}.`, ...(runners === '' ? [] : [runners])];
    await workflow.addSummary(`${parts.join('\n\n')}\n`);
  }
  await tellStepBesides(step, { config, changes: [] });
  return null;
}
