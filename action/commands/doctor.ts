/** `tracey doctor`: whether this machine, and what it uses, are as they should be; and registrations for its runner. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { ConfigError } from '../../core/errors.ts';
import { formatUntrusted } from '../../core/text.ts';
import { type CommandContext, EXIT, type ExitCode } from '../context.ts';
import { addDatabaseOption, findDatabaseFile } from '../database.ts';
import type { Diagnosis } from '../doctor/diagnosis.ts';
import { parseChoice, parseList } from '../flags.ts';
import { loadConfig } from '../load-config.ts';

const PURPOSES = ['runner', 'removal', 'one-job'] as const;
const PLATFORMS = ['linux-x64', 'linux-arm64'] as const;

/** How long everything that is asked may take. */
const DEADLINE_MS = 30_000;

interface Flags {
  readonly config?: string;
  readonly database?: string;
  readonly json?: boolean;
  readonly register?: (typeof PURPOSES)[number];
  readonly url?: string;
  readonly name?: string;
  readonly labels?: string[];
  readonly runnerRelease?: boolean;
  readonly platform: (typeof PLATFORMS)[number];
}

const EXAMPLES = `
Examples:
  tracey doctor                                  this machine, and the configuration of this folder
  tracey doctor ../hub --json
  GITHUB_TOKEN=... tracey doctor --register runner --url https://github.com/happner
  tracey doctor --runner-release --platform linux-arm64`;

export function addDoctorCommand(
  program: Command,
  context: CommandContext,
  end: (code: ExitCode) => void,
): void {
  const command = program
    .command('doctor')
    .argument('[path]', 'a folder with a .tracey.yml', '.')
    .summary('see whether this machine is as it should be')
    .description(
      'Looks at the machine, its lock, disk and clock, the history, and whatever the configuration names: IPFS, mail, metrics, GitHub. It changes and sends nothing, and ends with 1 when something is wrong.',
    )
    .option('--config <file>', 'configuration (default: .tracey.yml of the folder)')
    .option('--json', 'print JSON: each diagnosis with what to do')
    .option(
      '--register <what>',
      `print a token of GitHub's, made with $GITHUB_TOKEN: ${PURPOSES.join(', ')}`,
      parseChoice(PURPOSES),
    )
    .option('--url <page>', 'of --register: the organisation or repository')
    .option('--name <name>', 'of --register one-job: what the runner is called')
    .option('--labels <labels>', 'of --register one-job: labels with commas between', parseList)
    .option('--runner-release', "print the address and the checksum of GitHub's newest runner")
    .option(
      '--platform <platform>',
      `of --runner-release: ${PLATFORMS.join(' or ')}`,
      parsePlatform,
      computePlatform(),
    )
    .addHelpText('after', EXAMPLES);
  addDatabaseOption(command).action(async (path: string, flags: Flags) => {
    if (flags.register !== undefined) await printRegistration(flags.register, flags, context);
    else if (flags.runnerRelease) await printRunnerRelease(flags.platform, context);
    else end(await examine(path, flags, context));
  });
}

const parsePlatform = parseChoice(PLATFORMS);

function computePlatform(): (typeof PLATFORMS)[number] {
  return process.arch === 'arm64' ? 'linux-arm64' : 'linux-x64';
}

async function examine(path: string, flags: Flags, context: CommandContext): Promise<ExitCode> {
  const { environment, terminal, version } = context;
  const repoFolder = resolve(environment.workingFolder, path);
  const { config, notes } = await loadConfig({ repoFolder, named: flags.config, environment });
  for (const note of notes) terminal.tell(note);
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(DEADLINE_MS)]);
  const [machine, history, services, github] = await Promise.all([
    import('../doctor/machine.ts'),
    import('../doctor/history.ts'),
    import('../doctor/services.ts'),
    import('../doctor/github.ts'),
  ]);
  terminal.showStatus('looking ...');
  const diagnoses = (
    await Promise.all([
      machine.examineMachine(environment),
      machine.examineLock(environment),
      machine.examineDisk(environment),
      machine.examineClock(),
      history.examineHistory(findDatabaseFile(environment, flags.database)),
      services.examineContainers(environment),
      services.examineIpfs(config, environment),
      services.examineMail(config),
      services.examineStatsd(config),
      github.examineGitHub(config, { environment, version, signal }),
    ])
  ).flat();
  if (flags.json) terminal.print(JSON.stringify(diagnoses, null, 2));
  else for (const line of formatDiagnoses(diagnoses, terminal)) terminal.print(line);
  return diagnoses.some(({ state }) => state === 'wrong') ? EXIT.unexpected : EXIT.fine;
}

const SIGNS = { fine: ['✓', 'green'], note: ['–', 'dim'], wrong: ['✗', 'red'] } as const;
const SUBJECT_WIDTH = 8;

function formatDiagnoses(
  diagnoses: readonly Diagnosis[],
  terminal: Pick<CommandContext['terminal'], 'style'>,
): string[] {
  const indent = ' '.repeat(SUBJECT_WIDTH + 3);
  return diagnoses.flatMap(({ subject, state, what, remedy }) => {
    const [sign, style] = SIGNS[state];
    const line = `${terminal.style(style, sign)} ${subject.padEnd(SUBJECT_WIDTH)} ${formatUntrusted(what)}`;
    return remedy === null || state === 'fine' ? [line] : [line, `${indent}${formatUntrusted(remedy)}`];
  });
}

async function printRegistration(
  purpose: (typeof PURPOSES)[number],
  flags: Flags,
  { environment, terminal, signal, version }: CommandContext,
): Promise<void> {
  const { createOneJobRunner, createRunnerToken, parseRunnerUrl } = await import('../github/runners.ts');
  const { openGitHub } = await import('../github/client.ts');
  if (flags.url === undefined) throw createUsageError('--register needs --url.');
  const { apiUrl, owner } = parseRunnerUrl(flags.url);
  const token = environment.variables['GITHUB_TOKEN'] ?? '';
  if (token === '') throw createUsageError('--register needs a token in the variable GITHUB_TOKEN.');
  // Of the Action's steps, and of tests.
  const reached = environment.variables['GITHUB_API_URL'] || apiUrl;
  const github = await openGitHub({ token, apiUrl: reached, version, signal, onWarning: terminal.tell });
  const access = { github, owner, apiUrl: reached, token };
  if (purpose !== 'one-job') {
    const kind = purpose === 'runner' ? 'registration' : 'removal';
    terminal.print(await createRunnerToken(access, kind));
    return;
  }
  const { name, labels } = flags;
  if (name === undefined || labels === undefined)
    throw createUsageError('--register one-job needs --name and --labels.');
  terminal.print(await createOneJobRunner(access, { name, labels }));
}

/** Two lines, for scripts. */
async function printRunnerRelease(
  platform: (typeof PLATFORMS)[number],
  { environment, terminal, signal, version }: CommandContext,
): Promise<void> {
  const { findRunnerRelease } = await import('../github/runners.ts');
  const { openGitHub } = await import('../github/client.ts');
  const apiUrl = environment.variables['GITHUB_API_URL'] || 'https://api.github.com';
  const token = environment.variables['GITHUB_TOKEN'] || null;
  const github = await openGitHub({ token, apiUrl, version, signal, onWarning: terminal.tell });
  const { url, sha256 } = await findRunnerRelease({ github, apiUrl }, platform);
  terminal.print(`${url}\n${sha256}`);
}

function createUsageError(what: string): ConfigError {
  return new ConfigError(what, { code: 'doctor/incomplete', hint: '"tracey doctor --help" has examples.' });
}
