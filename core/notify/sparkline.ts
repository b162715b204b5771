/** A trend as a line of text, and the scale that other drawings of it share. */
import { computeMedian } from '../analysis/statistics.ts';
import { formatDuration } from '../units.ts';

const BARS = '▁▂▃▄▅▆▇█';
/** From bottom to top at least this share of the median, so that noise does not look like mountains. */
const LEAST_SPAN = 0.1;

/**
 * Durations as bars with their range, `▁▂▁█ 1.20 s – 1.35 s`; empty for fewer than two.
 *
 * @param durationsMs in ms, oldest first; null leaves a gap
 */
export function formatSparkline(durationsMs: readonly (number | null)[]): string {
  const range = formatRange(durationsMs);
  if (range === '') return '';
  const bars = computeLevels(durationsMs).map((level) =>
    level === null ? '·' : (BARS[Math.round(level * (BARS.length - 1))] ?? BARS[0]),
  );
  return `${bars.join('')} ${range}`;
}

/** The least and the greatest, `1.20 s – 1.35 s`; empty for fewer than two. */
export function formatRange(durationsMs: readonly (number | null)[]): string {
  const known = durationsMs.filter((one) => one !== null);
  if (known.length < 2) return '';
  return `${formatDuration(Math.min(...known))} – ${formatDuration(Math.max(...known))}`;
}

/** How high each duration is drawn, from 0 to 1; null where there is none. */
export function computeLevels(durationsMs: readonly (number | null)[]): (number | null)[] {
  const known = durationsMs.filter((one) => one !== null);
  if (known.length === 0) return durationsMs.map(() => null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const span = Math.max(high - low, computeMedian(known) * LEAST_SPAN);
  const bottom = (low + high - span) / 2;
  return durationsMs.map((one) => (one === null ? null : span === 0 ? 0 : (one - bottom) / span));
}
