/** The command line as a user has it: a process of its own, over a repo made for the test. */
import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Report, reportSchema } from '../../core/model.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CLI = join(ROOT, 'action', 'cli.ts');

export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One user on one machine: a home for the history, a lock nobody else uses, a folder to work in. */
export interface User {
  readonly folder: string;
  readonly home: string;
  readonly database: string;
  /** Starts `tracey` with arguments; a relative path is one in the user's folder. */
  start(args: readonly string[], input?: string): Started;
  /** Starts it and waits for its end. */
  tracey(args: readonly string[], input?: string): Promise<Ended>;
  /** The report of `tracey run --json`, checked against the schema. */
  runJson(args: readonly string[]): Promise<{ readonly ended: Ended; readonly report: Report }>;
}

export interface Started {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  kill(signal: NodeJS.Signals): void;
  /** Resolves when stderr holds the text. */
  told(text: string): Promise<void>;
}

export function makeUser(variables: Readonly<Record<string, string>> = {}): User {
  const folder = makeTemporaryFolder();
  const home = join(folder, 'home');
  mkdirSync(home);
  const env = {
    PATH: process.env['PATH'],
    HOME: home,
    TRACEY_HOME: join(home, 'tracey'),
    TRACEY_RUNNER: 'test-runner',
    // Tracey is compiled once for all tests.
    NODE_COMPILE_CACHE: join(ROOT, 'node_modules', '.cache', 'tracey'),
    TRACEY_LOCK: `test-${randomUUID().slice(0, 18)}`,
    ...variables,
  };
  const user: User = {
    folder,
    home,
    database: join(home, 'tracey', 'tracey.db'),
    start(args, input) {
      const child = spawn(process.execPath, [CLI, ...args], { cwd: folder, env, stdio: 'pipe' });
      const out: string[] = [];
      const err: string[] = [];
      const waiting: { readonly text: string; readonly resolve: () => void }[] = [];
      const check = () => {
        for (const one of waiting) if (err.join('').includes(one.text)) one.resolve();
      };
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => out.push(chunk));
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
        err.push(chunk);
        check();
      });
      child.stdin.on('error', () => undefined);
      child.stdin.end(input);
      const ended = new Promise<Ended>((resolve, reject) => {
        child.once('error', reject);
        child.once('close', (exitCode) => resolve({ exitCode, stdout: out.join(''), stderr: err.join('') }));
      });
      return {
        pid: child.pid ?? 0,
        ended,
        kill: (signal) => child.kill(signal),
        told: (text) =>
          new Promise((resolve, reject) => {
            waiting.push({ text, resolve });
            check();
            ended.then(({ stderr }) => {
              if (!stderr.includes(text)) reject(new Error(`"${text}" was never told:\n${stderr}`));
            }, reject);
          }),
      };
    },
    tracey: (args, input) => user.start(args, input).ended,
    async runJson(args) {
      const ended = await user.tracey(['run', ...args, '--json']);
      if (ended.stdout === '') throw new Error(`no report:\n${ended.stderr}`);
      return { ended, report: reportSchema.parse(JSON.parse(ended.stdout)) };
    },
  };
  return user;
}

/** A repo with one commit: the files, and the project's own mocha installed unless told otherwise. */
export function makeRepo(
  folder: string,
  files: Readonly<Record<string, string>>,
  { hasMocha = true }: { readonly hasMocha?: boolean } = {},
): string {
  const packageJson = JSON.stringify({
    name: 'fixture',
    repository: 'github:sample/fixture',
    scripts: { test: 'mocha' },
    devDependencies: { mocha: '*' },
  });
  const all = { 'package.json': packageJson, '.gitignore': 'node_modules\n', ...files };
  writeFiles(folder, all);
  git(folder, ['init', '--quiet', '--initial-branch=main']);
  commit(folder, 'Begin');
  if (hasMocha) {
    mkdirSync(join(folder, 'node_modules'), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', 'mocha'), join(folder, 'node_modules', 'mocha'));
  }
  return folder;
}

export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

/** Commits everything; gives the SHA. */
export function commit(folder: string, message: string): string {
  git(folder, ['add', '--all']);
  git(folder, ['commit', '--quiet', '--allow-empty', '--message', message]);
  return git(folder, ['rev-parse', 'HEAD']);
}

function git(folder: string, args: readonly string[]): string {
  const identity = [
    '-c',
    'user.name=Test',
    '-c',
    'user.email=test@example.invalid',
    '-c',
    'commit.gpgsign=false',
  ];
  return execFileSync('git', [...identity, ...args], { cwd: folder, encoding: 'utf8' }).trim();
}
