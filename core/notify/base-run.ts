/** Which earlier run a run is compared with. */
import type { RunFacts } from '../model.ts';
import type { RunSummary, Store, StoredRun } from '../store/store.ts';

export interface BaseRun {
  readonly stored: StoredRun;
  /** Whether it is of the very commit that was asked for first, not of one before that. */
  readonly isBase: boolean;
}

/** So many commits before a measured one are worth looking for as what it is compared with. */
export const SEARCHED_COMMITS = 1000;

/** How far back in a series a run to compare with is looked for. */
const SEARCHED_RUNS = 2000;

/**
 * The run to compare with: of the first candidate that was measured in the same environment, the newest complete run, if
 * possible one whose samples are still kept.
 *
 * @param candidates SHAs, nearest first: the commit that the work is based on, then those before it
 */
export async function findBaseRun(
  store: Store,
  run: RunFacts,
  candidates: readonly string[],
): Promise<BaseRun | null> {
  if (candidates.length === 0) return null;
  const { repository, runner, nodeLine, jobType } = run;
  const runs = await store.listRuns({ repository, runner, nodeLine, jobType, limit: SEARCHED_RUNS });
  const ofCommit = Map.groupBy(
    runs.filter((one) => isComparable(one, run)),
    (one) => one.commit,
  );
  for (const [index, sha] of candidates.entries()) {
    const found = ofCommit.get(sha);
    const chosen = found?.find((one) => one.detail === 'full') ?? found?.[0];
    if (chosen) return { stored: await store.readRun(chosen.id), isBase: index === 0 };
  }
  return null;
}

function isComparable(one: RunSummary, run: RunFacts): boolean {
  const { interrupted, modified, isolation, totals } = one;
  const hasRun = totals.passed + totals.failed > 0;
  return one.id !== run.id && isolation === run.isolation && !interrupted && !modified && hasRun;
}
