/** What there is to tell of the changes that a job found, environment by environment. */
import { computeGrowth, type FunctionTimes, type ProfileDifference } from '../analysis/profile-difference.ts';
import { describeCommit } from '../changes/commit-text.ts';
import { PROFILE_DOCUMENT } from '../changes/confirm-changes.ts';
import type { LaneFindings } from '../changes/screen-lane.ts';
import type { CommitText, StoredChange } from '../store/change-store.ts';
import type { Store } from '../store/store.ts';
import { type ChangeKind, type ChangeNews, NEWS_LIMITS } from './news.ts';

/** News of what is found in one environment, what matters most first. */
export async function gatherChangeNews(findings: LaneFindings, store: Store): Promise<ChangeNews[]> {
  const { found, standing, recovered } = findings;
  const told: (readonly [ChangeKind, StoredChange])[] = [
    ...found
      .filter((change) => !isExplained(change, found))
      .map((change) => [computeKind(change), change] as const),
    ...standing.map((change) => ['standing', change] as const),
    ...recovered.map((change) => ['recovered', change] as const),
  ];
  const news: ChangeNews[] = [];
  for (const [kind, change] of told.slice(0, NEWS_LIMITS.found)) {
    const put = findings.origins.get(change.id);
    news.push({
      kind,
      change,
      commit: put?.commit ?? change.headCommit,
      commits: put?.commits ?? null,
      trendMs: findings.readTrendMs(change.subjectId),
      differences: findings.differences.get(change.id) ?? [],
      functions: change.verdict?.kind === 'confirmed' ? await readFunctions(store, change.id) : [],
      isOver: kind === 'recovered' && (await isOver(store, change)),
      until: kind === 'recovered' ? await findEnd(store, change) : null,
    });
  }
  return news;
}

/** A total that grew with a commit of which something else is proven already is no suspect besides. */
function isExplained(change: StoredChange, found: readonly StoredChange[]): boolean {
  return (
    change.subject.kind === 'total' &&
    computeKind(change) === 'suspect' &&
    found.some((other) => other.head === change.head && computeKind(other) === 'confirmed')
  );
}

function computeKind({ direction, state, verdict }: StoredChange): ChangeKind {
  if (direction === 'faster') return 'faster';
  if (state !== 'new') return 'decided';
  if (verdict?.kind === 'confirmed') return 'confirmed';
  return verdict?.kind === 'refuted' ? 'refuted' : 'suspect';
}

async function readFunctions(store: Store, id: string): Promise<FunctionTimes[]> {
  const document = (await store.readChangeDocuments(id)).find(({ name }) => name === PROFILE_DOCUMENT);
  if (document === undefined) return [];
  // Written by this program, into its own database.
  const { functions } = JSON.parse(document.content) as ProfileDifference;
  return functions
    .filter((one) => computeGrowth(one) > 0)
    .sort((one, other) => computeGrowth(other) - computeGrowth(one))
    .slice(0, NEWS_LIMITS.functions);
}

async function findEnd(store: Store, { recoveredRunId }: StoredChange): Promise<CommitText | null> {
  const run = recoveredRunId === null ? undefined : await store.findRun(recoveredRunId);
  return run === undefined ? null : describeCommit(run);
}

/** Whether nothing else that is put down to the same commit is still slow. */
async function isOver(store: Store, change: StoredChange): Promise<boolean> {
  const { repository, environmentId } = change;
  const others = await store.readChanges({
    repository,
    environmentId,
    direction: 'slower',
    verdicts: ['confirmed'],
    states: ['new', 'acknowledged'],
    limit: 1000,
  });
  return others.every((other) => findOrigin(other) !== findOrigin(change));
}

/** SHA of the commit that a change is put down to, as far as an experiment has told. */
export function findOrigin({ verdict, head }: StoredChange): string {
  return verdict?.head ?? head;
}
