/**
 * The Action's post step: when the main step was killed, stores what that had measured, removes what it left, and says on
 * the commit that nothing more comes. It runs whatever became of that step, and never fails: what went wrong there is
 * what people must see.
 */
import { cleanUpAfterKilledJobs } from '../../core/clean-up.ts';
import { JobError } from '../../core/errors.ts';
import { acquireMachine } from '../../core/job.ts';
import { withStore } from '../database.ts';
import { type Environment, readEnvironment } from '../environment.ts';
import { formatError } from '../error-text.ts';
import { findLogsFolder } from '../plan-job.ts';
import type { Terminal } from '../terminal.ts';
import { VERSION } from '../version.ts';
import { readGitHubContext } from './event.ts';
import { parseInputs } from './inputs.ts';
import { openLog } from './log.ts';
import { findJob, findOwedStatus } from './state.ts';
import { openStepTelling } from './step-telling.ts';
import { openWorkflow, type Workflow } from './workflow.ts';

/** GitHub is told nothing any more after this time. */
const TELLING_MS = 30_000;

interface PostStep {
  readonly environment: Environment;
  readonly log: Terminal;
  readonly workflow: Workflow;
  readonly warn: (text: string) => void;
}

export async function runPostStep(): Promise<void> {
  const workflow = openWorkflow();
  const warn = (text: string) => workflow.annotate('warning', text, { title: 'Tracey' });
  try {
    const step: PostStep = {
      environment: readEnvironment(process),
      log: openLog(process),
      workflow,
      warn,
    };
    for (const [what, work] of [
      ['Cleaning up', cleanUp],
      ['Commit status', tellOwedStatus],
    ] as const) {
      await work(step).catch((thrown: unknown) => warn(`${what}: ${formatError(thrown)}`));
    }
  } catch (thrown) {
    warn(formatError(thrown));
  }
}

/** Cleans up after the main step, unless somebody else has the machine: they did so when they began. */
async function cleanUp({ environment, log, warn }: PostStep): Promise<void> {
  const job = findJob(environment.variables);
  if (job === undefined) return;
  const { lockName } = environment;
  const lock = await acquireMachine({
    lockName,
    job: 'cleaning up',
    waitMs: 0,
    signal: new AbortController().signal,
    onWait: () => undefined,
  }).catch((thrown: unknown) => {
    if (thrown instanceof JobError && thrown.code === 'machine/lock-timeout') return null;
    throw thrown;
  });
  if (lock === null) return;
  const { jobsFolder, database, keepDetailRuns } = job;
  try {
    await cleanUpAfterKilledJobs({
      lockName,
      jobsFolder,
      logsFolder: findLogsFolder(environment),
      // Opened only when there is something to store.
      storeRun: (run) =>
        withStore({ environment, database, writing: { keepDetailRuns } }, (store) => store.writeRun(run)),
      onStep: log.tell,
      onWarning: (text) => warn(`Cleaning up: ${text}`),
    });
  } finally {
    await lock.release();
  }
}

/** Ends the status that the main step left pending. */
async function tellOwedStatus({ environment, log, workflow }: PostStep): Promise<void> {
  const { variables } = environment;
  const owed = findOwedStatus(variables);
  if (owed === undefined) return;
  const telling = openStepTelling(
    {
      inputs: parseInputs(variables),
      context: await readGitHubContext(variables),
      log,
      workflow,
      signal: AbortSignal.timeout(TELLING_MS),
      version: VERSION,
    },
    owed,
  );
  await telling.tellInterruption();
}
