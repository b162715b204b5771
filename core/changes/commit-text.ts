/** The commit of a stored run in the words that changes are told with: a run does not say who made it. */
import type { CommitText } from '../store/change-store.ts';
import type { LaneRun } from '../store/lane-store.ts';

export function describeCommit({
  commit,
  commitSubject,
  committedAt,
}: Pick<LaneRun, 'commit' | 'commitSubject' | 'committedAt'>): CommitText {
  return { sha: commit, subject: commitSubject, author: '', committedAt };
}
