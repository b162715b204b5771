/** Running the built `tracey` in a bench. */
import { cpSync, globSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RunReport, reportSchema } from '../../core/model.ts';
import { type BenchCommand, timeCommand } from './commands.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SOURCES = [
  'action/**',
  'core/**',
  'job-types/**',
  'dashboard/**/*.{ts,astro,css}',
  'package.json',
  'scripts/build.ts',
];

/** Another machine's lock than that of real jobs: a bench neither waits for them nor ends what they left. */
const LOCK_NAME = 'bench-run';

export interface BuiltTracey {
  /** Where its history, logs and caches go. */
  readonly home: string;
  /** The command line's script. */
  readonly script: string;
  /** The script of the Action's main step. */
  readonly action: string;
}

/** A copy of `dist/`, which is built first when it is missing or older than its sources. */
export async function buildTracey(folder: string): Promise<BuiltTracey> {
  const newestMs = Math.max(
    ...globSync(SOURCES, { cwd: ROOT }).map((file) => statSync(join(ROOT, file)).mtimeMs),
  );
  const built = statSync(join(ROOT, 'dist/cli.js'), { throwIfNoEntry: false });
  if (built === undefined || built.mtimeMs < newestMs) {
    await timeCommand({ command: process.execPath, args: ['scripts/build.ts'], cwd: ROOT });
  }
  const copy = join(folder, 'dist');
  cpSync(join(ROOT, 'dist'), copy, { recursive: true });
  const home = join(folder, 'home');
  mkdirSync(home, { recursive: true });
  return { home, script: join(copy, 'cli.js'), action: join(copy, 'main.js') };
}

/** `tracey run` of a repo on this very Node; its report goes to a file. */
export function createTraceyRun(
  tracey: BuiltTracey,
  run: {
    readonly repo: string;
    /** Where the report goes. */
    readonly report: string;
    readonly args?: readonly string[];
    /** Flags of the Node that Tracey itself runs on. */
    readonly nodeFlags?: readonly string[];
    readonly exitCodes?: readonly number[];
  },
): BenchCommand {
  const { repo, report, args = [], nodeFlags = [], exitCodes = [0] } = run;
  return {
    command: process.execPath,
    args: [...nodeFlags, tracey.script, 'run', repo, '--node', process.versions.node, '--json', ...args],
    cwd: tracey.home,
    env: { TRACEY_HOME: tracey.home, TRACEY_LOCK: LOCK_NAME },
    stdout: report,
    stderr: `${report}.log`,
    exitCodes,
  };
}

/** The one run of a report that `tracey run` printed. */
export function readRun(report: string): RunReport {
  const [run] = reportSchema.parse(JSON.parse(readFileSync(report, 'utf8'))).runs;
  if (run === undefined) throw new Error(`${report} has no run in it.`);
  return run;
}
