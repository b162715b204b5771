/** From the histories of a series in some environments to what a trend chart shows. Pure. */
import { computeMedian } from '../../../core/analysis/statistics.ts';
import { formatUntrusted } from '../../../core/text.ts';
import type { Level, Measure, Trend, TrendEvent, TrendLine, TrendPoint } from '../charts/model.ts';
import { findRelease, type Releases } from '../data/releases.ts';
import type { Runs } from '../data/runs.ts';
import type { SeriesHistory } from '../data/series.ts';
import { formatSignedRatio } from '../text/figures.ts';
import type { Axis } from './axis.ts';
import { chooseKind, findEditedRuns, type Levels } from './levels.ts';

export interface EnvironmentHistory {
  readonly name: string;
  readonly runs: Runs;
  readonly history: SeriesHistory;
  readonly colour: number;
}

export interface TrendInput {
  readonly axis: Axis;
  /** In the order of the axis' environments; the first is the one that levels and events are of. */
  readonly histories: readonly EnvironmentHistory[];
  readonly levels: Levels;
  readonly measure: Measure;
  readonly releases: Releases;
  /** Runs that are shown; others are left out. */
  readonly shows: (runs: Runs, run: number) => boolean;
}

export function createTrend({ axis, histories, levels, measure, releases, shows }: TrendInput): Trend {
  const [main] = histories;
  const places = axis.places[0];
  if (main === undefined || places === undefined)
    return { measure, lines: [], levels: [], events: [], smallest: null };
  const scales = histories.map((one) => (measure === 'time' ? 1 : 1 / findReference(one)));
  const scale = scales[0] ?? 1;
  const smallest = describeSmallest(main.history);
  return {
    measure,
    lines: histories.map((one, index) =>
      createLine(one, { places: axis.places[index] ?? [], scale: scales[index] ?? 1, shows }),
    ),
    levels: createLevels(levels, places).map((level) => ({
      ...level,
      levelMs: level.levelMs * scale,
      lowMs: level.lowMs * scale,
      highMs: level.highMs * scale,
    })),
    events: createEvents(main, { places, levels, releases, shows }),
    smallest: smallest && { fromMs: smallest.fromMs * scale, toMs: smallest.toMs * scale },
  };
}

/** What a line's values are ratios to: its median, in ms. */
function findReference({ history }: EnvironmentHistory): number {
  const known = history.durationsMs.filter((one) => one !== null && one > 0) as number[];
  return known.length === 0 ? 1 : computeMedian(known);
}

function describeSmallest({ present }: SeriesHistory): Trend['smallest'] {
  if (present === null || present.smallestRatio === null) return null;
  return { fromMs: present.levelMs, toMs: present.levelMs * present.smallestRatio };
}

function createLine(
  { name, runs, history, colour }: EnvironmentHistory,
  {
    places,
    scale,
    shows,
  }: {
    readonly places: readonly number[];
    readonly scale: number;
    readonly shows: TrendInput['shows'];
  },
): TrendLine {
  const points: TrendPoint[] = [];
  for (const run of runs.order) {
    // Before the first and after the last that there is, a gap is no gap.
    if (!shows(runs, run) || (history.outcomes[run] === null && history.durationsMs[run] === null)) continue;
    points.push({
      x: places[run] as number,
      y: scaleValue(history.durationsMs[run] ?? null, scale),
      run,
      spread: history.spreads[run] ?? null,
      kind: chooseKind(history, runs, run),
    });
  }
  return { name, colour, points: points.sort((a, b) => a.x - b.x) };
}

function scaleValue(value: number | null, by: number): number | null {
  return value === null ? null : value * by;
}

function createLevels({ stretches }: Levels, places: readonly number[]): Level[] {
  return stretches.map(({ runs, levelMs, lowMs, highMs }, index) => {
    const next = stretches[index + 1]?.runs[0];
    const [first, last] = [runs[0] as number, runs.at(-1) as number];
    return {
      fromX: places[first] as number,
      toX: places[next ?? last] as number,
      levelMs,
      lowMs,
      highMs,
    };
  });
}

function createEvents(
  { runs, history }: EnvironmentHistory,
  of: { readonly places: readonly number[] } & Pick<TrendInput, 'levels' | 'releases' | 'shows'>,
): TrendEvent[] {
  const { places, levels, releases, shows } = of;
  const events: TrendEvent[] = levels.changes.map(({ run, ratio, direction }) => ({
    x: places[run] as number,
    kind: direction,
    text: formatSignedRatio(ratio),
  }));
  for (const { run, ratio } of runs.machineChanges) {
    events.push({
      x: places[run] as number,
      kind: 'machine',
      text: `machine ${formatSignedRatio(ratio)}`,
    });
  }
  for (const run of findEditedRuns(history, runs)) {
    if (shows(runs, run)) events.push({ x: places[run] as number, kind: 'edited', text: 'body changed' });
  }
  const released = new Set<string>();
  let before: { readonly node: string; readonly machine: Runs['machines'][number] } | null = null;
  for (const run of runs.order) {
    if (history.outcomes[run] === null || !shows(runs, run)) continue;
    const now = { node: runs.nodeVersions[run] as string, machine: runs.machines[run] };
    const x = places[run] as number;
    if (before !== null && before.node !== now.node)
      events.push({ x, kind: 'node', text: `Node ${now.node}` });
    if (before !== null && before.machine !== now.machine)
      events.push({ x, kind: 'machine', text: 'machine changed' });
    const release = findRelease(releases, runs, run);
    // A commit that was measured several times was released once.
    if (release !== null && !released.has(release)) {
      released.add(release);
      events.push({ x, kind: 'release', text: formatShort(release) });
    }
    before = now;
  }
  return events.sort((a, b) => a.x - b.x);
}

/** Longest name of a release above a chart; what points at its run says all of it. */
const MOST_NAME = 24;

function formatShort(name: string): string {
  const shown = formatUntrusted(name);
  return shown.length > MOST_NAME ? `${shown.slice(0, MOST_NAME - 1)}…` : shown;
}
