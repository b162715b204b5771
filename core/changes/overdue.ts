/**
 * Machines of which a run was due by a schedule, and did not come. Pure. A schedule asks for one job of each role: where
 * several machines share it, one of them is enough, unless each has come every time so far.
 */
import { computeDue, type ScheduledRepo } from '../config/due.ts';
import type { Duty, LaneStarts, Overdue } from '../store/notice-store.ts';

/** Starts of each lane that a habit is read from. */
export const STARTS_READ = 12;

/** A machine that comes at every slot has done so at least so often. */
const LEAST_SLOTS = 3;

/** Who has been silent for so long is gone, and was missed when it left. */
const GONE_AFTER_MS = 365 * 86_400_000;

interface Watched {
  readonly duty: Duty;
  readonly lastStartedMs: number;
  readonly dueMs: number;
  readonly comesAlways: boolean;
}

/** Whom to miss at a time, by repository and name. */
export function findOverdue(
  lanes: readonly LaneStarts[],
  { schedules, now }: { readonly schedules: readonly ScheduledRepo[]; readonly now: Date },
): Overdue[] {
  const nowMs = now.getTime();
  const duties = Map.groupBy(lanes, ({ repository, runner, role, jobType }) =>
    JSON.stringify([repository, runner, role, jobType]),
  );
  const watched = [...duties.values()].flatMap((ofDuty) => watch(ofDuty, schedules) ?? []);
  const isLate = ({ dueMs }: Watched) => dueMs < nowMs;
  const isStoodInFor = (one: Watched) =>
    !one.comesAlways && watched.some((other) => isShared(one.duty, other.duty) && !isLate(other));
  return watched
    .filter((one) => isLate(one) && nowMs - one.lastStartedMs < GONE_AFTER_MS && !isStoodInFor(one))
    .map(({ duty, lastStartedMs, dueMs }) => ({
      ...duty,
      lastStartedAt: new Date(lastStartedMs).toISOString(),
      dueAt: new Date(dueMs).toISOString(),
    }))
    .sort((a, b) => compare(a.repository, b.repository) || compare(a.runner, b.runner));
}

/** What is known of one machine and duty; null where no schedule is about it. */
function watch(lanes: readonly LaneStarts[], schedules: readonly ScheduledRepo[]): Watched | null {
  const dues = lanes.flatMap((lane) => {
    const startsMs = lane.startedAt.map((at) => Date.parse(at)).sort((a, b) => a - b);
    const lastStartedMs = startsMs.at(-1);
    const dueMs = lastStartedMs === undefined ? null : computeDue(schedules, { ...lane, lastStartedMs });
    if (lastStartedMs === undefined || dueMs === null) return [];
    return [{ startsMs, lastStartedMs, dueMs, comesAlways: comesAlways(lane, startsMs, schedules) }];
  });
  // A Node line that is measured no longer is nothing that a machine failed to do.
  const [newest] = dues.sort((a, b) => b.dueMs - a.dueMs);
  const [lane] = lanes;
  if (newest === undefined || lane === undefined) return null;
  const { repository, runner, role, jobType } = lane;
  return { duty: { repository, runner, role, jobType }, ...newest };
}

/** Whether each run came before the next was due after the one before. */
function comesAlways(
  lane: LaneStarts,
  startsMs: readonly number[],
  schedules: readonly ScheduledRepo[],
): boolean {
  const pauses = startsMs.slice(1).map((startMs, at) => {
    const dueMs = computeDue(schedules, { ...lane, lastStartedMs: startsMs[at] as number });
    return dueMs !== null && startMs <= dueMs;
  });
  return pauses.length >= LEAST_SLOTS && pauses.every(Boolean);
}

function isShared(one: Duty, other: Duty): boolean {
  return one.repository === other.repository && one.role === other.role && one.jobType === other.jobType;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
