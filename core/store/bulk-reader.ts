/**
 * Reads very much at once, for those who make something of a whole history: all from one state of the database, whatever
 * is written meanwhile, and never more in memory than one block of runs. Numbers that it hands out (subjects, runs,
 * environments) mean something in this database alone.
 */
import type { Isolation, MachineFacts, Outcome, Role, RunFacts } from '../model.ts';
import type { Lane } from './blocks.ts';
import { type BodySpell, readLaneSpells } from './bodies.ts';
import type { ChangeDocument, StoredChange, StoredMachineChange } from './change-store.ts';
import { readChangeDocuments, readChanges } from './changes.ts';
import type { Connection, Value } from './connection.ts';
import { unpackDetail } from './detail.ts';
import { type ResultColumns, unpackColumn } from './encoding.ts';
import { readMachineChanges } from './machine-changes.ts';
import { readRunFacts } from './read.ts';
import { readEarlier } from './renames.ts';
import { guard } from './sqlite-errors.ts';
import type { SubjectKind } from './store.ts';
import { listTags, type TaggedCommit } from './tags.ts';

export interface BulkReader {
  readonly location: string;
  /** By name. */
  listRepositories(): readonly { readonly id: number; readonly name: string }[];
  /** Environments that have runs of a repository, in the order in which they appeared. */
  listLanes(repositoryId: number): readonly BulkLane[];
  /** Everything that is named in a repository, ascending by number. */
  listSubjects(repositoryId: number): readonly BulkSubject[];
  /** In the order in which they were stored: those of the blocks, then the others. */
  listRuns(lane: Lane): readonly BulkRun[];
  /** Machines of a repository's runs, by number. */
  readMachine(machineId: number): MachineFacts;
  /** What a run is, with its documents. */
  readRunFacts(uid: string): RunFacts;
  /** What is known of the processes of a run's files, by file. */
  readFileFacts(runId: number): ReadonlyMap<number, FileFacts>;
  /** Hooks by file, in the order in which the files ran; null when the run's details are gone. */
  readHooks(runId: number): ReadonlyMap<number, number> | null;
  /** Why a file or test of a run is not passed, or what is remarkable of it. */
  findExplanation(runId: number, subjectId: number): Explanation | undefined;
  /** The results of a block, of those runs of it that are given. */
  readBlock(blockId: number, runIds: readonly number[]): ResultTable;
  /** The results of runs that are not in a block yet. */
  readRows(runIds: readonly number[]): ResultTable;
  /** Reads one subject at a time out of several blocks: the runs that are given, one block after the other. */
  openColumns(blocks: readonly RunsOfBlock[]): ColumnReader;
  /** Tags at commits that have runs, oldest commit first. */
  listTags(repositoryId: number): readonly TaggedCommit[];
  listChanges(repository: string): readonly StoredChange[];
  /** What is kept with a change, by its id. */
  listChangeDocuments(id: string): readonly ChangeDocument[];
  listMachineChanges(repository: string): readonly StoredMachineChange[];
  /** The smallest change that each series of an environment could show when it was screened last, by subject. */
  readSmallestChanges(environmentId: number): ReadonlyMap<number, number>;
  /** By subject, what it was called before. */
  listRenames(repositoryId: number): ReadonlyMap<number, number>;
  /** Which bodies tests of an environment had, by subject. */
  readBodies(lane: Lane): ReadonlyMap<number, readonly BodySpell[]>;
  /** Runs of all repositories on one machine, newest first. */
  listRunnerRuns(runner: string, limit: number): readonly RunnerRun[];
  close(): void;
}

export interface BulkLane extends Lane {
  readonly runner: string;
  readonly role: Role;
  readonly nodeLine: string;
  readonly jobType: string;
  readonly isolation: Isolation;
}

export interface BulkSubject {
  readonly id: number;
  readonly kind: SubjectKind;
  /** The file it is beneath; null for a total and for files. */
  readonly fileId: number | null;
  readonly parentId: number | null;
  readonly name: string;
  readonly occurrence: number;
}

