/** What there is to tell of runs that were collected from other machines, environment by environment. */
import type { LaneFindings } from '../changes/screen-lane.ts';
import type { LaneName, StoredMachineChange } from '../store/change-store.ts';
import type { Store } from '../store/store.ts';
import { gatherChangeNews } from './gather-changes.ts';
import type { ChangeNews } from './news.ts';

export interface CollectedNews {
  readonly lane: LaneName;
  readonly changes: readonly ChangeNews[];
  readonly machineChanges: readonly StoredMachineChange[];
}

/** Environments with something to tell. */
export async function gatherCollectedNews(
  findings: readonly LaneFindings[],
  store: Store,
): Promise<CollectedNews[]> {
  const news: CollectedNews[] = [];
  for (const one of findings) {
    const changes = await gatherChangeNews(one, store);
    const { lane, machineChanges } = one;
    if (changes.length + machineChanges.length > 0) news.push({ lane, changes, machineChanges });
  }
  return news;
}

/** `happner/sample on field-1, Node 24`. */
export function formatLane({ repository, runner, nodeLine }: LaneName): string {
  return `${repository} on ${runner}, Node ${nodeLine}`;
}

/** Why suspects stay what they are, a sentence; null where there are none. */
export function explainSuspects({ lane, changes }: CollectedNews): string | null {
  if (!changes.some(({ kind }) => kind === 'suspect')) return null;
  return `No experiment can be made here: base and head would have to run by turns on ${lane.runner}.`;
}
