/**
 * Looks for machines that are overdue, on behalf of one channel: each is told once, and once more when it is back, whichever
 * job of whichever machine looks first.
 */

import { findOverdue, STARTS_READ } from '../changes/overdue.ts';
import type { ScheduledRepo } from '../config/due.ts';
import type { StatsdStyle } from '../config/schema.ts';
import type { NoticeChannel, Overdue } from '../store/notice-store.ts';
import type { Store } from '../store/store.ts';
import { type Finding, formatProblemKey, type OverdueFinding, type Place } from './finding.ts';
import { createOverdueGauge, type Gauge } from './gauges.ts';

/** What there is to tell of machines. */
export interface RunnerNews {
  /** Whom nobody was told of yet. */
  readonly overdue: readonly Overdue[];
  /** Who ran again since it was told that they did not. */
  readonly back: readonly Overdue[];
}

export const NO_RUNNER_NEWS: RunnerNews = { overdue: [], back: [] };

/** Notes that a channel is told now. Nothing without a schedule. */
export async function watchRunners(
  store: Pick<Store, 'listStarts' | 'settleOverdue'>,
  {
    schedules,
    channel,
    now,
  }: { readonly schedules: readonly ScheduledRepo[]; readonly channel: NoticeChannel; readonly now: Date },
): Promise<RunnerNews> {
  if (schedules.length === 0) return NO_RUNNER_NEWS;
  const overdue = findOverdue(await store.listStarts(STARTS_READ), { schedules, now });
  const { news, back } = await store.settleOverdue(overdue, channel);
  return { overdue: news, back };
}

/** What is mailed of it. */
export function computeRunnerFindings({ overdue, back }: RunnerNews): Finding[] {
  return [
    ...overdue.map(describe),
    ...back.map((one) => {
      const problem = describe(one);
      return { kind: 'recovered', id: problem.id, problem, commit: null, nowMs: null } as const;
    }),
  ];
}

function describe({ repository, runner, role, jobType, lastStartedAt, dueAt }: Overdue): OverdueFinding {
  const place: Place = { repository, branch: null, jobType, runner, node: null };
  return { kind: 'overdue', id: formatProblemKey('overdue', place, role), place, lastStartedAt, dueAt };
}

/** What a metrics server is sent of it: 1 from when a machine is missed, 0 when it is back. */
export function listRunnerGauges({ overdue, back }: RunnerNews, style: StatsdStyle): Gauge[] {
  return [...overdue.map((one) => [one, 1] as const), ...back.map((one) => [one, 0] as const)].map(
    ([one, value]) => createOverdueGauge(one, value, style),
  );
}

/** `bench has not measured happner/sample since 2026-03-01 02:10 UTC, and was due by 2026-03-02 04:00 UTC`. */
export function formatOverdue({
  runner,
  repository,
  lastStartedAt,
  dueAt,
}: Pick<Overdue, 'runner' | 'repository' | 'lastStartedAt' | 'dueAt'>): string {
  return `${runner} has not measured ${repository} since ${formatTime(lastStartedAt)}, and was due by ${formatTime(dueAt)}`;
}

/** `bench measures happner/sample again`. */
export function formatBack({ runner, repository }: Pick<Overdue, 'runner' | 'repository'>): string {
  return `${runner} measures ${repository} again`;
}

function formatTime(at: string): string {
  return `${at.slice(0, 16).replace('T', ' ')} UTC`;
}
