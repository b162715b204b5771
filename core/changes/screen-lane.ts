/**
 * Screens one lane — a repo in one environment — after a job: takes the runs of the line that the measured commit is held
 * against, finds what changed, keeps it, and sees what is over.
 */
import { createRanks, findBodyChanges } from '../analysis/body-changes.ts';
import {
  type HistoryRows,
  type HistoryScreening,
  type Nomination,
  screenHistory,
} from '../analysis/screen-history.ts';
import type { CommitLine } from '../repository/line.ts';
import type { CommitText, LaneName, StoredChange, StoredMachineChange } from '../store/change-store.ts';
import type { LaneHistory, LaneRun } from '../store/lane-store.ts';
import type { Store } from '../store/store.ts';
import { describeDifferences, judgeShift, type MachineShift } from './machine-shift.ts';
import { selectChanges } from './nominate.ts';
import { findRecoveries } from './recoveries.ts';
import { type RenameSuggestion, suggestRenames } from './renames.ts';
import type { VanishedNews } from './vanished-test.ts';
import { nominateFromPair } from './young-lane.ts';

export interface LaneToScreen {
  readonly store: Store;
  readonly lane: LaneName;
  readonly line: CommitLine;
  /** Runs of the job. */
  readonly runIds: ReadonlySet<string>;
  /** Smaller changes are none: 0.05 = 5 %. */
  readonly minimumRatio: { readonly test: number; readonly total: number };
}

/** What a change is put down to. */
export interface ChangeOriginText {
  readonly commit: CommitText;
  /** How many commits it may begin with; null when git does not know. */
  readonly commits: number | null;
}

/** What a lane's history says after a job. */
export interface LaneScreening {
  readonly lane: LaneName;
  /** Changes that were not known before. */
  readonly found: readonly StoredChange[];
  /** Confirmed slow-downs that this job showed to be over. */
  readonly recovered: readonly StoredChange[];
  /** Confirmed slow-downs of the commit's own branch that are not over, and that nobody expects. */
  readonly standing: readonly StoredChange[];
  /** Shifts of the machine that were not known before; they may have begun with an earlier run. */
  readonly machineChanges: readonly StoredMachineChange[];
  /** Changes of these runs that were known before. */
  readonly known: readonly StoredChange[];
  /** What else differs between the runs around a change, by its id: another Node, another kernel. */
  readonly differences: ReadonlyMap<string, readonly string[]>;
  /** Durations of the newest runs of the line, oldest first, in ms. */
  readonly readTrendMs: (subjectId: number) => (number | null)[];
  /** Tests that the newest run has under another name than the commit before, by their bodies; none that is accepted. */
  readonly renames: readonly RenameSuggestion[];
  /** Notes which changes that this job found are over in its later runs. */
  readonly findPassed: (changes: readonly StoredChange[]) => Promise<readonly StoredChange[]>;
}

/** What is told of a lane after everything was tried. */
export interface LaneFindings extends LaneScreening {
  /** What is found is put down to, by its id. */
  readonly origins: ReadonlyMap<string, ChangeOriginText>;
  /** Tests that are gone, which nobody was told of yet. */
  readonly vanished: readonly VanishedNews[];
}

/** Runs that are replayed: what the screener remembers. */
const REPLAYED = 250;

/** Runs of the lane, of all branches, among which those of the line are looked for. */
const SEARCHED = 5000;

const TREND = 40;

