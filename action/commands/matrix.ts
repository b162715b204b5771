/** `tracey matrix`: the jobs of a workflow that measures many repos. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { computeMatrix } from '../../core/config/matrix.ts';
import { ROLES, type Role } from '../../core/roles.ts';
import { type CommandContext, EXIT, type ExitCode } from '../context.ts';
import { parseList, parseRoles } from '../flags.ts';
import { CONFIG_FILE, loadPublicConfig } from '../load-config.ts';
import { formatMatrix } from '../matrix-text.ts';

interface Flags {
  readonly config?: string;
  readonly repository?: string[];
  readonly role?: Role[];
  readonly schedule?: string;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  tracey matrix                                   what there is, as a table
  tracey matrix --json                            on one line, for strategy.matrix
  tracey matrix --json --role field
  tracey matrix --json --schedule "0 2 * * *"     what this entry of on.schedule starts`;

export function addMatrixCommand(
  program: Command,
  context: CommandContext,
  end: (code: ExitCode) => void,
): void {
  program
    .command('matrix')
    .summary("print repos[] × roles as a workflow's matrix")
    .description(
      'Prints the repos of .tracey.yml times the roles of machines, as strategy.matrix of a workflow takes them; secrets need not be set.',
    )
    .option('--config <file>', `configuration (default: ${CONFIG_FILE} of this folder)`)
    .option('--repository <names>', 'only these: owner/name,owner/other', parseFilter)
    .option('--role <roles>', `only machines of these roles: ${ROLES.join(',')}`, parseRoleFilter)
    .option('--schedule <cron>', 'only what this entry of on.schedule starts: github.event.schedule')
    .option('--json', 'print JSON on one line')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: Flags) => {
      const { environment, terminal } = context;
      const file = resolve(environment.workingFolder, flags.config ?? CONFIG_FILE);
      const { config } = await loadPublicConfig(file, { environment, isNamed: true });
      const matrix = computeMatrix(config.repos, {
        repositories: flags.repository ?? [],
        roles: flags.role ?? [],
        cron: flags.schedule ?? '',
      });
      terminal.print(flags.json ? JSON.stringify(matrix) : formatMatrix(matrix, terminal.width));
      end(EXIT.fine);
    });
}

/** An empty value limits nothing: in a workflow it comes from an event that does not have it. */
function parseFilter(text: string): string[] {
  return text.trim() === '' ? [] : parseList(text);
}

function parseRoleFilter(text: string): Role[] {
  return text.trim() === '' ? [] : parseRoles(text);
}
