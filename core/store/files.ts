/**
 * Reads the files of a run, their suites and tests a hundred at a time: from the details while they are kept, else
 * from the narrow results.
 */
import { StoreError } from '../errors.ts';
import type { Failure, FileResults, SuiteResult, TestResult } from '../model.ts';
import { readFileBodies } from './bodies.ts';
import type { Connection, Value } from './connection.ts';
import type { FileDetail, FileDetailHead, SuiteDetail, TestDetail } from './detail.ts';
import { toOutcome } from './encoding.ts';
import { type FileOfRun, readFoldedDetail, SUBJECTS_OF_FILE } from './folded.ts';
import { createPartReader } from './parts.ts';
import { createSubjectReader } from './subjects.ts';
import { compareTitles } from './titles.ts';

/** Reads within one state of the database. */
export type Reading = <Result>(work: () => Result) => Result;

export interface FileReader {
  /** The files whose details begin in the part at `position`, in the order of the run; undefined beyond the last. */
  listBegun(position: number): readonly number[] | undefined;
  /** A file. Iterating it throws a StoreError when its details are folded away in the middle of that. */
  read(file: { readonly fileId: number; readonly path: string }): FileResults;
}

/** Reads the files of one run, each piece of them with `read`. */
export function createFileReader(
  connection: Connection,
  run: {
    readonly repositoryId: number;
    readonly environmentId: number;
    readonly runId: number;
    readonly uid: string;
    readonly read: Reading;
  },
): FileReader {
  const { repositoryId, environmentId, runId, uid, read } = run;
  const parts = createPartReader(connection, { runId, uid });

  function* readPieces(fileId: number): Generator<FileDetail> {
    for (const position of read(() => parts.findPositions(fileId))) {
      const piece = read(() => parts.readPiece(position, fileId));
      if (piece === undefined) throw foldedMeanwhile(connection.file, uid);
      yield piece;
    }
  }

  function openBodies({ fileId }: FileOfRun): (id: number) => Pick<TestResult, 'body'> {
    const bodies = readFileBodies(connection, { repositoryId, environmentId, fileId, runId });
    return (id) => {
      const body = bodies.get(id);
      return body === undefined ? {} : { body };
    };
  }

  function readDetailed(of: FileOfRun, path: string, head: FileDetailHead): FileResults {
    const subjects = createSubjectReader(connection, of.fileId);
    const explanations = readExplanations(connection, of);
    const findBody = openBodies(of);
    const toSuite = ([id, durationMs, hooksMs]: SuiteDetail): SuiteResult => ({
      ...subjects.readIdentity(id),
      durationMs,
      hooksMs,
    });
    const toTest = (test: TestDetail): TestResult => {
      const [id, outcome, durationMs, samplesMs, hooksMs, cpuMs, attempts] = test;
      return {
        ...subjects.readIdentity(id),
        outcome: toOutcome(outcome),
        ...explanations.get(id),
        durationMs,
        hooksMs,
        cpuMs,
        attempts,
        samplesMs: [...samplesMs],
        ...findBody(id),
      };
    };
    return {
      path,
      outcome: toOutcome(head.outcome),
      ...explanations.get(of.fileId),
      durationMs: head.durationMs,
      loadMs: head.loadMs,
      ...readProcessFacts(connection, of),
      suites: {
        *[Symbol.iterator]() {
          for (const { suites, tests } of readPieces(of.fileId)) {
            yield* readInChunks(read, suites, toSuite);
            // Suites come before tests.
            if (tests.length > 0) return;
          }
        },
      },
      tests: {
        *[Symbol.iterator]() {
          for (const { tests } of readPieces(of.fileId)) yield* readInChunks(read, tests, toTest);
        },
      },
      ...(head.output !== undefined && { output: head.output }),
    };
  }

  function readFolded(of: FileOfRun, path: string): FileResults {
    const detail = readFoldedDetail(connection, of);
    const subjects = createSubjectReader(connection, of.fileId);
    const explanations = readExplanations(connection, of);
    const findBody = openBodies(of);
    const suites = detail.suites.map(([id, durationMs]) => ({
      ...subjects.readIdentity(id),
      durationMs,
      hooksMs: null,
    }));
    const tests = detail.tests.map(([id, outcome, durationMs]) => ({
      ...subjects.readIdentity(id),
      outcome: toOutcome(outcome),
      ...explanations.get(id),
      durationMs,
      hooksMs: null,
      cpuMs: null,
      attempts: 0,
      samplesMs: [],
      ...findBody(id),
    }));
    return {
      path,
      outcome: toOutcome(detail.outcome),
      ...explanations.get(of.fileId),
      durationMs: detail.durationMs,
      loadMs: detail.loadMs,
      ...readProcessFacts(connection, of),
      // Two databases first saw their tests in different orders; sorted, a folded run reads the same from both.
      suites: suites.sort(compareTitles),
      tests: tests.sort(compareTitles),
    };
  }

  return {
    listBegun: (position) => read(() => parts.listBegun(position)),
    read: ({ fileId, path }) =>
      read(() => {
        const of = { repositoryId, runId, fileId };
        const [first] = parts.exist() ? parts.findPositions(fileId) : [];
        const head = first === undefined ? undefined : parts.readPiece(first, fileId);
        return head === undefined ? readFolded(of, path) : readDetailed(of, path, head);
      }),
  };
}

const CHUNK_SIZE = 100;

/** A transaction for each would take longer than the reading; one for all could not be left and entered again. */
function* readInChunks<Item, Result>(
  read: Reading,
  items: readonly Item[],
  convert: (item: Item) => Result,
): Generator<Result> {
  for (let from = 0; from < items.length; from += CHUNK_SIZE) {
    yield* read(() => items.slice(from, from + CHUNK_SIZE).map(convert));
  }
}

interface ProcessRow {
  readonly peak_rss_bytes: number | null;
  readonly exit_code: number | null;
  readonly signal: string | null;
  readonly sha256: string | null;
}

function readProcessFacts(
  connection: Connection,
  of: FileOfRun,
): Pick<FileResults, 'peakRssBytes' | 'exitCode' | 'signal' | 'fingerprint'> {
  const row = connection
    .prepare<ProcessRow>(
      `SELECT f.peak_rss_bytes, f.exit_code, f.signal, p.sha256
       FROM run_file f LEFT JOIN fingerprint p ON p.id = f.fingerprint_id
       WHERE f.run_id = ? AND f.subject_id = ?`,
    )
    .get(of.runId, of.fileId);
  return {
    peakRssBytes: row?.peak_rss_bytes ?? null,
    exitCode: row?.exit_code ?? null,
    signal: row?.signal ?? null,
    fingerprint: row?.sha256 ?? null,
  };
}

type Explained = { reason?: string; error?: Failure };

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

function foldedMeanwhile(file: string, uid: string): StoreError {
  return new StoreError(`${file}: the details of the run ${uid} were folded away while it was read.`, {
    code: 'store/folded-meanwhile',
    hint: 'Read it again: newer runs came in, and it now has only outcomes, durations and failures.',
  });
}