/** Null when there is nothing that could be judged: no run of the job is a whole one of a commit. */
export async function screenLane(task: LaneToScreen): Promise<LaneScreening | null> {
  const { store, lane, line, runIds } = task;
  const runs = pickRuns(await store.listLaneRuns(lane, SEARCHED), line);
  const from = runs.findIndex(({ id }) => runIds.has(id));
  if (from === -1) return null;
  const series = await store.readLaneHistory(
    lane,
    runs.map(({ id }) => id),
  );
  const known = await listKnown(store, { lane, runs });
  const bodyChanges = findAllBodyChanges(series);
  const screening = screenHistory({
    runs: runs.length,
    from,
    rows: toRows(series, { runs, known, bodyChanges }),
    minimumRatio: task.minimumRatio.test,
  });
  const shifts = screening.machineChanges.map((shift) => ({ ...shift, ...judgeShift(runs, shift) }));
  const nominations = [
    ...screening.nominations,
    ...nominateTotals(shifts, { runs, series }),
    ...(await nominateFromPair({ store, lane, runs, series })),
  ];
  const changes = await selectChanges(nominations, {
    store,
    runs,
    series,
    known,
    bodyChanges,
    totalRatio: task.minimumRatio.total,
  });
  const shiftsBefore = new Set((await readMachineChanges(store, { lane, runs })).map(({ runId }) => runId));
  const found = await store.writeScreening({
    lane,
    changes,
    machineChanges: shifts
      .filter((shift) => shift.of === 'machine')
      .map(({ at, ratio, calibrationRatio, causes }) => ({
        runId: runs[at]?.id ?? '',
        ratio,
        calibrationRatio,
        causes,
      })),
    smallest: listSmallest(screening),
  });
  const { recovered, standing } = await findRecoveries({ store, runs, series, known, own: line.own });
  return {
    lane,
    found,
    recovered,
    standing,
    known,
    machineChanges: (await readMachineChanges(store, { lane, runs })).filter(
      ({ runId }) => !shiftsBefore.has(runId),
    ),
    renames: await listRenames(store, { lane, runs }),
    differences: new Map(found.map((change) => [change.id, describeAround(change, runs)])),
    readTrendMs: (subjectId) => formatTrend(series.find(subjectId)?.durationsMs),
    findPassed: async (changes) => {
      const passed = { store, runs, series, known: changes, own: line.own, within: 'job' } as const;
      return (await findRecoveries(passed)).recovered;
    },
  };
}

/** The newest runs of the line, in its order, whole and of commits as they are. */
export function pickRuns(runs: readonly LaneRun[], { shas }: CommitLine): LaneRun[] {
  const places = new Map(shas.map((sha, place) => [sha, place]));
  return runs
    .filter(({ commit, interrupted, modified }) => places.has(commit) && !interrupted && !modified)
    .sort(
      (a, b) =>
        (places.get(a.commit) ?? 0) - (places.get(b.commit) ?? 0) || (a.startedAt < b.startedAt ? -1 : 1),
    )
    .slice(-REPLAYED);
}

/** The changes of the lane that are about commits of these runs. */
async function listKnown(
  store: Store,
  { lane, runs }: { readonly lane: LaneName; readonly runs: readonly LaneRun[] },
): Promise<readonly StoredChange[]> {
  const { repository, runner, nodeLine, jobType } = lane;
  const commits = new Set(runs.map(({ commit }) => commit));
  const changes = await store.readChanges({ repository, runner, nodeLine, jobType, limit: SEARCHED });
  // What was found of a test under its earlier name is of the test that it is now.
  const renames = await store.readRenames(repository);
  const laterOf = new Map(renames.map(({ earlierId, subjectId: later }) => [earlierId, later]));
  return changes
    .filter(
      ({ head, role, isolation }) => commits.has(head) && role === lane.role && isolation === lane.isolation,
    )
    .map((change) => ({ ...change, subjectId: followName(change.subjectId, laterOf) }));
}

function followName(subjectId: number, laterOf: ReadonlyMap<number, number>): number {
  const later = laterOf.get(subjectId);
  return later === undefined ? subjectId : followName(later, laterOf);
}

/** Of the newest run beside the newest of another commit. */
async function listRenames(
  store: Store,
  { lane, runs }: { readonly lane: LaneName; readonly runs: readonly LaneRun[] },
): Promise<readonly RenameSuggestion[]> {
  const now = runs.at(-1);
  const before = runs.findLast(({ commit }) => commit !== now?.commit);
  if (now === undefined || before === undefined) return [];
  return suggestRenames(store, { repository: lane.repository, before: before.id, now: now.id });
}

