/** Reads `.tracey.yml` from a repo, or the file that was named, and finds the part that is about the repo. */
import { open } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import type { Config, RepoConfig } from '../core/config/config.ts';
import { formatNote } from '../core/config/notes.ts';
import { type PublicConfig, parseConfig, parsePublicConfig } from '../core/config/parse.ts';
import { ConfigError, findSystemCode, formatThrown } from '../core/errors.ts';
import { JOB_TYPE_NAMES } from '../job-types/index.ts';
import type { Environment } from './environment.ts';

export const CONFIG_FILE = '.tracey.yml';

/** More than the parser takes, so that it can say what the limit is. */
const READ_LIMIT = 2 * 1024 * 1024;

export interface LoadedConfig {
  readonly config: Config;
  /** What to tell the user about it, formatted. */
  readonly notes: readonly string[];
}

/**
 * Loads the configuration; a repo without one has an empty one.
 *
 * @param named the file that the user named; it must be there
 * @returns besides, the folder that it is in
 * @throws ConfigError when it cannot be read or is not right
 */
export async function loadConfig(options: {
  readonly repoFolder: string;
  readonly named: string | undefined;
  readonly environment: Environment;
}): Promise<LoadedConfig & { readonly folder: string }> {
  const { repoFolder, named, environment } = options;
  const file =
    named === undefined ? join(repoFolder, CONFIG_FILE) : resolve(environment.workingFolder, named);
  const label = relative(environment.workingFolder, file) || file;
  const text = await readConfigText(file, label, named !== undefined);
  return { ...parseLoadedConfig(text, label, environment), folder: dirname(file) };
}

/**
 * The configuration that a text is.
 *
 * @param label what to call it in messages
 * @throws ConfigError when it is not right
 */
export function parseLoadedConfig(text: string, label: string, environment: Environment): LoadedConfig {
  const { config, notes } = parseConfig(text, {
    file: label,
    environment: environment.variables,
    knownJobTypes: JOB_TYPE_NAMES,
  });
  return { config, notes: notes.map((note) => formatNote(label, note)) };
}

/**
 * Loads the configuration for whoever needs no secret of it: its variables need not be set.
 *
 * @param file where it is; one that is not there is an empty one, unless the user `named` it
 * @throws ConfigError when it cannot be read or is not right
 */
export async function loadPublicConfig(
  file: string,
  { environment, isNamed }: { readonly environment: Environment; readonly isNamed: boolean },
): Promise<PublicConfig> {
  const label = relative(environment.workingFolder, file) || file;
  return parsePublicConfig(await readConfigText(file, label, isNamed), {
    file: label,
    environment: environment.variables,
    knownJobTypes: JOB_TYPE_NAMES,
  });
}

/**
 * The text of a configuration file, at most a little more than the parser takes.
 *
 * @throws ConfigError `config/unreadable`
 */
export async function readConfigText(file: string, label: string, isNamed: boolean): Promise<string> {
  try {
    const handle = await open(file, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(READ_LIMIT), 0, READ_LIMIT, 0);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (findSystemCode(cause) === 'ENOENT' && !isNamed) return '';
    throw new ConfigError(`${label}: cannot be read: ${formatThrown(cause)}.`, {
      code: 'config/unreadable',
      hint: 'Name a file that is there, or let "tracey init" write one.',
      cause,
    });
  }
}

/**
 * The entry of `repos[]` about a repository, by `owner/name` in any case: the one of this job type when one is asked
 * for and has an entry, else the first.
 */
export function findRepoConfig(
  config: Config,
  repository: string,
  jobType: string | undefined,
): RepoConfig | undefined {
  const wanted = repository.toLowerCase();
  const entries = config.repos.filter((repo) => `${repo.owner}/${repo.name}`.toLowerCase() === wanted);
  return entries.find((repo) => repo.jobType === jobType) ?? entries[0];
}
