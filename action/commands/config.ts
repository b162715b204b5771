/** `tracey config check`: says whether `.tracey.yml` is right, and what to know about it. */
import { relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { formatNote } from '../../core/config/notes.ts';
import { checkConfig } from '../../core/config/parse.ts';
import { ConfigFileError } from '../../core/config/problems.ts';
import { JOB_TYPE_NAMES } from '../../job-types/index.ts';
import { type CommandContext, EXIT, type ExitCode } from '../context.ts';
import { CONFIG_FILE, readConfigText } from '../load-config.ts';

const EXAMPLES = `
Examples:
  tracey config check
  tracey config check ../hub/.tracey.yml --json`;

export function addConfigCommand(
  program: Command,
  context: CommandContext,
  end: (code: ExitCode) => void,
): void {
  const config = program
    .command('config')
    .summary('check the configuration')
    .description('Works on .tracey.yml.');
  config
    .command('check')
    .argument('[file]', 'the file', CONFIG_FILE)
    .summary('say whether it is right')
    .description(
      'Checks .tracey.yml: every mistake with line, column and what to do; secrets need not be set.',
    )
    .option('--json', 'print JSON: problems and notes with their places')
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, flags: { readonly json?: boolean }) => {
      const { environment, terminal } = context;
      const path = resolve(environment.workingFolder, file);
      const label = relative(environment.workingFolder, path) || path;
      const text = await readConfigText(path, label, true);
      try {
        const { notes } = checkConfig(text, {
          file: label,
          environment: environment.variables,
          knownJobTypes: JOB_TYPE_NAMES,
        });
        if (flags.json) terminal.print(JSON.stringify({ file: label, problems: [], notes }, null, 2));
        else {
          for (const note of notes) terminal.print(formatNote(label, note));
          terminal.print(`${label}: ${terminal.style('green', 'fine')}`);
        }
        end(EXIT.fine);
      } catch (thrown) {
        if (!(thrown instanceof ConfigFileError) || !flags.json) throw thrown;
        terminal.print(JSON.stringify({ file: label, problems: thrown.problems, notes: [] }, null, 2));
        end(EXIT.usage);
      }
    });
}