export interface BulkRun {
  readonly id: number;
  readonly uid: string;
  readonly blockId: number | null;
  /** The same for equal commits of a repository, however they are described. */
  readonly commitNumber: number;
  readonly sha: string;
  readonly author: string;
  readonly subject: string;
  readonly committedAt: string;
  readonly branch: string | null;
  readonly modified: boolean;
  readonly nodeVersion: string;
  readonly framework: { readonly name: string; readonly version: string } | null;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly outcome: Outcome;
  readonly reason: string | null;
  readonly interrupted: boolean;
  readonly tests: number;
  readonly failed: number;
  readonly aborted: number;
  readonly durationMs: number;
  readonly machineId: number;
  readonly hasDetail: boolean;
  readonly hasDocuments: boolean;
  readonly before: BulkState | null;
  readonly after: BulkState | null;
}

/** What a machine was doing before or after a run. */
export interface BulkState {
  readonly at: string;
  readonly load: number;
  readonly cpuPressure: number | null;
  readonly calibration: {
    /** Of the workload and the Node it ran on. */
    readonly workload: string;
    readonly cpuMs: number;
    readonly memoryMs: number;
  } | null;
}

export interface FileFacts {
  readonly fingerprint: string | null;
  readonly peakRssBytes: number | null;
  readonly exitCode: number | null;
  readonly signal: string | null;
}

export interface Explanation {
  readonly reason: string | null;
  readonly message: string | null;
  readonly stack: string | null;
}

/** Stands for "not in this run" among outcomes. */
export const ABSENT = 255;

/** Results of many subjects in some runs, side by side: that of subject `s` in run `r` is at `s * runs + r`. */
export interface ResultTable {
  readonly runs: number;
  /** Ascending. */
  readonly subjects: readonly number[];
  /** Index into OUTCOMES, or {@link ABSENT}. */
  readonly outcomes: Uint8Array;
  /** Whole nanoseconds; NaN where there is none. */
  readonly durationsNs: Float64Array;
  /** Ten-thousandths; -1 where there is none. */
  readonly spreads: Int16Array;
}

/** Some runs of a block. */
interface RunsOfBlock {
  readonly blockId: number;
  readonly runIds: readonly number[];
}

/** Writes the results of a subject into columns; what it was not there for stays as it is. */
type ColumnReader = (subjectId: number, into: ResultColumns) => void;

/** Runs of a block, by the positions of their results. */
interface BlockPlace {
  /** Runs that the block was made of. */
  readonly count: number;
  readonly positions: readonly number[];
}

export interface RunnerRun {
  readonly repositoryId: number;
  readonly environmentId: number;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly outcome: Outcome;
  readonly interrupted: boolean;
  readonly machineId: number;
  readonly role: Role;
  readonly before: BulkState | null;
  readonly after: BulkState | null;
}

/** Wraps a connection that nobody else uses; what is read is what is there at the first call. */
export function createBulkReader(connection: Connection): BulkReader {
  const { database, file } = connection;
  guard(file, () => database.exec('BEGIN'));
  const read = <Result>(work: () => Result): Result => guard(file, work);

  return {
    location: file,
    listRepositories: () =>
      read(() =>
        connection
          .prepare<{ id: number; name: string }>('SELECT id, name FROM repository ORDER BY name')
          .all(),
      ),
    listLanes: (repositoryId) => read(() => listLanes(connection, repositoryId)),
    listSubjects: (repositoryId) => read(() => listSubjects(connection, repositoryId)),
    listRuns: (lane) => read(() => listRuns(connection, lane)),
    readMachine: (machineId) => read(() => readMachine(connection, machineId)),
    readRunFacts: (uid) => read(() => readRunFacts(connection, uid)),
    readFileFacts: (runId) => read(() => readFileFacts(connection, runId)),
    readHooks: (runId) => read(() => readHooks(connection, runId)),
    findExplanation: (runId, subjectId) => read(() => findExplanation(connection, runId, subjectId)),
    readBlock: (blockId, runIds) => read(() => readBlock(connection, blockId, runIds)),
    readRows: (runIds) => read(() => readRows(connection, runIds)),
    openColumns(blocks) {
      const readColumns = read(() => openColumns(connection, blocks));
      return (subjectId, into) => read(() => readColumns(subjectId, into));
    },
    listTags: (repositoryId) => read(() => listTags(connection, repositoryId)),
    listChanges: (repository) => read(() => readChanges(connection, { repository, limit: -1 })),
    listChangeDocuments: (id) => read(() => readChangeDocuments(connection, id)),
    listMachineChanges: (repository) => read(() => readMachineChanges(connection, { repository, limit: -1 })),
    readSmallestChanges: (environmentId) =>
      read(
        () =>
          new Map(
            connection
              .prepareRaw<[number, number]>(
                'SELECT subject_id, ratio FROM smallest_change WHERE environment_id = ?',
              )
              .all(environmentId),
          ),
      ),
    listRenames: (repositoryId) => read(() => readEarlier(connection, repositoryId)),
    readBodies: (lane) => read(() => readLaneSpells(connection, lane)),
    listRunnerRuns: (runner, limit) => read(() => listRunnerRuns(connection, runner, limit)),
    close: () => {
      database.close();
    },
  };
}

