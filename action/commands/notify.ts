/** `tracey notify`: sends a mail and a gauge now, to see whether they arrive, or tells of machines that are overdue. */
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { SmtpConfig, StatsdConfig } from '../../core/config/config.ts';
import { ConfigError } from '../../core/errors.ts';
import { openMailServer, parseRecipient } from '../../core/notify/smtp.ts';
import { formatStatsdServer, sendGauges } from '../../core/notify/statsd.ts';
import { createTestMail, TEST_GAUGE } from '../../core/notify/test-message.ts';
import { formatUntrusted } from '../../core/text.ts';
import { formatRunnerNews } from '../changes-text.ts';
import { type CommandContext, EXIT, type ExitCode } from '../context.ts';
import { addDatabaseOption } from '../database.ts';
import { formatError } from '../error-text.ts';
import { parseList } from '../flags.ts';
import { loadConfig } from '../load-config.ts';
import { listSchedules } from '../schedules.ts';
import { findRunnerNews, tellOthersBesides } from '../tell-others.ts';

interface Flags {
  readonly test?: boolean;
  readonly check?: boolean;
  readonly to?: string[];
  readonly database?: string;
  readonly config?: string;
  readonly json?: boolean;
}

/** What came of one channel; `off` when the configuration has none. */
interface TestResult {
  readonly channel: 'email' | 'statsd';
  readonly outcome: 'sent' | 'failed' | 'off';
  /** `smtp.example.org:587`; null when off. */
  readonly server: string | null;
  /** For people, one line. */
  readonly message: string;
}

/** How long both servers may take. */
const DEADLINE_MS = 30_000;

const EXAMPLES = `
Examples:
  tracey notify --test                          to everybody in notify.recipients
  tracey notify --test --to me@example.org
  tracey notify ../hub --test --json
  tracey notify ../hub --check                  for a timer: tells of machines that should have measured, each once`;

export function addNotifyCommand(
  program: Command,
  context: CommandContext,
  end: (code: ExitCode) => void,
): void {
  const command = program
    .command('notify')
    .argument('[path]', "the repo's checkout", '.')
    .summary('send a test mail and a test gauge, or tell of machines that are overdue')
    .description(
      'Tries notify.smtp and statsd of .tracey.yml and says what came of it, or looks for machines of which a run was due by repos[].schedule, and tells of them.',
    )
    .option('--test', 'send something that nobody can take for news')
    .addOption(
      new Option('--check', 'tell of machines that are overdue, each once, and when they are back').conflicts(
        ['test', 'to'],
      ),
    )
    .option('--to <addresses>', 'who gets the test mail (default: notify.recipients)', parseList)
    .option('--config <file>', 'configuration (default: .tracey.yml of the repo)')
    .option('--json', 'print JSON: each channel with its outcome, or the machines')
    .addHelpText('after', EXAMPLES);
  addDatabaseOption(command).action(async (path: string, flags: Flags) => {
    if (!flags.test && !flags.check) {
      throw new ConfigError('notify: it is not said what to do.', {
        code: 'notify/nothing-asked',
        hint: 'Give --test to see whether a mail arrives, or --check to tell of machines that are overdue.',
      });
    }
    end(await (flags.check ? checkRunners : testChannels)(path, flags, context));
  });
}

/** Tells whoever asks, and those whom the configuration names; a machine that is overdue is no failure of this command. */
async function checkRunners(path: string, flags: Flags, context: CommandContext): Promise<ExitCode> {
  const { environment, terminal, signal, version } = context;
  const repoFolder = resolve(environment.workingFolder, path);
  const { config, notes } = await loadConfig({ repoFolder, named: flags.config, environment });
  for (const note of notes) terminal.tell(note);
  if (listSchedules(config.repos).length === 0) {
    throw new ConfigError('notify --check: no entry of repos[] has a schedule, so nothing is ever due.', {
      code: 'notify/no-schedule',
      hint: 'Set repos[].schedule in .tracey.yml, or name the hub that has them.',
    });
  }
  let failures = 0;
  const options = {
    config,
    environment,
    database: flags.database,
    links: null,
    version,
    signal,
    onWarning: (warning: unknown) => {
      failures += 1;
      terminal.tell(`warning: ${formatError(warning)}`);
    },
  };
  const news = await findRunnerNews('shown', options);
  await tellOthersBesides([], options);
  const lines = formatRunnerNews(news);
  if (flags.json) terminal.print(JSON.stringify(news, null, 2));
  else
    terminal.print(lines.length === 0 ? 'No machine is overdue that nobody was told of.' : lines.join('\n'));
  return failures > 0 ? EXIT.testsFailed : EXIT.fine;
}

