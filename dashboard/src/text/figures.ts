/**
 * Figures as the pages show them: those of Tracey's other texts, and some that only pages have. No line ends between a number
 * and its unit, however narrow a column is.
 */
// biome-ignore lint/style/noRestrictedImports: here they become what every page shows.
import * as units from '../../../core/units.ts';

/** `1.24 ms`, `2 min 05 s` in one piece; `–` when there is none. */
export function formatDuration(durationMs: number | null): string {
  return keepTogether(units.formatDuration(durationMs));
}

/** `1.24 MB` in one piece; `–` when there is none. */
export function formatBytes(bytes: number | null): string {
  return keepTogether(units.formatBytes(bytes));
}

/** `1 test`, `2 tests` in one piece. */
export function formatCount(count: number, noun: string): string {
  return keepTogether(units.formatCount(count, noun));
}

/** With spaces at which no line ends. */
export function keepTogether(figure: string): string {
  return figure.replaceAll(' ', '\u00a0');
}

/** `±4.0 %` for a share of 0.04; `–` when it is not known. */
export function formatNoise(share: number | null): string {
  return share === null || !Number.isFinite(share) ? '–' : keepTogether(`±${(share * 100).toFixed(1)} %`);
}

/** `+12.4 %`, `−3.0 %`: as everywhere in Tracey, with a true minus. */
export function formatSignedRatio(ratio: number | null): string {
  return keepTogether(units.formatRatio(ratio).replace(/^-/, '−'));
}

/** `+8.1 % to +12.4 %`. */
export function formatInterval(low: number, high: number): string {
  return `${formatSignedRatio(low)} to ${formatSignedRatio(high)}`;
}

/** `12 %` for a share of 0.12. */
export function formatShare(share: number | null): string {
  return share === null ? '–' : keepTogether(`${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`);
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
