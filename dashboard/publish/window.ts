/** The newest runs of an environment side by side: those not in a block yet, and the block before them. */
import {
  ABSENT,
  type BulkReader,
  type BulkRun,
  type BulkSubject,
  type ResultTable,
} from '../../core/store/bulk-reader.ts';
import { sortByCommit } from './commit-order.ts';

/** Most runs that the present of a series is read from. */
const NEWEST_RUNS = 64;

/** Some of the newest runs: their results, and where the run numbers begin. */
export interface WindowPart {
  readonly firstRun: number;
  readonly runIds: readonly number[];
  readonly table: ResultTable;
}

export interface Window {
  /** Of the last block, if any, then of the runs after it, if any. */
  readonly parts: readonly WindowPart[];
  /** Run numbers of the newest runs, in commit order: 64 at most. */
  readonly newest: readonly number[];
  /** Calls `use` with where the subject's results of the newest runs are: -1 where it was not there. */
  findCells(subjectId: number): readonly Cell[];
}

/** A result in a table; undefined where the subject was not in that run. */
export type Cell = { readonly table: ResultTable; readonly cell: number } | undefined;

export interface RunSplit {
  readonly runs: readonly BulkRun[];
  /** Runs that are in blocks: the first so many. */
  readonly folded: number;
  /** Of consecutive runs each. */
  readonly blocks: readonly BlockOfRuns[];
}

export interface BlockOfRuns {
  readonly blockId: number;
  readonly firstRun: number;
  readonly runIds: readonly number[];
}

/** Which runs are in which block. */
export function splitRuns(runs: readonly BulkRun[]): RunSplit {
  const blocks: { blockId: number; firstRun: number; runIds: number[] }[] = [];
  let folded = 0;
  runs.forEach(({ id, blockId }, number) => {
    if (blockId === null) return;
    folded = number + 1;
    const last = blocks.at(-1);
    if (last?.blockId === blockId) last.runIds.push(id);
    else blocks.push({ blockId, firstRun: number, runIds: [id] });
  });
  return { runs, folded, blocks };
}

/** Reads the newest runs: 64 to 127 of them, or all that there are. */
export function readWindow(reader: BulkReader, { runs, folded, blocks }: RunSplit): Window {
  const parts: WindowPart[] = [];
  const last = blocks.at(-1);
  if (last) {
    const { firstRun, runIds } = last;
    parts.push({ firstRun, runIds, table: reader.readBlock(last.blockId, runIds) });
  }
  if (folded < runs.length) {
    const runIds = runs.slice(folded).map(({ id }) => id);
    parts.push({ firstRun: folded, runIds, table: reader.readRows(runIds) });
  }
  const begin = parts[0]?.firstRun ?? 0;
  const newest = sortByCommit(runs.slice(begin))
    .slice(-NEWEST_RUNS)
    .map((position) => begin + position);
  const indices = parts.map(({ table }) => new Map(table.subjects.map((id, index) => [id, index])));
  return {
    parts,
    newest,
    findCells(subjectId) {
      const rows = parts.map((_, part) => indices[part]?.get(subjectId));
      return newest.map((run): Cell => {
        const part = parts.length > 1 && run >= (parts[1] as WindowPart).firstRun ? 1 : 0;
        const { firstRun, table } = parts[part] as WindowPart;
        const row = rows[part];
        if (row === undefined) return undefined;
        const cell = row * table.runs + run - firstRun;
        return table.outcomes[cell] === ABSENT ? undefined : { table, cell };
      });
    },
  };
}

/** What the subjects of a table are, one by one. */
export function nameSubjects(table: ResultTable, subjects: ReadonlyMap<number, BulkSubject>): BulkSubject[] {
  return table.subjects.map((id) => {
    const subject = subjects.get(id);
    if (subject === undefined) throw new Error(`subject ${id} has results and no name`);
    return subject;
  });
}
