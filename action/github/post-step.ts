/**
 * The Action's post step: removes what a main step left that was killed. It runs whatever became of that step, and never
 * fails: what went wrong there is what people must see.
 */

import { JobError } from '../../core/errors.ts';
import { acquireMachine, cleanUpAfterKilledJobs } from '../../core/job.ts';
import { readEnvironment } from '../environment.ts';
import { formatError } from '../error-text.ts';
import { findLogsFolder } from '../plan-job.ts';
import { openLog } from './log.ts';
import { JOBS_FOLDER } from './state.ts';
import { openWorkflow } from './workflow.ts';

export async function runPostStep(): Promise<void> {
  const log = openLog(process);
  try {
    const environment = readEnvironment(process);
    const jobsFolder = environment.variables[`STATE_${JOBS_FOLDER}`];
    if (!jobsFolder) return;
    const { lockName } = environment;
    const lock = await acquireMachine({
      lockName,
      job: 'cleaning up',
      waitMs: 0,
      signal: new AbortController().signal,
      onWait: () => undefined,
    });
    try {
      await cleanUpAfterKilledJobs(
        { lockName, jobsFolder, logsFolder: findLogsFolder(environment) },
        log.tell,
      );
    } finally {
      await lock.release();
    }
  } catch (thrown) {
    // Whoever has the machine now cleaned up when it began.
    if (thrown instanceof JobError && thrown.code === 'machine/lock-timeout') return;
    openWorkflow().annotate('warning', `Cleaning up: ${formatError(thrown)}`, { title: 'Tracey' });
  }
}
