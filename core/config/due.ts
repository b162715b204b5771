/** When the next run of an environment is due, by the schedules of a configuration. Pure. */
import { findNextSlot } from './next-slot.ts';

/** How late a run may be: GitHub starts late, another job may have the machine, and the run itself takes its time. */
const PATIENCE_MS = 2 * 3_600_000;

/** A repo that is measured by a schedule. */
export interface ScheduledRepo {
  /** `owner/name`. */
  readonly repository: string;
  /** Null: whichever. */
  readonly jobType: string | null;
  /** As configured: lines, exact versions or labels such as `lts`; null: whichever. */
  readonly nodeVersions: readonly string[] | null;
  /** Six cron fields, seconds first. */
  readonly schedule: string;
}

/** Null when no schedule is about the environment. */
export function computeDue(
  schedules: readonly ScheduledRepo[],
  of: {
    readonly repository: string;
    readonly jobType: string;
    readonly nodeLine: string;
    readonly lastStartedMs: number;
  },
): number | null {
  const slots = schedules
    .filter(
      ({ repository, jobType, nodeVersions }) =>
        repository.toLowerCase() === of.repository.toLowerCase() &&
        (jobType === null || jobType === of.jobType) &&
        (nodeVersions === null || nodeVersions.some((version) => isOfLine(version, of.nodeLine))),
    )
    .flatMap(({ schedule }) => findNextSlot(schedule, of.lastStartedMs) ?? []);
  return slots.length === 0 ? null : Math.min(...slots) + PATIENCE_MS;
}

/** What a label means changes with time: it may mean any. */
function isOfLine(version: string, nodeLine: string): boolean {
  const numbered = /^v?(\d.*)$/.exec(version)?.[1];
  return numbered === undefined || numbered === nodeLine;
}
