/** Waiting for the machine in a step: every piece of news about it is a line of the log. */
import { performance } from 'node:perf_hooks';
import { acquireMachine } from '../../core/job.ts';
import type { MachineLock } from '../../core/machine/lock.ts';
import { formatWait } from '../job-listener.ts';
import type { Step } from './step.ts';

/**
 * Waits for the machine and takes it.
 *
 * @throws JobError `machine/lock-timeout`, `machine/lock-unusable`
 */
export async function waitForMachine(
  { environment, log, signal }: Pick<Step, 'environment' | 'log' | 'signal'>,
  { job, waitMs }: { readonly job: string; readonly waitMs: number },
): Promise<{ readonly lock: MachineLock; readonly waitedMs: number }> {
  const startedMs = performance.now();
  let hasWaited = false;
  const lock = await acquireMachine({
    lockName: environment.lockName,
    job,
    waitMs,
    signal,
    onWait: (news) => {
      hasWaited = true;
      log.tell(formatWait(news));
    },
  });
  return { lock, waitedMs: hasWaited ? performance.now() - startedMs : 0 };
}
