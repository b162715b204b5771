/** `tracey show`: the runs of the history, or one of them in full. */
import type { Command } from 'commander';
import { findHighlights } from '../../core/analysis/highlights.ts';
import { StoreError } from '../../core/errors.ts';
import type { Document, RunFacts } from '../../core/model.ts';
import { formatRun } from '../../core/report-format.ts';
import type { RunSummary, Store } from '../../core/store/store.ts';
import { formatUntrusted } from '../../core/text.ts';
import { formatDuration } from '../../core/units.ts';
import { type CommandContext, EXIT, type ExitCode } from '../context.ts';
import { addDatabaseOption, withStore } from '../database.ts';
import { formatDocumentList } from '../document-text.ts';
import { parseCount } from '../flags.ts';
import {
  formatFailures,
  formatFiles,
  formatMachine,
  formatSuites,
  formatTests,
  formatVerdict,
  SHOWN,
} from '../report-text.ts';
import type { Terminal } from '../terminal.ts';
import { type Column, formatTable } from '../text-table.ts';

interface Flags {
  readonly limit: number;
  readonly repository?: string;
  readonly runner?: string;
  readonly node?: string;
  readonly branch?: string;
  readonly tests?: boolean;
  readonly document?: string;
  readonly database?: string;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  tracey show                         the newest runs
  tracey show latest                  the newest run in full
  tracey show 1767225600000           a run by the beginning of its id
  tracey show latest --tests          every test of it
  tracey show latest --document summary.md
  tracey show --repository expressjs/express --node 22 --json`;

const COLUMNS: readonly Column[] = [
  { title: 'started' },
  { title: 'commit' },
  { title: 'node' },
  { title: 'outcome' },
  { title: 'tests', align: 'right' },
  { title: 'total', align: 'right' },
  { title: 'run' },
  { title: 'repository', flexible: 'middle' },
];

export function addShowCommand(
  program: Command,
  context: CommandContext,
  end: (code: ExitCode) => void,
): void {
  const command = program
    .command('show')
    .argument('[run]', 'a run\'s id, the beginning of one, or "latest"')
    .summary('show runs, or one run in full')
    .description(
      'Lists the newest runs of the history; with a run, shows its files, suites and slowest tests.',
    )
    .option('--limit <count>', 'how many runs, or how many tests', parseCount, 20)
    .option('--repository <owner/name>', 'only runs of this repo')
    .option('--runner <name>', 'only runs on this machine')
    .option('--node <line>', 'only runs on this line of Node, e.g. 22')
    .option('--branch <name>', 'only runs found on this branch')
    .option('--tests', 'every test of the run')
    .option('--document <name>', 'a document of the run, as it is')
    .option('--json', 'print JSON: a list of runs, or the run')
    .addHelpText('after', EXAMPLES);
  addDatabaseOption(command).action(async (run: string | undefined, flags: Flags) => {
    const { environment } = context;
    await withStore({ environment, database: flags.database }, async (store) => {
      if (run === undefined) showRuns(context.terminal, await findRuns(store, flags), flags);
      else await showRun(context.terminal, await requireRun(store, run, flags), { store, flags });
    });
    end(EXIT.fine);
  });
}

/**
 * The run that a user means: an id, the beginning of one, or `latest`.
 *
 * @throws StoreError `store/unknown-run`
 */
export async function requireRun(
  store: Store,
  text: string,
  flags: Partial<Flags> = {},
): Promise<RunSummary> {
  const run =
    text === 'latest' ? (await findRuns(store, { ...flags, limit: 1 }))[0] : await store.findRun(text);
  if (run) return run;
  throw new StoreError(`${store.location}: there is no run "${formatUntrusted(text)}".`, {
    code: 'store/unknown-run',
    hint: 'See "tracey show" for the runs there are; the beginning of an id is enough.',
  });
}

function findRuns(
  store: Store,
  flags: Partial<Flags> & { readonly limit: number },
): Promise<readonly RunSummary[]> {
  return store.listRuns({
    limit: flags.limit,
    ...(flags.repository === undefined ? {} : { repository: flags.repository }),
    ...(flags.runner === undefined ? {} : { runner: flags.runner }),
    ...(flags.node === undefined ? {} : { nodeLine: flags.node }),
    ...(flags.branch === undefined ? {} : { branch: flags.branch }),
  });
}

function showRuns(terminal: Terminal, runs: readonly RunSummary[], flags: Flags): void {
  if (flags.json) {
    terminal.print(JSON.stringify(runs, null, 2));
    return;
  }
  if (runs.length === 0) {
    terminal.tell('No runs yet. Measure a repo with: tracey run <path>');
    return;
  }
  const rows = runs.map((run) => [
    run.startedAt.slice(0, 16).replace('T', ' '),
    run.commit.slice(0, 8),
    run.nodeVersion,
    run.outcome,
    String(run.totals.tests),
    formatDuration(run.totals.durationMs),
    run.id.slice(0, 13),
    formatUntrusted(run.repository),
  ]);
  terminal.print(formatTable(COLUMNS, rows, terminal.width));
}

async function showRun(
  terminal: Terminal,
  summary: RunSummary,
  { store, flags }: { readonly store: Store; readonly flags: Flags },
): Promise<void> {
  const { run, detail, files } = await store.readRun(summary.id);
  if (flags.document !== undefined) {
    await terminal.write(requireDocument(run, flags.document).content);
    return;
  }
  if (flags.json) {
    for await (const piece of formatRun({ ...run, files })) await terminal.write(piece);
    await terminal.write('\n');
    return;
  }
  const highlights = await findHighlights(files, {
    ...SHOWN,
    suites: flags.limit,
    tests: flags.tests ? Number.POSITIVE_INFINITY : flags.limit,
  });
  terminal.print(formatVerdict(terminal, run));
  terminal.print(formatHeader(run));
  const failed = formatFailures(terminal, run.id, highlights);
  if (failed !== '') terminal.print(`\n${failed}`);
  terminal.print(`\n${formatFiles(terminal, highlights)}`);
  const suites = formatSuites(terminal, highlights);
  if (suites !== '') terminal.print(`\n${suites}`);
  terminal.print(`\n${formatTests(terminal, highlights)}`);
  const documents = formatDocumentList(run.documents);
  if (documents !== '') terminal.print(`\nDocuments, to be shown with --document\n${documents}`);
  if (detail === 'folded') terminal.tell('This run is old: samples, hooks and output are no longer kept.');
}

function requireDocument({ id, documents }: RunFacts, name: string): Document {
  const document = documents.find((one) => one.name === name);
  if (document) return document;
  const names = documents.map((one) => formatUntrusted(one.name)).join(', ');
  throw new StoreError(`Run ${id} has no document "${formatUntrusted(name)}".`, {
    code: 'store/unknown-document',
    hint: names === '' ? 'It has none at all.' : `It has: ${names}.`,
  });
}

function formatHeader(run: RunFacts): string {
  const { commitDetails: commit } = run;
  return [
    `commit   ${run.commit} ${formatUntrusted(commit.subject)}`,
    `by       ${formatUntrusted(commit.author)}, ${commit.committedAt}`,
    `run      ${run.id}, ${run.startedAt}`,
    `machine  ${formatMachine(run)}`,
  ].join('\n');
}
