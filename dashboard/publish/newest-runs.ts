/**
 * Everything that the newest runs of an environment say: the ends of all histories, where each series stands, the summary,
 * the last failures. Made anew whenever a run is added, in one pass over the names.
 */
import { findResolution } from '../../core/analysis/scale.ts';
import type { Lane } from '../../core/store/blocks.ts';
import { ABSENT, type BulkReader, type BulkSubject } from '../../core/store/bulk-reader.ts';
import { cutText } from '../../core/text.ts';
import { encodeDeltas } from '../columns.ts';
import type { LastFailure, Ref, ShardSet, SummaryFile } from '../data-format.ts';
import type { DataFiles } from './data-files.ts';
import { createEdits, type Edits } from './edits.ts';
import { roundTo, toShortMs, toThousandths } from './figures.ts';
import { isFailure } from './outcomes.ts';
import { computePresent, type Present } from './present.ts';
import { encodeSeries } from './series-columns.ts';
import type { ShardSets } from './state.ts';
import type { TestFile } from './subjects.ts';
import { type Cell, type RunSplit, readWindow, type Window, type WindowPart } from './window.ts';

const MOST_REASON = 500;
const MOST_MESSAGE = 2_000;
const MOST_STACK = 4_000;

/** Runs of a file's trend. */
const TREND_RUNS = 48;

export interface NewestRuns {
  readonly recents: ShardSets;
  readonly failures: ShardSets;
  readonly summary: Ref;
}

export interface NewestContext {
  readonly reader: BulkReader;
  readonly data: DataFiles;
  readonly files: readonly TestFile[];
  readonly split: RunSplit;
  readonly lane: Lane;
  /** What screening said, by subject. */
  readonly smallestChanges: ReadonlyMap<number, number>;
  /** Called between files. */
  readonly pause: () => Promise<void>;
}

/** Writes what the newest runs say. */
export async function publishNewestRuns(context: NewestContext): Promise<NewestRuns> {
  const { reader, data, files, split } = context;
  const window = readWindow(reader, split);
  const edits = createEdits(split.runs, reader.readBodies(context.lane));
  const resolutionMs = findResolution(listDurations(window));
  const recents: Record<string, ShardSet> = {};
  const failures: Record<string, ShardSet> = {};
  const rows: SummaryRow[] = [];
  const trends: { subject: number; durationsMs: (number | null)[] }[] = [];
  for (const file of files) {
    const series = data.openShards('series');
    const lastFailures = data.openShards('failures');
    for (const subject of file.subjects) {
      const cells = window.findCells(subject.id);
      const edited = subject.kind === 'test' ? edits.find(subject.id) : [];
      const present = computePresent(listMeasured(cells, { window, split, edits, edited }), {
        resolutionMs,
        smallestRatio: context.smallestChanges.get(subject.id),
      });
      const recent = formatRecent({ subject: subject.id, window, split, present, edited });
      if (recent !== undefined) series.add(subject.id, recent);
      if (subject.kind === 'suite' || subject.kind === 'load') continue;
      const row = summarise(subject, cells, present);
      if (row === undefined) continue;
      rows.push(row);
      const failure = findLastFailure(context, { subject, cells, window });
      if (failure !== undefined) lastFailures.add(subject.id, JSON.stringify(failure));
      if (subject.kind !== 'test') trends.push({ subject: subject.id, durationsMs: listTrend(cells) });
    }
    const set = series.finish();
    if (set !== null) recents[file.id] = set;
    const failureSet = lastFailures.finish();
    if (failureSet !== null) failures[file.id] = failureSet;
    await context.pause();
  }
  const summary = data.writeJson('summary', composeSummary({ rows, trends, newest: window.newest }));
  return { recents, failures, summary };
}

function* listDurations({ parts }: Window): Generator<number> {
  for (const { table } of parts.toReversed()) {
    for (const durationNs of table.durationsNs) if (!Number.isNaN(durationNs)) yield durationNs / 1e6;
  }
}

/** Durations of the runs that can be trusted, in commit order, since the test is what it is. */
function listMeasured(
  cells: readonly Cell[],
  {
    window,
    split,
    edits,
    edited,
  }: {
    readonly window: Window;
    readonly split: RunSplit;
    readonly edits: Edits;
    readonly edited: readonly number[];
  },
): Float64Array {
  const durations: number[] = [];
  const lastEdit = edited.at(-1);
  cells.forEach((found, index) => {
    const number = window.newest[index] as number;
    const run = split.runs[number];
    if (found === undefined || run?.interrupted || run?.modified) return;
    if (lastEdit !== undefined && !edits.isSince(number, lastEdit)) return;
    const durationNs = found.table.durationsNs[found.cell] as number;
    if (!Number.isNaN(durationNs)) durations.push(durationNs / 1e6);
  });
  return Float64Array.from(durations);
}

