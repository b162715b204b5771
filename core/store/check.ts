/** Whether a database is whole, without changing anything of it. */
import type { Database } from 'better-sqlite3';
import { readVersion } from './migrations.ts';
import { type OpenStoreOptions, openDatabaseForCopying } from './open.ts';
import { guard } from './sqlite-errors.ts';

export interface DatabaseState {
  readonly runs: number;
  /** UTC ISO 8601; null when there is no run. */
  readonly newestAt: string | null;
  /** What SQLite's integrity check found, its first line; null when all is well. */
  readonly damage: string | null;
}

/** @throws StoreError when it cannot be opened or is none of ours */
export function checkDatabase(options: Pick<OpenStoreOptions, 'file' | 'nativeBinding'>): DatabaseState {
  const database = openDatabaseForCopying(options);
  try {
    return guard(options.file, () => ({ ...readRuns(database), damage: findDamage(database) }));
  } finally {
    database.close();
  }
}

/** What SQLite's integrity check finds first; null when all is well. */
export function findDamage(database: Database): string | null {
  const answer = String(database.pragma('integrity_check(1)', { simple: true }));
  return answer === 'ok' ? null : answer;
}

/** How many runs there are, and when the newest began. */
export function readRuns(database: Database): Pick<DatabaseState, 'runs' | 'newestAt'> {
  if (readVersion(database) === 0) return { runs: 0, newestAt: null };
  const found = database
    .prepare<[], { runs: number; newestAt: string | null }>(
      'SELECT count(*) AS runs, max(started_at) AS newestAt FROM run',
    )
    .get();
  return found ?? { runs: 0, newestAt: null };
}
