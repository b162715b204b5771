/**
 * Changes of a whole series, looking back over it: where each level begins, and by how much it differs from the one
 * before. Pure; what is known only as runs arrive is `screener.ts`.
 */
import { computeDifferenceNoise, findWander } from './noise.ts';
import { partition } from './partition.ts';
import { LOOKING_BACK } from './rules.ts';
import { findResolution, toScale } from './scale.ts';
import { computeMedianOf, computeRankSum, computeShift } from './statistics.ts';

export interface Change {
  /** Index, in the series as given, of the first value of the new level. */
  readonly at: number;
  readonly direction: 'slower' | 'faster';
  /** After over before, 1.2 = 20 % slower, on the started scale; with its 95 % interval. */
  readonly ratio: number;
  readonly ratioLow: number;
  readonly ratioHigh: number;
  /** The size in units of the series' noise. */
  readonly noiseUnits: number;
  /** The rank-sum statistic, positive when slower. */
  readonly z: number;
}

export interface ChangeOptions {
  /** Smaller changes are none: 0.05 = 5 %; 0 = every change that is sure. */
  readonly minimumRatio: number;
}

/** The noise is estimated, and the series cut, at most this often. */
const MOST_ROUNDS = 4;

/** The noise of a clock of whole ticks, at least, in ticks. */
const TICK_NOISE = 0.3;

/** Noise is never taken for less, on the logarithmic scale. */
const LEAST_NOISE = 1e-9;

/**
 * The changes of a series of durations in ms, ascending. What is null, not finite or negative counts as not measured. A
 * series without changes, without noise or too short for a change gives none.
 */
export function findChanges(series: readonly (number | null)[], options: ChangeOptions): Change[] {
  const { places, indices, resolutionMs } = readPlaces(series);
  if (places.length < 2 * LOOKING_BACK.leastPoints) return [];
  const { cuts, noise } = cutByNoise(places, resolutionMs);
  return keepSure(places, { cuts, noise, options }).map((judged) => ({
    at: indices[judged.at] as number,
    ...judged.change,
  }));
}

function readPlaces(series: readonly (number | null)[]) {
  const indices: number[] = [];
  const durations: number[] = [];
  for (let index = 0; index < series.length; index++) {
    const value = series[index];
    if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) continue;
    indices.push(index);
    durations.push(value);
  }
  const resolutionMs = findResolution(durations);
  return { places: Float64Array.from(durations, (ms) => toScale(ms, resolutionMs)), indices, resolutionMs };
}

/** Cuts, estimates the noise inside what was cut, and cuts again while it grows. */
function cutByNoise(places: Float64Array, resolutionMs: number): { cuts: number[]; noise: number } {
  const center = computeMedianOf(places.slice());
  const tick = (TICK_NOISE * resolutionMs) / Math.exp(center);
  const penalty = LOOKING_BACK.penalty * Math.log(places.length);
  let noise = Math.max(computeDifferenceNoise(places), tick, LEAST_NOISE);
  for (let round = 1; ; round++) {
    const scaled = places.map((place) => (place - center) / noise);
    const cuts = partition(scaled, { penalty, bound: LOOKING_BACK.bound });
    const wander = findWander(places, cuts);
    if (round === MOST_ROUNDS || wander === null || wander <= noise * 1.02) return { cuts, noise };
    noise = wander;
  }
}

interface Judged {
  readonly at: number;
  /** From 1 on the cut is kept. */
  readonly worth: number;
  readonly change: Omit<Change, 'at'>;
}

/** Takes the least convincing cut away, judges its neighbours anew, and so on until every cut convinces. */
function keepSure(
  places: Float64Array,
  task: { readonly cuts: readonly number[]; readonly noise: number; readonly options: ChangeOptions },
): Judged[] {
  const kept: Judged[] = [];
  const judgeAt = (index: number, at: number) =>
    judge(places, {
      begin: kept[index - 1]?.at ?? 0,
      at,
      end: kept[index + 1]?.at ?? places.length,
      noise: task.noise,
      options: task.options,
    });
  task.cuts.forEach((at, index) => {
    const [begin, end] = [task.cuts[index - 1] ?? 0, task.cuts[index + 1] ?? places.length];
    kept.push(judge(places, { begin, at, end, noise: task.noise, options: task.options }));
  });
  while (kept.length > 0) {
    let weakest = 0;
    for (let index = 1; index < kept.length; index++) {
      if ((kept[index] as Judged).worth < (kept[weakest] as Judged).worth) weakest = index;
    }
    if ((kept[weakest] as Judged).worth >= 1) break;
    kept.splice(weakest, 1);
    for (const index of [weakest - 1, weakest]) {
      const neighbour = kept[index];
      if (neighbour) kept[index] = judgeAt(index, neighbour.at);
    }
  }
  return kept;
}

interface Cut {
  readonly begin: number;
  readonly at: number;
  readonly end: number;
  readonly noise: number;
  readonly options: ChangeOptions;
}

function judge(places: Float64Array, { begin, at, end, noise, options }: Cut): Judged {
  const { window, leastPoints, leastDistance, leastZ, leastDominance } = LOOKING_BACK;
  const before = places.slice(Math.max(begin, at - window), at);
  const after = places.slice(at, Math.min(end, at + window));
  const rank = computeRankSum(before, after);
  const distance = Math.abs(computeMedianOf(before) - computeMedianOf(after));
  const noiseUnits = distance / noise;
  const certainty = Math.max(Math.abs(rank.z) / leastZ, Math.abs(rank.dominance) / leastDominance);
  const fewest = Math.min(before.length, after.length);
  // Too short counts for less than anything else, so that the shortest goes first.
  const worth =
    fewest < leastPoints ? fewest / leastPoints - 1 : Math.min(noiseUnits / leastDistance, certainty);
  const isSmall = distance < Math.log(1 + options.minimumRatio);
  return {
    at,
    worth: isSmall ? Math.min(worth, distance) : worth,
    get change() {
      const shift = computeShift(before, after);
      return {
        direction: rank.z > 0 ? ('slower' as const) : ('faster' as const),
        ratio: Math.exp(shift.estimate),
        ratioLow: Math.exp(shift.low),
        ratioHigh: Math.exp(shift.high),
        noiseUnits,
        z: rank.z,
      };
    },
  };
}
