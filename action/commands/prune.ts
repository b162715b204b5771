/** `tracey prune`: thins what is old in the history, or removes it. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { type PruneRequest, planPruning, pruneDatabase } from '../../core/store/prune.ts';
import { type CommandContext, EXIT, type ExitCode } from '../context.ts';
import { addDatabaseOption, findDatabaseFile, findNativeBinding } from '../database.ts';
import { parseCount } from '../flags.ts';
import { CONFIG_FILE, loadPublicConfig } from '../load-config.ts';
import { formatPlan, formatPruned } from '../prune-text.ts';

interface Flags {
  readonly repository?: string;
  readonly keepRuns?: number;
  readonly keepDays?: number;
  readonly remove?: boolean;
  readonly dryRun?: boolean;
  readonly config?: string;
  readonly json?: boolean;
  readonly database?: string;
}

const EXAMPLES = `
A thinned run keeps every outcome, median, spread, fingerprint, reason and
message: histories, changes and trends stay as they are. It loses samples, times
of hooks, output, documents, and stacks of failures.

Examples:
  tracey prune --dry-run                        what would go, and how much that is
  tracey prune                                  thins all but the newest 100 of each repo and environment
  tracey prune --keep-runs 20 --keep-days 90    a run stays as it is that one of the two keeps
  tracey prune --remove --keep-days 730         whole runs go, and with them their part of every history`;

export function addPruneCommand(
  program: Command,
  context: CommandContext,
  end: (code: ExitCode) => void,
): void {
  const command = program
    .command('prune')
    .summary('thin or remove what is old in the history')
    .description(
      'Drops what is large of old runs and not needed to judge new ones, and gives the room back to the disk. With --remove, drops whole runs, but for those that a change points at.',
    )
    .option('--repository <owner/name>', 'only runs of this repo')
    .option(
      '--keep-runs <count>',
      'keep so many of the newest runs of each repo and environment as they are (default: history.keepSamples of the configuration, else 100; with --keep-days alone 10, with --remove 0)',
      parseCount,
    )
    .option('--keep-days <days>', 'keep runs of the last so many days as they are', parseCount)
    .option('--remove', 'remove whole runs; needs --keep-runs or --keep-days')
    .option('--dry-run', 'say what would be dropped, and change nothing')
    .option('--config <file>', `configuration (default: ${CONFIG_FILE} of this folder)`)
    .option('--json', 'print JSON: the runs, what they lost, and bytes before and after')
    .addHelpText('after', EXAMPLES);
  addDatabaseOption(command).action(async (flags: Flags) => {
    const { terminal, signal } = context;
    const request = await makeRequest(context, flags);
    if (flags.dryRun) {
      const plan = await planPruning(request);
      terminal.print(flags.json ? JSON.stringify({ dryRun: true, ...plan }, null, 2) : formatPlan(plan));
      end(EXIT.fine);
      return;
    }
    const doing = request.depth === 'thin' ? 'thinning' : 'removing';
    const pruned = await pruneDatabase(request, {
      signal,
      onProgress: (ratio) =>
        terminal.showStatus(ratio < 1 ? `${doing}: ${Math.floor(ratio * 100)} %` : 'making the file smaller'),
    });
    terminal.clearStatus();
    terminal.print(flags.json ? JSON.stringify({ dryRun: false, ...pruned }, null, 2) : formatPruned(pruned));
    end(EXIT.fine);
  });
}

async function makeRequest(context: CommandContext, flags: Flags): Promise<PruneRequest> {
  const nativeBinding = findNativeBinding();
  const { repository = null, keepRuns = null, keepDays = null } = flags;
  const isUnbounded = !flags.remove && keepRuns === null && keepDays === null;
  return {
    file: findDatabaseFile(context.environment, flags.database),
    ...(nativeBinding === undefined ? {} : { nativeBinding }),
    depth: flags.remove ? 'remove' : 'thin',
    repository,
    keepRuns: isUnbounded ? await readKeepSamples(context, flags.config) : keepRuns,
    keepDays,
    now: new Date(),
  };
}

/** How many runs keep their samples, by the configuration; null when it does not say. */
async function readKeepSamples(
  { environment }: CommandContext,
  named: string | undefined,
): Promise<number | null> {
  const file = resolve(environment.workingFolder, named ?? CONFIG_FILE);
  const { config } = await loadPublicConfig(file, { environment, isNamed: named !== undefined });
  return config.history.keepSamplesRuns;
}
