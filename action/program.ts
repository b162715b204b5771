/**
 * The command line: reads the environment once, gives each command what it needs, and ends with its exit code. The
 * code of a command is loaded when that command is wanted, all of them only for the help.
 */
import { Command, CommanderError } from 'commander';
import { type CommandContext, EXIT, type ExitCode } from './context.ts';
import { readEnvironment } from './environment.ts';
import { findExitCode, formatError } from './error-text.ts';
import { openTerminal } from './terminal.ts';
import { VERSION } from './version.ts';
import { boundYoungGeneration } from './young-generation.ts';

const DESCRIPTION =
  'Finds which commit made which test slower, on which Node version, on which machine, and why.';

const VERSION_FLAGS = ['-V', '--version'];

type AddCommand = (program: Command, context: CommandContext, end: (code: ExitCode) => void) => void;

/** In the order in which the help lists them. */
const COMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  run: async () => (await import('./commands/run.ts')).addRunCommand,
  show: async () => (await import('./commands/show.ts')).addShowCommand,
  history: async () => (await import('./commands/history.ts')).addHistoryCommand,
  compare: async () => (await import('./commands/compare.ts')).addCompareCommand,
  changes: async () => (await import('./commands/changes.ts')).addChangesCommand,
  detect: async () => (await import('./commands/detect.ts')).addDetectCommand,
  export: async () => (await import('./commands/export.ts')).addExportCommand,
  import: async () => (await import('./commands/export.ts')).addImportCommand,
  prune: async () => (await import('./commands/prune.ts')).addPruneCommand,
  backup: async () => (await import('./commands/backup.ts')).addBackupCommand,
  artifact: async () => (await import('./commands/artifact.ts')).addArtifactCommand,
  dashboard: async () => (await import('./commands/dashboard.ts')).addDashboardCommand,
  init: async () => (await import('./commands/init.ts')).addInitCommand,
  config: async () => (await import('./commands/config.ts')).addConfigCommand,
  notify: async () => (await import('./commands/notify.ts')).addNotifyCommand,
  doctor: async () => (await import('./commands/doctor.ts')).addDoctorCommand,
  matrix: async () => (await import('./commands/matrix.ts')).addMatrixCommand,
};

/** The command that the arguments begin with, none where no command is needed, else all of them. */
function loadCommands([first = '']: readonly string[]): Promise<AddCommand[]> {
  const named = Object.hasOwn(COMMANDS, first) ? COMMANDS[first] : undefined;
  const wanted = named ? [named] : VERSION_FLAGS.includes(first) ? [] : Object.values(COMMANDS);
  return Promise.all(wanted.map((load) => load()));
}

boundYoungGeneration();

/** Does what the process's arguments say. */
export async function runProgram(): Promise<ExitCode> {
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
      .version(VERSION, VERSION_FLAGS.join(', '))
      .showSuggestionAfterError()
      .showHelpAfterError('Add --help for what is possible.')
      .configureOutput({ writeErr: (text) => terminal.tell(text.trimEnd()) })
      .exitOverride();
    const end = (result: ExitCode) => {
      code = result;
    };
    for (const add of await loadCommands(process.argv.slice(2))) add(program, context, end);
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
