/** One environment of a repository: its runs, histories and present. What the state says was made of the same is kept. */
import { createHash } from 'node:crypto';
import type { BulkLane, BulkReader, BulkRun, BulkSubject } from '../../core/store/bulk-reader.ts';
import type { StoredMachineChange } from '../../core/store/change-store.ts';
import { type Environment, NOTES_RUNS, type Ref } from '../data-format.ts';
import { planVolumes, publishVolume, type Volume } from './archive.ts';
import type { DataFiles } from './data-files.ts';
import { type NewestRuns, publishNewestRuns } from './newest-runs.ts';
import { composeNote, composeRuns } from './run-columns.ts';
import { composeRunFile } from './run-file.ts';
import type { LaneState, ShardSets } from './state.ts';
import type { TestFile } from './subjects.ts';
import { nameSubjects, type RunSplit, splitRuns } from './window.ts';

export interface LaneContext {
  readonly reader: BulkReader;
  readonly data: DataFiles;
  readonly lane: BulkLane;
  readonly files: readonly TestFile[];
  readonly subjects: ReadonlyMap<number, BulkSubject>;
  readonly machineChanges: readonly StoredMachineChange[];
  /** What it was made of the last time. */
  readonly known: LaneState | undefined;
  /** Called now and then. */
  readonly pause: () => Promise<void>;
}

export interface PublishedLane {
  readonly lane: BulkLane;
  readonly runs: readonly BulkRun[];
  readonly environment: Environment;
  readonly state: LaneState;
}

/** Writes all files of one environment. */
export async function publishLane(context: LaneContext): Promise<PublishedLane> {
  const { reader, data, lane, machineChanges } = context;
  const runs = reader.listRuns(lane);
  const split = splitRuns(runs);
  const runFiles = await publishRunFiles(context, split);
  const volumes = await publishVolumes(context, split);
  const { windowKey, ...newest } = await publishWindow(context, split);
  const columns = composeRuns(runs, { readMachine: reader.readMachine, machineChanges });
  const { runner, role, nodeLine, jobType, isolation } = lane;
  return {
    lane,
    runs,
    environment: {
      runner,
      role,
      nodeLine,
      jobType,
      isolation,
      framework: runs.at(-1)?.framework ?? null,
      runs: data.writeJson('runs', columns),
      notes: publishNotes(data, runs, runFiles),
      summary: newest.summary,
    },
    state: { volumes, windowKey, ...newest, runs: Object.fromEntries(runFiles) },
  };
}

/** A run without its details or documents is another file than with them. */
function nameRun({ uid, hasDetail, hasDocuments }: BulkRun): string {
  return `${uid}${hasDetail ? '+' : ''}${hasDocuments ? '*' : ''}`;
}

/** Writes the files of runs that have none yet, a block in memory at a time; all of them by {@link nameRun}. */
async function publishRunFiles(context: LaneContext, split: RunSplit): Promise<Map<string, Ref>> {
  const { reader, data, known, subjects, pause } = context;
  const { runs, folded, blocks } = split;
  const published = new Map<string, Ref>();
  const isMissing = (run: BulkRun) => {
    const ref = known?.runs[nameRun(run)];
    if (ref === undefined || !data.keep('run', ref)) return true;
    published.set(nameRun(run), ref);
    return false;
  };
  const groups = [
    ...blocks.map(({ blockId, firstRun, runIds }) => ({
      runs: runs.slice(firstRun, firstRun + runIds.length),
      read: (runIds: readonly number[]) => reader.readBlock(blockId, runIds),
    })),
    { runs: runs.slice(folded), read: (runIds: readonly number[]) => reader.readRows(runIds) },
  ];
  for (const group of groups) {
    const missing = group.runs.filter(isMissing);
    if (missing.length === 0) continue;
    const table = group.read(missing.map(({ id }) => id));
    const named = nameSubjects(table, subjects);
    for (const [at, run] of missing.entries()) {
      const file = composeRunFile(reader, { run, at, table, subjects: named });
      published.set(nameRun(run), data.writeJson('run', file));
      await pause();
    }
  }
  // In the order of the runs, so that the state does not depend on what was there before.
  return new Map(runs.map((run) => [nameRun(run), published.get(nameRun(run)) ?? '']));
}

function publishNotes(data: DataFiles, runs: readonly BulkRun[], files: ReadonlyMap<string, Ref>): Ref[] {
  const notes: Ref[] = [];
  for (let from = 0; from < runs.length; from += NOTES_RUNS) {
    const some = runs.slice(from, from + NOTES_RUNS);
    notes.push(
      data.writeJson('notes', {
        notes: some.map((run) => composeNote(run, files.get(nameRun(run)) ?? '')),
      }),
    );
  }
  return notes;
}

/** What a file has of the same blocks as the last time stays. */
async function publishVolumes(context: LaneContext, split: RunSplit): Promise<LaneState['volumes']> {
  const { known, data, files } = context;
  const volumes: LaneState['volumes'] = [];
  for (const volume of planVolumes(split, files)) {
    const key = nameVolume(volume, split);
    const before = known?.volumes.find((one) => one.key === key)?.archives ?? {};
    const isMissing = ({ id }: TestFile) => {
      const set = before[id];
      return set === undefined || (set !== null && !data.keep('series', set.ref));
    };
    const missing = volume.files.filter(isMissing);
    const written = new Map(await publishVolume(context, { ...volume, files: missing }));
    const archives = volume.files.map(({ id }) => [id, written.get(id) ?? before[id] ?? null] as const);
    volumes.push({ key, archives: Object.fromEntries(archives) });
  }
  return volumes;
}

/** Equal for equal runs. */
function nameVolume({ blocks }: Volume, { runs }: RunSplit): string {
  const firstRun = blocks[0]?.firstRun ?? 0;
  const counts = blocks.map(({ runIds }) => runIds.length);
  const end = firstRun + counts.reduce((sum, count) => sum + count, 0);
  return computeKey([firstRun, ...counts], runs.slice(firstRun, end));
}

async function publishWindow(
  context: LaneContext,
  split: RunSplit,
): Promise<NewestRuns & Pick<LaneState, 'windowKey'>> {
  const { known, data, reader, lane } = context;
  const smallestChanges = reader.readSmallestChanges(lane.environmentId);
  const windowKey = computeKey([split.folded, ...smallestChanges].flat(), split.runs);
  const isKept =
    known?.windowKey === windowKey &&
    keepSets(data, 'series', known.recents) &&
    keepSets(data, 'failures', known.failures) &&
    data.keep('summary', known.summary);
  if (known !== undefined && isKept) {
    const { recents, failures, summary } = known;
    return { windowKey, recents, failures, summary };
  }
  return { windowKey, ...(await publishNewestRuns({ ...context, split, smallestChanges })) };
}

function keepSets(data: DataFiles, kind: 'series' | 'failures', sets: ShardSets): boolean {
  return Object.values(sets).every(({ ref }) => data.keep(kind, ref));
}

/** Equal when the same is made of equal numbers and equal runs. */
function computeKey(numbers: readonly number[], runs: readonly BulkRun[]): string {
  const hash = createHash('sha256').update(numbers.join());
  for (const { uid } of runs) hash.update(`\n${uid}`);
  return hash.digest('hex').slice(0, 20);
}
