/** `tracey compare`: two runs side by side, test by test. */
import type { Command } from 'commander';
import { CLEARLY, compareRuns, gatherComparison, gatherDifferences } from '../../core/analysis/compare.ts';
import { formatUntrusted } from '../../core/text.ts';
import { formatCount, formatDuration, formatRatio } from '../../core/units.ts';
import { formatDifferences, formatRows } from '../comparison-text.ts';
import { type CommandContext, EXIT, type ExitCode } from '../context.ts';
import { addDatabaseOption, withStore } from '../database.ts';
import { requireRun } from './show.ts';

interface Flags {
  readonly all?: boolean;
  readonly database?: string;
  readonly json?: boolean;
}

const EXAMPLES = `
A test is called slower or faster when each run has at least ${CLEARLY.samples} samples of it, and all samples of one
run are at least ${formatRatio(CLEARLY.ratio)} above all of the other. The two runs were not measured side by side: a
difference is a reason to look, not a proof.

Examples:
  tracey compare 1767225600000 latest
  tracey compare 1767225600000 1767225700000 --all`;

export function addCompareCommand(
  program: Command,
  context: CommandContext,
  end: (code: ExitCode) => void,
): void {
  const command = program
    .command('compare')
    .argument('<base>', "a run's id or the beginning of one")
    .argument('<head>', 'another run, or "latest"')
    .summary('compare two runs test by test')
    .description('Compares two runs of the history, test by test.')
    .option('--all', 'every test, not only what is clearly different')
    .option('--json', 'print JSON')
    .addHelpText('after', EXAMPLES);
  addDatabaseOption(command).action(async (baseText: string, headText: string, flags: Flags) => {
    const { environment, terminal } = context;
    await withStore({ environment, database: flags.database }, async (store) => {
      const base = await store.readRun((await requireRun(store, baseText)).id);
      const head = await store.readRun((await requireRun(store, headText)).id);
      if (flags.json) {
        const comparison = await gatherComparison(compareRuns(base, head));
        const ids = { base: base.run.id, head: head.run.id };
        terminal.print(JSON.stringify({ ...ids, ...comparison }, null, 2));
        return;
      }
      const differing = (['repository', 'runner', 'nodeVersion', 'jobType', 'isolation'] as const).filter(
        (key) => base.run[key] !== head.run[key],
      );
      for (const key of differing) {
        terminal.tell(
          `Not alike: ${key} was ${formatUntrusted(base.run[key])}, is ${formatUntrusted(head.run[key])}.`,
        );
      }
      for (const [what, run] of [
        ['base', base.run],
        ['head', head.run],
      ] as const) {
        terminal.print(
          `${what}  ${run.commit.slice(0, 10)} ${formatUntrusted(run.commitDetails.subject)}, ` +
            `${formatCount(run.totals.tests, 'test')}, ${formatDuration(run.totals.durationMs)}`,
        );
      }
      const compared = compareRuns(base, head);
      const text = flags.all
        ? formatRows(terminal, (await gatherComparison(compared)).tests)
        : formatDifferences(terminal, await gatherDifferences(compared));
      terminal.print(`\n${text}`);
    });
    end(EXIT.fine);
  });
}
