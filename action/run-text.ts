/** What came of a run, shown when it is complete. */
import { compareRuns, gatherDifferences } from '../core/analysis/compare.ts';
import { findHighlights } from '../core/analysis/highlights.ts';
import type { RunResults } from '../core/model.ts';
import type { StoredRun } from '../core/store/store.ts';
import { formatUntrusted } from '../core/text.ts';
import { formatDifferences } from './comparison-text.ts';
import { formatSummary } from './document-text.ts';
import { formatFailures, formatFiles, formatTests, formatVerdict, SHOWN } from './report-text.ts';
import type { Terminal } from './terminal.ts';

/**
 * Shows a run: verdict, failures, where the time went, and what changed since another.
 *
 * @param detail `changes`: of one among many, only what changed
 */
export async function showRun(
  terminal: Terminal,
  of: {
    readonly run: RunResults;
    readonly since: StoredRun | undefined;
    readonly detail: 'all' | 'changes';
  },
): Promise<void> {
  const { run, since, detail } = of;
  const highlights = await findHighlights(run.files, SHOWN);
  terminal.print(formatVerdict(terminal, run));
  const failed = formatFailures(terminal, run.id, highlights);
  if (failed !== '') terminal.print(failed);
  const summary = formatSummary(run.documents);
  if (summary !== '') terminal.print(`\n${summary}\n`);
  if (detail === 'all' && run.totals.tests > 0) {
    if (run.totals.files > 1) terminal.print(`\n${formatFiles(terminal, highlights)}`);
    terminal.print(`\nSlowest tests\n${formatTests(terminal, highlights)}`);
  }
  if (since) {
    const { commit, commitDetails } = since.run;
    const title = `Since ${commit.slice(0, 10)} ${formatUntrusted(commitDetails.subject)}`;
    const differences = await gatherDifferences(compareRuns(since, run));
    terminal.print(`\n${terminal.style('bold', title)}\n${formatDifferences(terminal, differences)}`);
  }
  terminal.print(terminal.style('dim', `run ${run.id}\n`));
}
