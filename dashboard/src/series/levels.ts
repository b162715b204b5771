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
  const changes = findChanges(durations, { minimumRatio: MINIMUM_RATIO });
  const cuts = [0, ...changes.map(({ at }) => at), durations.length];
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
    changes: changes.map((change, index) => ({
      ...change,
      run: counted[change.at] as number,
      runBefore: counted[change.at - 1] as number,
      beforeMs: stretches[index]?.levelMs ?? 0,
      nowMs: stretches[index + 1]?.levelMs ?? 0,
    })),
  };
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
