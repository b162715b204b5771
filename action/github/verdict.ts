/** What a job's news amounts to: a state for GitHub, a headline, a line for each run. Our own words only. */

import type { JobNews, RunNews } from '../../core/notify/news.ts';
import { formatCount, formatDuration, formatRatio } from '../../core/units.ts';
import type { ActionInputs } from './inputs.ts';

export type State = 'success' | 'failure' | 'error';

/**
 * The state of the measured commit: `error` when it could not be measured to the end. A job that the guard let not run is a
 * success, as GitHub counts skipped jobs, so that a required status does not block a pull request for good.
 */
export function computeState(news: JobNews, failOn: ActionInputs['failOn']): State {
  if (news.skippedBecause !== null || failOn === 'never') return 'success';
  if (news.failures.length > 0 || news.runs.some(({ run }) => run.interrupted)) return 'error';
  const hasPassed = news.runs.length > 0 && news.runs.every(({ run }) => run.outcome === 'passed');
  const isSlower = failOn === 'slowdown' && countSlower(news) > 0;
  return hasPassed && !isSlower ? 'success' : 'failure';
}

/** What is proven to have become slower, and is not over: tests, and files none of whose tests is; over all runs. */
export function countSlower(news: JobNews): number {
  const proven = news.changes.filter(({ kind }) => kind === 'confirmed' || kind === 'standing');
  const tests = proven.filter(({ change }) => change.subject.kind === 'test');
  const paths = new Set(tests.map(({ change }) => change.subject.path));
  const files = proven.filter(
    ({ change: { subject } }) => subject.kind === 'file' && !paths.has(subject.path),
  );
  return tests.length + files.length;
}

export interface Headline {
  readonly mark: string;
  readonly text: string;
}

/** The one thing to know. */
export function computeHeadline(news: JobNews): Headline {
  const slower = countSlower(news);
  const suspects = news.changes.filter(({ kind }) => kind === 'suspect').length;
  const bad = sum(news.runs, ({ run }) => run.totals.failed + run.totals.aborted);
  if (news.skippedBecause !== null) return { mark: '⚪', text: 'not measured' };
  if (news.runs.some(({ run }) => run.interrupted)) return { mark: '❌', text: 'interrupted' };
  if (news.runs.length === 0) return { mark: '❌', text: 'could not be measured' };
  if (bad > 0) return { mark: '❌', text: `${formatCount(bad, 'test')} failed` };
  if (news.runs.some(({ run }) => run.outcome === 'failed' || run.outcome === 'aborted')) {
    return { mark: '❌', text: 'failed' };
  }
  if (news.failures.length > 0) return { mark: '❌', text: 'could not be measured on every Node version' };
  if (slower > 0) {
    return { mark: '⚠️', text: `${formatCount(slower, 'test')} slower, confirmed` };
  }
  if (suspects > 0) return { mark: '❔', text: `${formatCount(suspects, 'suspect')}, not confirmed` };
  const recovered = news.changes.filter(({ kind }) => kind === 'recovered').length;
  if (recovered > 0) return { mark: '✅', text: `${formatCount(recovered, 'test')} no longer slow` };
  if (news.runs.every(({ run }) => run.outcome === 'skipped'))
    return { mark: '⚪', text: 'every test is skipped' };
  const isCompared = news.runs.some(({ since }) => since !== null);
  return { mark: '✅', text: isCompared ? 'nothing became slower for sure' : 'passed' };
}

/** `Node 24.1.0: 3 of 1260 tests failed, 2 slower by samples, +4.1 %`. */
export function formatRunLine({ run, since }: RunNews): string {
  const { totals } = run;
  const bad = totals.failed + totals.aborted;
  const tests = formatCount(totals.tests, 'test');
  const told =
    bad > 0 ? `${bad} of ${tests} failed` : `${tests} ${run.interrupted ? 'interrupted' : run.outcome}`;
  const changed = since
    ? [
        ...(since.slower > 0 ? [`${since.slower} slower by samples`] : []),
        ...(since.faster > 0 ? [`${since.faster} faster by samples`] : []),
        ...(since.ratio === null ? [] : [formatRatio(since.ratio)]),
      ]
    : [formatDuration(totals.durationMs)];
  return `Node ${run.nodeVersion}: ${[told, ...changed].join(', ')}`;
}

function sum<Item>(items: readonly Item[], count: (item: Item) => number): number {
  return items.reduce((total, item) => total + count(item), 0);
}
