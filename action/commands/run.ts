/** `tracey run`: measures a repo and keeps the results. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { mergeSuggestions, type RenameSuggestion } from '../../core/changes/renames.ts';
import { type JobListener, runJob } from '../../core/job.ts';
import { type PreparedState, prepareMachineState } from '../../core/machine/facts.ts';
import { ISOLATIONS, type Isolation, ROLES, type Role, type RunResults } from '../../core/model.ts';
import { gatherChangeNews } from '../../core/notify/gather-changes.ts';
import { openRepository } from '../../core/repository/git.ts';
import { findRepositoryName, readCommit } from '../../core/repository/read.ts';
import type { Store, StoredRun } from '../../core/store/store.ts';
import { formatCount } from '../../core/units.ts';
import { JOB_TYPE_NAMES } from '../../job-types/index.ts';
import { computeArtifactSettings } from '../artifact-settings.ts';
import { formatFound, formatRunnerNews } from '../changes-text.ts';
import { type CommandContext, EXIT, type ExitCode } from '../context.ts';
import { addDatabaseOption, withStore } from '../database.ts';
import { formatError } from '../error-text.ts';
import { parseChoice, parseCount, parseList, parseNumber } from '../flags.ts';
import { createJobListener } from '../job-listener.ts';
import { keepLog } from '../kept-log.ts';
import { loadConfig } from '../load-config.ts';
import { computeJudging, createJobContext, planJob } from '../plan-job.ts';
import { formatRenames } from '../renames-text.ts';
import { createReportWriter } from '../report-writer.ts';
import { showRun } from '../run-text.ts';
import { findRunnerNews } from '../tell-others.ts';
import { openOthers } from './run-others.ts';

interface Flags {
  readonly node?: string[];
  readonly samples?: number;
  readonly spec?: string[];
  readonly isolation?: Isolation;
  readonly deadline?: number;
  readonly jobType?: string;
  readonly commit?: string[];
  readonly config?: string;
  readonly database?: string;
  readonly runner?: string;
  readonly role?: Role;
  readonly wait?: number;
  readonly confirm?: number;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  tracey run                                    measure the repo in this folder, as it is
  tracey run ../express --node 22,24 --samples 3
  tracey run --spec "test/**/*.spec.js"         only some files
  tracey run --commit v1.0.0..main              every commit since v1.0.0, each in a checkout of its own
  tracey run --json > report.json               the whole report; progress stays on stderr`;

export function addRunCommand(
  program: Command,
  context: CommandContext,
  end: (code: ExitCode) => void,
): void {
  const command = program
    .command('run')
    .argument('[path]', "the repo's checkout", '.')
    .summary("measure a repo's test suite and keep every result")
    .description(
      'Measures a repo with a job type, once per Node version, and keeps every result in the history.',
    )
    .option(
      '--node <versions>',
      'Node versions: 22, 0.12, 22.11.0, lts, stable (default: as configured, else 24)',
      parseList,
    )
    .option('--samples <count>', 'rounds through the suite', parseCount)
    .option('--spec <files...>', "files, folders or globs in place of the repo's own choice")
    .option(
      '--isolation <kind>',
      `a process per file, or one for all: ${ISOLATIONS.join(', ')}`,
      parseChoice(ISOLATIONS),
    )
    .option('--deadline <seconds>', 'how long one process may take', parseNumber)
    .option('--commit <revisions...>', 'commits or ranges to measure, instead of the folder as it is')
    .option('--job-type <name>', `how to measure: ${JOB_TYPE_NAMES.join(', ')}, or one of job_types`)
    .option('--config <file>', 'configuration (default: .tracey.yml of the repo)')
    .option('--runner <name>', "this machine's name in the history (default: its host name)")
    .option('--role <role>', `this machine's role: ${ROLES.join(', ')}`, parseChoice(ROLES))
    .option('--wait <minutes>', 'how long to wait for the machine', parseNumber)
    .option(
      '--confirm <minutes>',
      'how long suspects may be rerun to prove them; 0: not at all (default: as configured, else 10)',
      parseNumber,
    )
    .option('--json', 'print the report as JSON')
    .addHelpText('after', EXAMPLES);
  addDatabaseOption(command).action(async (path: string, flags: Flags) => {
    end(await run(path, flags, context));
  });
}

async function run(path: string, flags: Flags, context: CommandContext): Promise<ExitCode> {
  const { terminal, lines } = keepLog(context.terminal);
  // Takes as long to start as everything before the machine's state is read.
  const state = prepareMachineState({ onWarning: terminal.tell });
  try {
    return await measure(path, flags, { ...context, terminal, lines, state });
  } finally {
    state.drop();
  }
}

