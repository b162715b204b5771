/**
 * Writes one run, table by table. Runs within the caller's transaction, so that a run is there whole or not
 * at all; knows nothing of reading.
 */
import { StoreError } from '../errors.ts';
import type { Failure, FileResults, RunFacts, RunResults } from '../model.ts';
import type { Lane } from './blocks.ts';
import { type BodyWriter, createBodyWriter } from './bodies.ts';
import { type Connection, createRowBatch, internRow } from './connection.ts';
import { createDetailWriter, type DetailWriter } from './detail.ts';
import { computeSpread, toNanoseconds, toOutcomeCode } from './encoding.ts';
import { internExplanation } from './explanations.ts';
import { createSubjectWriter, type FileSubjectWriter } from './subjects.ts';

/** Writes a settled run; undefined when a run of its id is there already. */
export function insertRun(connection: Connection, run: RunResults, keepDetailRuns: number): Lane | undefined {
  const known = connection.prepare('SELECT 1 FROM run WHERE uid = ?').get(run.id);
  if (known !== undefined) return undefined;
  const lane = internLane(connection, run);
  const runId = insertRunRow(connection, run, lane);
  insertMachineStates(connection, runId, run.machine);
  insertFiles(connection, { runId, run, lane });
  run.documents.forEach(({ name, mediaType, content }, position) => {
    connection
      .prepare('INSERT INTO document (run_id, position, name, media_type, content) VALUES (?, ?, ?, ?, ?)')
      .run(runId, position, name, mediaType, content);
  });
  dropOldDetails(connection, lane, keepDetailRuns);
  return lane;
}

function internLane(connection: Connection, run: RunFacts): Lane {
  return {
    repositoryId: internRow(connection, 'repository', { name: run.repository }),
    environmentId: internRow(connection, 'environment', {
      runner_id: internRow(connection, 'runner', { name: run.runner }),
      role: run.role,
      node_line: run.nodeLine,
      job_type: run.jobType,
      isolation: run.isolation,
    }),
  };
}

function insertRunRow(connection: Connection, run: RunFacts, lane: Lane): number {
  const { commitDetails: commit, machine, totals, dependencies } = run;
  if (commit.sha !== run.commit) {
    throw new StoreError(`Store: run ${run.id} is of commit ${run.commit} but describes ${commit.sha}.`, {
      code: 'store/two-commits',
      hint: 'commit and commitDetails.sha must be the same.',
    });
  }
  const { facts } = machine;
  const values = {
    uid: run.id,
    repository_id: lane.repositoryId,
    environment_id: lane.environmentId,
    commit_id: internRow(connection, 'git_commit', {
      repository_id: lane.repositoryId,
      sha: commit.sha,
      author: commit.author,
      committed_at: commit.committedAt,
      subject: commit.subject,
      parents: JSON.stringify(commit.parents),
    }),
    branch: commit.branch,
    modified: Number(commit.modified),
    node_version: run.nodeVersion,
    framework: run.framework?.name ?? null,
    framework_version: run.framework?.version ?? null,
    started_at: run.startedAt,
    finished_at: run.finishedAt,
    outcome: run.outcome,
    reason: run.reason ?? null,
    interrupted: Number(run.interrupted),
    samples: run.samples,
    files: totals.files,
    tests: totals.tests,
    passed: totals.passed,
    failed: totals.failed,
    skipped: totals.skipped,
    aborted: totals.aborted,
    duration_ms: totals.durationMs,
    dependencies: dependencies.source,
    package_manager: dependencies.packageManager,
    dependencies_ms: dependencies.durationMs,
    artifact_key: dependencies.artifact?.key ?? null,
    artifact_cid: dependencies.artifact?.cid ?? null,
    artifact_bytes: dependencies.artifact?.bytes ?? null,
    machine_id: internRow(connection, 'machine', {
      hostname: facts.hostname,
      platform: facts.platform,
      arch: facts.arch,
      libc: facts.libc,
      os: facts.os,
      kernel: facts.kernel,
      cpu_model: facts.cpuModel,
      cpu_count: facts.cpuCount,
      memory_bytes: facts.memoryBytes,
      governor: facts.governor,
      turbo: facts.turbo === null ? null : Number(facts.turbo),
    }),
    has_detail: 1,
  };
  const columns = Object.keys(values);
  const inserted = connection
    .prepare(`INSERT INTO run (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`)
    .run(...Object.values(values));
  return Number(inserted.lastInsertRowid);
}

function insertMachineStates(connection: Connection, runId: number, machine: RunFacts['machine']): void {
  const insert = connection.prepare('INSERT INTO machine_state VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  for (const moment of ['before', 'after'] as const) {
    const state = machine[moment];
    if (state === null) continue;
    const { at, load, cpuPressure, memoryFreeBytes, calibration } = state;
    const { version = null, nodeVersion = null, cpuMs = null, memoryMs = null } = calibration ?? {};
    const calibrated = [version, nodeVersion, cpuMs, memoryMs];
    insert.run(runId, moment, at, load, cpuPressure, memoryFreeBytes, ...calibrated);
  }
}

interface RunWriter {
  readonly runId: number;
  readonly run: RunResults;
  readonly lane: Lane;
}

