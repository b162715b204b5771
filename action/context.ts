/** What every command of the command line gets. */
import type { Environment } from './environment.ts';
import type { Terminal } from './terminal.ts';

export interface CommandContext {
  readonly environment: Environment;
  readonly terminal: Terminal;
  /** Aborted by Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  readonly version: string;
}

/** How a process ends, for scripts. */
export const EXIT = {
  fine: 0,
  unexpected: 1,
  usage: 2,
  testsFailed: 3,
  slower: 4,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
