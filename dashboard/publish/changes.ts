/** What was found of a repository's tests, and what became of it. Pure. */
import type { ProfileDifference } from '../../core/analysis/profile-difference.ts';
import type { ChangeDocument, StoredChange } from '../../core/store/change-store.ts';
import type { ChangeEntry, ChangeState, ProfileFile, Ref } from '../data-format.ts';
import { formatCommit } from './commits.ts';
import { toMs } from './figures.ts';

/** Level of the interval that history gives. */
const LEVEL_OF_HISTORY = 0.95;

export interface OpenChanges {
  readonly suspects: number;
  readonly confirmed: number;
}

/** What a change needs to know of its environment. */
export interface PlaceOfChange {
  readonly environment: number;
  /** Number of a run, if it is there. */
  readonly findRun: (uid: string) => number | undefined;
  /** Makes a file of where the time went. */
  readonly writeProfile: (profile: ProfileFile) => Ref;
}

/** A change as it is published, with what is kept of it besides. */
export function formatChange(
  change: StoredChange,
  documents: readonly ChangeDocument[],
  place: PlaceOfChange,
): ChangeEntry {
  const profile = findProfile(documents);
  const { verdict, subject, recoveredRunId } = change;
  const history =
    change.ratio === null ? null : { value: change.ratio, low: change.ratioLow, high: change.ratioHigh };
  return {
    id: change.id,
    state: computeState(change),
    triage: {
      state: change.state,
      by: change.stateBy,
      reason: change.stateReason,
      atMs: toMs(change.stateAt),
    },
    direction: change.direction,
    branch: change.branch,
    environment: place.environment,
    subject: change.subjectId,
    path: subject.path,
    title: subject.title,
    occurrence: subject.occurrence,
    run: place.findRun(change.headRunId) ?? null,
    recoveredRun: (recoveredRunId === null ? undefined : place.findRun(recoveredRunId)) ?? null,
    base: formatCommit(change.baseCommit),
    head: formatCommit(change.headCommit),
    beforeMs: change.beforeMs,
    nowMs: change.nowMs,
    ratio: verdict?.ratio ?? history,
    level: verdict?.ratio ? verdict.level : LEVEL_OF_HISTORY,
    pairs: verdict?.pairs ?? 0,
    reason: verdict?.reason ?? null,
    foundMs: toMs(change.foundAt),
    profile: profile && place.writeProfile(profile),
  };
}

function findProfile(documents: readonly ChangeDocument[]): ProfileFile | null {
  for (const { mediaType, content } of documents) {
    if (mediaType !== 'application/json') continue;
    // Written by this program, into its own database.
    const { schema, baseMs, headMs, functions } = JSON.parse(content) as ProfileDifference;
    if (schema === 'tracey.profile/1') return { baseMs, headMs, functions };
  }
  return null;
}

function computeState({ state, verdict }: StoredChange): ChangeState {
  if (state === 'recovered' || state === 'fixed') return 'recovered';
  return verdict?.kind ?? 'suspect';
}

/** Counts of those that are open. */
export function countOpen(changes: readonly ChangeEntry[]): OpenChanges {
  const slower = changes.filter(
    ({ direction, triage }) => direction === 'slower' && triage.state !== 'expected',
  );
  return {
    suspects: slower.filter(({ state }) => state === 'suspect' || state === 'undecided').length,
    confirmed: slower.filter(({ state }) => state === 'confirmed').length,
  };
}
