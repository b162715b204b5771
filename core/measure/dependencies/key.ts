/** What decides which packages an installation brings: as long as it is the same, so is `node_modules`. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findPackageJson } from '../package-json.ts';
import { findInstallRoot } from './install-root.ts';
import { LOCKFILES } from './package-manager.ts';

/** SHA-256 in hex of the lockfile of a folder, or of the dependency sections of its package.json when it has none. */
export async function computeDependenciesKey(repoFolder: string): Promise<string> {
  const root = await findInstallRoot(repoFolder);
  const hash = createHash('sha256');
  for (const lockfile of Object.keys(LOCKFILES)) {
    const content = await readFile(join(root, lockfile)).catch(() => null);
    if (content !== null) return hash.update(content).digest('hex');
  }
  const packageJson = await findPackageJson(root);
  const sections = packageJson && {
    dependencies: packageJson.dependencies,
    devDependencies: packageJson.devDependencies,
    optionalDependencies: packageJson.optionalDependencies,
    peerDependencies: packageJson.peerDependencies,
  };
  return hash.update(JSON.stringify(sections)).digest('hex');
}