/** By subject, where a test's body changed; none of most. */
function findAllBodyChanges(series: LaneHistory): ReadonlyMap<number, readonly number[]> {
  const found = new Map<number, readonly number[]>();
  for (const [row, bodies] of series.bodies) {
    const changes = findBodyChanges(bodies, createRanks(series.getDurations(row)));
    if (changes.length > 0) found.set(series.getSubject(row), changes);
  }
  return found;
}

/**
 * A confirmed change begins a new level, and so does the end of one: neither is found again. So does another body, which
 * makes it another test.
 */
function toRows(
  series: LaneHistory,
  {
    runs,
    known,
    bodyChanges,
  }: {
    readonly runs: readonly LaneRun[];
    readonly known: readonly StoredChange[];
    readonly bodyChanges: ReadonlyMap<number, readonly number[]>;
  },
): HistoryRows {
  const confirmed = Map.groupBy(
    known.filter(({ verdict }) => verdict?.kind === 'confirmed'),
    ({ subjectId }) => subjectId,
  );
  return {
    ...series,
    getKey: series.getSubject,
    // A file as a whole has no say of its own: it is slower because its tests are.
    getFile: (row) => (series.getKind(row) === 'test' ? (series.getFile(row) ?? undefined) : undefined),
    getRestarts(row) {
      const subjectId = series.getSubject(row);
      const ends = (confirmed.get(subjectId) ?? []).flatMap(({ headRunId, recoveredRunId }) => [
        headRunId,
        recoveredRunId,
      ]);
      const edited = bodyChanges.get(subjectId) ?? [];
      const levels = ends.map((id) => runs.findIndex((run) => run.id === id)).filter((at) => at !== -1);
      return [...levels, ...edited].sort((a, b) => a - b);
    },
  };
}

/** As they are asked for: there are as many as series. */
function* listSmallest(screening: HistoryScreening): Generator<{ subjectId: number; ratio: number }> {
  for (const [subjectId, { smallestChange }] of screening.listLevels()) {
    yield { subjectId, ratio: smallestChange };
  }
}

/** A shift that is not the machine's is one of the total. */
function nominateTotals(
  shifts: readonly (MachineShift & { readonly at: number; readonly ratio: number })[],
  { runs, series }: { readonly runs: readonly LaneRun[]; readonly series: LaneHistory },
): Nomination[] {
  const [total] = series.list('total');
  if (total === undefined) return [];
  return shifts
    .filter((shift) => shift.of === 'tests' && shift.at > 0 && shift.at < runs.length)
    .map(({ at, ratio }) => {
      const nowMs = total.durationsMs[runs.length - 1] ?? Number.NaN;
      const direction = ratio > 1 ? 'slower' : 'faster';
      const rest = { ratio, ratioLow: null, ratioHigh: null, pValue: 0 } as const;
      return {
        key: total.subjectId,
        origin: 'level',
        direction,
        at,
        before: at - 1,
        beforeMs: nowMs / ratio,
        nowMs,
        ...rest,
      } as const;
    })
    .filter(({ nowMs }) => !Number.isNaN(nowMs));
}

function describeAround({ baseCommit, headRunId }: StoredChange, runs: readonly LaneRun[]): string[] {
  const before = runs.findLast(({ commit }) => commit === baseCommit.sha);
  return describeDifferences(
    before,
    runs.find(({ id }) => id === headRunId),
  );
}

async function readMachineChanges(
  store: Store,
  { lane, runs }: { readonly lane: LaneName; readonly runs: readonly LaneRun[] },
): Promise<StoredMachineChange[]> {
  const { repository, runner, nodeLine, jobType } = lane;
  const ids = new Set(runs.map(({ id }) => id));
  const changes = await store.readMachineChanges({ repository, runner, nodeLine, jobType, limit: REPLAYED });
  return changes.filter(({ runId }) => ids.has(runId));
}

function formatTrend(durationsMs: Float64Array | undefined): (number | null)[] {
  return [...(durationsMs ?? [])].slice(-TREND).map((ms) => (Number.isNaN(ms) ? null : ms));
}
