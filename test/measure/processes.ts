/** Looking at processes by their ids. */
import { readFileSync } from 'node:fs';

/** Whether a process is there and not merely waiting for its parent to take notice of its end. */
export function isRunning(pid: number): boolean {
  try {
    const [, state] = /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    return state !== 'Z';
  } catch {
    return false;
  }
}
