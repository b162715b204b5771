/**
 * Packages from npm that a job type works with, besides the repo's own: each set of them installed once into a folder of
 * the cache, whole or not at all. npm checks what it fetches against the registry's hashes; no install script is run.
 */
import { access, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import semver from 'semver';
import { findSystemCode, formatThrown, JobError } from '../errors.ts';
import { formatUntrusted } from '../text.ts';
import { z } from '../zod.ts';
import { computeToolEnvironment, type Variables } from './environment.ts';
import { findExecutables } from './executables.ts';
import { findNpmFailure, parseJson } from './node-versions/registry.ts';
import { runProcess } from './spawn.ts';

export interface PackageSources {
  /** The job's own environment: its `PATH`, and what npm needs to reach its registry. */
  readonly inherited: Variables;
  /** Tracey's own cache folder; made when it is missing. */
  readonly cacheFolder: string;
  readonly signal?: AbortSignal | undefined;
  /** Told before packages are installed, which takes a while. */
  readonly onInstall?: ((packages: readonly string[]) => void) | undefined;
}

/** Packages that a job type may have brought. */
export interface Packages {
  /**
   * The versions of a package that a range means (`12`, `^7.1.0`, `latest`), oldest first; none when npm has none.
   *
   * @throws JobError `packages/no-npm`, `packages/registry-failed`
   */
  readonly listVersions: (name: string, range: string) => Promise<readonly string[]>;
  /**
   * Installs exact versions (`happn-3@13.12.1`) side by side, with all that they need, without running their install scripts.
   *
   * @returns the folder whose `node_modules` has them; it stays for later jobs, and must not be written to
   * @throws JobError `packages/bad-name`, `packages/no-npm`, `packages/install-failed`, `packages/interrupted`,
   *   `packages/cache-unwritable`
   */
  readonly install: (packages: readonly string[]) => Promise<string>;
}

const QUESTION_DEADLINE_MS = 2 * 60_000;
const INSTALL_DEADLINE_MS = 15 * 60_000;
/** A temporary folder this old was left behind by a process that was killed. */
const ABANDONED_AFTER_MS = 24 * 60 * 60_000;
const TEMPORARY_PREFIX = '.install-';
const STDOUT_BYTES = 8 * 1024 * 1024;
const NPM_FLAGS = ['--json', '--loglevel=error', '--no-update-notifier'];
const INSTALL_FLAGS = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-save'];

/** None that npm could take for a flag. */
const NAME = /^(?:@[a-z\d~][a-z\d._~-]*\/)?[a-z\d~][a-z\d._~-]*$/;
const versionsSchema = z.union([z.string().transform((version) => [version]), z.array(z.string())]);

/** Nothing is asked or installed yet. */
export function openPackages(sources: PackageSources): Packages {
  return {
    async listVersions(name, range) {
      const { exitCode, stdout, output } = await runNpm(['view', `${name}@${range}`, 'version'], {
        folder: await makePackagesFolder(sources),
        deadlineMs: QUESTION_DEADLINE_MS,
        sources,
      });
      if (exitCode === 0) {
        const versions = versionsSchema.safeParse(parseJson(stdout)).data ?? [];
        return versions.filter((version) => semver.valid(version) !== null).sort(semver.compare);
      }
      const failure = findNpmFailure(stdout, output);
      if (/\bE404\b|\bETARGET\b/.test(failure)) return [];
      throw new JobError(
        `${formatUntrusted(name)}: npm cannot tell its versions: ${failure.replace(/\.+$/, '')}.`,
        {
          code: 'packages/registry-failed',
          hint: 'Check that the npm registry can be reached from this machine, or name an exact version.',
        },
      );
    },
    async install(packages) {
      for (const one of packages) checkExact(one);
      const root = await makePackagesFolder(sources);
      const place = join(root, computeFolderName(packages));
      if (await exists(place)) return place;
      await removeAbandoned(root);
      sources.onInstall?.(packages);
      const temporary = await mkdtemp(join(root, TEMPORARY_PREFIX));
      try {
        await installInto(temporary, packages, sources);
        await putInPlace(temporary, place);
        return place;
      } finally {
        await rm(temporary, { recursive: true, force: true });
      }
    },
  };
}

async function installInto(
  folder: string,
  packages: readonly string[],
  sources: PackageSources,
): Promise<void> {
  await writeFile(join(folder, 'package.json'), '{"private":true}\n');
  const { exitCode, stopped, stdout, output } = await runNpm(['install', ...packages, ...INSTALL_FLAGS], {
    folder,
    deadlineMs: INSTALL_DEADLINE_MS,
    sources,
  });
  if (exitCode === 0) return;
  if (stopped === 'aborted') {
    throw new JobError(`${packages.join(', ')}: interrupted while being installed.`, {
      code: 'packages/interrupted',
    });
  }
  const failure = stopped === 'deadline' ? 'it took too long' : findNpmFailure(stdout, output);
  throw new JobError(`${packages.join(', ')}: cannot be installed: ${failure.replace(/\.+$/, '')}.`, {
    code: 'packages/install-failed',
    hint: 'Check that the npm registry has this version and can be reached from this machine.',
  });
}

/** Another process may have put the same there meanwhile. */
async function putInPlace(temporary: string, place: string): Promise<void> {
  try {
    await rename(temporary, place);
  } catch (thrown) {
    if (!(await exists(place))) throw createUnwritable(place, thrown);
  }
}

async function runNpm(
  args: readonly string[],
  of: { readonly folder: string; readonly deadlineMs: number; readonly sources: PackageSources },
) {
  const { folder, deadlineMs, sources } = of;
  const [npm] = findExecutables('npm', sources.inherited['PATH']);
  if (npm === undefined) {
    throw new JobError('Packages: npm is not on PATH, and they are fetched with it.', {
      code: 'packages/no-npm',
      hint: 'Install Node.js with npm, or put npm on PATH.',
    });
  }
  return runProcess({
    command: npm,
    args: [...args, ...NPM_FLAGS],
    cwd: folder,
    env: computeToolEnvironment(sources.inherited),
    signal: sources.signal,
    deadlineMs,
    stdoutBytes: STDOUT_BYTES,
  });
}

function checkExact(one: string): void {
  const at = one.lastIndexOf('@');
  const [name, version] = [one.slice(0, at), one.slice(at + 1)];
  if (NAME.test(name) && semver.valid(version) === version) return;
  throw new JobError(`Packages: "${formatUntrusted(one)}" is no package with an exact version.`, {
    code: 'packages/bad-name',
    hint: 'Example: "happn-3@13.12.1".',
  });
}

/** `happn-3@13.12.1`, or several joined by `,`: names that npm allows are safe in paths but for the slash. */
function computeFolderName(packages: readonly string[]): string {
  return [...packages].sort().join(',').replaceAll('/', '+');
}

async function makePackagesFolder({ cacheFolder }: PackageSources): Promise<string> {
  const folder = join(cacheFolder, 'packages');
  try {
    await mkdir(folder, { recursive: true });
    return folder;
  } catch (cause) {
    throw createUnwritable(folder, cause);
  }
}

async function removeAbandoned(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    if (!name.startsWith(TEMPORARY_PREFIX)) continue;
    const changed = await stat(join(root, name)).catch(() => null);
    if (changed === null || Date.now() - changed.mtimeMs < ABANDONED_AFTER_MS) continue;
    await rm(join(root, name), { recursive: true, force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (thrown) {
    if (findSystemCode(thrown) === 'ENOENT') return false;
    throw createUnwritable(path, thrown);
  }
}

function createUnwritable(path: string, cause: unknown): JobError {
  return new JobError(`${path}: cannot be used: ${formatThrown(cause)}.`, {
    code: 'packages/cache-unwritable',
    hint: 'Name a cache folder in which Tracey may write.',
    cause,
  });
}
