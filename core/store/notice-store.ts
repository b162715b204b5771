/**
 * What a store remembers of what people were told, so that each is told once however many jobs see it: tests that are gone,
 * and machines that are overdue. As in `store.ts`, it judges nothing.
 */
import type { Role } from '../model.ts';
import type { LaneName } from './change-store.ts';

/** Tests that are gone from one lane, by their names. */
export interface VanishedNames {
  readonly lane: LaneName;
  readonly branch: string | null;
  /** The run that has them no longer. */
  readonly runId: string;
  readonly names: readonly string[];
  /** Whether that run has what was noted to be gone. */
  readonly isPresent: (name: string) => boolean;
}

/** What a machine does for a repo by a schedule. */
export interface Duty {
  /** `owner/name`. */
  readonly repository: string;
  readonly runner: string;
  readonly role: Role;
  readonly jobType: string;
}

/** The newest starts of one lane. */
export interface LaneStarts extends Duty {
  readonly nodeLine: string;
  /** UTC ISO 8601, newest first. */
  readonly startedAt: readonly string[];
}

/** A machine of which a run was due and did not come. */
export interface Overdue extends Duty {
  /** Of the last run that came. UTC ISO 8601, like the other. */
  readonly lastStartedAt: string;
  readonly dueAt: string;
}

/** Who is told: whoever looks at a job or asks, those who get mails, a metrics server. */
export type NoticeChannel = 'shown' | 'mail' | 'statsd';

export interface NoticeStore {
  /**
   * Notes that tests are gone, and that others came back.
   *
   * @returns the names that were not gone before anywhere on the same branch of their repo
   */
  settleVanished(vanished: readonly VanishedNames[]): Promise<ReadonlySet<string>>;
  /** The names that are noted to be gone from a lane and branch. */
  listVanished(lane: LaneName, branch: string | null): Promise<readonly string[]>;
  /** Every lane with its newest starts, at most so many. */
  listStarts(limit: number): Promise<readonly LaneStarts[]>;
  /**
   * Notes of whom a channel is told now.
   *
   * @returns `news`: whom it was not told of since their last run; `back`: whom it was told of, and who has run since
   */
  settleOverdue(
    overdue: readonly Overdue[],
    channel: NoticeChannel,
  ): Promise<{ readonly news: readonly Overdue[]; readonly back: readonly Overdue[] }>;
}