function listLanes(connection: Connection, repositoryId: number): BulkLane[] {
  return connection
    .prepare<BulkLane>(
      `SELECT r.repository_id AS repositoryId, e.id AS environmentId, n.name AS runner, e.role,
         e.node_line AS nodeLine, e.job_type AS jobType, e.isolation
       FROM (SELECT DISTINCT repository_id, environment_id FROM run WHERE repository_id = ?) r
       JOIN environment e ON e.id = r.environment_id
       JOIN runner n ON n.id = e.runner_id
       ORDER BY e.id`,
    )
    .all(repositoryId);
}

function listSubjects(connection: Connection, repositoryId: number): BulkSubject[] {
  return connection
    .prepare<BulkSubject>(
      `SELECT id, kind, file_id AS fileId, parent_id AS parentId, name, occurrence
       FROM subject WHERE repository_id = ? ORDER BY id`,
    )
    .all(repositoryId);
}

/** The states of the runs of `r`, as columns that {@link toState} takes. */
const STATES = `
  b.at AS beforeAt, b.load AS beforeLoad, b.cpu_pressure AS beforePressure,
  b.calibration_version AS beforeVersion, b.calibration_node_version AS beforeNode,
  b.calibration_cpu_ms AS beforeCpuMs, b.calibration_memory_ms AS beforeMemoryMs,
  a.at AS afterAt, a.load AS afterLoad, a.cpu_pressure AS afterPressure,
  a.calibration_version AS afterVersion, a.calibration_node_version AS afterNode,
  a.calibration_cpu_ms AS afterCpuMs, a.calibration_memory_ms AS afterMemoryMs`;
const JOIN_STATES = `
  LEFT JOIN machine_state b ON b.run_id = r.id AND b.moment = 'before'
  LEFT JOIN machine_state a ON a.run_id = r.id AND a.moment = 'after'`;

type Row = Readonly<Record<string, Value>>;

function toState(row: Row, moment: 'before' | 'after'): BulkState | null {
  const at = row[`${moment}At`] as string | null;
  if (at === null) return null;
  const cpuMs = row[`${moment}CpuMs`] as number | null;
  const memoryMs = row[`${moment}MemoryMs`] as number | null;
  const workload = `${row[`${moment}Version`]}, Node ${row[`${moment}Node`]}`;
  return {
    at,
    load: row[`${moment}Load`] as number,
    cpuPressure: row[`${moment}Pressure`] as number | null,
    calibration: cpuMs === null || memoryMs === null ? null : { workload, cpuMs, memoryMs },
  };
}

