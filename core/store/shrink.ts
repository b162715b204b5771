/**
 * Gives the room that is free in a database file back to the disk. A database is never left between two states by it: SQLite
 * makes the small one beside the large one, and takes it over in one transaction.
 */
import { statSync } from 'node:fs';
import { formatThrown, StoreError } from '../errors.ts';
import type { Connection } from './connection.ts';
import { guard } from './sqlite-errors.ts';

/** What became of the file. */
export type Shrinking =
  | { readonly kind: 'smaller' }
  /** There is so little to be gained that the next runs may have it. */
  | { readonly kind: 'unchanged' }
  /** It is smaller as soon as whoever reads it is done. */
  | { readonly kind: 'awaits-reader' }
  /** What is free in it stays in it, for the next runs. */
  | { readonly kind: 'failed'; readonly reason: string };

/** Less than this share of the file is not worth writing all of it. */
const LEAST_SHARE = 0.05;

/** Bytes that a database takes on the disk, with what is not in its file yet. */
export function measureFile(file: string): number {
  return [file, `${file}-wal`].reduce(
    (sum, one) => sum + (statSync(one, { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}

/** Makes the file as small as what is in it; takes as much room again meanwhile, twice. */
export function shrinkFile(connection: Connection): Shrinking {
  const { database, file } = connection;
  try {
    return guard(file, () => {
      if (isWorthShrinking(connection)) database.exec('VACUUM');
      else return { kind: 'unchanged' };
      const [state] = database.pragma('wal_checkpoint(TRUNCATE)') as [{ readonly busy: number }];
      return { kind: state.busy === 0 ? 'smaller' : 'awaits-reader' };
    });
  } catch (thrown) {
    if (!(thrown instanceof StoreError) || thrown.code === 'store/corrupt') throw thrown;
    return { kind: 'failed', reason: formatThrown(thrown.cause) };
  }
}

/** Whether a large part of the file is free. */
function isWorthShrinking({ database }: Connection): boolean {
  const free = database.pragma('freelist_count', { simple: true }) as number;
  const pages = database.pragma('page_count', { simple: true }) as number;
  return free > pages * LEAST_SHARE;
}
