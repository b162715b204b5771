/** Reads a run back as the report it was written from: all of it, or what is left once its details are gone. */
import { StoreError } from '../errors.ts';
import type {
  Dependencies,
  Document,
  Failure,
  FileResult,
  MachineFacts,
  MachineState,
  RunReport,
} from '../model.ts';
import type { Connection } from './connection.ts';
import { type FileDetail, unpackDetail } from './detail.ts';
import { toOutcome } from './encoding.ts';
import { readFoldedDetails } from './folded.ts';
import { findRun } from './runs.ts';
import type { RunSummary, StoredRun } from './store.ts';
import { loadFileSubjects, loadRoots, type TitledSubject } from './subjects.ts';

interface RunRow {
  readonly id: number;
  readonly repository_id: number;
  readonly author: string;
  readonly parents: string;
  readonly framework: string | null;
  readonly framework_version: string | null;
  readonly dependencies: Dependencies['source'];
  readonly package_manager: string | null;
  readonly dependencies_ms: number | null;
  readonly machine_id: number;
}

/** Everything that is kept of the run of this id; throws a StoreError when there is none. */
export function readRun(connection: Connection, uid: string): StoredRun {
  const row = connection
    .prepare<RunRow>(
      `SELECT r.id, r.repository_id, c.author, c.parents, r.framework, r.framework_version,
         r.dependencies, r.package_manager, r.dependencies_ms, r.machine_id
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
  const details = readDetails(connection, row.id, uid);
  const run: RunReport = {
    ...toFacts(row, summary),
    machine: readMachine(connection, row),
    files: readFiles(connection, row, details ?? readFoldedDetails(connection, row.id)),
    documents: readDocuments(connection, row.id),
  };
  if (details !== undefined) return { run, detail: 'full' };
  return { run: { ...run, files: run.files.map(sortTitles).sort(comparePaths) }, detail: 'folded' };
}

function toFacts(row: RunRow, summary: RunSummary): Omit<RunReport, 'machine' | 'files' | 'documents'> {
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
    },
  };
}

function readDetails(connection: Connection, runId: number, uid: string): readonly FileDetail[] | undefined {
  const packed = connection
    .prepare<{ content: Uint8Array }>('SELECT content FROM run_detail WHERE run_id = ?')
    .get(runId);
  if (packed === undefined) return undefined;
  try {
    return unpackDetail(packed.content);
  } catch (cause) {
    throw new StoreError(`${connection.file}: the details of the run ${uid} are damaged.`, {
      code: 'store/corrupt',
      hint: 'Restore a copy, or rescue what is left with `sqlite3 <file> .recover` into a new file.',
      cause,
    });
  }
}

function readMachine(connection: Connection, row: RunRow): RunReport['machine'] {
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

interface FileRow {
  readonly subject_id: number;
  readonly peak_rss_bytes: number | null;
  readonly exit_code: number | null;
  readonly signal: string | null;
  readonly sha256: string | null;
}

type Explained = { reason?: string; error?: Failure };

function readFiles(connection: Connection, row: RunRow, details: readonly FileDetail[]): FileResult[] {
  const paths = new Map(
    [...loadRoots(connection, row.repository_id).fileIds].map(([path, id]) => [id, path] as const),
  );
  const explanations = readExplanations(connection, row.id);
  const fileRows = new Map(
    connection
      .prepare<FileRow>(
        `SELECT f.subject_id, f.peak_rss_bytes, f.exit_code, f.signal, p.sha256
         FROM run_file f LEFT JOIN fingerprint p ON p.id = f.fingerprint_id WHERE f.run_id = ?`,
      )
      .all(row.id)
      .map((file) => [file.subject_id, file] as const),
  );
  return details.map((detail): FileResult => {
    const facts = fileRows.get(detail.subject);
    const subjects = new Map(
      loadFileSubjects(connection, row.repository_id, detail.subject).map((found) => [found.id, found]),
    );
    return {
      path: paths.get(detail.subject) ?? '',
      outcome: toOutcome(detail.outcome),
      ...explanations.get(detail.subject),
      durationMs: detail.durationMs,
      loadMs: detail.loadMs,
      peakRssBytes: facts?.peak_rss_bytes ?? null,
      exitCode: facts?.exit_code ?? null,
      signal: facts?.signal ?? null,
      fingerprint: facts?.sha256 ?? null,
      suites: detail.suites.map(([id, durationMs, hooksMs]) => ({
        ...toIdentity(subjects.get(id)),
        durationMs,
        hooksMs,
      })),
      tests: detail.tests.map(([id, outcome, durationMs, samplesMs, hooksMs, cpuMs, attempts]) => ({
        ...toIdentity(subjects.get(id)),
        outcome: toOutcome(outcome),
        ...explanations.get(id),
        durationMs,
        hooksMs,
        cpuMs,
        attempts,
        samplesMs: [...samplesMs],
      })),
      ...(detail.output !== undefined && { output: detail.output }),
    };
  });
}

function toIdentity(subject: TitledSubject | undefined): { title: string[]; occurrence?: number } {
  if (subject === undefined) throw new Error('a result has no subject');
  const { title, occurrence } = subject;
  return occurrence > 1 ? { title: [...title], occurrence } : { title: [...title] };
}

function readExplanations(connection: Connection, runId: number): Map<number, Explained> {
  const rows = connection
    .prepare<{ subject_id: number; reason: string | null; message: string | null; stack: string | null }>(
      `SELECT x.subject_id, e.reason, e.message, e.stack
       FROM run_explanation x JOIN explanation e ON e.id = x.explanation_id WHERE x.run_id = ?`,
    )
    .all(runId);
  return new Map(
    rows.map(({ subject_id, reason, message, stack }) => {
      const error = message === null ? undefined : { message, ...(stack !== null && { stack }) };
      return [subject_id, { ...(reason !== null && { reason }), ...(error && { error }) }];
    }),
  );
}

/** Two databases first saw their tests in different orders; sorted, a folded run reads the same from both. */
function sortTitles(file: FileResult): FileResult {
  return { ...file, suites: file.suites.toSorted(compareTitles), tests: file.tests.toSorted(compareTitles) };
}

interface Identity {
  readonly title: readonly string[];
  readonly occurrence?: number | undefined;
}

function compareTitles(a: Identity, b: Identity): number {
  const length = Math.max(a.title.length, b.title.length);
  for (let at = 0; at < length; at += 1) {
    const order = compareText(a.title[at], b.title[at]);
    if (order !== 0) return order;
  }
  return (a.occurrence ?? 1) - (b.occurrence ?? 1);
}

function comparePaths(a: FileResult, b: FileResult): number {
  return compareText(a.path, b.path);
}

function compareText(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0;
  if (a === undefined) return -1;
  return b === undefined || a > b ? 1 : -1;
}
