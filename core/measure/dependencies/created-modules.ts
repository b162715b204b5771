/**
 * Undoing an install that did not get to its end: knows which `node_modules` there were before it, and removes what
 * came since. What was there stays.
 */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Every `node_modules` of a tree, nested ones of workspace members too, with the names in it. */
export type ModulesSnapshot = ReadonlyMap<string, ReadonlySet<string>>;

/** Reads which `node_modules` a tree has; does not look into them, nor into `.git`, nor behind links. */
export async function readModulesSnapshot(root: string): Promise<ModulesSnapshot> {
  const snapshot = new Map<string, ReadonlySet<string>>();
  const folders = [root];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      if (!entry.isDirectory() || entry.name === '.git') continue;
      const path = join(folder, entry.name);
      if (entry.name === 'node_modules') snapshot.set(path, new Set(await readdir(path)));
      else folders.push(path);
    }
  }
  return snapshot;
}

/** Removes every `node_modules`, and every entry of one, that is not in the snapshot. */
export async function removeCreatedModules(root: string, before: ModulesSnapshot): Promise<void> {
  for (const [folder, names] of await readModulesSnapshot(root)) {
    const kept = before.get(folder);
    const created =
      kept === undefined
        ? [folder]
        : [...names].filter((name) => !kept.has(name)).map((name) => join(folder, name));
    for (const path of created) await rm(path, { recursive: true, force: true, maxRetries: 3 });
  }
}
