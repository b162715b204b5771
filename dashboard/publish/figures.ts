/** Numbers as short as they may be without lying: so many digits, whole thousandths, or nothing. Pure. */

/** To so many significant digits. Milliseconds of nanoseconds keep none that the clock did not have. */
export function roundTo(value: number, digits: number): number {
  if (value === 0 || !Number.isFinite(value)) return 0;
  const power = Math.floor(Math.log10(Math.abs(value))) - digits + 1;
  // Powers of ten are exact as whole numbers alone.
  const factor = POWERS[Math.abs(power)] ?? 10 ** Math.abs(power);
  if (power >= 0) return Math.round(value / factor) * factor;
  return Math.round(value * factor) / factor;
}

/** Ten to the power of its place: a run has ten thousand numbers to round. */
const POWERS = Array.from({ length: 23 }, (_, power) => 10 ** power);

/** Nanoseconds as milliseconds of so many digits; null for NaN. */
export function toShortMs(durationNs: number, digits: number): number | null {
  return Number.isNaN(durationNs) ? null : roundTo(durationNs / 1e6, digits);
}

/** A ratio in whole thousandths; null stays. */
export function toThousandths(ratio: number | null): number | null {
  return ratio === null || !Number.isFinite(ratio) ? null : Math.round(ratio * 1000);
}

/** An ISO time in milliseconds since 1970; 0 for an empty text. */
export function toMs(at: string): number {
  return at === '' ? 0 : Date.parse(at);
}

/** An ISO time in seconds since 1970; 0 for an empty text. */
export function toSeconds(at: string): number {
  return Math.floor(toMs(at) / 1000);
}
