/**
 * Where runs lie on the horizontal axis: one place for each commit, in the order of commits, or at the date of the commit.
 * Runs of other environments lie at the same commits. Ranges in addresses name commits by run, or dates. Pure.
 */

import { findNearest, type Range } from '../charts/range.ts';
import type { Runs } from '../data/runs.ts';
import { formatDate } from '../text/dates.ts';

export type AxisKind = 'commit' | 'date';

export interface Axis {
  readonly kind: AxisKind;
  /** Place of each run, by environment as given and run number. */
  readonly places: readonly (readonly number[])[];
  readonly format: (x: number) => string;
  /** For an address: `1767225600000~1767312000000`, the runs of the first environment, or `2026-01-01~2026-02-01`. */
  readonly formatRange: (range: Range) => string;
  readonly parseRange: (text: string) => Range | null;
}

const SEPARATOR = '~';
const HALF_A_DAY = 43_200_000;

/** @param environments the runs of each, the first being what ranges are named by */
export function createAxis(kind: AxisKind, environments: readonly Runs[]): Axis {
  return kind === 'commit' ? createCommitAxis(environments) : createDateAxis(environments);
}

function createDateAxis(environments: readonly Runs[]): Axis {
  return {
    kind: 'date',
    places: environments.map(({ committedMs }) => committedMs),
    format: formatDate,
    formatRange: ({ from, to }) => [from + HALF_A_DAY, to - HALF_A_DAY].map(formatDate).join(SEPARATOR),
    parseRange(text) {
      const [from = Number.NaN, to = Number.NaN] = text.split(SEPARATOR).map((date) => Date.parse(date));
      return from <= to ? { from: from - HALF_A_DAY, to: to + HALF_A_DAY } : null;
    },
  };
}

function createCommitAxis(environments: readonly Runs[]): Axis {
  const dates = new Map<number, number>();
  for (const { commits, committedMs } of environments) {
    for (const [run, commit] of commits.entries()) dates.set(commit, committedMs[run] as number);
  }
  const order = [...dates].sort(([a, at], [b, bt]) => at - bt || a - b);
  const slots = new Map(order.map(([commit], slot) => [commit, slot]));
  const places = environments.map((runs) => placeRuns(runs, slots));
  const [first] = environments;
  return {
    kind: 'commit',
    places,
    format: (x) => {
      const date = Number.isInteger(x) ? order[x]?.[1] : undefined;
      return date === undefined ? '' : formatDate(date);
    },
    formatRange(range) {
      const seen = (first?.order ?? []).filter((run) => isInside(places[0]?.[run], range));
      const ends = [seen[0], seen.at(-1)].map((run) => (run === undefined ? '' : first?.startedMs[run]));
      return ends.join(SEPARATOR);
    },
    parseRange(text) {
      const [from, to] = text.split(SEPARATOR).map((start) => findPlace(Number(start), first, places[0]));
      return from !== undefined && to !== undefined && from <= to ? { from: from - 0.5, to: to + 0.5 } : null;
    },
  };
}

/** Runs of one commit lie side by side between it and the next one. */
function placeRuns(runs: Runs, slots: ReadonlyMap<number, number>): number[] {
  const counts = new Map<number, number>();
  for (const commit of runs.commits) counts.set(commit, (counts.get(commit) ?? 0) + 1);
  const used = new Map<number, number>();
  const places = new Array<number>(runs.count);
  for (const run of runs.order) {
    const commit = runs.commits[run] as number;
    const which = used.get(commit) ?? 0;
    used.set(commit, which + 1);
    places[run] = (slots.get(commit) ?? 0) + which / (counts.get(commit) ?? 1);
  }
  return places;
}

function isInside(place: number | undefined, { from, to }: Range): boolean {
  return place !== undefined && place >= from && place <= to;
}

/** The place of the run that started then, or the nearest to it. */
function findPlace(
  startedMs: number,
  runs: Runs | undefined,
  places: readonly number[] | undefined,
): number | undefined {
  if (runs === undefined || !Number.isFinite(startedMs) || startedMs <= 0) return undefined;
  const exact = runs.startedMs.indexOf(startedMs);
  if (exact >= 0) return places?.[exact];
  const sorted = runs.startedMs.map((start, run) => ({ start, run })).sort((a, b) => a.start - b.start);
  const nearest =
    sorted[
      findNearest(
        sorted.map(({ start }) => start),
        startedMs,
      )
    ];
  return nearest === undefined ? undefined : places?.[nearest.run];
}
