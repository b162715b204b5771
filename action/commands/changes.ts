/** `tracey changes`: what is found in the history, and what people make of it. */
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { suggestRecentRenames } from '../../core/changes/renames.ts';
import { findDecisionsText } from '../../core/changes/repo-decisions.ts';
import { addDecision, DECISIONS_FILE, type Decision, parseDecisions } from '../../core/config/decisions.ts';
import { ConfigError, StoreError } from '../../core/errors.ts';
import { type StoredChange, TRIAGE_STATES, type TriageState } from '../../core/store/change-store.ts';
import type { Store } from '../../core/store/store.ts';
import { formatUntrusted } from '../../core/text.ts';
import { formatDuration, formatRatio } from '../../core/units.ts';
import { type CommandContext, EXIT, type ExitCode } from '../context.ts';
import { addDatabaseOption, withStore } from '../database.ts';
import { formatError } from '../error-text.ts';
import { parseChoice, parseCount } from '../flags.ts';
import { formatRenames } from '../renames-text.ts';
import { type Column, formatTable } from '../text-table.ts';

interface ListFlags {
  readonly repository?: string;
  readonly runner?: string;
  readonly node?: string;
  readonly state?: TriageState;
  readonly all?: boolean;
  readonly limit: number;
  readonly database?: string;
  readonly json?: boolean;
}

