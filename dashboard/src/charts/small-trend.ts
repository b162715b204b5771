/** A trend as small as a word, drawn as a shape beside figures that say the same. */
import { draw } from '../page/element.ts';

const WIDTH = 100;
const HEIGHT = 24;

/** From bottom to top at least this share of the middle, so that noise does not look like mountains. */
const LEAST_SPAN = 0.1;

export function createSmallTrend(values: readonly (number | null)[]): SVGElement {
  const places = computePlaces(values);
  const last = places.at(-1);
  return draw(
    'svg',
    { class: 'trend', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    draw('polyline', { points: places.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ') }),
    last && draw('line', { x1: last[0], x2: last[0], y1: last[1], y2: last[1], class: 'end' }),
  );
}

/** Where each value lies in a box of 100 by 24; those that are null are passed over. */
export function computePlaces(values: readonly (number | null)[]): [number, number][] {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return [];
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const center = (low + high) / 2;
  const span = Math.max(high - low, center * LEAST_SPAN) || 1;
  return values.flatMap((value, index) =>
    value === null
      ? []
      : [
          [
            values.length === 1 ? WIDTH / 2 : (index / (values.length - 1)) * WIDTH,
            HEIGHT / 2 - ((value - center) / span) * (HEIGHT - 4),
          ] as [number, number],
        ],
  );
}
