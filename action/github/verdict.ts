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

/** Tests that became clearly slower, over all runs. */
export function countSlower(news: JobNews): number {
  return sum(news.runs, ({ since }) => since?.slower ?? 0);
}

export interface Headline {
  readonly mark: string;
  readonly text: string;
}

/** The one thing to know. */
export function computeHeadline(news: JobNews): Headline {
  const slower = countSlower(news);
  const faster = sum(news.runs, ({ since }) => since?.faster ?? 0);
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
    return {
      mark: '⚠️',
      text: `${formatCount(slower, 'test')} slower${faster > 0 ? `, ${faster} faster` : ''}`,
    };
  }
  if (faster > 0) return { mark: '✅', text: `${formatCount(faster, 'test')} faster` };
  if (news.runs.every(({ run }) => run.outcome === 'skipped'))
    return { mark: '⚪', text: 'every test is skipped' };
  const isCompared = news.runs.some(({ since }) => since !== null);
  return { mark: '✅', text: isCompared ? 'nothing clearly slower or faster' : 'passed' };
}

/** `Node 24.1.0: 3 of 1260 tests failed, 2 slower, +4.1 %`. */
export function formatRunLine({ run, since }: RunNews): string {
  const { totals } = run;
  const bad = totals.failed + totals.aborted;
  const tests = formatCount(totals.tests, 'test');
  const told =
    bad > 0 ? `${bad} of ${tests} failed` : `${tests} ${run.interrupted ? 'interrupted' : run.outcome}`;
  const changed = since
    ? [
        ...(since.slower > 0 ? [`${since.slower} slower`] : []),
        ...(since.faster > 0 ? [`${since.faster} faster`] : []),
        ...(since.ratio === null ? [] : [formatRatio(since.ratio)]),
      ]
    : [formatDuration(totals.durationMs)];
  return `Node ${run.nodeVersion}: ${[told, ...changed].join(', ')}`;
}

function sum<Item>(items: readonly Item[], count: (item: Item) => number): number {
  return items.reduce((total, item) => total + count(item), 0);
}
