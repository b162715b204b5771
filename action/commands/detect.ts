/** `tracey detect`: change points of series from anywhere, as JSON on stdin and stdout. No database is touched. */
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { type Command, Option } from 'commander';
import { findChanges } from '../../core/analysis/changes.ts';
import { createScreener, type Screening, toColumns } from '../../core/analysis/screener.ts';
import { ConfigError } from '../../core/errors.ts';
import { type CommandContext, EXIT, type ExitCode } from '../context.ts';
import { parseRunInput, parseSeriesInput, type SeriesInput } from '../detection.ts';
import { parseNumber } from '../flags.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly batch?: boolean;
  readonly replay?: boolean;
  readonly details?: boolean;
  readonly minimumRatio?: number;
  readonly machineChanges: boolean;
}

/** Looking back, every change that is sure is of interest; whom an alert calls, not. */
const MINIMUM_RATIO = { lookingBack: 0, arriving: 0.05 } as const;

const EXAMPLES = `
Durations are numbers of 0 or more, in ms; null is a run without one. A change point is the index, from 0, of the
first value of a new level. docs/comparison.md says how changes are found.

Examples:
  echo '{"series":[10,11,10,11,10,11,10,11,15,16,15,16,15,16,15,16]}' | tracey detect
      {"change_points":[8]}
  tracey detect --batch < series.jsonl
      a line {"id":"a","series":[…]} gives a line {"id":"a","change_points":[…]}
  tracey detect --replay < runs.jsonl
      a line {"run":17,"runner":"r1","tests":{"file > test":12,"file > other":[12,13]}} gives at once a line
      {"alerts":[{"test":"file > test","at":14,"direction":"slower"}],"environment":[{"at":14,"runner":"r1"}]}`;

export function addDetectCommand(
  program: Command,
  context: CommandContext,
  end: (code: ExitCode) => void,
): void {
  program
    .command('detect')
    .summary('find changes in series from stdin')
    .description('Reads series as JSON from stdin and prints where they changed.')
    .addOption(new Option('--batch', 'many series, one to a line, each with an id').conflicts('replay'))
    .option('--replay', 'runs in their order, one to a line; each is judged by what came before it')
    .option(
      '--minimum-ratio <ratio>',
      'smaller changes are none, e.g. 0.05 for 5 % (default: 0, with --replay 0.05)',
      parseNumber,
    )
    .option(
      '--no-machine-changes',
      'with --replay: the tests do not share a machine. No common factor is taken out, and a return to an earlier level is a change, not a second mode',
    )
    .option('--details', 'with every change its ratio, the interval of that, and how sure it is')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: Flags) => {
      if (flags.replay) await replay(flags, context.terminal);
      else if (flags.batch) await detectBatch(flags, context.terminal);
      else context.terminal.print(formatSeries(parseSeriesInput(await text(process.stdin), 'stdin'), flags));
      end(EXIT.fine);
    });
}

async function detectBatch(flags: Flags, terminal: Terminal): Promise<void> {
  for await (const { line, where } of readLines()) {
    const input = parseSeriesInput(line, where);
    if (input.id === undefined) {
      throw new ConfigError(`${where}: "id" is missing.`, {
        code: 'detect/no-id',
        hint: 'With --batch each line is {"id":"…","series":[…]}.',
      });
    }
    await terminal.write(`${formatSeries(input, flags)}\n`);
  }
}

async function replay(flags: Flags, terminal: Terminal): Promise<void> {
  const screener = createScreener<string>({
    minimumRatio: flags.minimumRatio ?? MINIMUM_RATIO.arriving,
    machine: flags.machineChanges ? 'shared' : 'none',
    findFile,
  });
  let last = Number.NEGATIVE_INFINITY;
  for await (const { line, where } of readLines()) {
    const run = parseRunInput(line, where);
    if (run.run <= last) {
      throw new ConfigError(`${where}: run ${run.run} comes after run ${last}.`, {
        code: 'detect/out-of-order',
        hint: 'Runs must come in their order, each once.',
      });
    }
    last = run.run;
    await terminal.write(`${formatScreening(screener.screen(toColumns(run)), flags)}\n`);
  }
}

/** What comes before the first title: tests of one file are believed sooner when they change together. */
function findFile(test: string): string | undefined {
  const end = test.indexOf(' > ');
  return end === -1 ? undefined : test.slice(0, end);
}

async function* readLines(): AsyncGenerator<{ readonly line: string; readonly where: string }> {
  let number = 0;
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    number++;
    if (line.trim() !== '') yield { line, where: `stdin:${number}` };
  }
}

function formatSeries({ id, series }: SeriesInput, flags: Flags): string {
  const changes = findChanges(series, { minimumRatio: flags.minimumRatio ?? MINIMUM_RATIO.lookingBack });
  return JSON.stringify({
    ...(id === undefined ? {} : { id }),
    change_points: changes.map(({ at }) => at),
    ...(flags.details ? { changes } : {}),
  });
}

function formatScreening({ changes, machineChanges }: Screening, { details }: Flags): string {
  return JSON.stringify({
    alerts: details ? changes : changes.map(({ test, at, direction }) => ({ test, at, direction })),
    environment: details ? machineChanges : machineChanges.map(({ at, runner }) => ({ at, runner })),
  });
}
