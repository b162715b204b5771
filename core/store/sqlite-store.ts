/** The {@link Store} over one SQLite connection: every function's transaction, and nothing else. */
import type { RunResults } from '../model.ts';
import type { ReportFindings } from '../report-format.ts';
import { foldResults, type Lane } from './blocks.ts';
import type { ScreeningResult, StoredChange } from './change-store.ts';
import { findLane, insertChange, readChangeDocuments, readChanges, updateChange } from './changes.ts';
import type { Connection } from './connection.ts';
import { createHistoryReader } from './history.ts';
import { readLaneHistory } from './lane-history.ts';
import { listLaneRuns, readFingerprints } from './lanes.ts';
import {
  findSmallestChange,
  insertMachineChange,
  readMachineChanges,
  writeSmallestChanges,
} from './machine-changes.ts';
import { listStarts, listVanished, settleOverdue, settleVanished } from './notices.ts';
import { openRun } from './read.ts';
import { readRenames, readRunTests, readTestTitles, writeRenames } from './renames.ts';
import { listMissingTests, listRunFiles } from './run-tests.ts';
import { findRun, listRuns } from './runs.ts';
import { findSeries } from './series.ts';
import { settleRun } from './settle.ts';
import { guard, isPassing } from './sqlite-errors.ts';
import type { Store, StoredRun, WriteOutcome, Written } from './store.ts';
import { writeTags } from './tags.ts';
import { takeFindings } from './take-findings.ts';
import { insertRun } from './write.ts';

/** Wraps a connection whose schema is current; `keepDetailRuns` as in OpenStoreOptions. */
export function createSqliteStore(connection: Connection, keepDetailRuns: number): Store {
  const { database, file } = connection;
  const history = createHistoryReader(connection);

  /** Reads all of it from one state of the database, whatever is written meanwhile. */
  function read<Result>(work: () => Result): Result {
    return guard(file, () => database.transaction(work).deferred());
  }

  /** Waits for its turn before it reads anything, so that what it read is true when it writes. */
  function write<Result>(work: () => Result): Result {
    return guard(file, () => database.transaction(work).immediate());
  }

  function writeRun(run: RunResults): WriteOutcome {
    const settled = settleRun(run);
    const lane = write(() => insertRun(connection, settled, keepDetailRuns));
    if (lane === undefined) return 'known';
    foldLater(lane);
    return 'stored';
  }

  /** The run is safe by now: what keeps it from being folded at this moment is tried again with the next run. */
  function foldLater(lane: Lane): void {
    try {
      write(() => foldResults(connection, lane));
    } catch (thrown) {
      if (!isPassing(thrown)) throw thrown;
    }
  }

  function writeRuns(runs: Iterable<RunResults>, found: Partial<ReportFindings> = {}): Written {
    return write(() => {
      const runIds: string[] = [];
      let known = 0;
      for (const run of runs) {
        const lane = insertRun(connection, settleRun(run), keepDetailRuns);
        if (lane === undefined) {
          known += 1;
          continue;
        }
        runIds.push(run.id);
        foldResults(connection, lane);
      }
      const changeIds = takeFindings(connection, found);
      return { stored: runIds.length, known, changes: changeIds.length, runIds, changeIds };
    });
  }

  function writeScreening({ lane: name, ...result }: ScreeningResult): StoredChange[] {
    return write(() => {
      const lane = findLane(connection, name);
      if (lane === undefined) return [];
      const at = new Date().toISOString();
      for (const change of result.machineChanges) insertMachineChange(connection, change, { lane, at });
      const added = result.changes.flatMap(
        (change) => insertChange(connection, change, { lane, name, at }) ?? [],
      );
      writeSmallestChanges(connection, lane, result.smallest);
      return added.flatMap((id) => readChanges(connection, { id, limit: 1 }));
    });
  }

  async function* exportRuns(): AsyncGenerator<StoredRun> {
    let last = '';
    for (;;) {
      const next = read(() => {
        return connection
          .prepare<{ uid: string }>('SELECT uid FROM run WHERE uid > ? ORDER BY uid LIMIT 1')
          .get(last);
      });
      if (next === undefined) return;
      yield openRun(connection, next.uid, read);
      last = next.uid;
    }
  }

  return {
    location: file,
    writeRun: async (run) => writeRun(run),
    writeRuns: async (runs, found) => writeRuns(runs, found),
    findRun: async (idOrPrefix) => read(() => findRun(connection, idOrPrefix)),
    listRuns: async (query) => read(() => listRuns(connection, query)),
    readRun: async (id) => openRun(connection, id, read),
    findSeries: async (query) => read(() => findSeries(connection, query)),
    readHistory: async (query) => read(() => history.read(query)),
    writeTags: async (repository, list) => write(() => writeTags(connection, repository, list)),
    writeRenames: async (repository, renames) => write(() => writeRenames(connection, repository, renames)),
    readRenames: async (repository) => read(() => readRenames(connection, repository)),
    listRunFiles: async (runId) => read(() => listRunFiles(connection, runId)),
    listMissingTests: async (had, has) => read(() => listMissingTests(connection, had, has)),
    readRunTests: async (runId) => read(() => readRunTests(connection, runId)),
    readTestTitles: async (subjectIds) => read(() => readTestTitles(connection, subjectIds)),
    exportRuns,
    listLaneRuns: async (lane, limit) => read(() => listLaneRuns(connection, lane, limit)),
    readLaneHistory: async (lane, runIds) => read(() => readLaneHistory(connection, lane, runIds)),
    readFingerprints: async (fileId, runIds) => read(() => readFingerprints(connection, fileId, runIds)),
    writeScreening: async (result) => writeScreening(result),
    readChanges: async (query) => read(() => readChanges(connection, query)),
    readChangeDocuments: async (id) => read(() => readChangeDocuments(connection, id)),
    updateChange: async (id, update) => write(() => updateChange(connection, id, update)),
    readMachineChanges: async (query) => read(() => readMachineChanges(connection, query)),
    settleVanished: async (vanished) => write(() => settleVanished(connection, vanished)),
    listVanished: async (lane, branch) => read(() => listVanished(connection, lane, branch)),
    listStarts: async (limit) => read(() => listStarts(connection, limit)),
    settleOverdue: async (overdue, channel) =>
      write(() => settleOverdue(connection, { overdue, channel, at: new Date().toISOString() })),
    findSmallestChange: async (series) => read(() => findSmallestChange(connection, series)),
    close: async () => {
      database.close();
    },
  };
}
