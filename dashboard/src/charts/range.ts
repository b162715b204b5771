/** What of a chart is seen: zooming and panning as arithmetic, and nearest points. Pure. */

export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Shows `factor` times as much, around a place that stays where it is; never more than there is, nor less than `least`. */
export function zoomRange(
  range: Range,
  change: {
    readonly limits: Range;
    readonly factor: number;
    readonly around: number;
    readonly least: number;
  },
): Range {
  const { limits, factor, around, least } = change;
  const width = Math.min(Math.max((range.to - range.from) * factor, least), limits.to - limits.from);
  const share = range.to === range.from ? 0.5 : (around - range.from) / (range.to - range.from);
  return keepInside({ from: around - share * width, to: around + (1 - share) * width }, limits);
}

/** Moves by a distance, as far as there is something to see. */
export function panRange(range: Range, by: number, limits: Range): Range {
  return keepInside({ from: range.from + by, to: range.to + by }, limits);
}

/** As wide as it is, or as wide as the limits, and inside of them. */
function keepInside(range: Range, limits: Range): Range {
  const width = Math.min(range.to - range.from, limits.to - limits.from);
  const from = Math.min(Math.max(range.from, limits.from), limits.to - width);
  return { from, to: from + width };
}

/** Position of the value nearest to `wanted` in ascending values; -1 for none. */
export function findNearest(values: ArrayLike<number>, wanted: number): number {
  if (values.length === 0) return -1;
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] as number) < wanted) low = middle + 1;
    else high = middle;
  }
  const before = values[low - 1];
  return before !== undefined && wanted - before < (values[low] as number) - wanted ? low - 1 : low;
}

/**
 * The ends of a vertical axis for these values: all of them with some room, but a few that are far above the others do not
 * flatten the rest. What does not fit is drawn at the edge.
 */
export function fitAxis(values: readonly number[]): Range {
  if (values.length === 0) return { from: 0, to: 1 };
  const sorted = Float64Array.from(values).sort();
  const [least, most] = [sorted[0] as number, sorted[sorted.length - 1] as number];
  const usual = sorted[Math.floor((sorted.length - 1) * 0.97)] as number;
  const middle = sorted[Math.floor((sorted.length - 1) / 2)] as number;
  const top = Math.min(most, Math.max(usual, middle) + 2 * Math.max(usual - least, middle * 0.1));
  const span = Math.max(top - least, middle * 0.08, 1e-6);
  const center = (top + least) / 2;
  return { from: Math.max(0, center - span * 0.6), to: center + span * 0.6 };
}
