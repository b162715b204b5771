/**
 * The levels of a series and the changes between them, looking back over all of it, by the same analysis as everywhere in
 * Tracey. Only runs that count are looked at: neither interrupted, nor of modified files, nor failed. Pure.
 */
import { type Change, findChanges } from '../../../core/analysis/changes.ts';
import { computeDifferenceNoise } from '../../../core/analysis/noise.ts';
import { computeMedian } from '../../../core/analysis/statistics.ts';
import type { RunNumber } from '../../data-format.ts';
import type { PointKind } from '../charts/model.ts';
import type { Runs } from '../data/runs.ts';
import type { SeriesHistory } from '../data/series.ts';

/** What a fresh configuration has: smaller changes are not told of. */
const MINIMUM_RATIO = 0.05;

/** The band of ordinary noise: 19 of 20 runs of an unchanged series lie inside. */
const BAND = 1.96;

export interface LevelStretch {
  /** Its runs, in the order of commits. */
  readonly runs: readonly RunNumber[];
  readonly levelMs: number;
  readonly lowMs: number;
  readonly highMs: number;
}

export interface SeriesChange extends Change {
  /** The first run of the new level, and the last one that counts before it. */
  readonly run: RunNumber;
  readonly runBefore: RunNumber;
  readonly beforeMs: number;
  readonly nowMs: number;
}

export interface Levels {
  readonly stretches: readonly LevelStretch[];
  readonly changes: readonly SeriesChange[];
}

export function computeLevels(history: SeriesHistory, runs: Runs, newestNoise: number | null): Levels {
  const counted = runs.order.filter((run) => counts(history, runs, run));
  if (counted.length === 0) return { stretches: [], changes: [] };
  const durations = counted.map((run) => history.durationsMs[run] as number);
  const tests = [0, ...findEdits(counted, findEditedRuns(history, runs), runs), durations.length];
  const changes = tests.slice(1).flatMap((end, index) => {
    const begin = tests[index] as number;
    const found = findChanges(durations.slice(begin, end), { minimumRatio: MINIMUM_RATIO });
    return found.map((change) => ({ ...change, at: begin + change.at }));
  });
  const cuts = [...new Set([...tests, ...changes.map(({ at }) => at)])].sort((a, b) => a - b);
  const stretches = cuts.slice(1).map((end, index) => {
    const begin = cuts[index] as number;
    const own = durations.slice(begin, end);
    const noise = end === durations.length && newestNoise !== null ? newestNoise : computeNoise(own);
    const levelMs = computeMedian(own);
    return {
      runs: counted.slice(begin, end),
      levelMs,
      lowMs: levelMs * Math.exp(-BAND * noise),
      highMs: levelMs * Math.exp(BAND * noise),
    };
  });
  return {
    stretches,
    changes: changes.map((change) => {
      const now = cuts.indexOf(change.at);
      return {
        ...change,
        run: counted[change.at] as number,
        runBefore: counted[change.at - 1] as number,
        beforeMs: stretches[now - 1]?.levelMs ?? 0,
        nowMs: stretches[now]?.levelMs ?? 0,
      };
    }),
  };
}

/** The first runs that a test was in with another body than before, in commit order. */
export function findEditedRuns({ edited, outcomes }: SeriesHistory, { order }: Runs): RunNumber[] {
  const found = edited.flatMap((edit) => {
    const place = order.indexOf(edit);
    return order.find((run, at) => at >= place && outcomes[run] !== null) ?? [];
  });
  return [...new Set(found)];
}

/** Where the runs that count are of another test: positions among them. */
function findEdits(counted: readonly RunNumber[], edited: readonly RunNumber[], { order }: Runs): number[] {
  const places = new Map(order.map((run, place) => [run, place]));
  const found = edited.map((edit) =>
    counted.findIndex((run) => (places.get(run) ?? 0) >= (places.get(edit) ?? 0)),
  );
  return [...new Set(found)].filter((at) => at > 0);
}

/** Noisy runs count: they are what the noise is made of. */
function counts(history: SeriesHistory, runs: Runs, run: RunNumber): boolean {
  if (history.durationsMs[run] === null) return false;
  const kind = chooseKind(history, runs, run);
  return kind === 'ordinary' || kind === 'noisy';
}

function computeNoise(durationsMs: readonly number[]): number {
  const positive = durationsMs.filter((ms) => ms > 0);
  return computeDifferenceNoise(Float64Array.from(positive, Math.log));
}

/** What a run's point is drawn as, and whether it counts. */
export function chooseKind(history: SeriesHistory, runs: Runs, run: RunNumber): PointKind {
  const outcome = history.outcomes[run];
  if (outcome === 'failed' || outcome === 'aborted') return 'failed';
  const flags = runs.flags[run];
  if (flags?.interrupted) return 'interrupted';
  if (flags?.modified) return 'modified';
  return flags?.noisy ? 'noisy' : 'ordinary';
}
