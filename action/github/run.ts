/** `command: run`: measures a repo at the commit of the event, and tells GitHub what came of it. */
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mergeSuggestions, type RenameSuggestion } from '../../core/changes/renames.ts';
import type { VanishedNews } from '../../core/changes/vanished-test.ts';
import type { Config } from '../../core/config/config.ts';
import { type JobListener, runJob } from '../../core/job.ts';
import type { MachineLock } from '../../core/machine/lock.ts';
import type { Document, Outcome } from '../../core/model.ts';
import { findBaseRun } from '../../core/notify/base-run.ts';
import { gatherChangeNews } from '../../core/notify/gather-changes.ts';
import { gatherRunNews } from '../../core/notify/gather-news.ts';
import type { ChangeNews, JobNews, RunNews } from '../../core/notify/news.ts';
import { NO_RUNNER_NEWS } from '../../core/notify/watch-runners.ts';
import { readFileAt } from '../../core/repository/read.ts';
import { createRunId } from '../../core/run-id.ts';
import type { StoredMachineChange } from '../../core/store/change-store.ts';
import { formatFound } from '../changes-text.ts';
import { findDatabaseFile, withStore } from '../database.ts';
import { formatError } from '../error-text.ts';
import { createJobListener } from '../job-listener.ts';
import { keepLog } from '../kept-log.ts';
import { CONFIG_FILE, type LoadedConfig, loadConfig, parseLoadedConfig } from '../load-config.ts';
import type { OutsidePlace } from '../load-job-type.ts';
import {
  type Choices,
  computeJudging,
  computeWaitMs,
  createJobContext,
  DEFAULT_JOB_TYPE,
  findJobsFolder,
  planJob,
} from '../plan-job.ts';
import { formatRenames } from '../renames-text.ts';
import { createReportWriter, type ReportWriter } from '../report-writer.ts';
import { showRun } from '../run-text.ts';
import { annotateProblem } from './annotations.ts';
import { computeStepArtifacts } from './artifacts.ts';
import { findJobCommit, type JobCommit } from './commit.ts';
import { listEarlierRuns } from './earlier-runs.ts';
import { findRefusal } from './guard.ts';
import type { ActionInputs } from './inputs.ts';
import { waitForMachine } from './machine.ts';
import { showRunnerNews, tellStepOthers } from './others.ts';
import { type StatusState, saveJob, saveOwedStatus } from './state.ts';
import type { Step } from './step.ts';
import { deliverStepFiles } from './step-delivery.ts';
import { openStepTelling } from './step-telling.ts';
import type { Telling } from './tell.ts';
import { computeHeadline, computeState, countSlower, formatRunLine } from './verdict.ts';

/** What is to be measured, as far as the inputs and the workspace tell. */
interface Wanted {
  /** `owner/name`. */
  readonly name: string;
  readonly choices: Choices;
}

/** What came of it, and what ended it before its end: never a matter of `fail-on`. */
interface Measured {
  readonly news: JobNews;
  readonly telling: Telling;
  /** Tells those who are not on GitHub. */
  readonly tellOthers: () => Promise<void>;
  /** Puts files that the job type wrote where the configuration says. */
  readonly deliver: () => Promise<void>;
  readonly broken: unknown;
}

/** Does the job; fails by the input `fail-on`. */
export async function runJobStep(step: Step): Promise<string | null> {
  const wanted = { name: step.inputs.repository ?? step.context.repository, choices: computeChoices(step) };
  const refusal = findRefusal(step.context.pullRequest, step.inputs.fork);
  if (refusal !== null) return skip(step, wanted, refusal);
  const workspace = await loadWorkspaceConfig(step);
  const { lock, waitedMs } = await waitForMachine(step, {
    job: wanted.name,
    waitMs: computeWaitMs(workspace.config, wanted.choices),
  });
  let measured: Measured;
  try {
    const commit = await findCommit(step, wanted);
    const loaded = workspace.isFound ? workspace : await loadCommitConfig(step, commit);
    for (const note of loaded.notes) step.log.tell(note);
    const place = computeOutsidePlace(step, workspace);
    measured = await measure(step, { ...wanted, commit, loaded, place, lock, waitedMs });
  } finally {
    // Whoever waits need not wait for GitHub, too.
    await lock.release();
  }
  const { news, telling, broken } = measured;
  await setOutputs(step, news);
  await telling.tellNews(news);
  await measured.tellOthers();
  await measured.deliver();
  if (broken !== null) throw broken;
  return computeFailure(news, step.inputs.failOn);
}

/** The inputs that come before the configuration. */
function computeChoices({ inputs }: Step): Choices {
  const { jobType, nodes, samples, spec, role, waitMs } = inputs;
  return { jobType, nodes, samples, spec, role, waitMs };
}

