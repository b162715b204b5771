/** Real databases in real temporary folders, removed after each test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import type { FileResult, RunReport } from '../../core/model.ts';
import type { OpenStoreOptions } from '../../core/store/open.ts';
import { openStore } from '../../core/store/open.ts';
import type { Store, StoredRun } from '../../core/store/store.ts';
import { gatherFiles } from '../gather-files.ts';

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

/** A run of a store with all its files, as the report it was. */
export async function readWhole(
  store: Store,
  id: string,
): Promise<{ run: RunReport; detail: StoredRun['detail'] }> {
  const { run, detail, files: stored } = await store.readRun(id);
  const files: FileResult[] = [];
  for await (const file of stored) files.push(...gatherFiles([file]));
  return { run: { ...run, files }, detail };
}

afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
