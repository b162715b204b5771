/**
 * What there is to tell of a finished run, gathered in two passes over its files: one for what failed, one for what changed.
 * It keeps what {@link NEWS_LIMITS} allow, however many tests there are.
 */
import { compareRuns, gatherDifferences } from '../analysis/compare.ts';
import type { FileResults, FileStream, RunFacts, RunResults, TestResult } from '../model.ts';
import type { Store } from '../store/store.ts';
import type { BaseRun } from './base-run.ts';
import { type FailingTest, NEWS_LIMITS, type RunNews, type Since } from './news.ts';
import { readStack } from './stack.ts';

/** Points of a series that are read, to have enough of the branches that count. */
const READ_POINTS = 500;

/** News of a run, which may be stored already or not, against the run it is compared with. */
export async function gatherRunNews(
  run: RunResults,
  { base, store }: { readonly base: BaseRun | null; readonly store: Store },
): Promise<RunNews> {
  const { files, ...facts } = run;
  return {
    run: facts,
    failing: await findFailures(files),
    // Of an interrupted run most is missing, which is no news.
    since: base === null || run.interrupted ? null : await compareWithBase(run, base),
    trendMs: await readTrend(facts, { base, store }),
  };
}

/** What failed or was aborted: files as a whole, else their tests. */
export async function findFailures(files: FileStream): Promise<FailingTest[]> {
  const failing: FailingTest[] = [];
  for await (const file of files) {
    if (!isBad(file)) continue;
    const before = failing.length;
    if (file.error !== undefined || file.outcome === 'aborted') failing.push(describeFailure(file, file));
    const isToldOf = failing.length > before;
    for (const test of file.tests) {
      if (failing.length >= NEWS_LIMITS.failing) break;
      // What a file's end took along failed for the reason that the file already gave.
      if (test.outcome === 'failed' || (test.outcome === 'aborted' && !isToldOf)) {
        failing.push(describeFailure(file, test));
      }
    }
    if (failing.length === before) failing.push(describeFailure(file, file));
    if (failing.length >= NEWS_LIMITS.failing) break;
  }
  return failing.slice(0, NEWS_LIMITS.failing);
}

function describeFailure(file: FileResults, failed: FileResults | TestResult): FailingTest {
  const { path } = file;
  const { outcome, reason, error } = failed;
  const stack = error?.stack === undefined ? null : readStack(error.stack, path);
  return {
    path,
    title: 'title' in failed ? failed.title : [],
    outcome,
    reason: reason ?? null,
    stack: stack?.text ?? null,
    line: stack?.line ?? null,
  };
}

function isBad({ outcome }: FileResults): boolean {
  return outcome === 'failed' || outcome === 'aborted';
}

async function compareWithBase(run: RunResults, { stored, isBase }: BaseRun): Promise<Since> {
  const { changed, turned, addedCount, removedCount, isUnknown } = await gatherDifferences(
    compareRuns(stored, run),
  );
  const baseMs = stored.run.totals.durationMs;
  const headMs = run.totals.durationMs;
  const known = new Set(changed);
  return {
    runId: stored.run.id,
    commit: stored.run.commitDetails,
    isBase,
    ratio: baseMs > 0 && headMs > 0 ? headMs / baseMs : null,
    slower: changed.filter(({ verdict }) => verdict === 'slower').length,
    faster: changed.filter(({ verdict }) => verdict === 'faster').length,
    changes: [...changed, ...turned.filter((test) => !known.has(test))].slice(0, NEWS_LIMITS.changes),
    added: addedCount,
    removed: removedCount,
    isUnknown,
  };
}

/** Totals of the runs up to this one, on its own branch and the one it is compared with. */
async function readTrend(
  run: RunFacts,
  { base, store }: { readonly base: BaseRun | null; readonly store: Store },
): Promise<(number | null)[]> {
  const { repository, runner, nodeLine, jobType, isolation } = run;
  const { series } = await store.findSeries({ text: 'total', repository, runner, nodeLine, jobType });
  const own = series.find((one) => one.kind === 'total' && one.isolation === isolation);
  if (!own) return [run.totals.durationMs];
  const branches = new Set([run.commitDetails.branch, base?.stored.run.commitDetails.branch]);
  const points = await store.readHistory({ series: own, limit: READ_POINTS });
  const index = points.findIndex((point) => point.runId === run.id);
  const earlier = (index === -1 ? points : points.slice(0, index)).filter(
    (point) => branches.has(point.branch) && !point.interrupted && !point.modified,
  );
  const last = NEWS_LIMITS.trend - 1;
  return [...earlier.slice(-last).map((point) => point.durationMs), run.totals.durationMs];
}
