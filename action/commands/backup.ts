/** `tracey backup`: a copy of the history, also while jobs write it. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { backUpDatabase } from '../../core/store/backup.ts';
import { formatBytes, formatCount } from '../../core/units.ts';
import { type CommandContext, EXIT, type ExitCode } from '../context.ts';
import { addDatabaseOption, findDatabaseFile, findNativeBinding } from '../database.ts';
import { parseCount } from '../flags.ts';

const EXAMPLES = `
Examples:
  tracey backup --to /mnt/copies
  tracey backup --to copies --keep-days 30 --json

To restore one, while no job runs: move the database away (with its -wal and -shm files), and copy the
backup to its place.`;

export function addBackupCommand(
  program: Command,
  context: CommandContext,
  end: (code: ExitCode) => void,
): void {
  const command = program
    .command('backup')
    .summary('copy the history to a safe place')
    .description(
      'Copies the history, also while jobs write it, checks the copy, and removes copies that are too old.',
    )
    .requiredOption('--to <folder>', 'where copies are kept')
    .option('--keep-days <days>', 'how long; the newest stays in any case', parseCount, 14)
    .option('--json', 'print JSON: the file, its bytes, its runs, and what was removed')
    .addHelpText('after', EXAMPLES);
  addDatabaseOption(command).action(
    async (flags: {
      readonly to: string;
      readonly keepDays: number;
      readonly json?: boolean;
      readonly database?: string;
    }) => {
      const { environment, terminal, signal } = context;
      const nativeBinding = findNativeBinding();
      const backup = await backUpDatabase({
        file: findDatabaseFile(environment, flags.database),
        folder: resolve(environment.workingFolder, flags.to),
        keepDays: flags.keepDays,
        now: new Date(),
        signal,
        onProgress: (ratio) => terminal.showStatus(`copying: ${Math.round(ratio * 100)} %`),
        ...(nativeBinding === undefined ? {} : { nativeBinding }),
      });
      terminal.clearStatus();
      if (flags.json) terminal.print(JSON.stringify(backup, null, 2));
      else {
        const { file, runs, bytes, removed } = backup;
        terminal.tell(`Copied ${formatCount(runs, 'run')}, ${formatBytes(bytes)}, to ${file}`);
        if (removed.length > 0)
          terminal.tell(`Removed ${formatCount(removed.length, 'old copy', 'old copies')}.`);
      }
      end(EXIT.fine);
    },
  );
}
