/**
 * Cleaning up after jobs that were killed: ends the processes that they left, stores what they had measured, and removes
 * their folders. Nothing that was measured is lost: where it cannot be stored, it stays for whoever cleans up next.
 */
import { formatThrown } from './errors.ts';
import { findKilledJobs, type KilledJob, pruneLogs } from './job-folder.ts';
import { readLockScope } from './machine/lock.ts';
import { removeTraces } from './measure/containers/traces.ts';
import { computeMark, endLeftovers } from './measure/leftovers.ts';
import type { RunResults } from './model.ts';
import { type RecoveredRun, recoverRun } from './run.ts';
import type { WriteOutcome } from './store/store.ts';
import { formatUntrusted } from './text.ts';
import { formatCount } from './units.ts';

export interface CleanUp {
  readonly lockName: string;
  readonly jobsFolder: string;
  readonly logsFolder: string;
  /** Stores a run that a killed job had begun; that run may be there already. */
  readonly storeRun: (run: RunResults) => Promise<WriteOutcome>;
  readonly onStep: (text: string) => void;
  readonly onWarning: (text: string) => void;
}

/** Only for whoever holds the machine: it is alone, so what there is was left over. */
export async function cleanUpAfterKilledJobs(work: CleanUp): Promise<void> {
  const lockScope = readLockScope(work.lockName);
  const ended = endLeftovers(computeMark(lockScope, ''));
  if (ended.length > 0) {
    work.onStep(`ended ${formatCount(ended.length, 'process', 'processes')} that an earlier job left behind`);
  }
  const removed = await removeTraces({ lockScope, jobsFolder: work.jobsFolder }, work.onWarning);
  if (removed > 0)
    work.onStep(`removed ${formatCount(removed, 'container')} that an earlier job left behind`);
  for (const job of await findKilledJobs(work.jobsFolder, lockScope)) await cleanUpJob(job, work);
  await pruneLogs(work.logsFolder);
}

async function cleanUpJob(job: KilledJob, work: CleanUp): Promise<void> {
  let isStored = true;
  for (const journal of job.journals) isStored = (await storeJournal(journal, work)) && isStored;
  if (isStored) await job.remove();
  else await job.removeRest();
}

/** False when there is something to store that could not be. */
async function storeJournal(journal: string, { storeRun, onStep, onWarning }: CleanUp): Promise<boolean> {
  const recovered = await recoverRun(journal).catch((unreadable: unknown) => {
    onWarning(`of a killed job nothing can be kept: ${formatThrown(unreadable)}`);
    return null;
  });
  if (recovered === null) return true;
  try {
    const outcome = await storeRun(recovered.run);
    if (outcome === 'stored') onStep(`stored what a killed job had measured: ${formatRecovered(recovered)}`);
    return true;
  } catch (failure) {
    const { id } = recovered.run;
    onWarning(
      `what a killed job had measured cannot be stored, and stays in ${journal} for the next job (run ${id}): ${formatThrown(failure)}`,
    );
    return false;
  } finally {
    recovered.close();
  }
}

/** `happner/happn-3, 12 finished tests in 3 files, run …`. */
function formatRecovered({ run, damage }: RecoveredRun): string {
  const { id, repository, totals } = run;
  const tests = formatCount(totals.tests - totals.aborted, 'finished test');
  const told = `${formatUntrusted(repository)}, ${tests} in ${formatCount(totals.files, 'file')}, run ${id}`;
  return damage === null
    ? told
    : `${told}; what came later is lost, since its journal cannot be read on: ${damage}`;
}