/** The end of a history as JSON; undefined when none of the newest runs had it. */
function formatRecent(of: {
  readonly subject: number;
  readonly window: Window;
  readonly split: RunSplit;
  readonly present: Present | undefined;
  readonly edited: readonly number[];
}): string | undefined {
  const { subject, window, split, edited } = of;
  const present = of.present && {
    levelMs: roundTo(of.present.levelMs, 4),
    noise: of.present.noise === null ? null : roundTo(of.present.noise, 3),
    smallestRatio: of.present.smallestRatio === null ? null : roundTo(of.present.smallestRatio, 4),
  };
  const part = window.parts.find(({ firstRun }) => firstRun === split.folded);
  const columns = part && encodePart(subject, part);
  const entry = columns ?? (present && { subject, first: split.runs.length, unitNs: 1, durations: [] });
  const isEdited = edited.length > 0;
  return entry && JSON.stringify({ ...entry, ...(present && { present }), ...(isEdited && { edited }) });
}

function encodePart(subject: number, { firstRun, table }: WindowPart) {
  const row = findRow(table.subjects, subject);
  if (row < 0) return undefined;
  const [from, to] = [row * table.runs, (row + 1) * table.runs];
  return encodeSeries({
    subject,
    firstRun,
    runs: table.runs,
    outcomes: table.outcomes.subarray(from, to),
    durationsNs: table.durationsNs.subarray(from, to),
    spreads: table.spreads.subarray(from, to),
  });
}

/** By halving; -1 when it is not there. */
function findRow(subjects: readonly number[], subject: number): number {
  let [low, high] = [0, subjects.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((subjects[middle] as number) < subject) low = middle + 1;
    else high = middle;
  }
  return subjects[low] === subject ? low : -1;
}

interface SummaryRow {
  readonly subject: number;
  readonly outcome: number;
  readonly present: Present | undefined;
  readonly failed: number;
  readonly flips: number;
}

/** Undefined when none of the newest runs had it. */
function summarise(
  { id }: BulkSubject,
  cells: readonly Cell[],
  present: Present | undefined,
): SummaryRow | undefined {
  let [outcome, failed, flips] = [ABSENT, 0, 0];
  for (const found of cells) {
    if (found === undefined) continue;
    const next = found.table.outcomes[found.cell] as number;
    if (isFailure(next)) failed += 1;
    if (outcome !== ABSENT && isFailure(next) !== isFailure(outcome)) flips += 1;
    outcome = next;
  }
  return outcome === ABSENT ? undefined : { subject: id, outcome, present, failed, flips };
}

function findLastFailure(
  { reader }: NewestContext,
  of: { readonly subject: BulkSubject; readonly cells: readonly Cell[]; readonly window: Window },
): LastFailure | undefined {
  const { cells, window, subject } = of;
  const index = cells.findLastIndex((found) => isFailure(found?.table.outcomes[found.cell]));
  if (index < 0) return undefined;
  const run = window.newest[index] as number;
  const part = window.parts.findLast(({ firstRun }) => run >= firstRun);
  const runId = part?.runIds[run - part.firstRun];
  const {
    reason = null,
    message = null,
    stack = null,
  } = (runId !== undefined && reader.findExplanation(runId, subject.id)) || {};
  return {
    subject: subject.id,
    run,
    reason: reason && cutText(reason, MOST_REASON),
    message: message && cutText(message, MOST_MESSAGE),
    stack: stack && cutText(stack, MOST_STACK),
  };
}

function listTrend(cells: readonly Cell[]): (number | null)[] {
  return cells
    .slice(-TREND_RUNS)
    .map((found) =>
      found === undefined ? null : toShortMs(found.table.durationsNs[found.cell] as number, 3),
    );
}

function composeSummary(of: {
  readonly rows: readonly SummaryRow[];
  readonly trends: SummaryFile['trends']['files'];
  readonly newest: readonly number[];
}): SummaryFile {
  const rows = of.rows.toSorted((a, b) => a.subject - b.subject);
  return {
    subjects: encodeDeltas(rows.map(({ subject }) => subject)),
    outcomes: rows.map(({ outcome }) => outcome).join(''),
    levelMs: rows.map(({ present }) => (present ? roundTo(present.levelMs, 4) : null)),
    noise: rows.map(({ present }) => toThousandths(present?.noise ?? null)),
    smallest: rows.map(({ present }) => toThousandths(lessOne(present?.smallestRatio ?? null))),
    growth: rows.map(({ present }) => toThousandths(lessOne(present?.growthRatio ?? null))),
    unsteady: rows.flatMap(({ failed, flips }, position) =>
      failed > 0 ? [[position, failed, flips] as const] : [],
    ),
    runs: of.newest.length,
    trends: { runs: of.newest.slice(-TREND_RUNS), files: of.trends },
  };
}

function lessOne(ratio: number | null): number | null {
  return ratio === null ? null : ratio - 1;
}
