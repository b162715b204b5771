/** What a container may do: from limits to the engine's own words, and what the engine says of it afterwards. Pure. */
import type { ContainerInspectInfo, HostConfig } from 'dockerode';
import { JobError } from '../../errors.ts';
import { formatBytes } from '../../units.ts';

export interface Limits {
  /** A list of CPUs as the kernel writes it, e.g. `2-3,5`; null for all. */
  readonly cpus: string | null;
  readonly memoryBytes: number;
  /** For each of the folders that tests may write to; these are in memory and count to it. */
  readonly diskBytes: number;
  /** Processes and threads. */
  readonly pids: number;
  /** `none`, `bridge` or a network's name. */
  readonly network: string;
  /** `uid:gid`, or a name that the image knows. */
  readonly user: string;
  readonly readOnlyRoot: boolean;
}

/** Files and sockets that a process may have open. */
const OPEN_FILES = 16_384;

/** The part of a container's configuration that limits it. Nothing is left to the engine's defaults. */
export function computeHostLimits(limits: Limits): HostConfig {
  const { cpus, memoryBytes, diskBytes, pids, network, readOnlyRoot } = limits;
  return {
    NetworkMode: network,
    ...(cpus === null ? {} : { CpusetCpus: cpus }),
    Memory: memoryBytes,
    // As much as memory: no swap, which would be slow before it is too much.
    MemorySwap: memoryBytes,
    PidsLimit: pids,
    Ulimits: [
      { Name: 'fsize', Soft: diskBytes, Hard: diskBytes },
      { Name: 'core', Soft: 0, Hard: 0 },
      // Engines differ by a thousandfold, and some ask for more than may be had.
      { Name: 'nofile', Soft: OPEN_FILES, Hard: OPEN_FILES },
    ],
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges'],
    Privileged: false,
    ReadonlyRootfs: readOnlyRoot,
    IpcMode: 'private',
    // Reaps what tests leave behind: a zombie counts as a process.
    Init: true,
    AutoRemove: false,
    // Whatever is printed to it would fill the disk.
    LogConfig: { Type: 'none', Config: {} },
  };
}

/** The limits of a container as the engine has them. */
export function readLimits({ HostConfig: host, Config: config }: ContainerInspectInfo) {
  return {
    cpus: host.CpusetCpus ? host.CpusetCpus : null,
    memoryBytes: host.Memory ?? 0,
    swapBytes: (host.MemorySwap ?? 0) - (host.Memory ?? 0),
    pids: host.PidsLimit ?? 0,
    network: host.NetworkMode ?? '',
    user: config.User,
    readOnlyRoot: host.ReadonlyRootfs ?? false,
    capabilities: (host.CapAdd ?? []) as readonly string[],
    droppedCapabilities: (host.CapDrop ?? []) as readonly string[],
    securityOptions: (host.SecurityOpt ?? []) as readonly string[],
    privileged: host.Privileged ?? false,
  };
}
export type LimitsInForce = ReturnType<typeof readLimits>;

/**
 * Compares what was asked for with what the engine made of it: some leave out what their kernel or their user's rights do not
 * allow, and only say so in a warning.
 *
 * @throws JobError `container/limit-not-in-force` naming the first that is missing
 */
export function checkLimits(wanted: Limits, found: LimitsInForce): void {
  const expected: Readonly<Record<string, readonly [unknown, unknown]>> = {
    cpus: [wanted.cpus, found.cpus],
    memory: [wanted.memoryBytes, found.memoryBytes],
    swap: [0, found.swapBytes],
    pids: [wanted.pids, found.pids],
    network: [wanted.network, found.network],
    user: [wanted.user, found.user],
    'read-only root': [wanted.readOnlyRoot, found.readOnlyRoot],
    privileged: [false, found.privileged],
    'added capabilities': [0, found.capabilities.length],
    // Podman lists them one by one.
    'dropped capabilities': [true, found.droppedCapabilities.length > 0],
    'no new privileges': [
      true,
      found.securityOptions.some((option) => /^no-new-privileges(:true)?$/.test(option)),
    ],
  };
  for (const [name, [asked, inForce]] of Object.entries(expected)) {
    if (asked === inForce) continue;
    throw new JobError(
      `Container: the limit "${name}" is not in force: asked for ${String(asked)}, got ${String(inForce)}.`,
      {
        code: 'container/limit-not-in-force',
        hint: 'The engine cannot do it here, perhaps because it runs without root or its control groups are not delegated.',
      },
    );
  }
}

/** The limits in one line for a person. */
export function formatLimits({ cpus, memoryBytes, pids, network }: Limits): string {
  const where = cpus === null ? 'all CPUs' : `CPUs ${cpus}`;
  return `${where}, ${formatBytes(memoryBytes)} of memory, ${pids} processes, network ${network}`;
}
