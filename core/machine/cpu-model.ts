/**
 * What a CPU calls itself. x86 names its model; arm64 gives numbers only, so there the board's name comes first.
 */
import os from 'node:os';
import { cleanName, findText, type MachineRoots } from './readings.ts';

/** The CPU's or board's name, e.g. `AMD EPYC 7543` or `Raspberry Pi 4 Model B Rev 1.4`; null when none is told. */
export function findCpuModel(roots: MachineRoots): string | null {
  const cpuinfo = findText(roots.proc, 'cpuinfo') ?? '';
  const told = os.cpus()[0]?.model;
  return (
    findField(cpuinfo, 'model name') ??
    findField(cpuinfo, 'Model') ??
    cleanName(findText(roots.proc, 'device-tree/model')) ??
    findArmNumbers(cpuinfo) ??
    // Node itself says `unknown` where it does not know.
    (told === 'unknown' ? null : cleanName(told))
  );
}

function findField(cpuinfo: string, key: string): string | null {
  return cleanName(cpuinfo.match(new RegExp(`^${key}[ \\t]*:(.*)$`, 'm'))?.[1]);
}

/** Implementer and part of the Main ID Register, e.g. `ARM 0x41 part 0xd0c` (a Neoverse N1). */
function findArmNumbers(cpuinfo: string): string | null {
  const [implementer, part] = [findField(cpuinfo, 'CPU implementer'), findField(cpuinfo, 'CPU part')];
  return implementer !== null && part !== null ? `ARM ${implementer} part ${part}` : null;
}
