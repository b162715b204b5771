/**
 * What a machine is, and what it is doing just now. Reads `/proc`, `/sys` and `/etc` where there are any and asks
 * Node for the rest. It starts no process of its own (calibration apart), changes nothing, and never fails: what
 * is absent, forbidden or garbage is null, or the next best source.
 */
import os from 'node:os';
import type { MachineFacts, MachineState } from '../model.ts';
import { type CalibrationOptions, prepareCalibration } from './calibration.ts';
import { findCpuModel } from './cpu-model.ts';
import { cleanName, findNumber, findText, listNames, MACHINE_ROOTS, type MachineRoots } from './readings.ts';

/** Reads the facts that stay the same from run to run until somebody changes the machine. */
export function readMachineFacts(roots: MachineRoots = MACHINE_ROOTS): MachineFacts {
  return {
    hostname: os.hostname(),
    platform: process.platform,
    arch: process.arch,
    libc: findLibc(roots),
    os: findOsName(roots) ?? os.type(),
    kernel: os.release(),
    cpuModel: findCpuModel(roots) ?? 'unknown',
    // What this process may use: fewer than the machine has where its CPUs are shared out.
    cpuCount: os.availableParallelism(),
    memoryBytes: findMemory(roots, 'MemTotal') ?? os.totalmem(),
    governor: findGovernor(roots),
    turbo: findTurbo(roots),
  };
}

export interface MachineStateOptions {
  readonly roots?: MachineRoots;
  /** How to calibrate; false: not at all. */
  readonly calibration?: CalibrationOptions | false;
  /** Told why there is no calibration although one was wanted. */
  readonly onWarning?: (message: string) => void;
}

/** A machine's state that is to be read soon. */
export interface PreparedState {
  /** Reads load, pressure and memory, and only then calibrates, which would show in them. */
  readonly read: () => Promise<MachineState>;
  /** Ends what waits to be read. */
  readonly drop: () => void;
}

/** Prepares for reading the state: what calibrates starts now, and waits. */
export function prepareMachineState(options: MachineStateOptions = {}): PreparedState {
  const { roots = MACHINE_ROOTS, onWarning } = options;
  const prepared = options.calibration === false ? null : prepareCalibration(options.calibration);
  return {
    async read() {
      const state = {
        at: new Date().toISOString(),
        load: findNumber(roots.proc, 'loadavg', /^(\S+)/) ?? os.loadavg()[0] ?? 0,
        cpuPressure: findCpuPressure(roots),
        memoryFreeBytes: findMemory(roots, 'MemAvailable') ?? os.freemem(),
      };
      if (prepared === null) return { ...state, calibration: null };
      const { calibration, reason } = await prepared.run();
      if (reason !== null) onWarning?.(reason);
      return { ...state, calibration };
    },
    drop: () => prepared?.drop(),
  };
}

/** Reads the state of this moment. */
export function readMachineState(options: MachineStateOptions = {}): Promise<MachineState> {
  return prepareMachineState(options).read();
}

/** By the C library that this very process has mapped; null on systems that have neither. */
function findLibc(roots: MachineRoots): string | null {
  const maps = findText(roots.proc, 'self/maps');
  if (maps === null) return null;
  if (/\/(ld-musl-|libc\.musl-)/.test(maps)) return 'musl';
  return /\/(libc\.so\.6|libc-2\.\d+\.so|ld-linux)/.test(maps) ? 'glibc' : null;
}

/** `PRETTY_NAME` of os-release(5). */
function findOsName(roots: MachineRoots): string | null {
  const value = findText(roots.etc, 'os-release')?.match(
    /^PRETTY_NAME=(?:"([^"\n]+)"|'([^'\n]+)'|([^\s"']+))/m,
  );
  return cleanName(value?.[1] ?? value?.[2] ?? value?.[3]);
}

/** A line of /proc/meminfo, in bytes. Its `kB` are 1024 bytes (proc_meminfo(5)). */
function findMemory(roots: MachineRoots, key: 'MemTotal' | 'MemAvailable'): number | null {
  const kibibytes = findNumber(roots.proc, 'meminfo', new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm'));
  return kibibytes === null ? null : kibibytes * 1024;
}

/** The governors of all CPUs, each named once, e.g. `performance` or `ondemand,performance`. */
function findGovernor(roots: MachineRoots): string | null {
  const governors = listNames(roots.sys, 'devices/system/cpu')
    .filter((name) => /^cpu\d+$/.test(name))
    .map((name) => findText(roots.sys, `devices/system/cpu/${name}/cpufreq/scaling_governor`)?.trim())
    .filter((governor) => governor !== undefined && /^[\w-]{1,32}$/.test(governor));
  return governors.length === 0 ? null : [...new Set(governors)].sort().join(',');
}

/** Intel's driver says when turbo is off, the others when boost is on. */
function findTurbo(roots: MachineRoots): boolean | null {
  const off = findNumber(roots.sys, 'devices/system/cpu/intel_pstate/no_turbo', /^([01])\s*$/);
  if (off !== null) return off === 0;
  const on = findNumber(roots.sys, 'devices/system/cpu/cpufreq/boost', /^([01])\s*$/);
  return on === null ? null : on === 1;
}

/** Pressure stall information of the kernel (Documentation/accounting/psi.rst), percent there, 0–1 here. */
function findCpuPressure(roots: MachineRoots): number | null {
  const percent = findNumber(roots.proc, 'pressure/cpu', /^some avg10=([\d.]+) /m);
  return percent === null ? null : Math.min(Math.round(percent * 100) / 10_000, 1);
}