/** The configuration of the workspace, or of the file that the input names. */
async function loadWorkspaceConfig({
  environment,
  inputs,
}: Step): Promise<LoadedConfig & { readonly isFound: boolean; readonly folder: string }> {
  const { workingFolder } = environment;
  const loaded = await loadConfig({ repoFolder: workingFolder, named: inputs.config, environment });
  return { ...loaded, isFound: inputs.config !== undefined || existsSync(join(workingFolder, CONFIG_FILE)) };
}

/** The configuration of the measured commit. */
async function loadCommitConfig(
  { environment }: Step,
  { repository, sha }: JobCommit,
): Promise<LoadedConfig> {
  const text = (await readFileAt(repository, { sha, path: CONFIG_FILE })) ?? '';
  return parseLoadedConfig(text, `${CONFIG_FILE} of ${sha.slice(0, 10)}`, environment);
}

/** Where job types from outside are loaded from: the workspace, if its configuration is no stranger's. */
function computeOutsidePlace(
  { context }: Step,
  { isFound, folder }: { readonly isFound: boolean; readonly folder: string },
): OutsidePlace {
  if (context.pullRequest?.isFork) return { refusal: 'the pull request comes from a fork' };
  if (!isFound) return { refusal: 'the workspace has no configuration, and commits are not believed' };
  return { folder };
}

function findCommit(
  { environment, inputs, context, log, signal }: Step,
  { name }: Wanted,
): Promise<JobCommit> {
  return findJobCommit({
    context,
    name,
    ref: inputs.ref,
    token: inputs.token,
    workspace: environment.workingFolder,
    mirrorsFolder: join(environment.dataFolder, 'repositories'),
    git: { inherited: environment.variables, signal },
    onNotice: log.tell,
  });
}

/** Measures, and gathers what there is to tell. */
async function measure(
  step: Step,
  job: Wanted & {
    readonly commit: JobCommit;
    readonly loaded: LoadedConfig;
    readonly place: OutsidePlace;
    readonly lock: MachineLock;
    readonly waitedMs: number;
  },
): Promise<Measured> {
  const { environment, inputs, workflow, signal, version } = step;
  const { terminal: log, lines } = keepLog(step.log);
  const { name, choices, commit, place, lock, waitedMs } = job;
  const { config } = job.loaded;
  const { repository, sha, branch, bases } = commit;
  const request = await planJob({
    repository,
    name,
    revisions: [sha],
    branch,
    config,
    choices,
    environment,
    place,
  });
  const about = {
    repository: name,
    sha,
    runner: request.runner,
    role: request.role,
    jobType: request.jobType.name,
  };
  const telling = openStepTelling(step, about);
  saveForPost(step, { config, about });
  await telling.tellStart();
  const runs: RunNews[] = [];
  const changes: ChangeNews[] = [];
  const machineChanges: StoredMachineChange[] = [];
  const renames: RenameSuggestion[] = [];
  const vanished: VanishedNews[] = [];
  const failures: JobNews['failures'][number][] = [];
  const written = new Map<string, Document>();
  let broken: unknown = null;
  const where = {
    environment,
    database: inputs.database,
    writing: { keepDetailRuns: config.history.keepSamplesRuns },
  };
  await withStore(where, async (store) => {
    workflow.setOutput('database', store.location);
    const report = await openReportFile(step);
    const listener: JobListener = {
      ...createJobListener(log),
      onRun: async (run) => {
        await report.write(run);
        const base = await findBaseRun(store, run, bases);
        await showRun(log, { run, since: base?.stored, detail: 'all' });
        runs.push(await gatherRunNews(run, { base, store }));
      },
      onWritten: async ({ files }) => {
        for (const file of files) written.set(file.name, file);
      },
      onChanges: async (findings) => {
        const found = await gatherChangeNews(findings, store);
        const text = formatFound(log, { ...findings, changes: found });
        if (text !== '') log.print(text);
        changes.push(...found);
        machineChanges.push(...findings.machineChanges);
        renames.push(...findings.renames);
        vanished.push(...findings.vanished);
      },
      onFailure: ({ nodeVersion, error }) => {
        failures.push({ nodeVersion, message: formatError(error) });
        log.tell(`on Node ${nodeVersion}: ${formatError(error)}`);
      },
    };
    try {
      const artifacts = computeStepArtifacts(step, { config, repository: name, branch, role: request.role });
      const world = { config, environment, version, store, signal, listener, lock, artifacts };
      const isWorkflowRepository = name.toLowerCase() === step.context.repository.toLowerCase();
      const judging = computeJudging(config, {
        onWarning: (warning) => annotateProblem(workflow, warning, { isWorkflowRepository }),
      });
      await runJob(
        {
          ...request,
          target: step.context.pullRequest?.baseSha ?? null,
          listTags: commit.listTags,
        },
        {
          ...createJobContext(world),
          judging,
        },
      );
    } catch (thrown) {
      if (signal.aborted) return;
      failures.push({ nodeVersion: null, message: formatError(thrown) });
      broken = thrown;
    } finally {
      if (request.role === 'field') {
        const known = runs.map(({ run }) => run.id);
        const of = { repository: name, runner: request.runner, known, now: new Date() };
        for await (const run of listEarlierRuns(store, of)) await report.write(run);
      }
      await report.close(store);
    }
  });
  const suggested = mergeSuggestions(renames);
  if (suggested.length > 0) log.print(formatRenames(log, suggested));
  const news: JobNews = {
    repository: name,
    outcome: computeOutcome(runs),
    runs,
    failures,
    waitedMs,
    skippedBecause: null,
    changes,
    machineChanges,
    renames: suggested,
    vanished,
    runners: await showRunnerNews(step, { config, log }),
  };
  const others = { news, config, request, sha, branch, log: lines };
  const jobType = request.jobType.name;
  const output = config.jobTypes.find((one) => one.name === jobType)?.output ?? null;
  const delivery = { repository: name, branch, jobType, output, files: [...written.values()] };
  return {
    news,
    telling,
    tellOthers: () => tellStepOthers(step, others),
    deliver: () => deliverStepFiles(step, delivery),
    broken,
  };
}

