/** A trend as a line of text. */
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
  const known = durationsMs.filter((one) => one !== null);
  if (known.length < 2) return '';
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const span = Math.max(high - low, computeMedian(known) * LEAST_SPAN);
  const bottom = (low + high - span) / 2;
  const bars = durationsMs.map((one) => {
    if (one === null) return '·';
    const height = span === 0 ? 0 : Math.round(((one - bottom) / span) * (BARS.length - 1));
    return BARS[height] ?? BARS[0];
  });
  return `${bars.join('')} ${formatDuration(low)} – ${formatDuration(high)}`;
}