async function testChannels(path: string, flags: Flags, context: CommandContext): Promise<ExitCode> {
  const { environment, terminal } = context;
  const repoFolder = resolve(environment.workingFolder, path);
  const { config, notes } = await loadConfig({ repoFolder, named: flags.config, environment });
  for (const note of notes) terminal.tell(note);
  const { smtp, recipients } = config.notify;
  const to = flags.to ?? recipients;
  if (smtp === null && (config.statsd === null || flags.to !== undefined)) {
    throw new ConfigError('notify: the configuration names no server to send with.', {
      code: 'notify/nothing-configured',
      hint: 'Set notify.smtp and notify.recipients, or statsd, in .tracey.yml.',
    });
  }
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(DEADLINE_MS)]);
  const results = await Promise.all([
    testMail(smtp, to, { ...context, signal }),
    testStatsd(config.statsd, signal),
  ]);
  if (flags.json) terminal.print(JSON.stringify({ channels: results }, null, 2));
  else for (const result of results) terminal.print(formatResult(result, context));
  return results.some(({ outcome }) => outcome === 'failed') ? EXIT.testsFailed : EXIT.fine;
}

async function testMail(
  smtp: SmtpConfig | null,
  recipients: readonly string[],
  { environment, version, signal }: Pick<CommandContext, 'environment' | 'version' | 'signal'>,
): Promise<TestResult> {
  const off = { channel: 'email', outcome: 'off', server: null } as const;
  if (smtp === null) return { ...off, message: 'notify.smtp is not set' };
  if (recipients.length === 0) return { ...off, message: 'notify.recipients is empty: nobody gets mails' };
  const server = openMailServer(smtp);
  const to = recipients.map(parseRecipient);
  const tried = { channel: 'email', server: server.name } as const;
  try {
    const { domain } = server;
    const mail = createTestMail({ to, runner: environment.runner, domain, version });
    const { refusal } = await server.send(mail, signal);
    if (refusal !== null) throw refusal;
    const message = `${server.name} took the mail from ${server.sender} to ${to.join(', ')}`;
    return { ...tried, outcome: 'sent', message };
  } catch (thrown) {
    return { ...tried, outcome: 'failed', message: formatError(thrown) };
  }
}

async function testStatsd(statsd: StatsdConfig | null, signal: AbortSignal): Promise<TestResult> {
  if (statsd === null) {
    return { channel: 'statsd', outcome: 'off', server: null, message: 'statsd is not set' };
  }
  const tried = { channel: 'statsd', server: formatStatsdServer(statsd) } as const;
  try {
    await sendGauges([TEST_GAUGE], { statsd, signal });
    const message = `${TEST_GAUGE.name} went to ${tried.server}; UDP does not tell whether it arrived`;
    return { ...tried, outcome: 'sent', message };
  } catch (thrown) {
    return { ...tried, outcome: 'failed', message: formatError(thrown) };
  }
}

const NAMES = { email: 'E-mail', statsd: 'StatsD' } as const;
const COLOURS = { sent: 'green', failed: 'red', off: 'dim' } as const;

function formatResult(
  { channel, outcome, message }: TestResult,
  { terminal }: Pick<CommandContext, 'terminal'>,
): string {
  const lines = message.split('\n').map(formatUntrusted).join('\n        ');
  return `${NAMES[channel]}  ${terminal.style(COLOURS[outcome], outcome)}: ${lines}`;
}
