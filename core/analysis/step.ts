/** The size of a step between two samples, on the scale of `scale.ts`, told in terms of durations. */
import { computeRatio } from './scale.ts';
import type { Shift } from './statistics.ts';

/** How large a change is, and how sure. */
export interface StepSize {
  readonly direction: 'slower' | 'faster';
  /** Duration after over before, 1.2 = 20 % slower, with its 95 % interval; null when it was 0 ms before. */
  readonly ratio: number | null;
  readonly ratioLow: number | null;
  readonly ratioHigh: number | null;
  /** The size in units of the noise of the series. */
  readonly noiseUnits: number;
  /** The rank-sum statistic, positive when slower. */
  readonly z: number;
}

export function describeStep(step: {
  /** The level before, and the noise, on the scale. */
  readonly place: number;
  readonly noise: number;
  readonly shift: Shift;
  readonly z: number;
  readonly resolutionMs: number;
}): StepSize {
  const { place, noise, shift, z, resolutionMs } = step;
  const toRatio = (by: number) => computeRatio({ place, step: by }, resolutionMs);
  return {
    direction: z > 0 ? 'slower' : 'faster',
    ratio: toRatio(shift.estimate),
    ratioLow: toRatio(shift.low),
    ratioHigh: toRatio(shift.high),
    noiseUnits: Math.abs(shift.estimate) / noise,
    z,
  };
}