interface DecideFlags {
  readonly reason?: string;
  readonly file?: string | true;
  readonly database?: string;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  tracey changes list                                    what is slower for sure, and what nobody has decided on
  tracey changes list --all --json                       everything that was ever found
  tracey changes show 3f2a9c1d
  tracey changes acknowledge 3f2a9c1d --reason "being looked at"
  tracey changes expect 3f2a9c1d --reason "sorting is worth it" --file
      also writes it into ${DECISIONS_FILE} of this folder, to be reviewed and committed
  tracey changes fix 3f2a9c1d --reason "in 4b5c6d7"
  tracey changes reopen 3f2a9c1d
  tracey changes renames                                 tests that go on under another name, as lines to accept

An id may be cut short. A commit can say it beforehand, at the end of its message:
  Tracey-Expect: slower test/index.js > *`;

/** What each subcommand makes of a change. */
const DECISIONS = {
  acknowledge: {
    state: 'acknowledged',
    about: 'somebody knows of it, and says why it is so',
    needsReason: true,
  },
  expect: { state: 'expected', about: "it is meant to be so, and is nobody's problem", needsReason: true },
  fix: { state: 'fixed', about: 'it is over, as somebody says', needsReason: false },
  reopen: { state: 'new', about: 'what was decided on it is taken back', needsReason: false },
} as const;

const COLUMNS: readonly Column[] = [
  { title: 'id' },
  { title: 'state' },
  { title: 'proof' },
  { title: 'change', align: 'right' },
  { title: 'before', align: 'right' },
  { title: 'now', align: 'right' },
  { title: 'node' },
  { title: 'since' },
  { title: 'what', flexible: 'middle' },
];

export function addChangesCommand(
  program: Command,
  context: CommandContext,
  end: (code: ExitCode) => void,
): void {
  const changes = program
    .command('changes')
    .summary('what became slower, and what is to be made of it')
    .description('Lists what was found in the history, and notes what people decide on it.')
    .addHelpText('after', EXAMPLES);
  const list = changes
    .command('list', { isDefault: true })
    .description('Lists changes: by default slow-downs that are proven or suspected, and not decided on.')
    .option('--repository <owner/name>', 'only of this repo')
    .option('--runner <name>', 'only on this machine')
    .option('--node <line>', 'only on this line of Node, e.g. 22')
    .addOption(
      new Option('--state <state>', `only in this state: ${TRIAGE_STATES.join(', ')}`)
        .argParser(parseChoice(TRIAGE_STATES))
        .conflicts('all'),
    )
    .option('--all', 'everything: faster, refuted and decided ones, too')
    .option('--limit <count>', 'how many, the newest ones', parseCount, 50)
    .option('--json', 'print JSON');
  addDatabaseOption(list).action(async (flags: ListFlags) => {
    await withStore({ environment: context.environment, database: flags.database }, async (store) => {
      showChanges(await listChanges(store, flags), flags, context);
    });
    await warnOfList(context);
    end(EXIT.fine);
  });
  const renames = changes
    .command('renames')
    .description('Lists tests that seem to have another name than before, as lines for .tracey.yml.')
    .option('--repository <owner/name>', 'only of this repo')
    .option('--json', 'print JSON');
  addDatabaseOption(renames).action(async (flags: ListFlags) => {
    await withStore({ environment: context.environment, database: flags.database }, async (store) => {
      await showRenames(store, flags, context);
    });
    end(EXIT.fine);
  });
  const show = changes
    .command('show')
    .argument('<id>', 'of a change, or the beginning of it')
    .description('Shows all that is kept of a change.')
    .option('--json', 'print JSON');
  addDatabaseOption(show).action(async (id: string, flags: DecideFlags) => {
    await withStore({ environment: context.environment, database: flags.database }, async (store) => {
      const change = await findChange(store, id);
      const documents = await store.readChangeDocuments(change.id);
      if (flags.json) context.terminal.print(JSON.stringify({ ...change, documents }, null, 2));
      else context.terminal.print(formatDetails(change));
    });
    end(EXIT.fine);
  });
  for (const [name, { state, about, needsReason }] of Object.entries(DECISIONS)) {
    const command = changes
      .command(name)
      .argument('<id>', 'of a change, or the beginning of it')
      .description(`Says of a change: ${about}.`)
      .option('--json', 'print JSON');
    if (needsReason) command.requiredOption('--reason <text>', 'why');
    else command.option('--reason <text>', 'why');
    if (state !== 'new') {
      command.option(
        '--file [path]',
        `also note it in ${DECISIONS_FILE}, of this folder unless another is named`,
      );
    }
    addDatabaseOption(command).action(async (id: string, flags: DecideFlags) => {
      await decide(id, { state, flags, context });
      end(EXIT.fine);
    });
  }
}

/** What a job will say of the list in this folder: here somebody may be working on it. */
async function warnOfList({ environment, terminal }: CommandContext): Promise<void> {
  try {
    const text = await findDecisionsText(join(environment.workingFolder, DECISIONS_FILE));
    parseDecisions(text ?? '', DECISIONS_FILE);
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    terminal.tell(`warning: ${formatError(thrown)}`);
  }
}

async function listChanges(store: Store, flags: ListFlags): Promise<readonly StoredChange[]> {
  const { repository, runner, node, state, all, limit } = flags;
  return store.readChanges({
    ...(repository === undefined ? {} : { repository }),
    ...(runner === undefined ? {} : { runner }),
    ...(node === undefined ? {} : { nodeLine: node }),
    ...(state === undefined ? {} : { states: [state] }),
    ...(all || state
      ? {}
      : { states: ['new'], verdicts: ['confirmed', 'undecided', 'none'], direction: 'slower' }),
    limit,
  });
}

function showChanges(
  changes: readonly StoredChange[],
  { json }: ListFlags,
  { terminal }: CommandContext,
): void {
  if (json) {
    terminal.print(JSON.stringify(changes, null, 2));
    return;
  }
  if (changes.length === 0) {
    terminal.print('Nothing of that kind was found.');
    return;
  }
  const rows = changes.map((change) => [
    change.id,
    change.state,
    change.verdict?.kind ?? 'none',
    formatRatio(change.verdict?.ratio?.value ?? change.ratio),
    formatDuration(change.beforeMs),
    formatDuration(change.nowMs),
    change.nodeLine,
    (change.verdict?.head ?? change.head).slice(0, 10),
    formatUntrusted(change.subject.text),
  ]);
  terminal.print(formatTable(COLUMNS, rows, terminal.width));
}

/** Those of each repo under its name: lines of one say nothing of another. */
async function showRenames(
  store: Store,
  { repository, json }: ListFlags,
  { terminal }: CommandContext,
): Promise<void> {
  const found = [...(await suggestRecentRenames(store, { ...(repository !== undefined && { repository }) }))];
  if (json) {
    const all = found.flatMap(([name, some]) => some.map((one) => ({ repository: name, ...one })));
    terminal.print(JSON.stringify(all, null, 2));
    return;
  }
  const parts = found.flatMap(([name, some]) =>
    some.length === 0 ? [] : [`${formatUntrusted(name)}\n${formatRenames(terminal, some)}`],
  );
  terminal.print(parts.length === 0 ? 'Nothing seems to have another name.' : parts.join('\n\n'));
}

/** @throws StoreError `store/unknown-change`, `store/ambiguous-change` */
async function findChange(store: Store, id: string): Promise<StoredChange> {
  const found = id === '' ? [] : await store.readChanges({ id, limit: 3 });
  const exact = found.find((change) => change.id === id) ?? found[0];
  if (exact === undefined) {
    throw new StoreError(`${store.location}: there is no change ${JSON.stringify(id)}.`, {
      code: 'store/unknown-change',
      hint: '`tracey changes list --all` has those that are known.',
    });
  }
  if (found.length > 1 && exact.id !== id) {
    const ids = found.map((change) => change.id).join(', ');
    throw new StoreError(`${store.location}: the change ${JSON.stringify(id)} could be ${ids}.`, {
      code: 'store/ambiguous-change',
      hint: 'Give more characters of the id.',
    });
  }
  return exact;
}

function formatDetails(change: StoredChange): string {
  const { subject, verdict, baseCommit, headCommit } = change;
  const ratio = verdict?.ratio ?? null;
  const place = `${change.repository} · ${change.runner} · Node ${change.nodeLine} · ${change.jobType}`;
  const proof =
    verdict === null
      ? 'no experiment was made'
      : `${verdict.kind} with ${verdict.pairs} pairs${ratio === null ? '' : `: ${formatRatio(ratio.value)}, surely between ${formatRatio(ratio.low)} and ${formatRatio(ratio.high)}`}${verdict.reason === null ? '' : `: ${verdict.reason}`}`;
  return [
    `${change.id}  ${subject.text}`,
    place,
    `${change.direction}: ${formatDuration(change.beforeMs)} → ${formatDuration(change.nowMs)}, ${formatRatio(change.ratio)} by history`,
    `before  ${baseCommit.sha.slice(0, 10)} ${baseCommit.subject}`,
    `since   ${headCommit.sha.slice(0, 10)} ${headCommit.subject}`,
    `proof   ${proof}`,
    `state   ${change.state}${change.stateReason === null ? '' : `: ${change.stateReason}`} (${change.stateBy}, ${change.stateAt})`,
  ]
    .map(formatUntrusted)
    .join('\n');
}

async function decide(
  id: string,
  {
    state,
    flags,
    context,
  }: {
    readonly state: (typeof DECISIONS)[keyof typeof DECISIONS]['state'];
    readonly flags: DecideFlags;
    readonly context: CommandContext;
  },
): Promise<void> {
  const { environment, terminal } = context;
  const reason = flags.reason ?? null;
  const where = { environment, database: flags.database, writing: { keepDetailRuns: null } };
  await withStore(where, async (store) => {
    const change = await findChange(store, id);
    if (flags.file !== undefined && state !== 'new') {
      const named = flags.file === true ? join(environment.workingFolder, DECISIONS_FILE) : flags.file;
      const file = resolve(environment.workingFolder, named);
      await noteInFile(file, {
        test: change.subject.text,
        commit: (change.verdict?.head ?? change.head).slice(0, 12),
        node: change.nodeLine,
        state,
        reason: reason ?? state,
      });
      terminal.tell(`noted in ${file}: commit it`);
    }
    await store.updateChange(change.id, { state: { state, reason, by: 'command' } });
    const now = await findChange(store, change.id);
    if (flags.json) terminal.print(JSON.stringify(now, null, 2));
    else terminal.print(formatDetails(now));
  });
}

/** @throws ConfigError when the file is not one of decisions */
async function noteInFile(file: string, decision: Decision): Promise<void> {
  const text = (await findDecisionsText(file, file)) ?? '';
  parseDecisions(text, file);
  await writeFile(file, addDecision(text, decision));
}
