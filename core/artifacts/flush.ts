/**
 * Having it on the disk. What is renamed may be there after a power cut while what is in it is not: most file systems keep the
 * order of names, not that of contents. So contents go first, all of a file system's at once, because asking for each file's
 * would take as many turns of the disk as there are files; they have to go there anyway, and better now than while a suite is
 * measured.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, fsyncSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const PATH = '/usr/bin:/bin:/usr/sbin:/sbin';

/** Resolves when everything in a folder is on the disk; throws what the system says when it cannot be. */
export async function flushFolder(folder: string, path = PATH): Promise<void> {
  if (await flushFileSystem(folder, path)) return;
  flushEach(folder);
}

/** By syncfs(2), as coreutils and busybox have it. False where they do not. */
async function flushFileSystem(folder: string, path: string): Promise<boolean> {
  try {
    const child = spawn('sync', ['-f', folder], { stdio: 'ignore', env: { PATH: path } });
    const [code] = await once(child, 'close');
    return code === 0;
  } catch {
    return false;
  }
}

function flushEach(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const place = join(folder, entry.name);
    if (entry.isDirectory()) flushEach(place);
    else if (entry.isFile()) flush(place);
  }
  flush(folder);
}

function flush(place: string): void {
  const descriptor = openSync(place, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