function listRuns(connection: Connection, { repositoryId, environmentId }: Lane): BulkRun[] {
  const rows = connection
    .prepare<Row>(
      `SELECT r.id, r.uid, r.block_id AS blockId, c.sha, c.author, c.subject, c.committed_at AS committedAt,
         (SELECT min(id) FROM git_commit f WHERE f.repository_id = c.repository_id AND f.sha = c.sha)
           AS commitNumber,
         r.branch, r.modified, r.node_version AS nodeVersion, r.framework,
         r.framework_version AS frameworkVersion, r.started_at AS startedAt, r.finished_at AS finishedAt,
         r.outcome, r.reason, r.interrupted, r.tests, r.failed, r.aborted, r.duration_ms AS durationMs,
         r.machine_id AS machineId, r.has_detail AS hasDetail,
         EXISTS (SELECT 1 FROM document d WHERE d.run_id = r.id) AS hasDocuments, ${STATES}
       FROM run r JOIN git_commit c ON c.id = r.commit_id ${JOIN_STATES}
       WHERE r.repository_id = ? AND r.environment_id = ?
       ORDER BY r.block_id IS NULL, r.block_id, r.id`,
    )
    .all(repositoryId, environmentId);
  return rows.map(toRun);
}

function toRun(row: Row): BulkRun {
  const framework = row['framework'] as string | null;
  return {
    ...(row as unknown as BulkRun),
    modified: row['modified'] === 1,
    interrupted: row['interrupted'] === 1,
    hasDetail: row['hasDetail'] === 1,
    hasDocuments: row['hasDocuments'] === 1,
    framework:
      framework === null ? null : { name: framework, version: (row['frameworkVersion'] as string) ?? '' },
    before: toState(row, 'before'),
    after: toState(row, 'after'),
  };
}

function listRunnerRuns(connection: Connection, runner: string, limit: number): RunnerRun[] {
  return connection
    .prepare<Row>(
      `SELECT r.repository_id AS repositoryId, r.environment_id AS environmentId, r.started_at AS startedAt,
         r.finished_at AS finishedAt, r.outcome, r.interrupted, r.machine_id AS machineId, e.role, ${STATES}
       FROM run r JOIN environment e ON e.id = r.environment_id JOIN runner n ON n.id = e.runner_id
       ${JOIN_STATES} WHERE n.name = ? ORDER BY r.uid DESC LIMIT ?`,
    )
    .all(runner, limit)
    .map((row) => ({
      ...(row as unknown as RunnerRun),
      interrupted: row['interrupted'] === 1,
      before: toState(row, 'before'),
      after: toState(row, 'after'),
    }));
}

function readMachine(connection: Connection, machineId: number): MachineFacts {
  const facts = connection
    .prepare<Omit<MachineFacts, 'turbo'> & { turbo: number | null }>(
      `SELECT hostname, platform, arch, libc, os, kernel, cpu_model AS cpuModel, cpu_count AS cpuCount,
         memory_bytes AS memoryBytes, governor, turbo FROM machine WHERE id = ?`,
    )
    .get(machineId);
  if (facts === undefined) throw new Error(`there is no machine ${machineId}`);
  return { ...facts, turbo: facts.turbo === null ? null : facts.turbo === 1 };
}

function readFileFacts(connection: Connection, runId: number): Map<number, FileFacts> {
  const rows = connection
    .prepare<FileFacts & { id: number }>(
      `SELECT f.subject_id AS id, p.sha256 AS fingerprint, f.peak_rss_bytes AS peakRssBytes,
         f.exit_code AS exitCode, f.signal
       FROM run_file f LEFT JOIN fingerprint p ON p.id = f.fingerprint_id
       WHERE f.run_id = ? ORDER BY f.subject_id`,
    )
    .all(runId);
  return new Map(rows.map(({ id, ...facts }) => [id, facts]));
}

function readHooks(connection: Connection, runId: number): Map<number, number> | null {
  const parts = connection
    .prepareRaw<[Uint8Array]>('SELECT content FROM detail_part WHERE run_id = ? ORDER BY position')
    .iterate(runId);
  const hooks = new Map<number, number>();
  for (const [content] of parts) {
    for (const { subject, suites, tests } of unpackDetail(content)) {
      let sum = hooks.get(subject) ?? 0;
      for (const [, , hooksMs] of suites) sum += hooksMs ?? 0;
      for (const [, , , , hooksMs] of tests) sum += hooksMs ?? 0;
      hooks.set(subject, sum);
    }
  }
  return hooks.size === 0 ? null : hooks;
}

