/** Figures of the pages that Tracey's other texts do not have. Durations, sizes and ratios are `core/units.ts`'s. */
import { formatDuration, formatRatio } from '../../../core/units.ts';

/** `±4.0 %` for a share of 0.04; `–` when it is not known. */
export function formatNoise(share: number | null): string {
  return share === null || !Number.isFinite(share) ? '–' : `±${(share * 100).toFixed(1)} %`;
}

/** `+12.4 %`, `−3.0 %`: as everywhere in Tracey, with a true minus. */
export function formatSignedRatio(ratio: number | null): string {
  return formatRatio(ratio).replace(/^-/, '−');
}

/** `+8.1 % to +12.4 %`. */
export function formatInterval(low: number, high: number): string {
  return `${formatSignedRatio(low)} to ${formatSignedRatio(high)}`;
}

/** `12 %` for a share of 0.12. */
export function formatShare(share: number | null): string {
  return share === null ? '–' : `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}

/** `12 345`: thousands apart by a narrow space that does not break. */
export function formatWhole(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

/** `#3f2c1ab`-like: enough of a SHA to know it by. */
export function formatSha(sha: string): string {
  return sha.slice(0, 8);
}

/** `slower`, `faster`, or neither, to be shown beside a ratio; within `least` it is neither. */
export function nameDirection(ratio: number | null, least = 0.005): 'slower' | 'faster' | '' {
  if (ratio === null || Math.abs(ratio - 1) < least) return '';
  return ratio > 1 ? 'slower' : 'faster';
}

/** `+1.24 ms`, `−3.1 s`. */
export function formatSignedDuration(ms: number): string {
  return `${ms < 0 ? '−' : '+'}${formatDuration(Math.abs(ms))}`;
}
