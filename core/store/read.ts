/**
 * Reads a run back as the report it was written from, file by file: all of it, or what is left once its details are
 * gone.
 */
import { StoreError } from '../errors.ts';
import type {
  Dependencies,
  Document,
  Failure,
  FileResult,
  MachineFacts,
  MachineState,
  RunFacts,
} from '../model.ts';
import type { Connection, Value } from './connection.ts';
import type { FileDetail } from './detail.ts';
import { toOutcome } from './encoding.ts';
import { type FileOfRun, readFoldedDetail, SUBJECTS_OF_FILE } from './folded.ts';
import { createPartReader } from './parts.ts';
import { findRun } from './runs.ts';
import type { RunSummary, StoredRun } from './store.ts';
import { loadFileSubjects, type TitledSubject } from './subjects.ts';

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
  readonly has_detail: number;
}

/** Reads within one state of the database. */
export type Reading = <Result>(work: () => Result) => Result;

/**
 * The run of this id, its files to be read one by one, each with `read`.
 *
 * @throws StoreError `store/unknown-run`
 */
export function openRun(connection: Connection, uid: string, read: Reading): StoredRun {
  const { row, run, fileIds } = read(() => readHead(connection, uid));
  const { repository_id: repositoryId, id: runId } = row;
  const parts = createPartReader(connection, { runId, uid });
  const locate = (fileId: number) => ({ repositoryId, runId, fileId });
  const paths = new Map([...fileIds].map(([path, id]) => [id, path]));

  function readDetailed(detail: FileDetail): FileResult {
    return readFile(connection, locate(detail.subject), { path: paths.get(detail.subject) ?? '', detail });
  }
  function readFolded(fileId: number): FileResult {
    return sortTitles(readDetailed(readFoldedDetail(connection, locate(fileId))));
  }
  function findFile(path: string): FileResult | undefined {
    const fileId = fileIds.get(path);
    if (fileId === undefined) return undefined;
    const detail = parts.findFile(fileId);
    return detail === undefined ? readFolded(fileId) : readDetailed(detail);
  }
  async function* readFiles(): AsyncGenerator<FileResult> {
    const left = new Set(fileIds.values());
    for (let position = 0; ; position += 1) {
      const complete = read(() => parts.list(position));
      if (complete === undefined) break;
      for (const fileId of complete) {
        const detail = read(() => parts.findFile(fileId));
        if (detail === undefined || !left.delete(fileId)) continue;
        yield read(() => readDetailed(detail));
      }
    }
    // All files of a run that is folded, and those of one that was folded while it was read.
    const folded = [...left].sort((a, b) => compareText(paths.get(a), paths.get(b)));
    for (const fileId of folded) yield read(() => readFolded(fileId));
  }
  return {
    run,
    detail: row.has_detail === 1 ? 'full' : 'folded',
    files: { [Symbol.asyncIterator]: readFiles },
    paths: [...fileIds.keys()],
    findFile: async (path) => read(() => findFile(path)),
  };
}

function readHead(connection: Connection, uid: string) {
  const row = connection
    .prepare<RunRow>(
      `SELECT r.id, r.repository_id, c.author, c.parents, r.framework, r.framework_version,
         r.dependencies, r.package_manager, r.dependencies_ms, r.machine_id, r.has_detail
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

interface FileRow {
  readonly peak_rss_bytes: number | null;
  readonly exit_code: number | null;
  readonly signal: string | null;
  readonly sha256: string | null;
}

type Explained = { reason?: string; error?: Failure };

function readFile(
  connection: Connection,
  of: FileOfRun,
  { path, detail }: { readonly path: string; readonly detail: FileDetail },
): FileResult {
  const facts = connection
    .prepare<FileRow>(
      `SELECT f.peak_rss_bytes, f.exit_code, f.signal, p.sha256
       FROM run_file f LEFT JOIN fingerprint p ON p.id = f.fingerprint_id
       WHERE f.run_id = ? AND f.subject_id = ?`,
    )
    .get(of.runId, of.fileId);
  const explanations = readExplanations(connection, of);
  const subjects = new Map(
    loadFileSubjects(connection, of.repositoryId, of.fileId).map((found) => [found.id, found]),
  );
  return {
    path,
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
}

function toIdentity(subject: TitledSubject | undefined): { title: string[]; occurrence?: number } {
  if (subject === undefined) throw new Error('a result has no subject');
  const { title, occurrence } = subject;
  return occurrence > 1 ? { title: [...title], occurrence } : { title: [...title] };
}

function readExplanations(connection: Connection, of: FileOfRun): Map<number, Explained> {
  const rows = connection.database
    .prepare<[Record<string, Value>], ExplanationRow>(
      `SELECT x.subject_id, e.reason, e.message, e.stack
       FROM ${SUBJECTS_OF_FILE} run_explanation x ON x.run_id = @runId AND x.subject_id = s.id
       JOIN explanation e ON e.id = x.explanation_id`,
    )
    .all({ ...of });
  return new Map(
    rows.map(({ subject_id, reason, message, stack }) => {
      const error = message === null ? undefined : { message, ...(stack !== null && { stack }) };
      return [subject_id, { ...(reason !== null && { reason }), ...(error && { error }) }];
    }),
  );
}

interface ExplanationRow {
  readonly subject_id: number;
  readonly reason: string | null;
  readonly message: string | null;
  readonly stack: string | null;
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

function compareText(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0;
  if (a === undefined) return -1;
  return b === undefined || a > b ? 1 : -1;
}
