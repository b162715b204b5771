/** Where the history is, and opening it. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { openStore } from '../core/store/open.ts';
import type { Store } from '../core/store/store.ts';
import type { Environment } from './environment.ts';

const DATABASE_OPTION = [
  '--database <file>',
  'where the history is kept (default: in $TRACEY_HOME, else your data folder)',
] as const;

/** Adds `--database` to a command. */
export function addDatabaseOption(command: Command): Command {
  return command.option(...DATABASE_OPTION);
}

/** Does something with the store that a command named, and closes it. */
export async function withStore<Result>(
  options: {
    readonly environment: Environment;
    readonly database: string | undefined;
    /** What a command that writes wants; without it the history must exist and is only read. */
    readonly writing?: {
      /** How many of the newest runs keep every sample; the store's own default when null. */
      readonly keepDetailRuns: number | null;
    };
  },
  use: (store: Store) => Promise<Result>,
): Promise<Result> {
  const { environment, database, writing } = options;
  const file = findDatabaseFile(environment, database);
  const nativeBinding = findNativeBinding();
  const store = openStore({
    file,
    readonly: writing === undefined,
    ...(nativeBinding === undefined ? {} : { nativeBinding }),
    ...(writing?.keepDetailRuns == null ? {} : { keepDetailRuns: writing.keepDetailRuns }),
  });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

/** The file of a database that was named, or not. */
export function findDatabaseFile(environment: Environment, named: string | undefined): string {
  return named === undefined
    ? join(environment.dataFolder, 'tracey.db')
    : resolve(environment.workingFolder, named);
}

/** SQLite's compiled part, where the build put it; in a checkout it is found by itself. */
export function findNativeBinding(): string | undefined {
  const file = fileURLToPath(
    new URL(`./prebuilds/${process.platform}-${process.arch}.node`, import.meta.url),
  );
  return existsSync(file) ? file : undefined;
}
