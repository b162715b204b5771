/** `tracey compare <run> <run>`: two runs of the history side by side. */
import { compareRuns, gatherComparison, gatherDifferences } from '../../core/analysis/compare.ts';
import { formatUntrusted } from '../../core/text.ts';
import { formatCount, formatDuration } from '../../core/units.ts';
import { formatDifferences, formatRows } from '../comparison-text.ts';
import { type CommandContext, EXIT, type ExitCode } from '../context.ts';
import { withStore } from '../database.ts';
import { requireRun } from './show.ts';

export interface RunFlags {
  readonly all?: boolean;
  readonly database?: string;
  readonly json?: boolean;
}

export async function compareTwoRuns(
  named: { readonly base: string; readonly head: string },
  flags: RunFlags,
  { environment, terminal }: CommandContext,
): Promise<ExitCode> {
  await withStore({ environment, database: flags.database }, async (store) => {
    const base = await store.readRun((await requireRun(store, named.base)).id);
    const head = await store.readRun((await requireRun(store, named.head)).id);
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
  return EXIT.fine;
}
