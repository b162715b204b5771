/**
 * A job's private folder: `<folder>/<owner>/<name>/<branch>/<id>`, readable by nobody else, gone after the job; and those
 * of jobs that were killed, with what they had measured.
 */
import { mkdir, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { formatThrown, JobError } from './errors.ts';
import { formatScope, isScopeOver } from './lock-scope.ts';
import { RUN_ID_PATTERN } from './model.ts';

const KEPT_LOGS = 50;

/** Holds the scope of the lock under which the job runs. */
const SCOPE_FILE = 'lock';
const SCRATCH = 'scratch';
const CHECKOUT = 'checkout';
/** Of folders between that of all jobs and a job's own, which counts as one. */
const LEVELS = 4;
const JOURNAL_EXTENSION = '.journal';

export interface JobFolder {
  readonly path: string;
  /** For event files and whatever a job type needs for a while. */
  readonly scratch: string;
  /** For a checkout of the measured commit. */
  readonly checkout: string;
  /** Where a run's journal belongs: beside the folders that tested code is given. */
  readonly computeJournalFile: (runId: string) => string;
  /** Removes it with everything inside. */
  readonly remove: () => Promise<void>;
}

/** What a killed job left. */
export interface KilledJob {
  readonly path: string;
  /** Of runs that were not stored when it was killed, oldest first. */
  readonly journals: readonly string[];
  /** Removes everything. */
  readonly remove: () => Promise<void>;
  /** Removes what is not needed to recover its runs. */
  readonly removeRest: () => Promise<void>;
}

/**
 * Makes the folder of a job.
 *
 * @throws JobError `job/folder` when it cannot be made
 */
export async function openJobFolder(options: {
  readonly root: string;
  readonly repository: string;
  readonly branch: string | null;
  readonly id: string;
  /** Scope of the machine's lock, which the job holds. */
  readonly lockScope: string;
}): Promise<JobFolder> {
  const { root, repository, branch, id, lockScope } = options;
  const [owner = '', name = ''] = repository.includes('/') ? repository.split('/') : ['local', repository];
  const path = join(root, ...[owner, name, branch ?? 'detached', id].map(computeFolderName));
  const scratch = join(path, SCRATCH);
  try {
    await mkdir(scratch, { recursive: true, mode: 0o700 });
    await writeFile(join(path, SCOPE_FILE), formatScope(lockScope), { flush: true });
  } catch (cause) {
    throw new JobError(`${path}: the job's folder cannot be made: ${formatThrown(cause)}.`, {
      code: 'job/folder',
      hint: 'Check the rights and the free space there, or name another with job.folder in .tracey.yml or TRACEY_HOME.',
      cause,
    });
  }
  return {
    path,
    scratch,
    checkout: join(path, CHECKOUT),
    computeJournalFile: (runId) => join(path, `${runId}${JOURNAL_EXTENSION}`),
    remove: () => removeFolder(root, path),
  };
}

/**
 * Finds the jobs that were killed: that held a lock of this scope, or were there before this machine started anew. Only for
 * whoever holds the lock now.
 */
export async function findKilledJobs(root: string, lockScope: string): Promise<readonly KilledJob[]> {
  const jobs: KilledJob[] = [];
  for (const path of await listBelow(root, LEVELS)) {
    const scope = await readFile(join(path, SCOPE_FILE), 'utf8').catch(() => null);
    if (scope === null || !RUN_ID_PATTERN.test(basename(path)) || !isScopeOver(scope, lockScope)) continue;
    const names = (await readdir(path)).filter((name) => name.endsWith(JOURNAL_EXTENSION)).sort();
    jobs.push({
      path,
      journals: names.map((name) => join(path, name)),
      remove: () => removeFolder(root, path),
      removeRest: () => removeRest(path),
    });
  }
  return jobs;
}

/** The folders that are so many levels below one; what cannot be read has none. */
async function listBelow(folder: string, levels: number): Promise<string[]> {
  if (levels === 0) return [folder];
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
  return (await Promise.all(folders.map((one) => listBelow(one, levels - 1)))).flat();
}

/** All but the journals and what they name: checkouts, and the work trees of experiments. */
async function removeRest(path: string): Promise<void> {
  for (const name of await readdir(path)) {
    if (name === SCOPE_FILE || name === SCRATCH || name.endsWith(JOURNAL_EXTENSION)) continue;
    await rm(join(path, name), { recursive: true, force: true, maxRetries: 3 });
  }
}

async function removeFolder(root: string, path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 3 });
  // The folders above, as far as nothing else is in them.
  for (let above = dirname(path); above !== root && above !== dirname(above); above = dirname(above)) {
    await rmdir(above).catch(() => undefined);
  }
}

/** Removes the oldest of the kept logs, beyond the newest {@link KEPT_LOGS}. Their names begin with a time. */
export async function pruneLogs(folder: string): Promise<void> {
  const logs = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.log')).sort();
  for (const name of logs.slice(0, -KEPT_LOGS)) await rm(join(folder, name), { force: true });
}

/** A name from outside as one folder's name: never `..`, never a separator. */
function computeFolderName(name: string): string {
  const safe = name.replace(/[^\w.+@-]/g, '_').replace(/^\.+/, '_');
  return safe.slice(0, 100) || '_';
}
