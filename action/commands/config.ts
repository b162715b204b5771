/** `tracey config check`: says whether `.tracey.yml` and the list of decisions beside it are right, and what to know about them. */
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { findDecisionsText } from '../../core/changes/repo-decisions.ts';
import { DECISIONS_FILE, parseDecisions } from '../../core/config/decisions.ts';
import { type ConfigNote, formatNote } from '../../core/config/notes.ts';
import { checkConfig } from '../../core/config/parse.ts';
import { ConfigFileError, type ConfigProblem } from '../../core/config/problems.ts';
import { JOB_TYPE_NAMES } from '../../job-types/index.ts';
import { type CommandContext, EXIT, type ExitCode } from '../context.ts';
import { CONFIG_FILE, readConfigText } from '../load-config.ts';

const EXAMPLES = `
Examples:
  tracey config check
  tracey config check ../hub/.tracey.yml --json
  tracey config check ${DECISIONS_FILE}`;

export function addConfigCommand(
  program: Command,
  context: CommandContext,
  end: (code: ExitCode) => void,
): void {
  const config = program
    .command('config')
    .summary('check the configuration')
    .description('Works on .tracey.yml.');
  config
    .command('check')
    .argument('[file]', 'the file', CONFIG_FILE)
    .summary('say whether it is right')
    .description(
      `Checks .tracey.yml, and ${DECISIONS_FILE} beside it: every mistake with line, column and what to do; secrets need not be set.`,
    )
    .option('--json', 'print JSON: problems and notes with their places')
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, flags: { readonly json?: boolean }) => {
      end(await checkFiles(file, flags, context));
    });
}

/** What there is to say of one file. */
interface Checked {
  /** As messages call it. */
  readonly file: string;
  readonly problems: readonly ConfigProblem[];
  readonly notes: readonly ConfigNote[];
  /** Of its problems. */
  readonly message: string;
}

async function checkFiles(
  file: string,
  flags: { readonly json?: boolean },
  { environment, terminal }: CommandContext,
): Promise<ExitCode> {
  const path = resolve(environment.workingFolder, file);
  const format = (one: string) => relative(environment.workingFolder, one) || one;
  const checked: Checked[] = [];
  if (basename(path) === DECISIONS_FILE) {
    checked.push(checkDecisions(await readConfigText(path, format(path), true), format(path)));
  } else {
    checked.push(await checkConfigFile(path, format(path), environment));
    const beside = join(dirname(path), DECISIONS_FILE);
    const text = await findDecisionsText(beside, format(beside));
    if (text !== null) checked.push(checkDecisions(text, format(beside)));
  }
  if (flags.json) {
    const [first, ...others] = checked.map(({ message: _, ...rest }) => rest);
    terminal.print(JSON.stringify({ ...first, others }, null, 2));
  } else {
    for (const { file: label, notes, problems, message } of checked) {
      for (const note of notes) terminal.print(formatNote(label, note));
      if (problems.length > 0) terminal.tell(message);
      else terminal.print(`${label}: ${terminal.style('green', 'fine')}`);
    }
  }
  return checked.some(({ problems }) => problems.length > 0) ? EXIT.usage : EXIT.fine;
}

async function checkConfigFile(
  path: string,
  label: string,
  { variables }: CommandContext['environment'],
): Promise<Checked> {
  const text = await readConfigText(path, label, true);
  return gather(label, () => {
    return checkConfig(text, { file: label, environment: variables, knownJobTypes: JOB_TYPE_NAMES }).notes;
  });
}

function checkDecisions(text: string, label: string): Checked {
  return gather(label, () => {
    parseDecisions(text, label);
    return [];
  });
}

function gather(file: string, check: () => readonly ConfigNote[]): Checked {
  try {
    return { file, problems: [], notes: check(), message: '' };
  } catch (thrown) {
    if (!(thrown instanceof ConfigFileError)) throw thrown;
    return { file, problems: thrown.problems, notes: [], message: `tracey: ${thrown.message}` };
  }
}
