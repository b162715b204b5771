/**
 * The scale on which durations are compared: a logarithm, so that equal ratios are equal distances, started a little
 * above zero, so that 0 ms exists and one tick of a coarse clock is not a doubling.
 */

/** How many ticks of the clock are added before the logarithm is taken. */
const STARTED_BY_TICKS = 3;

/** Powers of ten that are tried as the clock's resolution, in ms, coarsest first: no clock in use is coarser. */
const RESOLUTIONS = [1, 0.1, 0.01, 0.001, 0.0001, 0.00001, 0.000001] as const;

/** The share of values that must be whole ticks. */
const WHOLE_SHARE = 0.98;

/**
 * The resolution of the clock that read these, in ms: the coarsest power of ten, of 1 ms at most, of
 * which (nearly) all are multiples; 0 when there is none, or nothing but zeros.
 */
export function findResolution(values: Iterable<number>): number {
  const sample: number[] = [];
  for (const value of values) {
    if (value !== 0 && sample.push(Math.abs(value)) === 500) break;
  }
  if (sample.length === 0) return 0;
  const needed = WHOLE_SHARE * sample.length;
  for (const resolution of RESOLUTIONS) {
    let whole = 0;
    for (const value of sample) {
      const ticks = value / resolution;
      if (Math.abs(ticks - Math.round(ticks)) <= 1e-9 * ticks + 1e-6) whole++;
    }
    if (whole >= needed) return resolution;
  }
  return 0;
}

/**
 * `ln(ms + 3 · resolution)`: a started logarithm, J. W. Tukey, "Exploratory Data Analysis" (1977), chapter 3. A clock
 * without a known resolution gets a start so small that it only keeps zeros finite.
 *
 * @param durationMs not negative
 */
export function toScale(durationMs: number, resolutionMs: number): number {
  return Math.log(durationMs + computeStart(resolutionMs));
}

/** The duration, in ms, at a place on the scale; the inverse of {@link toScale}. */
export function fromScale(place: number, resolutionMs: number): number {
  return Math.max(0, Math.exp(place) - computeStart(resolutionMs));
}

/** A step on the scale as a ratio of durations, after over before; null when it begins at 0 ms. */
export function computeRatio(
  { place, step }: { readonly place: number; readonly step: number },
  resolutionMs: number,
): number | null {
  const beforeMs = fromScale(place, resolutionMs);
  return beforeMs > 0 ? fromScale(place + step, resolutionMs) / beforeMs : null;
}

/** A size that changes of either direction share: 0.2 for 20 % slower, and for what 20 % slower would undo. */
export function computeSize(ratio: number | null): number {
  if (ratio === null || ratio === 0) return Number.POSITIVE_INFINITY;
  return Math.max(ratio, 1 / ratio) - 1;
}

function computeStart(resolutionMs: number): number {
  return resolutionMs > 0 ? STARTED_BY_TICKS * resolutionMs : 1e-6;
}
