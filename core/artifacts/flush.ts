/**
 * Having it on the disk. What is renamed may be there after a power cut while what is in it is not: most file systems keep the
 * order of names, not that of contents. So contents go first, all of a file system's at once, because asking for each file's
 * would take as many turns of the disk as there are files; they have to go there anyway, and better now than while a suite is
 * measured. The disk begins while the rest is still being written: what is asked for at the end is little by then.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, fsyncSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const PATH = '/usr/bin:/bin:/usr/sbin:/sbin';
/** So much is written before the disk is asked to begin with it. */
const HEAD_START_BYTES = 16 * 1024 * 1024;

/** Brings what is being written into a folder to the disk. */
export interface Flushing {
  /** So many bytes more were written. */
  readonly count: (bytes: number) => void;
  /** Resolves when everything in the folder is on the disk; throws what the system says when it cannot be. */
  readonly finish: () => Promise<void>;
  readonly close: () => void;
}

/** Nothing is done yet. */
export function openFlushing(folder: string, path = PATH): Flushing {
  let underway: ChildProcess | null = null;
  let waitingBytes = 0;
  return {
    count(bytes) {
      waitingBytes += bytes;
      if (waitingBytes < HEAD_START_BYTES || underway !== null) return;
      waitingBytes = 0;
      underway = startSync(folder, path);
      void hasSucceeded(underway).then(() => {
        underway = null;
      });
    },
    async finish() {
      if (!(await hasSucceeded(startSync(folder, path)))) flushEach(folder);
    },
    close: () => void underway?.kill('SIGKILL'),
  };
}

/** By syncfs(2), as coreutils and busybox have it. */
function startSync(folder: string, path: string): ChildProcess {
  return spawn('sync', ['-f', folder], { stdio: 'ignore', env: { PATH: path } });
}

/** False where there is no such program, or it does not know how. */
async function hasSucceeded(child: ChildProcess): Promise<boolean> {
  try {
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
