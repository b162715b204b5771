/**
 * Pruning: old runs are thinned, or removed when that is asked for, some at a time and each time in one transaction, so
 * that a job that stores a run waits no longer than for another job. Whatever ends it in the middle, the database is whole,
 * and pruning again goes on where it was left.
 */
import { setImmediate } from 'node:timers/promises';
import { StoreError } from '../errors.ts';
import { formatUntrusted } from '../text.ts';
import type { Connection } from './connection.ts';
import {
  countRuns,
  groupOldRuns,
  listOldRuns,
  measureContent,
  noteOldRuns,
  type RunContent,
  type RunsOfRepository,
  releaseHeldRuns,
  releaseSmallRuns,
} from './old-runs.ts';
import { DEFAULT_KEEP_DETAIL_RUNS, type OpenStoreOptions, openForPruning } from './open.ts';
import { removeRuns } from './remove-runs.ts';
import { measureFile, type Shrinking, shrinkFile } from './shrink.ts';
import { guard } from './sqlite-errors.ts';
import { thinRuns } from './thin.ts';
import { dropUnused, dropUnusedExplanations } from './unused.ts';

export interface PruneRequest
  extends Pick<OpenStoreOptions, 'file' | 'nativeBinding' | 'busyTimeoutMs' | 'maxBytes'> {
  /** `thin`: old runs keep what histories and judging need. `remove`: they go. */
  readonly depth: 'thin' | 'remove';
  /** Only runs of this repository (`owner/name`); null for all. */
  readonly repository: string | null;
  /**
   * So many of the newest runs of a repository and environment stay as they are; null: thinning leaves ten where days are
   * given and 100 where not, removing none.
   */
  readonly keepRuns: number | null;
  /** So do those that began in the last so many days; null: however young they are. */
  readonly keepDays: number | null;
  readonly now: Date;
}

/** What pruning drops. */
export interface PrunePlan extends RunContent {
  readonly file: string;
  readonly depth: PruneRequest['depth'];
  /** Runs there are. */
  readonly runs: number;
  /** Runs that are thinned or removed; when thinning, those that have something to lose. */
  readonly prunedRuns: number;
  readonly repositories: readonly RunsOfRepository[];
  /** Old runs that are not removed, because something points at them that was found. */
  readonly heldRuns: number;
  /** What the database takes on the disk. */
  readonly bytes: number;
}

export interface Pruned extends PrunePlan {
  readonly bytesAfter: number;
  readonly shrinking: Shrinking;
}

export interface PruneWatch {
  readonly signal: AbortSignal;
  /** How far it is, 0 to 1; 1 means that the file is made smaller now. */
  readonly onProgress: (ratio: number) => void;
}

const DAY_MS = 86_400_000;

/** While there are so few, the samples of two runs are held against each other, whatever their age. */
const LEAST_DETAIL_RUNS = 10;

/** So many runs go in one transaction: as many as are in a block. */
const RUNS_AT_ONCE = 64;

/** What is written goes into the file this often, instead of some 4 MB at once: often the disk is nearly full. */
const WAL_PAGES = 100;

/** Repos that an error names. */
const MOST_LISTED = 10;

/**
 * What {@link pruneDatabase} would do, without changing anything.
 *
 * @throws StoreError as for opening it for reading; `prune/no-bound`, `prune/unknown-repository`
 */
export function planPruning(request: PruneRequest): Promise<PrunePlan> {
  return withConnection({ ...request, readonly: true }, (connection) => makePlan(connection, request));
}

/**
 * Thins or removes old runs, then gives the room that is free back to the disk.
 *
 * @throws StoreError as for opening it; `prune/no-bound`, `prune/unknown-repository`
 */
export async function pruneDatabase(request: PruneRequest, watch: PruneWatch): Promise<Pruned> {
  const pruned = await withConnection(request, async (connection) => {
    const plan = makePlan(connection, request);
    await pruneRuns(connection, request, watch);
    watch.onProgress(1);
    await pause(watch.signal);
    return { ...plan, shrinking: shrinkFile(connection) };
  });
  // What is not in the file yet gets there when the last one closes it.
  return { ...pruned, bytesAfter: measureFile(pruned.file) };
}

