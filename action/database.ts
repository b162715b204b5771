/** Where the history is, and opening it. */
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { openStore } from '../core/store/open.ts';
import type { Store } from '../core/store/store.ts';
import type { Environment } from './environment.ts';

export const DATABASE_OPTION = [
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
    readonly readonly?: boolean;
  },
  use: (store: Store) => Promise<Result>,
): Promise<Result> {
  const { environment, database, readonly = true } = options;
  const file =
    database === undefined
      ? join(environment.dataFolder, 'tracey.db')
      : resolve(environment.workingFolder, database);
  const store = await openStore({ file, readonly });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}
