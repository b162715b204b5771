/**
 * `command: collect`: reports from other machines into the one database. Taking the same report in twice changes nothing;
 * one that does not fit the schema is refused whole, and the others are taken in all the same. What is new is screened. It waits for the machine, so
 * that it disturbs no measurement.
 */
import { glob, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { judgeCollected } from '../../core/changes/judge-collected.ts';
import type { Config } from '../../core/config/config.ts';
import { ConfigError, formatThrown, StoreError } from '../../core/errors.ts';
import { type CollectedNews, gatherCollectedNews } from '../../core/notify/collected-news.ts';
import { importReport } from '../../core/store/import.ts';
import { formatUntrusted } from '../../core/text.ts';
import { formatCount } from '../../core/units.ts';
import { formatCollected } from '../changes-text.ts';
import { withStore } from '../database.ts';
import { loadConfig } from '../load-config.ts';
import { computeWaitMs } from '../plan-job.ts';
import { formatTaken, readReport } from '../read-report.ts';
import { renderCollected, renderRunnerNews } from './changes-markdown.ts';
import { waitForMachine } from './machine.ts';
import { showRunnerNews, tellStepBesides } from './others.ts';
import type { Step } from './step.ts';

/** Takes reports in; fails when one of them could not be. */
export async function collectReports(step: Step): Promise<string | null> {
  const { environment, inputs } = step;
  const { workingFolder } = environment;
  const files = await findReports(inputs.reports, workingFolder);
  const { config } = await loadConfig({ repoFolder: workingFolder, named: inputs.config, environment });
  const waitMs = computeWaitMs(config, { waitMs: inputs.waitMs });
  const { lock } = await waitForMachine(step, { job: 'collecting reports', waitMs });
  let collected: Collected;
  try {
    collected = await importReports(step, { files, config });
  } finally {
    await lock.release();
  }
  const runners = renderRunnerNews(await showRunnerNews(step, { config, log: step.log }));
  if (inputs.summary) {
    const { text, news } = collected;
    const found = renderCollected(news, { github: step.context, limit: SHOWN });
    const parts = ['### Tracey: reports collected', text, found, runners].filter((part) => part !== '');
    await step.workflow.addSummary(`${parts.join('\n\n')}\n`);
  }
  await tellStepBesides(step, { config, changes: [] });
  return collected.failure;
}

/** Changes of an environment that the summary lists. */
const SHOWN = 50;

interface Collected {
  /** What was taken in, as Markdown. */
  readonly text: string;
  /** What it says about changes. */
  readonly news: readonly CollectedNews[];
  readonly failure: string | null;
}

async function importReports(
  { environment, inputs, log, workflow }: Step,
  { files, config }: { readonly files: readonly string[]; readonly config: Config },
): Promise<Collected> {
  const refused: string[] = [];
  const taken = { stored: 0, known: 0, changes: 0 };
  const ids = { runIds: [] as string[], changeIds: [] as string[] };
  const writing = { keepDetailRuns: config.history.keepSamplesRuns };
  const where = { environment, database: inputs.database, writing };
  const news = await withStore(where, async (store) => {
    for (const file of files) {
      try {
        const report = await readReport(file, environment.workingFolder);
        const counts = await importReport(store, { report, source: file });
        taken.stored += counts.stored;
        taken.known += counts.known;
        taken.changes += counts.changes;
        ids.runIds.push(...counts.runIds);
        ids.changeIds.push(...counts.changeIds);
        log.tell(`${formatUntrusted(file)}: ${formatTaken(counts)}`);
      } catch (thrown) {
        if (!(thrown instanceof StoreError)) throw thrown;
        refused.push(file);
        workflow.annotate('error', `${formatUntrusted(formatThrown(thrown))} ${thrown.hint ?? ''}`, {
          title: 'Tracey: report refused',
        });
      }
    }
    workflow.setOutput('database', store.location);
    const { thresholdRatio } = config.notify;
    return gatherCollectedNews(await judgeCollected(ids, { store, thresholdRatio }), store);
  });
  const total = formatTaken(taken);
  log.tell(`${formatCount(files.length, 'report')}: ${total}`);
  const count = formatCount(files.length, 'report');
  const found = formatCollected(log, news);
  if (found !== '') log.print(found);
  return {
    news,
    text: `${total}, from ${count}; ${refused.length} refused.`,
    failure: refused.length === 0 ? null : `${refused.length} of ${count} refused`,
  };
}

/** The report files that paths and globs name, sorted; of a folder every `.json` in it. */
async function findReports(patterns: readonly string[], folder: string): Promise<string[]> {
  const found = new Set<string>();
  for (const pattern of patterns) {
    const named = await stat(resolve(folder, pattern)).catch(() => null);
    const wanted = named?.isDirectory() ? join(pattern, '**/*.json') : pattern;
    if (named?.isFile()) found.add(resolve(folder, pattern));
    else for await (const file of glob(wanted, { cwd: folder })) found.add(resolve(folder, file));
  }
  if (found.size > 0) return [...found].sort();
  throw new ConfigError(
    `Input reports: no report is there: ${patterns.map((pattern) => JSON.stringify(pattern)).join(', ')}.`,
    {
      code: 'collect/no-reports',
      hint: 'Download the workflow artifacts first (actions/download-artifact), and name their folder.',
    },
  );
}