/** Writes the results of all files, their suites and tests, and the details that only the newest runs keep. */
function insertFiles(connection: Connection, { runId, run, lane }: RunWriter): void {
  const subjects = createSubjectWriter(connection, lane.repositoryId);
  const results = createRowBatch(connection, 'result', [
    'run_id',
    'subject_id',
    'outcome',
    'duration_ns',
    'spread',
  ]);
  const insertPart = connection.prepare(
    'INSERT INTO detail_part (run_id, position, file_ids, content) VALUES (?, ?, ?, ?)',
  );
  const details = createDetailWriter(({ position, fileIds, content }) => {
    insertPart.run(runId, position, JSON.stringify(fileIds), content);
  });
  const bodies = createBodyWriter(connection, { ...lane, runId });
  const writer: FileWriter = {
    runId,
    details,
    bodies,
    insertResult: (subjectId, { outcome, durationMs, spread }) => {
      results.add(runId, subjectId, outcome, toNanoseconds(durationMs), spread);
    },
  };
  writer.insertResult(subjects.internTotal(), {
    outcome: toOutcomeCode(run.outcome),
    durationMs: run.totals.durationMs,
    spread: null,
  });
  const fileIds = new Set<number>();
  for (const file of run.files) {
    const fileSubjects = subjects.internFile(file.path);
    if (fileIds.has(fileSubjects.id)) throw duplicateFile(run.id, file.path);
    fileIds.add(fileSubjects.id);
    insertFile(connection, file, fileSubjects, writer);
  }
  subjects.flush();
  results.flush();
  bodies.flush();
  details.finish();
}

interface FileWriter {
  readonly runId: number;
  readonly details: DetailWriter;
  readonly bodies: BodyWriter;
  insertResult(
    subjectId: number,
    result: { outcome: number; durationMs: number | null; spread: number | null },
  ): void;
}

function insertFile(
  connection: Connection,
  file: FileResults,
  subjects: FileSubjectWriter,
  { runId, details, bodies, insertResult }: FileWriter,
): void {
  const { durationMs, loadMs, output } = file;
  const outcome = toOutcomeCode(file.outcome);
  insertResult(subjects.id, { outcome, durationMs, spread: null });
  if (loadMs !== null) {
    insertResult(subjects.internLoad(), { outcome: 0, durationMs: loadMs, spread: null });
  }
  insertRunFile(connection, runId, subjects.id, file);
  insertExplanation(connection, runId, subjects.id, file);

  /** The id of a subject that has no result in this run yet: one more namesake than was said, if need be. */
  const used = new Set<number>();
  function internUnused(kind: 'suite' | 'test', title: readonly string[], occurrence = 1): number {
    let id = subjects.internTitled(kind, title, occurrence);
    for (let next = occurrence + 1; used.has(id); next += 1) id = subjects.internTitled(kind, title, next);
    used.add(id);
    return id;
  }
  details.startFile({
    subject: subjects.id,
    outcome,
    durationMs,
    loadMs,
    ...(output !== undefined && { output }),
  });
  for (const suite of file.suites) {
    const id = internUnused('suite', suite.title, suite.occurrence);
    insertResult(id, { outcome: 0, durationMs: suite.durationMs, spread: null });
    details.addSuite([id, suite.durationMs, suite.hooksMs]);
  }
  const noteBody = bodies.openFile(subjects.id);
  for (const test of file.tests) {
    const id = internUnused('test', test.title, test.occurrence);
    const code = toOutcomeCode(test.outcome);
    insertResult(id, { outcome: code, durationMs: test.durationMs, spread: computeSpread(test.samplesMs) });
    insertExplanation(connection, runId, id, test);
    noteBody(id, test.body);
    const { samplesMs, hooksMs, cpuMs, attempts } = test;
    details.addTest([id, code, test.durationMs, samplesMs, hooksMs, cpuMs, attempts]);
  }
}

function insertRunFile(connection: Connection, runId: number, subjectId: number, file: FileResults): void {
  const fingerprintId =
    file.fingerprint === null ? null : internRow(connection, 'fingerprint', { sha256: file.fingerprint });
  connection
    .prepare('INSERT INTO run_file VALUES (?, ?, ?, ?, ?, ?)')
    .run(runId, subjectId, fingerprintId, file.peakRssBytes, file.exitCode, file.signal);
}

function insertExplanation(
  connection: Connection,
  runId: number,
  subjectId: number,
  { reason, error }: { readonly reason?: string | undefined; readonly error?: Failure | undefined },
): void {
  if (reason === undefined && error === undefined) return;
  const id = internExplanation(connection, {
    reason: reason ?? null,
    message: error?.message ?? null,
    stack: error?.stack ?? null,
  });
  connection.prepare('INSERT INTO run_explanation VALUES (?, ?, ?)').run(runId, subjectId, id);
}

/** Keeps the details of the newest runs of a lane, by start; a late import of an old run keeps none. */
function dropOldDetails(connection: Connection, lane: Lane, keepDetailRuns: number): void {
  const old = connection
    .prepare<{ id: number }>(
      `SELECT id FROM run WHERE repository_id = ? AND environment_id = ? AND has_detail = 1
       ORDER BY uid DESC LIMIT -1 OFFSET ?`,
    )
    .all(lane.repositoryId, lane.environmentId, keepDetailRuns);
  for (const { id } of old) {
    connection.prepare('DELETE FROM detail_part WHERE run_id = ?').run(id);
    connection.prepare('UPDATE run SET has_detail = 0 WHERE id = ?').run(id);
  }
}

function duplicateFile(runId: string, path: string): StoreError {
  return new StoreError(`Store: run ${runId} has two results of the file ${JSON.stringify(path)}.`, {
    code: 'store/duplicate-file',
    hint: 'Each file must be in a run once.',
  });
}
