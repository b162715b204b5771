/**
 * The tested repo's `node_modules`: what is there is used as it is, what is missing is installed with the repo's
 * own package manager. It never writes a lockfile, and an install that fails leaves no half `node_modules`.
 */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { formatThrown, JobError } from '../../errors.ts';
import type { Dependencies } from '../../model.ts';
import { formatDuration } from '../../units.ts';
import { computeToolEnvironment, type Variables } from '../environment.ts';
import { findExecutables } from '../executables.ts';
import { findPackageJson, listDependencies } from '../package-json.ts';
import { findLastLines } from '../printed-text.ts';
import { runProcess, type SpawnResult } from '../spawn.ts';
import { readModulesSnapshot, removeCreatedModules } from './created-modules.ts';
import { findInstallRoot, hasInstalledModules } from './install-root.ts';
import { type InstallCommand, type PackageManagerName, selectInstallCommand } from './package-manager.ts';

export interface DependencyOptions {
  /** Absolute path of the tested folder. */
  readonly repoFolder: string;
  /** Gets everything that the package manager prints; written only when something is installed. */
  readonly logFile: string;
  /** The job's own environment: `PATH`, and what package managers need to reach their registries. */
  readonly inherited: Variables;
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Told the last line printed, fit to be shown, whenever something was printed. */
  readonly onProgress?: ((line: string) => void) | undefined;
}

export interface PreparedDependencies {
  readonly dependencies: Dependencies;
  /** The folder whose `node_modules` it is: the repo's, or that of the workspace above it. */
  readonly folder: string;
  readonly logFile: string | null;
}

const LINES_IN_MESSAGE = 8;

/** No questions to a person who is not there, and no hooks in the user's checkout. */
const VARIABLES = { COREPACK_ENABLE_DOWNLOAD_PROMPT: '0', HUSKY: '0', YARN_ENABLE_TELEMETRY: '0' };

const HOW_TO_GET: Readonly<Record<PackageManagerName, string>> = {
  npm: 'Install Node.js with npm, or put npm on PATH.',
  yarn: 'Run `corepack enable yarn` or `npm install --global yarn`.',
  pnpm: 'Run `corepack enable pnpm` or `npm install --global pnpm`.',
  bun: 'Run `npm install --global bun`.',
};

/**
 * Makes sure that the repo's dependencies are there.
 *
 * @throws JobError `package-json/unreadable`, `dependencies/no-package-manager`, `dependencies/no-log-file`,
 *   `dependencies/install-failed`, `dependencies/deadline`, `dependencies/interrupted`
 */
export async function prepareDependencies(options: DependencyOptions): Promise<PreparedDependencies> {
  const found = await findDependencies(options.repoFolder);
  if (found !== undefined) return found;
  const root = await findInstallRoot(options.repoFolder);
  const command = selectInstallCommand((await findPackageJson(root)) ?? {}, await readdir(root));
  const durationMs = await install(command, root, options);
  const dependencies: Dependencies = { source: 'installed', packageManager: command.manager, durationMs };
  return { dependencies, folder: root, logFile: options.logFile };
}

/**
 * The repo's dependencies when they are there, or when it has none; undefined when they are missing.
 *
 * @throws JobError `package-json/unreadable`
 */
export async function findDependencies(repoFolder: string): Promise<PreparedDependencies | undefined> {
  const own = await findPackageJson(repoFolder);
  const root = await findInstallRoot(repoFolder);
  for (const folder of new Set([repoFolder, root])) {
    if (!(await hasInstalledModules(folder))) continue;
    return {
      dependencies: { source: 'present', packageManager: null, durationMs: null },
      folder,
      logFile: null,
    };
  }
  const packageJson = root === repoFolder ? own : await findPackageJson(root);
  if ([own, packageJson].some((each) => each !== undefined && listDependencies(each).length > 0)) {
    return undefined;
  }
  const dependencies: Dependencies = { source: 'none', packageManager: null, durationMs: null };
  return { dependencies, folder: root, logFile: null };
}

async function install(command: InstallCommand, root: string, options: DependencyOptions): Promise<number> {
  const { manager, args } = command;
  const [executable] = findExecutables(manager, options.inherited['PATH']);
  if (executable === undefined) {
    throw new JobError(`${root}: its dependencies are installed with ${manager}, which is not on PATH.`, {
      code: 'dependencies/no-package-manager',
      hint: HOW_TO_GET[manager],
    });
  }
  const before = await readModulesSnapshot(root);
  const log = openLog(options.logFile);
  try {
    const result = await runProcess({
      command: executable,
      args,
      cwd: root,
      env: { ...computeToolEnvironment(options.inherited), ...VARIABLES, ...command.variables },
      signal: options.signal,
      deadlineMs: options.deadlineMs,
      onOutput: (chunk) => {
        log.write(chunk);
        const [line] = findLastLines(chunk.toString('utf8'), 1);
        if (line !== undefined) options.onProgress?.(line);
      },
    });
    if (result.exitCode === 0 && result.stopped === null) return result.durationMs;
    throw createInstallError({ name: `${manager} ${args.join(' ')}`, root, result, options });
  } catch (thrown) {
    await removeCreatedModules(root, before);
    throw thrown;
  } finally {
    log.close();
  }
}

function createInstallError(failure: {
  readonly name: string;
  readonly root: string;
  readonly result: SpawnResult;
  readonly options: DependencyOptions;
}): JobError {
  const { name, root, result, options } = failure;
  if (result.stopped === 'aborted') {
    return new JobError(`${root}: interrupted while installing dependencies.`, {
      code: 'dependencies/interrupted',
      cause: options.signal?.reason,
    });
  }
  const printed = findLastLines(result.output, LINES_IN_MESSAGE).map((line) => `\n  ${line}`);
  const ending = printed.length === 0 ? '; it printed nothing.' : `; the last it printed:${printed.join('')}`;
  if (result.stopped === 'deadline') {
    return new JobError(
      `${root}: \`${name}\` was not done after ${formatDuration(options.deadlineMs)}${ending}`,
      {
        code: 'dependencies/deadline',
        hint: `Everything it printed is in ${options.logFile}. Give it more time, or install by hand first.`,
      },
    );
  }
  const how = result.signal === null ? `with exit code ${result.exitCode}` : `by ${result.signal}`;
  return new JobError(`${root}: \`${name}\` ended ${how}${ending}`, {
    code: 'dependencies/install-failed',
    hint: `Everything it printed is in ${options.logFile}. Run the command by hand in that folder.`,
  });
}

/** A log that can no longer be written, on a full disk say, ends there: the install itself decides the outcome. */
function openLog(file: string) {
  let descriptor: number | null;
  try {
    mkdirSync(dirname(file), { recursive: true });
    descriptor = openSync(file, 'w', 0o600);
  } catch (cause) {
    throw new JobError(`${file}: cannot be written: ${formatThrown(cause)}.`, {
      code: 'dependencies/no-log-file',
      hint: 'Name a folder in which Tracey may write.',
      cause,
    });
  }
  const close = () => {
    if (descriptor !== null) closeSync(descriptor);
    descriptor = null;
  };
  return {
    write(chunk: Buffer): void {
      if (descriptor === null) return;
      try {
        writeSync(descriptor, chunk);
      } catch {
        close();
      }
    },
    close,
  };
}
