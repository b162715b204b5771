#!/usr/bin/env node
/** The command line: reads the environment once, gives each command what it needs, and ends with its exit code. */
import { setFlagsFromString } from 'node:v8';
import { Command, CommanderError } from 'commander';
import { addCompareCommand } from './commands/compare.ts';
import { addConfigCommand } from './commands/config.ts';
import { addExportCommand, addImportCommand } from './commands/export.ts';
import { addHistoryCommand } from './commands/history.ts';
import { addInitCommand } from './commands/init.ts';
import { addRunCommand } from './commands/run.ts';
import { addShowCommand } from './commands/show.ts';
import { type CommandContext, EXIT, type ExitCode } from './context.ts';
import { readEnvironment } from './environment.ts';
import { findExitCode, formatError } from './error-text.ts';
import { openTerminal } from './terminal.ts';
import { VERSION } from './version.ts';

const DESCRIPTION =
  'Finds which commit made which test slower, on which Node version, on which machine, and why.';

const COMMANDS = [
  addRunCommand,
  addShowCommand,
  addHistoryCommand,
  addCompareCommand,
  addExportCommand,
  addImportCommand,
  addInitCommand,
  addConfigCommand,
];

// What is read from tested processes is short-lived; room for it that grows would only stay, on devices with little.
setFlagsFromString('--semi-space-growth-factor=1');

async function main(): Promise<ExitCode> {
  const terminal = openTerminal(process);
  const stop = new AbortController();
  let code: ExitCode = EXIT.fine;
  try {
    const context: CommandContext = {
      environment: readEnvironment(process),
      terminal,
      signal: stop.signal,
      version: VERSION,
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        // The second time, whoever asks means it; a tested process ends with its own parent's pipes.
        if (stop.signal.aborted) process.exit(EXIT.interrupted);
        terminal.tell('stopping; what finished is kept');
        stop.abort();
      });
    }
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      // Whoever read our output has seen enough, e.g. `| head`.
      if (error.code === 'EPIPE') process.exit(code);
      throw error;
    });
    const program = new Command('tracey')
      .description(DESCRIPTION)
      .version(VERSION)
      .showSuggestionAfterError()
      .showHelpAfterError('Add --help for what is possible.')
      .configureOutput({ writeErr: (text) => terminal.tell(text.trimEnd()) })
      .exitOverride();
    const end = (result: ExitCode) => {
      code = result;
    };
    for (const add of COMMANDS) add(program, context, end);
    await program.parseAsync(process.argv);
    return code;
  } catch (thrown) {
    terminal.clearStatus();
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.fine : EXIT.usage;
    if (stop.signal.aborted) return EXIT.interrupted;
    terminal.tell(`tracey: ${formatError(thrown)}`);
    return findExitCode(thrown);
  }
}

process.exitCode = await main();
