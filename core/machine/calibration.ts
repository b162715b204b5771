/**
 * How fast the machine is right now: starts a fixed workload in a process of its own, so that neither Tracey's
 * heap nor what its compiler has learnt can colour the result. It refuses to fail a job: whatever goes wrong is
 * told as a reason. Two results compare only if the same workload ran on the same Node, hence the version.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { formatThrown } from '../errors.ts';
import type { Calibration } from '../model.ts';
import { formatDuration } from '../units.ts';
import { z } from '../zod.ts';

/** Raised with every change to the workload: results of two versions say nothing about each other. */
export const CALIBRATION_VERSION = 2;

/** What the workload computes, on every machine; see calibration-workload.js. */
const CHECKSUM = 1_897_768_085;

/** Fifty times what it takes on a server: a machine this slow is told about, not waited for. */
const DEADLINE_MS = 10_000;

const OUTPUT_LIMIT_BYTES = 4096;

/** How long a process may wait for its turn: while something is installed, its memory is wanted by others. */
const IDLE_MS = 1000;

export interface CalibrationOptions {
  /** The workload; beside this module unless said otherwise, in the source as in a bundle. */
  readonly script?: URL;
  /** Longest time to wait, the process's start included. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
}

/** A workload that is to run soon. */
export interface PreparedCalibration {
  /** Runs it, once, less than 100 ms on a server; never throws. Nothing else should be going on until it is over. */
  readonly run: () => Promise<CalibrationResult>;
  /** Ends it when it has not had its turn. */
  readonly drop: () => void;
}

/** Either a result, or why there is none, in one line. */
export type CalibrationResult =
  | { readonly calibration: Calibration; readonly reason: null }
  | { readonly calibration: null; readonly reason: string };

const outputSchema = z.object({
  version: z.literal(CALIBRATION_VERSION),
  checksum: z.literal(CHECKSUM),
  cpuMs: z.number().positive(),
  memoryMs: z.number().positive(),
});

/** Starts the workload's process, so that its start is over, or nearly, when its turn comes. */
export function prepareCalibration(options: CalibrationOptions = {}): PreparedCalibration {
  const deadlineMs = options.deadlineMs ?? DEADLINE_MS;
  let waiting: Workload | null = startWorkload(options, deadlineMs);
  const idle = setTimeout(drop, IDLE_MS).unref();

  function drop(): void {
    clearTimeout(idle);
    waiting?.end();
    waiting = null;
  }

  return {
    async run() {
      clearTimeout(idle);
      const workload = waiting ?? startWorkload(options, deadlineMs);
      waiting = null;
      try {
        return { calibration: parseOutput(await workload.run()), reason: null };
      } catch (thrown) {
        return { calibration: null, reason: `calibration: ${formatReason(thrown, deadlineMs)}` };
      }
    },
    drop,
  };
}

interface Workload {
  /** Gives it its turn, and waits for what it prints. */
  readonly run: () => Promise<string>;
  readonly end: () => void;
}

function startWorkload({ script, signal }: CalibrationOptions, deadlineMs: number): Workload {
  const file = fileURLToPath(script ?? new URL('./calibration-workload.js', import.meta.url));
  const printing = promisify(execFile)(process.execPath, [file], {
    // Bare, so that NODE_OPTIONS and the like cannot change what is measured.
    env: {},
    timeout: deadlineMs,
    killSignal: 'SIGKILL',
    maxBuffer: OUTPUT_LIMIT_BYTES,
    ...(signal && { signal }),
  });
  const { child } = printing;
  // How it ends is told to whoever runs it; one that ended before its turn takes nothing from us.
  printing.catch(() => undefined);
  child.stdin?.on('error', () => undefined);
  return {
    async run() {
      child.stdin?.end();
      return (await printing).stdout;
    },
    end: () => child.kill('SIGKILL'),
  };
}

function parseOutput(stdout: string): Calibration {
  const output = outputSchema.safeParse(parseJson(stdout));
  if (!output.success) {
    throw new Error(
      `the workload answered ${JSON.stringify(stdout.slice(0, 80))}, not a result of its version`,
    );
  }
  const { version, cpuMs, memoryMs } = output.data;
  return { version, nodeVersion: process.versions.node, cpuMs, memoryMs };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `execFile` says little in its message and the rest in properties. */
function formatReason(thrown: unknown, deadlineMs: number): string {
  if (!(thrown instanceof Error)) return formatThrown(thrown);
  const failure = thrown as NodeJS.ErrnoException & {
    killed?: boolean;
    signal?: string | null;
    stderr?: string;
  };
  if (failure.name === 'AbortError') return 'stopped before its end';
  if (failure.killed && failure.code === null) return `not done after ${formatDuration(deadlineMs)}`;
  if (failure.signal) return `the workload was ended by ${failure.signal}`;
  const said = failure.stderr?.split('\n').find((line) => /^\w*Error\b/.test(line));
  return said ?? failure.message.split('\n', 1)[0] ?? 'unknown';
}
