/**
 * Node's versions in the npm registry, asked through the npm command line, so that registries, proxies and
 * credentials are npm's business. The list of versions is kept in the cache folder for a day, and used for longer
 * when the registry cannot be reached. Fetching itself is fetch.ts.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import semver from 'semver';
import { formatThrown, JobError } from '../../errors.ts';
import { z } from '../../zod.ts';
import { computeToolEnvironment } from '../environment.ts';
import { findExecutables } from '../executables.ts';
import { cleanLine, findLastLines } from '../printed-text.ts';
import { runProcess } from '../spawn.ts';
import { throwIfInterrupted } from './inspect.ts';
import { OLDEST_VERSION } from './request.ts';
import { computeVersionsFolder, type NodeSources } from './sources.ts';

/** Platforms whose Node binaries are on npm as `node-<platform>-<arch>`. */
const PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'];

const KEPT_FOR_MS = 24 * 60 * 60 * 1000;
const QUESTION_DEADLINE_MS = 2 * 60 * 1000;
/** Retries come after one and two seconds instead of ten and sixty: a job is waiting. */
const NPM_FLAGS = [
  '--json',
  '--loglevel=error',
  '--no-update-notifier',
  '--fetch-retry-mintimeout=1000',
  '--fetch-retry-maxtimeout=2000',
];
const STDOUT_BYTES = 8 * 1024 * 1024;

const keptListSchema = z.strictObject({ fetchedAt: z.iso.datetime(), versions: z.array(z.string()).min(1) });
const publishedSchema = z.union([z.string().transform((version) => [version]), z.array(z.string())]);
const failureSchema = z.object({ error: z.object({ code: z.string().optional(), summary: z.string() }) });

export interface VersionList {
  readonly versions: readonly string[];
  /** Asked from the registry just now. */
  readonly isFresh: boolean;
}

/**
 * The npm package that carries Node for this platform.
 *
 * @throws JobError `node/unsupported-platform` when there is none
 */
export function computePackageName(sources: NodeSources): string {
  const platform = `${sources.platform}-${sources.arch}`;
  if (PLATFORMS.includes(platform)) return `node-${platform}`;
  throw new JobError(`Node versions: npm has no Node binaries for ${platform}.`, {
    code: 'node/unsupported-platform',
    hint: 'Install the wanted Node yourself and put it on PATH.',
  });
}

/**
 * Every version of Node for this platform, 0.10.0 and newer, without pre-releases.
 *
 * @param mayBeKept false asks the registry even when the kept list is younger than a day
 * @throws JobError `node/registry-failed`, `node/no-npm` when neither the registry nor a kept list is there
 */
export async function loadVersionList(
  sources: NodeSources,
  { mayBeKept }: { readonly mayBeKept: boolean },
): Promise<VersionList> {
  const file = join(computeVersionsFolder(sources), 'versions.json');
  const kept = await findKeptList(file);
  const ageMs = kept === null ? Number.NaN : sources.now.getTime() - Date.parse(kept.fetchedAt);
  if (kept !== null && mayBeKept && ageMs >= 0 && ageMs < KEPT_FOR_MS) {
    return { versions: kept.versions, isFresh: false };
  }
  try {
    const versions = await readPublishedVersions(sources);
    await keepList(file, versions, sources);
    return { versions, isFresh: true };
  } catch (thrown) {
    if (kept === null || !(thrown instanceof JobError) || thrown.code === 'node/interrupted') throw thrown;
    sources.onNotice?.(`Using the list of Node versions of ${kept.fetchedAt}: ${thrown.message}`);
    return { versions: kept.versions, isFresh: false };
  }
}

/**
 * Runs npm in a folder, and gives what it printed.
 *
 * @throws JobError `node/no-npm`, `node/registry-failed`, `node/interrupted`
 */
