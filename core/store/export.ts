/**
 * Gives everything back: as one report, which any Tracey can import, or as a table for a spreadsheet. Text
 * comes in pieces, of one file at a time, so that memory stays flat however much is stored.
 *
 * A run whose details are folded away is exported as it is kept: without samples, and so without their spread.
 */
import type { RunFacts, TestResult } from '../model.ts';
import { formatReportEnd, formatReportRun, formatReportStart } from '../report-format.ts';
import { joinToPieces } from '../text-pieces.ts';
import { readFindings } from './report-findings.ts';
import type { Store } from './store.ts';

/** Every run as one report document, oldest first, and everything that was found of them. */
export async function* exportJson(store: Store, traceyVersion: string): AsyncGenerator<string> {
  yield formatReportStart(traceyVersion);
  let place: 'first' | 'later' = 'first';
  for await (const { run, files } of store.exportRuns()) {
    yield* formatReportRun({ ...run, files }, place);
    place = 'later';
  }
  yield* formatReportEnd(await readFindings(store, {}));
}

/** Columns of the CSV export, in order; new ones come at the end. */
export const CSV_COLUMNS = [
  'run_id',
  'repository',
  'commit',
  'committed_at',
  'branch',
  'modified',
  'runner',
  'role',
  'node_version',
  'node_line',
  'job_type',
  'isolation',
  'started_at',
  'interrupted',
  'file',
  'title',
  'occurrence',
  'outcome',
  'duration_ms',
  'hooks_ms',
  'cpu_ms',
  'attempts',
  'samples_ms',
  'reason',
  'body',
] as const;

/** Every test result as a line of CSV (RFC 4180) under a line of names; an empty cell is null. */
export async function* exportCsv(store: Store): AsyncGenerator<string> {
  yield formatLine(CSV_COLUMNS);
  for await (const { run, files } of store.exportRuns()) {
    const runCells = toRunCells(run);
    for await (const { path, tests } of files) {
      yield* joinToPieces(formatTests([...runCells, path], tests));
    }
  }
}

function* formatTests(fileCells: readonly Cell[], tests: Iterable<TestResult>): Generator<string> {
  for (const test of tests) yield formatLine([...fileCells, ...toTestCells(test)]);
}

type Cell = string | number | boolean | null | undefined;

function toRunCells(run: RunFacts): Cell[] {
  const { commitDetails: commit } = run;
  return [
    run.id,
    run.repository,
    run.commit,
    commit.committedAt,
    commit.branch,
    commit.modified,
    run.runner,
    run.role,
    run.nodeVersion,
    run.nodeLine,
    run.jobType,
    run.isolation,
    run.startedAt,
    run.interrupted,
  ];
}

function toTestCells(test: TestResult): Cell[] {
  return [
    test.title.join(' > '),
    test.occurrence ?? 1,
    test.outcome,
    test.durationMs,
    test.hooksMs,
    test.cpuMs,
    test.attempts,
    test.samplesMs.join(' '),
    test.reason,
    test.body,
  ];
}

function formatLine(cells: readonly Cell[]): string {
  return `${cells.map(formatCell).join(',')}\r\n`;
}

/**
 * One cell. Titles come from the tested code and may be made to run as a formula in a spreadsheet: text that
 * begins like one gets a `'` before it (OWASP, "CSV Injection").
 */
function formatCell(cell: Cell): string {
  if (cell === null || cell === undefined) return '';
  if (typeof cell !== 'string') return String(cell);
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
