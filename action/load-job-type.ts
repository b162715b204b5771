/**
 * Finds the job type that is to do a job: a built-in one, or one from outside that the configuration names. Code from outside
 * runs in this process, beside its secrets; so it comes from where the configuration lies and from nowhere else, and whoever
 * calls this says whether that place may be trusted.
 */
import { realpath, stat } from 'node:fs/promises';
import { createRequire, findPackageJSON } from 'node:module';
import { isAbsolute, join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigError, findSystemCode, formatThrown } from '../core/errors.ts';
import type { JobType } from '../core/job-type.ts';
import { adoptJobType } from '../core/outside-job-type.ts';
import { formatUntrusted } from '../core/text.ts';
import { findJobType, JOB_TYPE_NAMES } from '../job-types/index.ts';

/** Where job types from outside may come from. */
export type OutsidePlace =
  | {
      /** The folder that the configuration lies in; paths and packages are looked for from there. */
      readonly folder: string;
    }
  | {
      /** Why no code is loaded from where the configuration lies, as the end of a sentence. */
      readonly refusal: string;
    };

/** What a path may be written without, as the ancestor's were. */
const ENDINGS = ['', '.ts', '.mts', '.js', '.mjs', '.cjs', '/index.ts', '/index.js', '/index.mjs'];

/**
 * The job type of a name.
 *
 * @param path what the configuration says of it; null for a built-in one
 * @throws ConfigError `config/unknown-job-type`, `job-type/refused`, `job-type/not-found`, `job-type/outside-repo`,
 *   `job-type/unloadable`, `job-type/bad-member`
 */
export async function loadJobType(
  name: string,
  { path, place }: { readonly path: string | null; readonly place: OutsidePlace },
): Promise<JobType> {
  const builtIn = findJobType(name);
  if (builtIn) return builtIn;
  if (path === null) {
    throw new ConfigError(`There is no job type "${formatUntrusted(name)}".`, {
      code: 'config/unknown-job-type',
      hint: `Choose another with --job-type or the input job-type: ${JOB_TYPE_NAMES.join(', ')}; or add it under job_types with its path.`,
    });
  }
  const from = formatUntrusted(path);
  const label = `Job type ${formatUntrusted(name)} (${from})`;
  if ('refusal' in place) {
    throw new ConfigError(`${label}: its code is not loaded, because ${place.refusal}.`, {
      code: 'job-type/refused',
      hint: 'A job type runs inside Tracey, beside its token. Use a built-in one here; docs/job-types.md says when others are loaded.',
    });
  }
  const { folder } = place;
  const isPath = path.startsWith('.') || isAbsolute(path);
  const file = isPath
    ? await findFile(path, { folder, label })
    : await findPackageEntry(path, { folder, label });
  return adoptJobType(await importDefault(file, label), { name, from: path });
}

interface Wanted {
  readonly folder: string;
  readonly label: string;
}

async function findFile(path: string, { folder, label }: Wanted): Promise<string> {
  const root = await realpath(folder);
  for (const ending of ENDINGS) {
    const found = await findRealFile(join(root, `${path}${ending}`));
    if (found === null) continue;
    const inside = relative(root, found);
    if (!isAbsolute(path) && inside !== '..' && !inside.startsWith(`..${sep}`)) return found;
    throw new ConfigError(`${label}: its path leads out of the folder that the configuration is in.`, {
      code: 'job-type/outside-repo',
      hint: 'Put it beside .tracey.yml or below, e.g. "./job-types/load-test.js"; or make an npm package of it.',
    });
  }
  throw new ConfigError(`${label}: there is no such file where the configuration is.`, {
    code: 'job-type/not-found',
    hint: 'Write the path as seen from .tracey.yml, beginning with "./"; .ts and .js may be left out.',
  });
}

async function findRealFile(path: string): Promise<string | null> {
  try {
    return (await stat(path)).isFile() ? await realpath(path) : null;
  } catch (thrown) {
    if (['ENOENT', 'ENOTDIR'].includes(findSystemCode(thrown) ?? '')) return null;
    throw thrown;
  }
}

/** The file that a package is imported by. One that has no entry for `require` has its own for `import`. */
async function findPackageEntry(specifier: string, { folder, label }: Wanted): Promise<string> {
  const base = join(folder, 'package.json');
  try {
    return createRequire(base).resolve(specifier);
  } catch (cause) {
    const entry =
      findSystemCode(cause) === 'ERR_PACKAGE_PATH_NOT_EXPORTED' ? findImportEntry(specifier, base) : null;
    if (entry !== null) return entry;
    throw new ConfigError(`${label}: the package cannot be found: ${formatThrown(cause).split('\n')[0]}.`, {
      code: 'job-type/not-found',
      hint: 'Add it to the dependencies of the repo that the configuration is in, and install them; a path begins with "./".',
      cause,
    });
  }
}

function findImportEntry(specifier: string, base: string): string | null {
  const manifest = findPackageJSON(specifier, pathToFileURL(base));
  if (manifest === undefined) return null;
  const { exports } = createRequire(base)(manifest) as { readonly exports?: unknown };
  const main = isKeys(exports) && '.' in exports ? exports['.'] : exports;
  const entry = findCondition(main);
  return entry === null ? null : join(manifest, '..', entry);
}

/** The first of `import`, `node` and `default` that leads to a file. */
function findCondition(target: unknown): string | null {
  if (typeof target === 'string') return target;
  if (!isKeys(target)) return null;
  for (const condition of ['import', 'node', 'default']) {
    const found = findCondition(target[condition]);
    if (found !== null) return found;
  }
  return null;
}

function isKeys(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function importDefault(file: string, label: string): Promise<unknown> {
  try {
    const module: { readonly default?: unknown } = await import(pathToFileURL(file).href);
    return module.default;
  } catch (cause) {
    const said = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    throw new ConfigError(`${label}: cannot be loaded: ${formatUntrusted(said)}`, {
      code: 'job-type/unloadable',
      hint: 'Node loads TypeScript only where types can be stripped: no enums, no parameter properties, and not from node_modules.',
      cause,
    });
  }
}