export async function runNpm(options: {
  readonly args: readonly string[];
  readonly folder: string;
  readonly deadlineMs?: number;
  readonly sources: NodeSources;
}): Promise<string> {
  const { args, folder, sources } = options;
  const [npm] = findExecutables('npm', sources.inherited['PATH']);
  if (npm === undefined) {
    throw new JobError('Node versions: npm is not on PATH, and the wanted Node must be fetched with it.', {
      code: 'node/no-npm',
      hint: 'Install npm, or put the wanted Node on PATH.',
    });
  }
  const result = await runProcess({
    command: npm,
    args: [...args, ...NPM_FLAGS],
    cwd: folder,
    env: computeToolEnvironment(sources.inherited),
    signal: sources.signal,
    deadlineMs: options.deadlineMs ?? QUESTION_DEADLINE_MS,
    stdoutBytes: STDOUT_BYTES,
  });
  throwIfInterrupted(sources.signal);
  if (result.exitCode === 0) return result.stdout;
  const ending =
    result.stopped === 'deadline' ? 'it took too long' : findNpmFailure(result.stdout, result.output);
  throw new JobError(`Node versions: npm ${args.join(' ')} failed: ${ending.replace(/\.+$/, '')}.`, {
    code: 'node/registry-failed',
    hint: 'Check that the npm registry can be reached from this machine, or put the wanted Node on PATH.',
  });
}

/**
 * Makes the folder of the fetched versions.
 *
 * @throws JobError `node/cache-unwritable`
 */
export async function makeVersionsFolder(sources: NodeSources): Promise<string> {
  const folder = computeVersionsFolder(sources);
  try {
    await mkdir(folder, { recursive: true });
    return folder;
  } catch (cause) {
    throw new JobError(`${folder}: cannot be made: ${formatThrown(cause)}.`, {
      code: 'node/cache-unwritable',
      hint: 'Name a cache folder in which Tracey may write, or put the wanted Node on PATH.',
      cause,
    });
  }
}

async function readPublishedVersions(sources: NodeSources): Promise<string[]> {
  const packageName = computePackageName(sources);
  const folder = await makeVersionsFolder(sources);
  const printed = await runNpm({ args: ['view', packageName, 'versions'], folder, sources });
  const published = publishedSchema.safeParse(parseJson(printed));
  const versions = (published.data ?? []).filter(
    (version) =>
      semver.valid(version) === version &&
      semver.prerelease(version) === null &&
      semver.gte(version, OLDEST_VERSION),
  );
  if (versions.length === 0) {
    throw new JobError(`Node versions: npm view ${packageName} printed no list of versions.`, {
      code: 'node/registry-failed',
      hint: 'Check which registry npm is set to use: `npm config get registry`.',
    });
  }
  return versions.sort(semver.compare);
}

async function findKeptList(file: string): Promise<z.infer<typeof keptListSchema> | null> {
  try {
    return keptListSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    // Absent or damaged: it is only a copy, and will be asked for again.
    return null;
  }
}

async function keepList(file: string, versions: readonly string[], sources: NodeSources): Promise<void> {
  const temporary = `${file}.${randomUUID()}`;
  try {
    await writeFile(temporary, JSON.stringify({ fetchedAt: sources.now.toISOString(), versions }));
    await rename(temporary, file);
  } catch (thrown) {
    await rm(temporary, { force: true });
    sources.onNotice?.(`The list of Node versions could not be kept: ${formatThrown(thrown)}`);
  }
}

/** What npm, called with `--json`, says of its failure, on one line. */
export function findNpmFailure(stdout: string, output: string): string {
  const failure = failureSchema.safeParse(parseJson(stdout));
  if (failure.success) {
    const { code, summary } = failure.data.error;
    return cleanLine(code === undefined ? summary : `${code}: ${summary}`);
  }
  return findLastLines(output, 3).join(' / ') || 'it printed nothing';
}

/** What a program printed as JSON, or null when it is none. */
export function parseJson(printed: string): unknown {
  try {
    return JSON.parse(printed);
  } catch {
    return null;
  }
}
