/**
 * Series of durations in rows of numbers: there may be tens of thousands of series, and an object for each would take as much
 * memory as a long history of it.
 */
import type { LaneHistory, LaneSeries } from './lane-store.ts';

/** Rows are cut from large pieces of memory. */
const ROWS_IN_PIECE = 256;

const KINDS = ['total', 'file', 'test'] as const satisfies readonly LaneSeries['kind'][];

/** The subjects that may have a row, which are of one repository. Numbers of other repositories may lie between theirs. */
export interface SubjectTable {
  readonly add: (id: number, kind: LaneSeries['kind'], fileId: number | null) => void;
  readonly getKind: (id: number) => LaneSeries['kind'];
  /** Null for a total. */
  readonly getFile: (id: number) => number | null;
  /** -1: it has none. */
  readonly getRow: (id: number) => number;
  readonly setRow: (id: number, row: number) => void;
  readonly has: (id: number) => boolean;
}

/** A table for subjects of these numbers, both included. */
export function createSubjectTable(first: number, last: number): SubjectTable {
  const count = last - first + 1;
  // 0 where there is none: what is kept is an index into KINDS plus one.
  const kinds = new Uint8Array(count);
  const files = new Int32Array(count);
  const rows = new Int32Array(count).fill(-1);
  return {
    add(id, kind, fileId) {
      kinds[id - first] = KINDS.indexOf(kind) + 1;
      files[id - first] = fileId ?? 0;
    },
    getKind: (id) => KINDS[(kinds[id - first] ?? 0) - 1] as LaneSeries['kind'],
    getFile: (id) => files[id - first] || null,
    getRow: (id) => rows[id - first] ?? -1,
    setRow(id, row) {
      rows[id - first] = row;
    },
    has: (id) => (kinds[id - first] ?? 0) > 0,
  };
}

/** The series of a lane while they are read. */
export interface LaneRows extends Omit<LaneHistory, 'bodies'> {
  /** The durations of a subject, in a new row where it has none; undefined for what is not among the subjects. */
  readonly open: (subjectId: number) => Float64Array | undefined;
  /** Takes a series away that nothing is left of: its row stays, and has no durations. */
  readonly close: (subjectId: number) => void;
}

export function createLaneRows(subjects: SubjectTable, runs: number): LaneRows {
  const pieces: Float64Array[] = [];
  const ids: Int32Array[] = [];
  let size = 0;

  function getSubject(row: number): number {
    return ids[Math.floor(row / ROWS_IN_PIECE)]?.[row % ROWS_IN_PIECE] as number;
  }

  function getDurations(row: number): Float64Array {
    const begin = (row % ROWS_IN_PIECE) * runs;
    return (pieces[Math.floor(row / ROWS_IN_PIECE)] as Float64Array).subarray(begin, begin + runs);
  }

  function addRow(subjectId: number): number {
    if (size % ROWS_IN_PIECE === 0) {
      pieces.push(new Float64Array(ROWS_IN_PIECE * runs).fill(Number.NaN));
      ids.push(new Int32Array(ROWS_IN_PIECE));
    }
    (ids.at(-1) as Int32Array)[size % ROWS_IN_PIECE] = subjectId;
    subjects.setRow(subjectId, size);
    size += 1;
    return size - 1;
  }

  function find(subjectId: number): LaneSeries | undefined {
    const row = subjects.getRow(subjectId);
    if (row === -1) return undefined;
    return {
      subjectId,
      kind: subjects.getKind(subjectId),
      fileId: subjects.getFile(subjectId),
      durationsMs: getDurations(row),
    };
  }

  return {
    get size() {
      return size;
    },
    getSubject,
    getKind: (row) => subjects.getKind(getSubject(row)),
    getFile: (row) => subjects.getFile(getSubject(row)),
    getDurations,
    readRun(at, into) {
      for (let row = 0; row < size; row += 1) {
        const piece = pieces[Math.floor(row / ROWS_IN_PIECE)] as Float64Array;
        into[row] = piece[(row % ROWS_IN_PIECE) * runs + at] as number;
      }
    },
    find,
    *list(kind) {
      for (let row = 0; row < size; row += 1) {
        const subjectId = getSubject(row);
        const series = subjects.getKind(subjectId) === kind ? find(subjectId) : undefined;
        if (series) yield series;
      }
    },
    open(subjectId) {
      if (!subjects.has(subjectId)) return undefined;
      const row = subjects.getRow(subjectId);
      return getDurations(row === -1 ? addRow(subjectId) : row);
    },
    close: (subjectId) => subjects.setRow(subjectId, -1),
  };
}
