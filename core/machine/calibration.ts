/**
 * How fast the machine is right now: starts a fixed workload in a process of its own, so that neither Tracey's
 * heap nor what its compiler has learnt can colour the result. It refuses to fail a job: whatever goes wrong is
 * told as a reason. Two results compare only if the same workload ran on the same Node, hence the version.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { formatThrown } from '../errors.ts';
import type { Calibration } from '../model.ts';
import { formatDuration } from '../units.ts';

/** Raised with every change to the workload: results of two versions say nothing about each other. */
export const CALIBRATION_VERSION = 2;

/** What the workload computes, on every machine; see calibration-workload.js. */
const CHECKSUM = 1_897_768_085;

/** Fifty times what it takes on a server: a machine this slow is told about, not waited for. */
const DEADLINE_MS = 10_000;

const OUTPUT_LIMIT_BYTES = 4096;

export interface CalibrationOptions {
  /** The workload; beside this module unless said otherwise, in the source as in a bundle. */
  readonly script?: URL;
  /** Longest time to wait, the process's start included. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
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

/** Runs the workload once, less than 100 ms on a server; never throws. */
export async function calibrate(options: CalibrationOptions = {}): Promise<CalibrationResult> {
  const { script = new URL('./calibration-workload.js', import.meta.url), signal } = options;
  const deadlineMs = options.deadlineMs ?? DEADLINE_MS;
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(script)], {
      // Bare, so that NODE_OPTIONS and the like cannot change what is measured.
      env: {},
      timeout: deadlineMs,
      killSignal: 'SIGKILL',
      maxBuffer: OUTPUT_LIMIT_BYTES,
      ...(signal && { signal }),
    });
    return { calibration: parseOutput(stdout), reason: null };
  } catch (thrown) {
    return { calibration: null, reason: `calibration: ${formatReason(thrown, deadlineMs)}` };
  }
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
