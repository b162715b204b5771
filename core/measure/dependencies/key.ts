/** What decides which packages an installation brings: as long as it is the same, so is `node_modules`. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findPackageJson, type PackageJson } from '../package-json.ts';
import { findInstallRoot, listMembers } from './install-root.ts';
import { LOCKFILES } from './package-manager.ts';

/**
 * SHA-256 in hex of the lockfile of a folder, or of the dependency sections of its package.json when it has none; of those of
 * a workspace's members, too, with their names and versions, by which they are each other's dependencies.
 *
 * @throws JobError `package-json/unreadable`
 */
export async function computeDependenciesKey(repoFolder: string): Promise<string> {
  const root = await findInstallRoot(repoFolder);
  const hash = createHash('sha256');
  for (const lockfile of Object.keys(LOCKFILES)) {
    const content = await readFile(join(root, lockfile)).catch(() => null);
    if (content !== null) return hash.update(content).digest('hex');
  }
  hash.update(JSON.stringify(pickSections(await findPackageJson(root))));
  for (const member of await listMembers(root)) {
    const packageJson = await findPackageJson(join(root, member));
    const { name, version } = packageJson ?? {};
    hash.update(JSON.stringify([member, name, version, pickSections(packageJson)]));
  }
  return hash.digest('hex');
}

function pickSections(packageJson: PackageJson | undefined) {
  if (packageJson === undefined) return null;
  const { dependencies, devDependencies, optionalDependencies, peerDependencies } = packageJson;
  return { dependencies, devDependencies, optionalDependencies, peerDependencies };
}
