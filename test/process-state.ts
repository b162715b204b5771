/** Whether processes that a test knows by id still run. */
import { readFileSync } from 'node:fs';

/** False also for a zombie: it has ended, and only waits for its parent, maybe a lazy init, to notice. */
export function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}
