/** Which repos of a configuration have a schedule, for whoever says what is overdue. */
import type { RepoConfig } from '../core/config/config.ts';
import type { ScheduledRepo } from '../core/config/due.ts';

export function listSchedules(repos: readonly RepoConfig[]): ScheduledRepo[] {
  return repos.flatMap(({ owner, name, jobType, nodeVersions, schedule }) =>
    schedule === null ? [] : [{ repository: `${owner}/${name}`, jobType, nodeVersions, schedule }],
  );
}
