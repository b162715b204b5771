/**
 * Keeping tested processes on one CPU: base and head alike, so that neither is moved between CPUs in the middle of a test.
 * It halves the noise of a pair. Linux only, and only where util-linux has `taskset`; elsewhere nothing is pinned.
 */
import { findNumber, findText, MACHINE_ROOTS, type MachineRoots } from '../machine/readings.ts';
import type { Variables } from '../measure/environment.ts';
import { findExecutables } from '../measure/executables.ts';

export interface Pinning {
  readonly cpu: number;
  /** What a command is to be started with. */
  readonly command: string;
  readonly args: readonly string[];
}

/** The last of the CPUs that are ours, since the first is where most interrupts go; null when there is only one. */
export async function findPinning(
  variables: Variables,
  roots: MachineRoots = MACHINE_ROOTS,
): Promise<Pinning | null> {
  const allowed = /^Cpus_allowed_list:\s*(\S+)$/m.exec(findText(roots.proc, 'self/status') ?? '')?.[1];
  const cpu = findNumber(roots.proc, 'self/status', /^Cpus_allowed_list:\s*(?:\S*[,-])?(\d+)$/m);
  const [command] = findExecutables('taskset', variables['PATH']);
  if (cpu === null || command === undefined || allowed === String(cpu)) return null;
  return { cpu, command, args: ['-c', String(cpu)] };
}
