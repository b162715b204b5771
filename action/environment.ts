/**
 * What the process was started with, read once: everything after this gets it as a typed object and looks at
 * `process.env` no more.
 */
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '../core/errors.ts';
import { ROLES, type Role } from '../core/roles.ts';

export interface Environment {
  readonly workingFolder: string;
  /** Where the history lives, outside every checkout: `$TRACEY_HOME`, else the user's XDG data folder. */
  readonly dataFolder: string;
  /** What can be fetched again: Node binaries, lists. */
  readonly cacheFolder: string;
  /** What this machine is called in the history. */
  readonly runner: string;
  readonly role: Role;
  /** Name of the machine's lock; another name is another queue, for tests. */
  readonly lockName: string;
  /** The Actions runner's tool cache, where Node versions may be found. */
  readonly toolCacheFolder: string | undefined;
  /** Every variable, for `${NAME}` in the configuration and for what child processes inherit. */
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/**
 * Reads the environment.
 *
 * @throws ConfigError `environment/bad-role` when TRACEY_ROLE is no role
 */
export function readEnvironment(process: Pick<NodeJS.Process, 'env' | 'cwd'>): Environment {
  const variables = { ...process.env };
  const home = variables['HOME'] ?? homedir();
  return {
    workingFolder: process.cwd(),
    dataFolder:
      findText(variables['TRACEY_HOME']) ??
      join(findText(variables['XDG_DATA_HOME']) ?? join(home, '.local', 'share'), 'tracey'),
    cacheFolder: computeCacheFolder(process),
    runner: findText(variables['TRACEY_RUNNER']) ?? hostname(),
    role: parseRole(findText(variables['TRACEY_ROLE']) ?? 'primary'),
    lockName: findText(variables['TRACEY_LOCK']) ?? 'machine',
    toolCacheFolder: findText(variables['RUNNER_TOOL_CACHE']),
    variables,
  };
}

/** The cache folder alone, for what is wanted before anything can be wrong with the rest. */
export function computeCacheFolder({ env }: Pick<NodeJS.Process, 'env'>): string {
  const traceyHome = findText(env['TRACEY_HOME']);
  if (traceyHome !== undefined) return join(traceyHome, 'cache');
  return join(findText(env['XDG_CACHE_HOME']) ?? join(env['HOME'] ?? homedir(), '.cache'), 'tracey');
}

function parseRole(text: string): Role {
  const role = ROLES.find((known) => known === text);
  if (role) return role;
  throw new ConfigError(`TRACEY_ROLE: must be ${ROLES.join(' or ')}, got "${text}".`, {
    code: 'environment/bad-role',
    hint: 'Unset it for a primary.',
  });
}

function findText(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value;
}
