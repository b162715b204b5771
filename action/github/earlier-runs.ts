/**
 * Runs of a device that may never have reached its primary, since the report of their job could not be uploaded: the network
 * was away. Every report of a device brings those of the last days again; the primary knows by their ids what it has already.
 */
import type { FileStream, RunFacts } from '../../core/model.ts';
import type { Store } from '../../core/store/store.ts';

const DAYS = 7;
/** Enough for a week of nightly jobs on several Node versions; reports stay small. */
const MOST_RUNS = 30;
const DAY_MS = 86_400_000;

/** The runs of the last days, oldest first, without those that are `known` to be in the report; in full, or not at all. */
export async function* listEarlierRuns(
  store: Store,
  of: {
    readonly repository: string;
    readonly runner: string;
    readonly known: readonly string[];
    readonly now: Date;
  },
): AsyncGenerator<RunFacts & { readonly files: FileStream }> {
  const { repository, runner, known, now } = of;
  const oldest = new Date(now.getTime() - DAYS * DAY_MS).toISOString();
  const runs = await store.listRuns({ repository, runner, limit: MOST_RUNS });
  for (const { id, startedAt } of runs.toReversed()) {
    if (known.includes(id) || startedAt < oldest) continue;
    const { run, files, detail } = await store.readRun(id);
    if (detail === 'full') yield { ...run, files };
  }
}
