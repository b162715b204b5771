/** The order of every chart: by when the commit was made, then by when the run started. Pure. */
import type { BulkRun } from '../../core/store/bulk-reader.ts';

/** Positions in `runs`, in commit order. */
export function sortByCommit(runs: readonly BulkRun[]): number[] {
  return runs
    .map((_, position) => position)
    .sort((a, b) => compareCommitOrder(runs[a] as BulkRun, runs[b] as BulkRun));
}

function compareCommitOrder(a: BulkRun, b: BulkRun): number {
  if (a.committedAt !== b.committedAt) return a.committedAt < b.committedAt ? -1 : 1;
  if (a.startedAt !== b.startedAt) return a.startedAt < b.startedAt ? -1 : 1;
  return a.uid < b.uid ? -1 : 1;
}
