/** What ran when, as marks on a strip of time: how busy a machine is, at a glance. The table below says the same. */
import type { QueueEntry } from '../../data-format.ts';
import { draw, make } from '../page/element.ts';
import { formatDate } from '../text/dates.ts';

const WIDTH = 1000;
const HEIGHT = 28;

/** Marks are never thinner, so that a short run is seen. */
const LEAST = 1.2;

export function createRuler(queue: readonly QueueEntry[]): HTMLElement | null {
  const [first] = queue;
  if (first === undefined || queue.length < 2) return null;
  const from = first.startedMs;
  const to = queue.reduce(
    (latest, { startedMs, durationMs }) => Math.max(latest, startedMs + durationMs),
    from,
  );
  const scale = WIDTH / Math.max(1, to - from);
  return make(
    'div',
    { class: 'ruler' },
    draw(
      'svg',
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
      ...queue.map(({ startedMs, durationMs, outcome }) =>
        draw('rect', {
          class: outcome === 'passed' || outcome === 'skipped' ? 'ran' : 'broke',
          x: (startedMs - from) * scale,
          width: Math.max(LEAST, durationMs * scale),
          y: 0,
          height: HEIGHT,
        }),
      ),
    ),
    make(
      'p',
      { class: 'ends small muted' },
      make('span', {}, formatDate(from)),
      make('span', {}, formatDate(to)),
    ),
  );
}
