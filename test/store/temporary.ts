/** Real databases in real temporary folders, removed after each test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import type { OpenStoreOptions } from '../../core/store/open.ts';
import { openStore } from '../../core/store/open.ts';
import type { Store } from '../../core/store/store.ts';

const folders: string[] = [];
const stores: Store[] = [];

/** A new folder. */
export function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tracey-store-'));
  folders.push(folder);
  return folder;
}

/** A store in a new file, or in the one given; closed after the test. */
export function openTestStore(options: Partial<OpenStoreOptions> = {}): Store {
  const store = openStore({ file: join(createFolder(), 'tracey.db'), ...options });
  stores.push(store);
  return store;
}

afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
