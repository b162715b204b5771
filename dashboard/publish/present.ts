/** Where a series stands, from its newest runs: level, ordinary noise, the smallest change that it could show, growth. Pure. */
import { computeSmallestChange } from '../../core/analysis/newest.ts';
import { computeDifferenceNoise, computeSegmentNoise } from '../../core/analysis/noise.ts';
import { partition } from '../../core/analysis/partition.ts';
import { ARRIVING } from '../../core/analysis/rules.ts';
import { fromScale, toScale } from '../../core/analysis/scale.ts';
import { computeMedianOf } from '../../core/analysis/statistics.ts';
import type { SeriesPresent } from '../data-format.ts';

/** Runs that a level is the median of. */
const LEVEL_RUNS = 10;

/** Smaller changes are told to nobody. */
const MINIMUM_RATIO = 0.05;

/** Fewer runs say nothing of noise. */
const LEAST_RUNS_FOR_NOISE = 8;

export interface Present extends SeriesPresent {
  /** Level now against that of the first of the runs; null when there are too few for two levels. */
  readonly growthRatio: number | null;
}

/** Undefined when nothing was measured. `durationsMs` in commit order. */
export function computePresent(
  durationsMs: Float64Array,
  {
    resolutionMs,
    smallestRatio,
  }: { readonly resolutionMs: number; readonly smallestRatio: number | undefined },
): Present | undefined {
  const count = durationsMs.length;
  if (count === 0) return undefined;
  const levelMs = computeMedianOf(durationsMs.slice(-LEVEL_RUNS));
  const firstMs = computeMedianOf(durationsMs.slice(0, LEVEL_RUNS));
  const growthRatio = count >= 2 * LEVEL_RUNS && firstMs > 0 ? levelMs / firstMs : null;
  if (count < LEAST_RUNS_FOR_NOISE)
    return { levelMs, growthRatio, noise: null, smallestRatio: smallestRatio ?? null };
  const places = durationsMs.map((ms) => toScale(ms, resolutionMs));
  const noise = computeNoise(places);
  const level = toScale(levelMs, resolutionMs);
  const computed = computeSmallestChange({ level, noise }, { resolutionMs, minimumRatio: MINIMUM_RATIO });
  return {
    levelMs,
    growthRatio,
    // Of durations, where the scale is a started logarithm of them.
    noise: levelMs > 0 ? Math.log(fromScale(level + noise, resolutionMs) / levelMs) : null,
    smallestRatio: smallestRatio ?? (Number.isFinite(computed) ? computed : null),
  };
}

/** The noise around the levels of the newest runs, cut as screening does. */
function computeNoise(places: Float64Array): number {
  const rough = Math.max(computeDifferenceNoise(places), LEAST_NOISE);
  const center = computeMedianOf(places.slice());
  const cuts = partition(
    places.map((place) => (place - center) / rough),
    { penalty: ARRIVING.penalty * Math.log(Math.max(20, places.length)), bound: ARRIVING.bound },
  );
  return Math.max(computeSegmentNoise(places, cuts), LEAST_NOISE);
}

/** Noise is never taken for less, on the logarithmic scale. */
const LEAST_NOISE = 1e-9;
