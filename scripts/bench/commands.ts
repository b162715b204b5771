/** Starting commands for a bench and timing them: each has a deadline and takes its whole process group with it. */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface BenchCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Where stdout goes; nowhere when left out. */
  readonly stdout?: string;
  /** Where stderr goes; nowhere when left out. */
  readonly stderr?: string;
  /** Exit codes that are fine; 0 when left out. */
  readonly exitCodes?: readonly number[];
}

const DEADLINE_MS = 15 * 60_000;

/** The environment of every side of a comparison: this very Node comes first on its PATH. */
export const BENCH_ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(':'),
  HOME: process.env['HOME'] ?? '/',
  LANG: 'C.UTF-8',
};

/**
 * Runs a command.
 *
 * @returns ms from just before its start to its exit
 * @throws Error when it ends in another way than it should
 */
export async function timeCommand(command: BenchCommand): Promise<number> {
  const { exitCodes = [0] } = command;
  const files = [command.stdout, command.stderr].map((file) =>
    file === undefined ? null : openSync(file, 'w'),
  );
  const [stdout, stderr] = files.map((file) => file ?? ('ignore' as const));
  const started = performance.now();
  const child = spawn(command.command, command.args, {
    cwd: command.cwd,
    env: { ...BENCH_ENVIRONMENT, ...command.env },
    stdio: ['ignore', stdout, stderr],
    detached: true,
  });
  const endGroup = () => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It is gone already.
    }
  };
  const timer = setTimeout(endGroup, DEADLINE_MS);
  process.once('exit', endGroup);
  try {
    const ending = await new Promise<{ code: number | null; signal: string | null; ms: number }>(
      (resolve, reject) => {
        child.once('error', reject);
        child.once('exit', (code, signal) => resolve({ code, signal, ms: performance.now() - started }));
      },
    );
    if (ending.code === null || !exitCodes.includes(ending.code)) {
      const said =
        command.stderr === undefined ? '' : `\n${readFileSync(command.stderr, 'utf8').slice(-2000)}`;
      const line = [command.command, ...command.args].join(' ').slice(0, 300);
      throw new Error(`${line}: ended with ${ending.signal ?? ending.code}.${said}`);
    }
    return ending.ms;
  } finally {
    clearTimeout(timer);
    process.removeListener('exit', endGroup);
    endGroup();
    for (const file of files) if (file !== null) closeSync(file);
  }
}

/** Each of `files` with the repo's mocha, one after the other, as one would in a shell. */
export function createMochaLoop(loop: {
  readonly repo: string;
  /** Options of mocha, before the file. */
  readonly args: readonly string[];
  readonly files: readonly string[];
}): BenchCommand {
  const mocha = [join('node_modules', '.bin', 'mocha'), ...loop.args].map(quote).join(' ');
  return {
    command: '/bin/sh',
    args: ['-c', `for f in "$@"; do ${mocha} "$f" > /dev/null 2>&1; done; true`, 'sh', ...loop.files],
    cwd: loop.repo,
  };
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
