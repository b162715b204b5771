/** From the histories of a series in some environments to what a trend chart shows. Pure. */
import { formatRatio } from '../../../core/units.ts';
import type { Level, Trend, TrendEvent, TrendLine, TrendPoint } from '../charts/model.ts';
import type { Runs } from '../data/runs.ts';
import type { SeriesHistory } from '../data/series.ts';
import type { Axis } from './axis.ts';
import { chooseKind, type Levels } from './levels.ts';

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
  /** Runs that are shown; others are left out. */
  readonly shows: (runs: Runs, run: number) => boolean;
}

export function createTrend({ axis, histories, levels, shows }: TrendInput): Trend {
  const [main] = histories;
  const places = axis.places[0];
  if (main === undefined || places === undefined)
    return { lines: [], levels: [], events: [], smallestMs: null };
  const lines = histories.map((one, index) => createLine(one, axis.places[index] ?? [], shows));
  const { present } = main.history;
  return {
    lines,
    levels: createLevels(levels, places),
    events: createEvents(main, { places, levels, shows }),
    smallestMs:
      present === null || present.smallestRatio === null ? null : present.levelMs * present.smallestRatio,
  };
}

function createLine(
  { name, runs, history, colour }: EnvironmentHistory,
  places: readonly number[],
  shows: TrendInput['shows'],
): TrendLine {
  const points: TrendPoint[] = [];
  for (const run of runs.order) {
    // Before the first and after the last that there is, a gap is no gap.
    if (!shows(runs, run) || (history.outcomes[run] === null && history.durationsMs[run] === null)) continue;
    points.push({
      x: places[run] as number,
      y: history.durationsMs[run] ?? null,
      run,
      spread: history.spreads[run] ?? null,
      kind: chooseKind(history, runs, run),
    });
  }
  return { name, colour, points: points.sort((a, b) => a.x - b.x) };
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
  { places, levels, shows }: { readonly places: readonly number[] } & Pick<TrendInput, 'levels' | 'shows'>,
): TrendEvent[] {
  const events: TrendEvent[] = levels.changes.map(({ run, ratio, direction }) => ({
    x: places[run] as number,
    kind: direction,
    text: formatRatio(ratio).replace(/^-/, '−'),
  }));
  for (const { run, ratio } of runs.machineChanges) {
    events.push({
      x: places[run] as number,
      kind: 'machine',
      text: `machine ${formatRatio(ratio).replace(/^-/, '−')}`,
    });
  }
  let before: { readonly node: string; readonly machine: Runs['machines'][number] } | null = null;
  for (const run of runs.order) {
    if (history.outcomes[run] === null || !shows(runs, run)) continue;
    const now = { node: runs.nodeVersions[run] as string, machine: runs.machines[run] };
    const x = places[run] as number;
    if (before !== null && before.node !== now.node)
      events.push({ x, kind: 'node', text: `Node ${now.node}` });
    if (before !== null && before.machine !== now.machine)
      events.push({ x, kind: 'machine', text: 'machine changed' });
    before = now;
  }
  return events.sort((a, b) => a.x - b.x);
}
