/**
 * Starting a process and being sure of its end. Each runs in a process group of its own, so that whatever it
 * started goes with it; of its output, in pipes or in a file, only the end is kept, however much there is.
 */
import { spawn } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';
import { findSystemCode, JobError } from '../errors.ts';
import type { OutputFile, OutputFiles } from './output-file.ts';

/** How long a process may take to obey SIGTERM before SIGKILL. */
const TERMINATION_GRACE_MS = 500;
/** How long a pipe may stay open after its process is gone, held by a descendant that left the group. */
const DRAIN_GRACE_MS = 500;

export interface SpawnOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** The process group is ended when it runs longer. */
  readonly deadlineMs?: number | undefined;
  /** How much of the end of stdout and stderr to keep, in bytes. */
  readonly outputBytes?: number;
  /** Keeps up to this much of stdout from its beginning, apart from `output`; more is an error. */
  readonly stdoutBytes?: number;
  /** Where it prints to in place of pipes, unless `stdoutBytes` or `onOutput` want that as it comes. */
  readonly outputFiles?: OutputFiles | undefined;
  /** Sees every chunk of stdout and stderr as it comes. */
  readonly onOutput?: ((chunk: Buffer) => void) | undefined;
  /** Short work for the time in which the process starts. What it throws ends the process, and is thrown then. */
  readonly meanwhile?: (() => void) | undefined;
}

export interface SpawnResult {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Who ended it, when it did not end by itself. */
  readonly stopped: 'deadline' | 'aborted' | null;
  /** From just before the spawn to the exit. */
  readonly durationMs: number;
  /** The end of what it printed, stdout and stderr as they came. */
  readonly output: string;
  readonly stdout: string;
  /** Which limit of a container it came up against, in our words, e.g. `its container ran out of memory (512 MB)`. */
  readonly limit?: string;
}

/**
 * Runs a command to its end, or ends it with everything in its process group.
 *
 * @returns how it ended; a non-zero exit is a result, not an error
 * @throws JobError `spawn/failed` when it cannot be started, `spawn/stdout-limit` when stdout outgrew its bound,
 *   `spawn/output-file` when there is no file to print to; what `meanwhile` throws
 */
export function runProcess(options: SpawnOptions): Promise<SpawnResult> {
  const { signal, deadlineMs } = options;
  return new Promise((resolve, reject) => {
    const outputBytes = options.outputBytes ?? 16_384;
    const output = createTail(outputBytes);
    const file = isWantedAtOnce(options)
      ? undefined
      : options.outputFiles?.open({ bytes: outputBytes, take: output.add });
    const startedMs = performance.now();
    const child = start(options, file);
    const stdout: Buffer[] = [];
    let stdoutBytes = 0;
    let stopped: SpawnResult['stopped'] = null;
    let overflowed = false;
    let failure: { readonly thrown: unknown } | null = null;
    const timers: NodeJS.Timeout[] = [];

    const stop = (why: SpawnResult['stopped']) => {
      if (stopped !== null || child.pid === undefined || child.exitCode !== null || child.signalCode !== null)
        return;
      stopped = why;
      const group = child.pid;
      signalGroup(group, 'SIGTERM');
      timers.push(setTimeout(() => signalGroup(group, 'SIGKILL'), TERMINATION_GRACE_MS));
    };
    const onAbort = () => stop('aborted');

    child.stdout?.on('data', (chunk: Buffer) => {
      output.add(chunk);
      options.onOutput?.(chunk);
      if (options.stdoutBytes === undefined) return;
      stdoutBytes += chunk.length;
      if (stdoutBytes <= options.stdoutBytes) stdout.push(chunk);
      else if (!overflowed) {
        overflowed = true;
        stop('aborted');
      }
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      output.add(chunk);
      options.onOutput?.(chunk);
    });

    child.once('error', (cause) => {
      if (child.pid !== undefined) return;
      signal?.removeEventListener('abort', onAbort);
      file?.finish();
      reject(
        new JobError(`${options.command}: could not be started: ${cause.message}.`, {
          code: 'spawn/failed',
          hint: 'Check that it is installed, executable, and that the folder it runs in exists.',
          cause,
        }),
      );
    });
    if (child.pid === undefined) return;

    if (deadlineMs !== undefined) timers.push(setTimeout(() => stop('deadline'), deadlineMs));
    if (signal?.aborted) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });

    let durationMs = 0;
    child.once('exit', () => {
      durationMs = performance.now() - startedMs;
      for (const timer of timers) clearTimeout(timer);
      if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
      timers.push(
        setTimeout(() => {
          child.stdout?.destroy();
          child.stderr?.destroy();
        }, DRAIN_GRACE_MS),
      );
    });
    child.once('close', (exitCode, exitSignal) => {
      for (const timer of timers) clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      file?.finish();
      if (failure !== null) {
        reject(failure.thrown);
        return;
      }
      if (overflowed) {
        reject(
          new JobError(`${options.command}: printed more than ${options.stdoutBytes} bytes.`, {
            code: 'spawn/stdout-limit',
          }),
        );
        return;
      }
      resolve({
        exitCode,
        signal: exitSignal,
        stopped,
        durationMs,
        output: output.read(),
        stdout: Buffer.concat(stdout).toString('utf8'),
      });
    });

    try {
      options.meanwhile?.();
    } catch (thrown) {
      failure = { thrown };
      stop('aborted');
    }
  });
}

/** A process in a group of its own, with nothing to read. */
function start({ command, args, cwd, env }: SpawnOptions, file: OutputFile | undefined) {
  const printsTo = file?.descriptor ?? 'pipe';
  try {
    return spawn(command, args, {
      cwd,
      env: { ...env },
      detached: true,
      stdio: ['ignore', printsTo, printsTo],
    });
  } catch (thrown) {
    file?.finish();
    throw thrown;
  }
}

/** Whether somebody reads what it prints while it runs. */
function isWantedAtOnce({ stdoutBytes, onOutput }: SpawnOptions): boolean {
  return stdoutBytes !== undefined || onOutput !== undefined;
}

/** Sends a signal to a whole process group; one that is gone already, or holds only others' processes, is fine. */
function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch (thrown) {
    const code = findSystemCode(thrown);
    if (code !== 'ESRCH' && code !== 'EPERM') throw thrown;
  }
}

/** Keeps the last `limit` bytes of a stream of chunks. */
function createTail(limit: number) {
  let kept: Buffer[] = [];
  let keptBytes = 0;
  let bytes = 0;
  const cut = (buffer: Buffer) => buffer.subarray(Math.max(0, buffer.length - limit));
  return {
    add(chunk: Buffer): void {
      const end = cut(chunk);
      kept.push(end);
      keptBytes += end.length;
      bytes += chunk.length;
      if (keptBytes < 4 * limit) return;
      // A copy, so that the large buffers it was cut from can go.
      kept = [Buffer.from(cut(Buffer.concat(kept)))];
      keptBytes = limit;
    },
    read(): string {
      const end = cut(Buffer.concat(kept));
      if (bytes <= limit) return end.toString('utf8');
      const text = new StringDecoder('utf8').write(end);
      return `…${text.replace(/^\uFFFD+/, '')}`;
    },
  };
}
