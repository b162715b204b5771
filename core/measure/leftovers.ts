/**
 * Processes that a tested process left behind. Most end with their process group; one that made a session of
 * its own is found by the mark in its environment. Linux only: elsewhere nothing is found.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { JOB_MARK } from './environment.ts';

/** The mark of a run's processes: the scope of the machine's lock tells jobs apart that may run at the same time. */
export function computeMark(lockScope: string, runId: string): string {
  return `${lockScope}/${runId}`;
}

/**
 * Ends every process whose mark begins with `start`: that of one run, or with only a lock's scope and `/` those of
 * every job that held this lock — for whoever holds it now, these can only be left over.
 *
 * @returns their process ids
 */
export function endLeftovers(start: string): number[] {
  const wanted = Buffer.from(`${JOB_MARK}=${start}`);
  const ended: number[] = [];
  for (const entry of listProcesses()) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    // Another user's process, or one that has just ended, cannot be read and is not ours to end.
    const environment = findEnvironment(entry);
    if (environment === null) continue;
    const at = environment.indexOf(wanted);
    if (at === -1 || (at > 0 && environment[at - 1] !== 0)) continue;
    try {
      process.kill(pid, 'SIGKILL');
      ended.push(pid);
    } catch {
      // It ended by itself in between.
    }
  }
  return ended;
}

/** At once, not one after the other in turns: the kernel answers from memory, hundreds of times. */
function listProcesses(): readonly string[] {
  try {
    return readdirSync('/proc');
  } catch {
    return [];
  }
}

function findEnvironment(process: string): Buffer | null {
  try {
    return readFileSync(`/proc/${process}/environ`);
  } catch {
    return null;
  }
}