interface RunContext extends CommandContext {
  /** What was told so far. */
  readonly lines: readonly string[];
  readonly state: PreparedState;
}

async function measure(path: string, flags: Flags, context: RunContext): Promise<ExitCode> {
  const { environment, signal, version, terminal, lines, state } = context;
  const repoFolder = resolve(environment.workingFolder, path);
  const repository = await openRepository(repoFolder, { inherited: environment.variables, signal });
  const [repositoryName, head, { config, notes, folder }] = await Promise.all([
    findRepositoryName(repository),
    readCommit(repository),
    loadConfig({ repoFolder, named: flags.config, environment }),
  ]);
  for (const note of notes) terminal.tell(note);
  const request = await planJob({
    repository,
    name: repositoryName,
    revisions: flags.commit ?? [],
    head,
    config,
    choices: {
      ...flags,
      nodes: flags.node,
      deadlineSeconds: flags.deadline,
      waitMs: flags.wait === undefined ? undefined : flags.wait * 60_000,
    },
    environment,
    place: { folder },
  });
  const others = openOthers({ config, context, request, database: flags.database, log: lines });
  let failures = 0;
  let ran = false;
  let slower = false;
  const renames: RenameSuggestion[] = [];
  const report = createReportWriter(version, terminal.write);
  const writing = { keepDetailRuns: config.history.keepSamplesRuns };
  await withStore({ environment, database: flags.database, writing }, async (store) => {
    const listener: JobListener = {
      ...createJobListener(terminal),
      onRun: async (run) => {
        ran ||= run.totals.passed + run.totals.failed > 0 || run.outcome === 'passed';
        if (run.outcome !== 'passed') failures += 1;
        await others.noteRun(run, store);
        if (flags.json) return report.write(run);
        const since = await findPrevious(store, run);
        await showRun(terminal, { run, since, detail: flags.commit === undefined ? 'all' : 'changes' });
      },
      onWritten: async ({ files, folder, changed }) => {
        const count = changed.length === 0 ? 'nothing new' : `${changed.length} new or changed`;
        terminal.tell(`${formatCount(files.length, 'file')}, ${count}, in ${folder}`);
      },
      onChanges: async (findings) => {
        const changes = await gatherChangeNews(findings, store);
        slower ||= changes.some(({ kind }) => kind === 'confirmed');
        others.noteChanges(changes, findings.vanished);
        renames.push(...findings.renames);
        const text = formatFound(terminal, { ...findings, changes });
        if (text !== '') terminal[flags.json ? 'tell' : 'print'](text);
      },
      onFailure: ({ nodeVersion, commit, error }) => {
        failures += 1;
        others.noteFailure({ nodeVersion, commit, error });
        terminal.tell(`on Node ${nodeVersion} at ${commit.sha.slice(0, 10)}: ${formatError(error)}`);
      },
    };
    const artifacts = computeArtifactSettings(config, { repository: repositoryName, role: request.role });
    const world = { config, environment, version, store, signal, listener, artifacts };
    const onWarning = (warning: Error) => terminal.tell(`warning: ${formatError(warning)}`);
    const judging = computeJudging(config, { confirmMinutes: flags.confirm, onWarning });
    await runJob(request, { ...createJobContext(world), judging, state }).catch(others.tellBroken);
    terminal.clearStatus();
    const suggested = formatRenames(terminal, mergeSuggestions(renames));
    if (suggested !== '') terminal[flags.json ? 'tell' : 'print'](suggested);
    if (flags.json) await report.end(store);
    else terminal.tell(terminal.style('dim', `The history is in ${store.location}`));
  });
  await others.tell();
  if (!signal.aborted) {
    const onWarning = (warning: unknown) => terminal.tell(`warning: ${formatError(warning)}`);
    const where = { config, environment, database: flags.database, onWarning };
    for (const line of formatRunnerNews(await findRunnerNews('shown', where))) terminal.tell(line);
  }
  if (signal.aborted) return EXIT.interrupted;
  if (failures > 0 || !ran) return EXIT.testsFailed;
  return slower ? EXIT.slower : EXIT.fine;
}

/** The run before this one that can be compared with it. */
async function findPrevious(store: Store, run: RunResults): Promise<StoredRun | undefined> {
  const { repository, runner, nodeLine, jobType } = run;
  const runs = await store.listRuns({ repository, runner, nodeLine, jobType, limit: 20 });
  const previous = runs.find(
    (known) => known.id < run.id && known.isolation === run.isolation && !known.interrupted,
  );
  return previous && (await store.readRun(previous.id));
}