async function withConnection<Result>(
  request: PruneRequest & { readonly readonly?: boolean },
  use: (connection: Connection) => Result | Promise<Result>,
): Promise<Result> {
  if (request.depth === 'remove' && request.keepRuns === null && request.keepDays === null) {
    throw new StoreError('prune: it is not said which runs are to be kept; all of them would be removed.', {
      code: 'prune/no-bound',
      hint: 'Add --keep-runs, --keep-days or both: a run stays that one of them keeps.',
    });
  }
  const connection = openForPruning(request);
  connection.database.pragma(`wal_autocheckpoint = ${WAL_PAGES}`);
  try {
    return await use(connection);
  } finally {
    connection.database.close();
  }
}

/** Notes what is old, and counts it. */
function makePlan(connection: Connection, request: PruneRequest): PrunePlan {
  const { depth, repository, keepDays, now } = request;
  requireRepository(connection, repository);
  return guard(connection.file, () => {
    noteOldRuns(connection, {
      repository,
      keepRuns: request.keepRuns ?? findDefaultRuns(request),
      keepSince: keepDays === null ? null : computeSince(now, keepDays),
    });
    const heldRuns = depth === 'remove' ? releaseHeldRuns(connection) : 0;
    if (depth === 'thin') releaseSmallRuns(connection);
    const repositories = groupOldRuns(connection);
    return {
      file: connection.file,
      depth,
      runs: countRuns(connection, repository),
      prunedRuns: repositories.reduce((sum, { runs }) => sum + runs, 0),
      repositories,
      heldRuns,
      ...measureContent(connection),
      bytes: measureFile(connection.file),
    };
  });
}

function findDefaultRuns({ depth, keepDays }: PruneRequest): number {
  if (depth === 'remove') return 0;
  return keepDays === null ? DEFAULT_KEEP_DETAIL_RUNS : LEAST_DETAIL_RUNS;
}

/** Prunes the runs that are noted, then what only they needed. */
async function pruneRuns(
  connection: Connection,
  { depth }: PruneRequest,
  { signal, onProgress }: PruneWatch,
): Promise<void> {
  const prune = depth === 'thin' ? thinRuns : removeRuns;
  const runIds = listOldRuns(connection);
  for (let at = 0; at < runIds.length; at += RUNS_AT_ONCE) {
    onProgress(at / runIds.length);
    await pause(signal);
    write(connection, () => prune(connection, runIds.slice(at, at + RUNS_AT_ONCE)));
  }
  connection.database.pragma('foreign_keys = OFF');
  write(connection, () => (depth === 'thin' ? dropUnusedExplanations(connection) : dropUnused(connection)));
}

/** Of more days than there are dates, the first date. */
function computeSince(now: Date, days: number): string {
  return new Date(Math.max(0, now.getTime() - days * DAY_MS)).toISOString();
}

function requireRepository(connection: Connection, repository: string | null): void {
  if (repository === null) return;
  const names = guard(connection.file, () =>
    connection.prepareRaw<[string]>('SELECT name FROM repository ORDER BY name').all(),
  ).map(([name]) => name);
  if (names.includes(repository)) return;
  const listed = names.slice(0, MOST_LISTED).map(formatUntrusted);
  const more = names.length > listed.length ? ', …' : '';
  throw new StoreError(
    `${connection.file}: there are no runs of the repo "${formatUntrusted(repository)}".`,
    {
      code: 'prune/unknown-repository',
      hint: names.length === 0 ? 'It has none of any repo.' : `It has runs of ${listed.join(', ')}${more}.`,
    },
  );
}

function write(connection: Connection, work: () => void): void {
  const { database, file } = connection;
  try {
    guard(file, () => database.transaction(work).immediate());
  } catch (cause) {
    if (!(cause instanceof StoreError) || cause.code !== 'store/disk-full') throw cause;
    throw new StoreError(
      `${file}: there is no room left to prune it; what was not pruned yet is as it was.`,
      {
        code: cause.code,
        hint: 'Free some space on the disk that holds the database, and prune again: it goes on where it ended.',
        cause,
      },
    );
  }
}

/** Lets signals in. */
async function pause(signal: AbortSignal): Promise<void> {
  await setImmediate();
  signal.throwIfAborted();
}
