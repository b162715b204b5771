/**
 * Hands the slow-downs that a job found to the experiment, keeps what it says of each, and says of a total what that of
 * its files says. Only for whoever holds the machine.
 */
import type { Suspect, Verdict } from '../analysis/suspect.ts';
import type { ChangeDocument, StoredChange } from '../store/change-store.ts';
import type { Store } from '../store/store.ts';

/** The name of the document that tells where the time of a confirmed change went. */
export const PROFILE_DOCUMENT = 'profile';

/** What an experiment says of one suspect. */
export interface Answer {
  readonly suspect: Suspect;
  readonly verdict: Verdict;
  readonly documents: readonly ChangeDocument[];
}

/** Runs base and head of suspects by turns; yields each once. */
export type Experiment = (suspects: readonly Suspect[]) => AsyncIterable<Answer>;

/** Suspects of one job that are worth its time; the surest come first, and of those the largest. */
const MOST_SUSPECTS = 60;

/** The changes with their verdicts, in the order given. */
export async function confirmChanges(
  changes: readonly StoredChange[],
  { store, experiment }: { readonly store: Store; readonly experiment: Experiment },
): Promise<readonly StoredChange[]> {
  const ofSuspect = new Map<Suspect, StoredChange>();
  for (const change of changes.filter(isWorthIt).sort(compareWorth)) {
    const suspect = toSuspect(change);
    if (suspect && ofSuspect.size < MOST_SUSPECTS) ofSuspect.set(suspect, change);
  }
  const verdicts = new Map<string, Verdict>();
  if (ofSuspect.size > 0) {
    for await (const { suspect, verdict, documents } of experiment([...ofSuspect.keys()])) {
      const change = ofSuspect.get(suspect);
      if (change === undefined) continue;
      await store.updateChange(change.id, { verdict, documents });
      verdicts.set(change.id, verdict);
    }
  }
  const judged = changes.map((change) => ({ ...change, verdict: verdicts.get(change.id) ?? change.verdict }));
  return Promise.all(judged.map((change) => judgeTotal(change, { store, others: judged })));
}

function compareWorth(a: StoredChange, b: StoredChange): number {
  return a.pValue - b.pValue || (b.ratio ?? Number.MAX_VALUE) - (a.ratio ?? Number.MAX_VALUE);
}

function isWorthIt({ direction, state, verdict }: StoredChange): boolean {
  return direction === 'slower' && verdict === null && state === 'new';
}

function toSuspect({ subject, beforeMs, nowMs, base, head }: StoredChange): Suspect | null {
  const { path, title, occurrence } = subject;
  if (path === null) return null;
  return { subject: { file: path, titles: title, occurrence }, beforeMs, nowMs, base, head };
}

/** Of what a total grew by, at least this share must be confirmed in its files. */
const LEAST_SHARE = 0.5;

/** A total is no experiment's: it is confirmed when what is confirmed of its files is the larger part of it. */
async function judgeTotal(
  change: StoredChange,
  { store, others }: { readonly store: Store; readonly others: readonly StoredChange[] },
): Promise<StoredChange> {
  if (change.subject.kind !== 'total' || change.direction !== 'slower' || change.verdict !== null)
    return change;
  const confirmed = others.filter(
    ({ subject, verdict }) =>
      subject.kind === 'file' && verdict?.kind === 'confirmed' && verdict.ratio !== null,
  );
  const sum = (pick: (verdict: Verdict) => number) =>
    confirmed.reduce(
      (total, { verdict, beforeMs }) => total + (verdict ? (pick(verdict) - 1) * beforeMs : 0),
      0,
    );
  const grownMs = sum(({ ratio }) => ratio?.value ?? 1);
  const [first] = confirmed;
  if (!first?.verdict || grownMs < LEAST_SHARE * (change.nowMs - change.beforeMs)) return change;
  const toRatio = (ms: number) => 1 + ms / change.beforeMs;
  const verdict: Verdict = {
    ...first.verdict,
    ratio: {
      value: toRatio(grownMs),
      low: toRatio(sum(({ ratio }) => ratio?.low ?? 1)),
      high: toRatio(sum(({ ratio }) => ratio?.high ?? 1)),
    },
    pairs: Math.min(...confirmed.map((one) => one.verdict?.pairs ?? 0)),
    base: change.base,
    head: change.head,
  };
  await store.updateChange(change.id, { verdict });
  return { ...change, verdict };
}