/** Leaves for the post step what that needs if this step is killed. */
function saveForPost(
  { environment, inputs, workflow }: Step,
  { config, about }: { readonly config: Config; readonly about: StatusState },
): void {
  saveJob(workflow, {
    jobsFolder: findJobsFolder(config, environment),
    database: findDatabaseFile(environment, inputs.database),
    keepDetailRuns: config.history.keepSamplesRuns,
  });
  if (inputs.status && inputs.token !== null) saveOwedStatus(workflow, about);
}

/** Says why nothing runs; the step is green. */
async function skip(step: Step, { name, choices }: Wanted, because: string): Promise<null> {
  const news: JobNews = {
    repository: name,
    outcome: 'skipped',
    runs: [],
    failures: [],
    waitedMs: 0,
    skippedBecause: because,
    changes: [],
    machineChanges: [],
    renames: [],
    vanished: [],
    runners: NO_RUNNER_NEWS,
  };
  step.workflow.annotate('notice', because, { title: 'Tracey' });
  await setOutputs(step, news);
  const { environment, context } = step;
  const telling = openStepTelling(step, {
    repository: name,
    sha: context.sha,
    runner: environment.runner,
    role: choices.role ?? environment.role,
    jobType: choices.jobType ?? DEFAULT_JOB_TYPE,
  });
  await telling.tellNews(news);
  return null;
}

/** The report, in a file that the runner removes when the workflow's job is over. */
async function openReportFile({
  environment,
  workflow,
  version,
}: Step): Promise<Pick<ReportWriter, 'write'> & { readonly close: ReportWriter['end'] }> {
  const folder = environment.variables['RUNNER_TEMP'] || tmpdir();
  const path = join(folder, `tracey-report-${createRunId(new Date())}.json`);
  const file = await open(path, 'wx', 0o600);
  const report = createReportWriter(version, (piece) => file.write(piece));
  workflow.setOutput('report', path);
  return {
    write: report.write,
    async close(store) {
      await report.end(store);
      await file.close();
    },
  };
}

const BADNESS: readonly Outcome[] = ['skipped', 'passed', 'failed', 'aborted'];

/** The worst outcome; of no run at all, `aborted`. */
function computeOutcome(runs: readonly RunNews[]): Outcome {
  const worst = Math.max(...runs.map(({ run }) => BADNESS.indexOf(run.outcome)));
  return BADNESS[worst] ?? 'aborted';
}

async function setOutputs({ workflow }: Step, news: JobNews): Promise<void> {
  const ratios = news.runs.flatMap(({ since }) => (since?.ratio == null ? [] : [since.ratio]));
  const outputs = {
    'run-ids': news.runs.map(({ run }) => run.id).join(','),
    outcome: news.outcome,
    slower: String(countSlower(news)),
    change: ratios.length === 0 ? '' : Math.max(...ratios).toFixed(3),
  };
  for (const [name, value] of Object.entries(outputs)) workflow.setOutput(name, value);
}

function computeFailure(news: JobNews, failOn: ActionInputs['failOn']): string | null {
  if (computeState(news, failOn) === 'success') return null;
  const lines = [...news.runs.map(formatRunLine), ...news.failures.map(({ message }) => message)];
  return [computeHeadline(news).text, ...lines].join('\n');
}