function findExplanation(connection: Connection, runId: number, subjectId: number): Explanation | undefined {
  return connection
    .prepare<Explanation>(
      `SELECT e.reason, e.message, e.stack
       FROM run_explanation x JOIN explanation e ON e.id = x.explanation_id
       WHERE x.run_id = ? AND x.subject_id = ?`,
    )
    .get(runId, subjectId);
}

function createTable(subjects: readonly number[], runs: number): ResultTable {
  const cells = subjects.length * runs;
  return {
    runs,
    subjects,
    outcomes: new Uint8Array(cells).fill(ABSENT),
    durationsNs: new Float64Array(cells).fill(Number.NaN),
    spreads: new Int16Array(cells).fill(-1),
  };
}

type PackedRow = [
  subjectId: number,
  outcomes: string | null,
  durations: Uint8Array | null,
  spreads: Uint8Array | null,
];

function locate(connection: Connection, blockId: number, runIds: readonly number[]): BlockPlace {
  const row = connection.prepareRaw<[string]>('SELECT run_ids FROM block WHERE id = ?').get(blockId);
  const all = row === undefined ? [] : (JSON.parse(row[0]) as number[]);
  return { count: all.length, positions: runIds.map((runId) => all.indexOf(runId)) };
}

function readBlock(connection: Connection, blockId: number, runIds: readonly number[]): ResultTable {
  const { count, positions } = locate(connection, blockId, runIds);
  const subjects = connection
    .prepareRaw<[number]>('SELECT subject_id FROM block_result WHERE block_id = ? ORDER BY subject_id')
    .all(blockId)
    .map(([subjectId]) => subjectId);
  const table = createTable(subjects, positions.length);
  const rows = connection
    .prepareRaw<PackedRow>(
      `SELECT subject_id, outcomes, durations, spreads FROM block_result WHERE block_id = ? ORDER BY subject_id`,
    )
    .iterate(blockId);
  let at = 0;
  for (const [, outcomes, durations, spreads] of rows) {
    unpackColumn({ outcomes, durations, spreads }, { count, positions, at, into: table });
    at += positions.length;
  }
  return table;
}

function openColumns(connection: Connection, blocks: readonly RunsOfBlock[]): ColumnReader {
  const places = new Map<number, BlockPlace & { readonly at: number }>();
  let at = 0;
  for (const { blockId, runIds } of blocks) {
    places.set(blockId, { ...locate(connection, blockId, runIds), at });
    at += runIds.length;
  }
  const wanted = [...places.keys()];
  const select = connection.prepareRaw<[number, string | null, Uint8Array | null, Uint8Array | null]>(
    `SELECT block_id, outcomes, durations, spreads FROM block_result
     WHERE subject_id = ? AND block_id IN (${wanted.map(() => '?').join()})`,
  );
  return (subjectId, into) => {
    for (const [blockId, outcomes, durations, spreads] of select.all(subjectId, ...wanted)) {
      const place = places.get(blockId);
      if (place !== undefined) unpackColumn({ outcomes, durations, spreads }, { ...place, into });
    }
  };
}

function readRows(connection: Connection, runIds: readonly number[]): ResultTable {
  const subjects = connection
    .prepareRaw<[number]>(
      `SELECT DISTINCT subject_id FROM result WHERE run_id IN (SELECT value FROM json_each(?))
       ORDER BY subject_id`,
    )
    .all(JSON.stringify(runIds))
    .map(([subjectId]) => subjectId);
  const table = createTable(subjects, runIds.length);
  const select = connection.prepareRaw<[number, number, number | null, number | null]>(
    'SELECT subject_id, outcome, duration_ns, spread FROM result WHERE run_id = ? ORDER BY subject_id',
  );
  runIds.forEach((runId, run) => {
    let index = 0;
    for (const [subjectId, outcome, durationNs, spread] of select.all(runId)) {
      while ((subjects[index] as number) < subjectId) index += 1;
      const at = index * runIds.length + run;
      table.outcomes[at] = outcome;
      if (durationNs !== null) table.durationsNs[at] = durationNs;
      if (spread !== null) table.spreads[at] = spread;
    }
  });
  return table;
}
