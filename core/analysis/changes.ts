/**
 * Changes of a whole series, looking back over it: where each level begins, and by how much it differs from the one
 * before. Pure; what is known only as runs arrive is `screener.ts`.
 */
import { computeDifferenceNoise, findWander } from './noise.ts';
import { partition } from './partition.ts';
import { LOOKING_BACK } from './rules.ts';
import { computeRatio, computeSize, findResolution, toScale } from './scale.ts';
import { computeMedianOf, computeRankSum, computeShift } from './statistics.ts';
import { describeStep, type StepSize } from './step.ts';

export interface Change extends StepSize {
  /** Index, in the series as given, of the first value of the new level. */
  readonly at: number;
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
  const kept = keepSure({ places, noise, resolutionMs, ...options }, cuts);
  return kept.map(({ at, ...size }) => ({ at: indices[at] as number, ...size }));
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

interface JudgeContext extends ChangeOptions {
  readonly places: Float64Array;
  readonly noise: number;
  readonly resolutionMs: number;
}

interface Judged {
  readonly at: number;
  /** From 1 on the cut is kept. */
  readonly worth: number;
}

/** Takes the least convincing cut away, judges its neighbours anew, and so on until every cut convinces. */
function keepSure(context: JudgeContext, cuts: readonly number[]): Change[] {
  const last = context.places.length;
  const kept: Judged[] = cuts.map((at) => ({ at, worth: 0 }));
  const findSides = (index: number): Sides => {
    const begin = kept[index - 1]?.at ?? 0;
    return takeSides(context.places, {
      begin,
      at: kept[index]?.at ?? last,
      end: kept[index + 1]?.at ?? last,
    });
  };
  const judgeAt = (index: number) => {
    const judged = kept[index];
    if (judged) kept[index] = { at: judged.at, worth: computeWorth(context, findSides(index)) };
  };
  for (let index = 0; index < kept.length; index++) judgeAt(index);
  while (kept.length > 0) {
    let weakest = 0;
    for (let index = 1; index < kept.length; index++) {
      if ((kept[index] as Judged).worth < (kept[weakest] as Judged).worth) weakest = index;
    }
    if ((kept[weakest] as Judged).worth >= 1) break;
    kept.splice(weakest, 1);
    judgeAt(weakest - 1);
    judgeAt(weakest);
  }
  return kept.map(({ at }, index) => ({ at, ...describe(context, findSides(index)) }));
}

/** What is compared: the points next to a cut, as far as the window and the neighbouring cuts. */
interface Sides {
  readonly before: Float64Array;
  readonly after: Float64Array;
}

function takeSides(
  places: Float64Array,
  { begin, at, end }: { readonly begin: number; readonly at: number; readonly end: number },
): Sides {
  const { window } = LOOKING_BACK;
  return {
    before: places.slice(Math.max(begin, at - window), at),
    after: places.slice(at, Math.min(end, at + window)),
  };
}

function computeWorth(context: JudgeContext, { before, after }: Sides): number {
  const { leastPoints, leastDistance, leastZ, leastDominance } = LOOKING_BACK;
  const { noise, resolutionMs, minimumRatio } = context;
  const fewest = Math.min(before.length, after.length);
  // Too short is worth less than anything else, and the shortest least, so that these go first.
  if (fewest < leastPoints) return fewest / leastPoints - 1;
  const { z, dominance } = computeRankSum(before, after);
  const place = computeMedianOf(before);
  const step = computeMedianOf(after) - place;
  const certainty = Math.max(Math.abs(z) / leastZ, Math.abs(dominance) / leastDominance);
  const worth = Math.min(Math.abs(step) / noise / leastDistance, certainty);
  if (minimumRatio === 0) return worth;
  return Math.min(worth, computeSize(computeRatio({ place, step }, resolutionMs)) / minimumRatio);
}

function describe({ noise, resolutionMs }: JudgeContext, { before, after }: Sides): StepSize {
  const { z } = computeRankSum(before, after);
  const place = computeMedianOf(before);
  return describeStep({ place, noise, shift: computeShift(before, after), z, resolutionMs });
}
