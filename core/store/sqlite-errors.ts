/**
 * What SQLite's errors mean to the person who reads them. Every call into the database passes through
 * {@link guard}; nothing here decides what to do about a failure.
 */
import { findSystemCode, StoreError } from '../errors.ts';

/** Calls `work`; a failure of SQLite that can be expected comes out as a StoreError naming `file`. */
export function guard<Result>(file: string, work: () => Result): Result {
  try {
    return work();
  } catch (thrown) {
    throw translateSqliteError(file, thrown);
  }
}

/** True for the failures that pass by themselves or with more room, after which the same call may succeed. */
export function isPassing(thrown: unknown): boolean {
  return (
    thrown instanceof StoreError && (thrown.code === 'store/locked' || thrown.code === 'store/disk-full')
  );
}

/** A failure of SQLite as a StoreError naming `file`, where it can be expected; anything else as it is. */
export function translateSqliteError(file: string, thrown: unknown): unknown {
  const code = findSystemCode(thrown) ?? '';
  const meaning = MEANINGS.find(({ prefix }) => code.startsWith(prefix));
  if (meaning === undefined) return thrown;
  const { code: ours, what, hint } = meaning;
  return new StoreError(`${file}: ${what} (${code}).`, { code: ours, hint, cause: thrown });
}

const MEANINGS = [
  {
    prefix: 'SQLITE_BUSY',
    code: 'store/locked',
    what: 'another process kept the database locked for too long',
    hint: 'Wait until the other tracey has finished, or end it, and try again.',
  },
  {
    prefix: 'SQLITE_FULL',
    code: 'store/disk-full',
    what: 'there is no room left to write; nothing of this run was kept, everything before it was',
    hint: 'Free some space on the disk that holds the database, or raise its size limit, and try again.',
  },
  {
    prefix: 'SQLITE_CORRUPT',
    code: 'store/corrupt',
    what: 'the database is damaged',
    hint: 'Restore a copy, or rescue what is left with `sqlite3 <file> .recover` into a new file.',
  },
  {
    prefix: 'SQLITE_NOTADB',
    code: 'store/not-a-database',
    what: 'this file is not a SQLite database',
    hint: 'Name the file that holds the results, or one that does not exist yet to start a new one.',
  },
  {
    prefix: 'SQLITE_READONLY',
    code: 'store/read-only',
    what: 'the database cannot be written',
    hint: 'Give this user the right to write the file and its folder, or name another file.',
  },
  {
    prefix: 'SQLITE_CANTOPEN',
    code: 'store/cannot-open',
    what: 'the database cannot be opened',
    hint: 'Give this user the right to read and write the file and its folder, or name another file.',
  },
  {
    prefix: 'SQLITE_IOERR',
    code: 'store/input-output',
    what: 'the disk failed to read or write the database',
    hint: 'Check the disk and its free space, then try again.',
  },
] as const;
