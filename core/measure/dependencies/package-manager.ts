/**
 * Which package manager installs a repo, and how it is told to leave the lockfile alone. Pure.
 */
import type { PackageJson } from '../package-json.ts';

export type PackageManagerName = 'npm' | 'yarn' | 'pnpm' | 'bun';

export interface InstallCommand {
  readonly manager: PackageManagerName;
  readonly args: readonly string[];
  /** Variables for this package manager besides those that every tool gets. */
  readonly variables: Readonly<Record<string, string>>;
}

/** Lockfiles and whose they are; when a repo has several and does not say which counts, the first one does. */
export const LOCKFILES: Readonly<Record<string, PackageManagerName>> = {
  'npm-shrinkwrap.json': 'npm',
  'package-lock.json': 'npm',
  'yarn.lock': 'yarn',
  'pnpm-lock.yaml': 'pnpm',
  'bun.lock': 'bun',
  'bun.lockb': 'bun',
};

/** Installs development dependencies whatever npm's configuration says: the test framework is one. */
const NPM_FLAGS = ['--include=dev', '--no-audit', '--no-fund'];

/** `locked` installs exactly what the lockfile says, `unlocked` writes no lockfile. */
const ARGUMENTS = {
  npm: {
    locked: ['ci', ...NPM_FLAGS],
    unlocked: ['install', '--no-package-lock', '--no-save', ...NPM_FLAGS],
  },
  yarn: {
    locked: ['install', '--frozen-lockfile', '--non-interactive'],
    unlocked: ['install', '--no-lockfile', '--non-interactive'],
  },
  pnpm: { locked: ['install', '--frozen-lockfile'], unlocked: ['install', '--no-lockfile'] },
  bun: { locked: ['install', '--frozen-lockfile'], unlocked: ['install', '--no-save'] },
} as const;

/**
 * Yarn 2 and later: the probe finds packages in `node_modules` only, so Plug'n'Play is switched off, which the
 * lockfile does not mind. Without a lockfile it would write one, so that npm takes its place then.
 */
const BERRY = { args: ['install', '--immutable'], variables: { YARN_NODE_LINKER: 'node-modules' } };

/**
 * Selects by lockfile; `packageManager` of `package.json` decides between several, and alone when there is none.
 *
 * @param files names of the files in the folder where packages are installed
 */
export function selectInstallCommand(
  packageJson: Pick<PackageJson, 'packageManager'>,
  files: readonly string[],
): InstallCommand {
  const declared = /^(npm|yarn|pnpm|bun)@(\d+)/.exec(packageJson.packageManager ?? '');
  const declaredName = declared?.[1] as PackageManagerName | undefined;
  const locked = Object.entries(LOCKFILES).flatMap(([file, name]) => (files.includes(file) ? [name] : []));
  const manager =
    declaredName !== undefined && (locked.length === 0 || locked.includes(declaredName))
      ? declaredName
      : (locked[0] ?? 'npm');
  const isBerry =
    manager === 'yarn' &&
    (declaredName === 'yarn' ? Number(declared?.[2]) >= 2 : files.includes('.yarnrc.yml'));
  if (locked.length > 0) {
    return isBerry ? { manager, ...BERRY } : { manager, args: ARGUMENTS[manager].locked, variables: {} };
  }
  const writer = isBerry ? 'npm' : manager;
  return { manager: writer, args: ARGUMENTS[writer].unlocked, variables: {} };
}
