/**
 * Reads a run back as the report it was written from, file by file: all of it, or what is left once its details are
 * gone.
 */
import { StoreError } from '../errors.ts';
import type { Dependencies, Document, FileResults, MachineFacts, MachineState, RunFacts } from '../model.ts';
import type { Connection } from './connection.ts';
import { createFileReader, type Reading } from './files.ts';
import { findRun } from './runs.ts';
import type { RunSummary, StoredRun } from './store.ts';
import { compareText } from './titles.ts';

interface RunRow {
  readonly id: number;
  readonly repository_id: number;
  readonly environment_id: number;
  readonly author: string;
  readonly parents: string;
  readonly framework: string | null;
  readonly framework_version: string | null;
  readonly dependencies: Dependencies['source'];
  readonly package_manager: string | null;
  readonly dependencies_ms: number | null;
  readonly artifact_key: string | null;
  readonly artifact_cid: string | null;
  readonly artifact_bytes: number | null;
  readonly machine_id: number;
  readonly has_detail: number;
}

/**
 * The run of this id, its files to be read one by one, each with `read`.
 *
 * @throws StoreError `store/unknown-run`
 */
export function openRun(connection: Connection, uid: string, read: Reading): StoredRun {
  const { row, run, fileIds } = read(() => readHead(connection, uid));
  const { repository_id: repositoryId, environment_id: environmentId, id: runId } = row;
  const files = createFileReader(connection, { repositoryId, environmentId, runId, uid, read });
  const paths = new Map([...fileIds].map(([path, id]) => [id, path]));
  const locate = (fileId: number) => ({ fileId, path: paths.get(fileId) ?? '' });

  async function* readFiles(): AsyncGenerator<FileResults> {
    const left = new Set(fileIds.values());
    for (let position = 0; ; position += 1) {
      const begun = files.listBegun(position);
      if (begun === undefined) break;
      for (const fileId of begun) if (left.delete(fileId)) yield files.read(locate(fileId));
    }
    // All files of a run that is folded, and those of one that was folded while it was read.
    const folded = [...left].sort((a, b) => compareText(paths.get(a), paths.get(b)));
    for (const fileId of folded) yield files.read(locate(fileId));
  }
  return {
    run,
    detail: row.has_detail === 1 ? 'full' : 'folded',
    files: { [Symbol.asyncIterator]: readFiles },
    paths: [...fileIds.keys()],
    async findFile(path) {
      const fileId = fileIds.get(path);
      return fileId === undefined ? undefined : files.read(locate(fileId));
    },
  };
}

/** What a run is, without the results of its files. */
export function readRunFacts(connection: Connection, uid: string): RunFacts {
  return readHead(connection, uid).run;
}

function readHead(connection: Connection, uid: string) {
  const row = connection
    .prepare<RunRow>(
      `SELECT r.id, r.repository_id, r.environment_id, c.author, c.parents, r.framework, r.framework_version,
         r.dependencies, r.package_manager, r.dependencies_ms, r.artifact_key, r.artifact_cid,
         r.artifact_bytes, r.machine_id, r.has_detail
       FROM run r JOIN git_commit c ON c.id = r.commit_id WHERE r.uid = ?`,
    )
    .get(uid);
  const summary = row && findRun(connection, uid);
  if (row === undefined || summary === undefined) {
    throw new StoreError(`${connection.file}: there is no run ${JSON.stringify(uid)}.`, {
      code: 'store/unknown-run',
      hint: 'List the runs that are there with `tracey show`.',
    });
  }
  const run: RunFacts = {
    ...toFacts(row, summary),
    machine: readMachine(connection, row),
    documents: readDocuments(connection, row.id),
  };
  const fileIds = new Map(
    connection
      .prepareRaw<[string, number]>(
        'SELECT s.name, s.id FROM run_file f JOIN subject s ON s.id = f.subject_id WHERE f.run_id = ?',
      )
      .all(row.id),
  );
  return { row, run, fileIds };
}

function toFacts(row: RunRow, summary: RunSummary): Omit<RunFacts, 'machine' | 'documents'> {
  return {
    id: summary.id,
    repository: summary.repository,
    commit: summary.commit,
    commitDetails: {
      sha: summary.commit,
      branch: summary.branch,
      author: row.author,
      committedAt: summary.committedAt,
      subject: summary.commitSubject,
      parents: JSON.parse(row.parents) as string[],
      modified: summary.modified,
    },
    jobType: summary.jobType,
    runner: summary.runner,
    role: summary.role,
    isolation: summary.isolation,
    nodeVersion: summary.nodeVersion,
    nodeLine: summary.nodeLine,
    framework: row.framework === null ? null : { name: row.framework, version: row.framework_version ?? '' },
    startedAt: summary.startedAt,
    finishedAt: summary.finishedAt,
    outcome: summary.outcome,
    ...(summary.reason !== undefined && { reason: summary.reason }),
    interrupted: summary.interrupted,
    samples: summary.samples,
    totals: summary.totals,
    dependencies: {
      source: row.dependencies,
      packageManager: row.package_manager,
      durationMs: row.dependencies_ms,
      ...(row.artifact_key !== null && {
        artifact: { key: row.artifact_key, cid: row.artifact_cid, bytes: row.artifact_bytes },
      }),
    },
  };
}

function readMachine(connection: Connection, row: RunRow): RunFacts['machine'] {
  const facts = connection
    .prepare<Omit<MachineFacts, 'turbo'> & { turbo: number | null }>(
      `SELECT hostname, platform, arch, libc, os, kernel, cpu_model AS cpuModel, cpu_count AS cpuCount,
         memory_bytes AS memoryBytes, governor, turbo FROM machine WHERE id = ?`,
    )
    .get(row.machine_id);
  if (facts === undefined) throw new Error(`run row ${row.id} has no machine`);
  const states = connection
    .prepare<StateRow>('SELECT * FROM machine_state WHERE run_id = ?')
    .all(row.id)
    .map((state) => [state.moment, toState(state)] as const);
  const { before = null, after = null } = Object.fromEntries(states);
  return { facts: { ...facts, turbo: facts.turbo === null ? null : facts.turbo === 1 }, before, after };
}

interface StateRow {
  readonly moment: 'before' | 'after';
  readonly at: string;
  readonly load: number;
  readonly cpu_pressure: number | null;
  readonly memory_free_bytes: number;
  readonly calibration_version: number | null;
  readonly calibration_node_version: string | null;
  readonly calibration_cpu_ms: number | null;
  readonly calibration_memory_ms: number | null;
}

function toState(row: StateRow): MachineState {
  const { calibration_version: version, calibration_node_version: nodeVersion } = row;
  const { calibration_cpu_ms: cpuMs, calibration_memory_ms: memoryMs } = row;
  const isCalibrated = version !== null && nodeVersion !== null && cpuMs !== null && memoryMs !== null;
  return {
    at: row.at,
    load: row.load,
    cpuPressure: row.cpu_pressure,
    memoryFreeBytes: row.memory_free_bytes,
    calibration: isCalibrated ? { version, nodeVersion, cpuMs, memoryMs } : null,
  };
}

function readDocuments(connection: Connection, runId: number): Document[] {
  return connection
    .prepare<Document>(
      'SELECT name, media_type AS mediaType, content FROM document WHERE run_id = ? ORDER BY position',
    )
    .all(runId);
}
