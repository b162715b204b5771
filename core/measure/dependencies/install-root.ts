/**
 * Where the dependencies of a folder are installed: in the folder itself, or in the workspace above it that it is a
 * member of (npm, yarn and bun name members in `package.json`, pnpm in `pnpm-workspace.yaml`).
 */
import { access, glob, readdir, readFile } from 'node:fs/promises';
import { dirname, join, matchesGlob, relative, sep } from 'node:path';
import { parse } from 'yaml';
import { z } from '../../zod.ts';
import { findPackageJson } from '../package-json.ts';
import { LOCKFILES } from './package-manager.ts';

const pnpmWorkspaceSchema = z.object({ packages: z.array(z.string()) });

/** The folder whose `node_modules` serves `repoFolder`; looks no further up than the checkout's root. */
export async function findInstallRoot(repoFolder: string): Promise<string> {
  for (const lockfile of Object.keys(LOCKFILES)) {
    if (await exists(join(repoFolder, lockfile))) return repoFolder;
  }
  for (let folder = repoFolder; !(await exists(join(folder, '.git'))); ) {
    const parent = dirname(folder);
    if (parent === folder) break;
    folder = parent;
    const member = relative(folder, repoFolder).split(sep).join('/');
    if (isMember(member, await findWorkspacePatterns(folder))) return folder;
  }
  return repoFolder;
}

/** The members of the workspace that a folder is, relative to it, sorted; none when it is no workspace. */
export async function listMembers(root: string): Promise<readonly string[]> {
  const patterns = await findWorkspacePatterns(root);
  const members = new Set<string>();
  for (const pattern of patterns.filter((each) => !each.startsWith('!'))) {
    const files = glob(`${cleanPattern(pattern)}/package.json`, { cwd: root, exclude: isModules });
    for await (const file of files) {
      const member = dirname(file).split(sep).join('/');
      if (isMember(member, patterns)) members.add(member);
    }
  }
  return [...members].sort();
}

function isModules(path: string): boolean {
  return path.split(sep).includes('node_modules');
}

/** Whether a folder's `node_modules` holds packages, or the record of an install that had none to place. */
export async function hasInstalledModules(folder: string): Promise<boolean> {
  const records = ['.package-lock.json', '.modules.yaml', '.yarn-integrity', '.yarn-state.yml'];
  try {
    const names = await readdir(join(folder, 'node_modules'));
    return names.some((name) => !name.startsWith('.') || records.includes(name));
  } catch {
    return false;
  }
}

/** Whether a file or folder is there. */
async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** A file above the repo that cannot be read is none of the repo's business. */
async function findWorkspacePatterns(folder: string): Promise<readonly string[]> {
  const packageJson = await findPackageJson(folder).catch(() => undefined);
  const patterns = packageJson?.workspaces ?? [];
  try {
    const text = await readFile(join(folder, 'pnpm-workspace.yaml'), 'utf8');
    return [...patterns, ...pnpmWorkspaceSchema.parse(parse(text)).packages];
  } catch {
    return patterns;
  }
}

/** Later patterns win, and `!` takes out what an earlier one let in. */
function isMember(path: string, patterns: readonly string[]): boolean {
  let included = false;
  for (const pattern of patterns) {
    if (matchesGlob(path, cleanPattern(pattern))) included = !pattern.startsWith('!');
  }
  return included;
}

function cleanPattern(pattern: string): string {
  return pattern.replace(/^!/, '').replace(/^\.\//, '').replace(/\/+$/, '');
}
