/** `tracey compare`: two runs of the history side by side, or two commits run by turns. */
import { type Command, InvalidArgumentError } from 'commander';
import { CLEARLY } from '../../core/analysis/compare.ts';
import { formatRatio } from '../../core/units.ts';
import type { CommandContext, ExitCode } from '../context.ts';
import { addDatabaseOption } from '../database.ts';
import { parseCount, parseNumber } from '../flags.ts';
import { type CommitFlags, compareTwoCommits } from './compare-commits.ts';
import { compareTwoRuns, type RunFlags } from './compare-runs.ts';

/** A run's id or the beginning of one: milliseconds since 1970, maybe with what follows. */
const RUN = /^(latest|\d{6,13}(_[\da-f-]*)?)$/;

const EXAMPLES = `
Runs are compared as they were measured: a test is called slower or faster when each run has at least ${CLEARLY.samples}
samples of it, and all samples of one run are at least ${formatRatio(CLEARLY.ratio)} above all of the other. That is a
reason to look, not a proof.

Commits are run by turns, on this machine and now, each with its own dependencies, until it is known of every
test whether it became slower by more than 1 %, or the budget is spent. Where the test file differs between
them, that of head runs on both. Exit code 4: something is slower.

Examples:
  tracey compare 1767225600000 latest
  tracey compare 1767225600000 1767225700000 --all
  tracey compare v1.0.0 HEAD --file test/parse.js
  tracey compare main my-branch --path ../express --test "res .send() should set body"
  tracey compare HEAD~1 HEAD --minutes 30 --json > comparison.json`;

export function addCompareCommand(
  program: Command,
  context: CommandContext,
  end: (code: ExitCode) => void,
): void {
  const command = program
    .command('compare')
    .argument('<base>', "a run's id or the beginning of one; or a commit, branch or tag")
    .argument('<head>', 'another, or "latest" for the newest run')
    .summary('compare two runs, or two commits by running them by turns')
    .description('Compares two runs of the history, or two commits by running them by turns, test by test.')
    .option('--all', 'every test, not only what is different')
    .option('--path <folder>', "the commits' checkout; base and head are revisions then (default: here)")
    .option('--file <files...>', 'only these test files')
    .option('--test <names...>', 'only tests whose name (file > suite > test) holds one of these')
    .option('--minutes <count>', 'longest time for all (default: as configured, else 10)', parseNumber)
    .option('--pairs <count>', 'most pairs for each file (default: as configured, else 400)', parseCount)
    .option('--level <share>', 'how sure, for all tests together (default: 0.999)', parseLevel)
    .option('--node <version>', 'Node version (default: the first configured, else 24)')
    .option('--job-type <name>', 'how to run (default: as configured)')
    .option('--config <file>', 'configuration (default: .tracey.yml of the repo)')
    .option('--wait <minutes>', 'how long to wait for the machine', parseNumber)
    .option('--json', 'print JSON')
    .addHelpText('after', EXAMPLES);
  addDatabaseOption(command).action(async (base: string, head: string, flags: RunFlags & CommitFlags) => {
    const ofRuns = flags.path === undefined && [base, head].some((text) => RUN.test(text));
    end(await (ofRuns ? compareTwoRuns : compareTwoCommits)({ base, head }, flags, context));
  });
}

/** A share from 0.5 to below 1. */
function parseLevel(text: string): number {
  const level = Number(text);
  if (text.trim() !== '' && level >= 0.5 && level < 1) return level;
  throw new InvalidArgumentError('It must be a share from 0.5 to below 1: 0.999.');
}
