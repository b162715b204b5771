/** `tracey history`: one test, suite, file or total over the commits. */
import type { Command } from 'commander';
import { findBodyChangesOf } from '../../core/analysis/body-changes.ts';
import { computeMedian } from '../../core/analysis/statistics.ts';
import { StoreError } from '../../core/errors.ts';
import type { HistoryPoint, Series, Store } from '../../core/store/store.ts';
import { formatUntrusted } from '../../core/text.ts';
import { formatDuration, formatRatio } from '../../core/units.ts';
import { type CommandContext, EXIT, type ExitCode } from '../context.ts';
import { addDatabaseOption, withStore } from '../database.ts';
import { parseCount } from '../flags.ts';
import type { Terminal } from '../terminal.ts';
import { type Column, formatTable } from '../text-table.ts';

interface Flags {
  readonly limit: number;
  readonly repository?: string;
  readonly runner?: string;
  readonly node?: string;
  readonly database?: string;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  tracey history "test/app.js > app > should inherit from event emitter"
  tracey history "inherit from event"       a part of the name, when only one test has it
  tracey history test/app.js                a whole file
  tracey history total --repository expressjs/express --node 22`;

const COLUMNS: readonly Column[] = [
  { title: 'commit' },
  { title: 'date' },
  { title: 'node' },
  { title: 'time', align: 'right' },
  { title: '±', align: 'right' },
  { title: 'change', align: 'right' },
  { title: '' },
  { title: 'subject', flexible: 'end' },
];

const BAR_WIDTH = 10;

export function addHistoryCommand(
  program: Command,
  context: CommandContext,
  end: (code: ExitCode) => void,
): void {
  const command = program
    .command('history')
    .argument('<name>', 'a test, suite or file as "path > suite > test", a part of its name, or "total"')
    .summary('show one test, suite or file over the commits')
    .description('Shows how long a test, suite, file or the whole suite took, commit by commit.')
    .option('--limit <count>', 'how many runs, the newest ones', parseCount, 30)
    .option('--repository <owner/name>', 'only of this repo')
    .option('--runner <name>', 'only on this machine')
    .option('--node <line>', 'only on this line of Node, e.g. 22')
    .option('--json', 'print JSON: a list of series, each with its points')
    .addHelpText('after', EXAMPLES);
  addDatabaseOption(command).action(async (name: string, flags: Flags) => {
    const { environment, terminal } = context;
    await withStore({ environment, database: flags.database }, async (store) => {
      const found: { series: Series; points: readonly HistoryPoint[] }[] = [];
      for (const series of await findSeries(store, name, flags)) {
        found.push({ series, points: await store.readHistory({ series, limit: flags.limit }) });
      }
      if (flags.json) terminal.print(JSON.stringify(found, null, 2));
      else for (const one of found) showHistory(terminal, one.series, one.points);
    });
    end(EXIT.fine);
  });
}

/** The series that a name means, one for each environment; a part of a name must mean one thing. */
async function findSeries(store: Store, name: string, flags: Flags): Promise<readonly Series[]> {
  const { exact, series } = await store.findSeries({
    text: name,
    ...(flags.repository === undefined ? {} : { repository: flags.repository }),
    ...(flags.runner === undefined ? {} : { runner: flags.runner }),
    ...(flags.node === undefined ? {} : { nodeLine: flags.node }),
  });
  const names = [...new Set(series.map((one) => one.text))];
  if (series.length > 0 && (exact || names.length === 1)) return series;
  if (series.length === 0) {
    throw new StoreError(`${store.location}: nothing is called "${formatUntrusted(name)}".`, {
      code: 'store/unknown-series',
      hint: 'Write it as "test/app.js > suite > test", a part of that, or "total"; "tracey show latest --tests" has the names.',
    });
  }
  const listed = names.slice(0, 10).map((one) => `  ${formatUntrusted(one)}`);
  const more = names.length > 10 ? ['  …'] : [];
  throw new StoreError([`"${formatUntrusted(name)}" can mean several:`, ...listed, ...more].join('\n'), {
    code: 'store/ambiguous-series',
    hint: 'Write more of the name.',
  });
}

function showHistory(terminal: Terminal, series: Series, points: readonly HistoryPoint[]): void {
  const node = points.at(-1)?.nodeVersion ?? series.nodeLine;
  const where = `${series.repository} · ${series.runner} · Node ${node} · ${series.jobType}`;
  terminal.print(terminal.style('bold', formatUntrusted(series.text)));
  terminal.print(terminal.style('dim', formatUntrusted(where)));
  const times = points.flatMap((point) => (point.durationMs === null ? [] : [point.durationMs]));
  const largest = times.reduce((most, time) => Math.max(most, time), 0);
  const versions = new Set(points.map((point) => point.nodeVersion));
  const edited = new Set(findBodyChangesOf(points.map((point) => point.body)));
  let previousMs: number | null = null;
  const rows = points.map((point, at) => {
    // The test of before is another one.
    if (edited.has(at)) previousMs = null;
    const ratio =
      previousMs !== null && previousMs > 0 && point.durationMs !== null
        ? point.durationMs / previousMs
        : null;
    previousMs = point.durationMs ?? previousMs;
    return [
      point.commit.slice(0, 8) + (point.modified ? '+' : ''),
      point.committedAt.slice(0, 10),
      versions.size > 1 ? point.nodeVersion : '',
      formatDuration(point.durationMs),
      point.spread === null ? '' : `${(point.spread * 100).toFixed(0)} %`,
      ratio === null ? '' : formatRatio(ratio),
      formatBar(point.durationMs, largest),
      (edited.has(at) ? '[test body changed] ' : '') +
        formatMark(point) +
        formatUntrusted(point.commitSubject),
    ];
  });
  terminal.print(formatTable(COLUMNS, rows, terminal.width));
  if (times.length > 0)
    terminal.print(terminal.style('dim', `median ${formatDuration(computeMedian(times))}`));
  terminal.print('');
}

/** What else is to be known of a point, in front of its commit's subject. */
function formatMark({ interrupted, outcome }: HistoryPoint): string {
  if (interrupted) return '[interrupted] ';
  return outcome === null || outcome === 'passed' ? '' : `[${outcome}] `;
}

/** A bar as long as its share of the largest value, in eighths of a character. */
function formatBar(durationMs: number | null, largestMs: number): string {
  if (durationMs === null || largestMs <= 0) return '';
  const eighths = Math.round((durationMs / largestMs) * BAR_WIDTH * 8);
  const rest = eighths % 8;
  return '█'.repeat(eighths >> 3) + (rest > 0 ? ' ▏▎▍▌▋▊▉'.charAt(rest) : '');
}
