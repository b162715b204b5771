/**
 * The trend of one series or several: drawn on a canvas, told of in a box beside the pointer and to screen readers, moved
 * around in by pointer and keyboard. Everything that it says comes from whoever made it.
 */
import { fill, make } from '../page/element.ts';
import { THEME_EVENT } from '../page/theme.ts';
import { formatDuration, formatSignedRatio } from '../text/figures.ts';
import { createLineChart, paint } from './chart.ts';
import { createLayers, LANE, type LayersInput, listLanes, type Pointing } from './layers.ts';
import { gatherValues, type LineColumns, toColumns } from './line-columns.ts';
import type { Trend } from './model.ts';
import { followInput } from './navigate.ts';
import { readPalette } from './palette.ts';
import { findNearest, fitAxis, panRange, type Range, zoomRange } from './range.ts';

export interface PlaceInTrend {
  readonly line: number;
  readonly point: number;
}

export interface TrendChartOptions {
  /** What the chart shows, for those who cannot see it. */
  readonly label: string;
  readonly formatX: (value: number) => string;
  /** Fills the box that tells of a point; may do so again when more of it has been loaded. */
  readonly tell: (place: PlaceInTrend, box: HTMLElement) => void;
  readonly open: (place: PlaceInTrend, what: 'run' | 'range') => void;
  /** What is seen was changed by the reader; null: everything. */
  readonly moved: (range: Range | null) => void;
  /** Lower. */
  readonly plain?: boolean;
}

export interface TrendChart {
  readonly element: HTMLElement;
  /** Shows other data; with `range`, that part of it. */
  readonly show: (trend: Trend, range: Range | null) => void;
  readonly navigate: {
    readonly zoom: (factor: number) => void;
    readonly pan: (share: number) => void;
    readonly reset: () => void;
  };
}

/** The least that is shown, in runs or in ms of the axis, as a share of everything. */
const LEAST_SHARE = 1 / 400;

export function createTrendChart(options: TrendChartOptions): TrendChart {
  const canvas = make('canvas', {
    tabindex: 0,
    role: 'application',
    'aria-roledescription': 'chart',
    'aria-label': `${options.label}. Arrow keys go from run to run, plus and minus zoom, zero shows everything, Enter opens the run.`,
  });
  const box = make('div', { class: 'told', hidden: true });
  const spoken = make('p', { class: 'unseen', 'aria-live': 'polite' });
  const element = make('div', { class: options.plain ? 'canvas low' : 'canvas' }, canvas, box, spoken);
  const pointing: Pointing = { at: null, choosing: null };
  const input: LayersInput = {
    trend: { measure: 'time', lines: [], levels: [], events: [], smallest: null },
    columns: [],
    palette: readPalette(),
    pointing,
  };
  const chart = createLineChart({
    canvas,
    palette: input.palette,
    plugins: [createLayers(input)],
    formatX: options.formatX,
    formatY: (value) => (input.trend.measure === 'time' ? formatDuration(value) : formatSignedRatio(value)),
  });
  let limits: Range = { from: 0, to: 1 };
  let range: Range = limits;
  let paddingTop = 0;

  function setRange(next: Range): void {
    range = next;
    const seen = gatherValues(input.columns, range);
    const level = input.trend.levels.at(-1);
    if (input.trend.smallest !== null && level !== undefined && level.toX <= range.to + 1) {
      seen.push(Math.min(input.trend.smallest.toMs, level.levelMs * 2));
    }
    const axis = fitAxis(seen);
    const { x, y } = chart.options.scales ?? {};
    if (x !== undefined) Object.assign(x, { min: range.from, max: range.to });
    if (y !== undefined) Object.assign(y, { min: axis.from, max: axis.to });
    chart.update('none');
  }

  function move(next: Range): void {
    setRange(next);
    const all = next.from <= limits.from && next.to >= limits.to;
    options.moved(all ? null : next);
  }

  function toValue(pixel: number): number {
    return chart.scales['x']?.getValueForPixel(pixel) ?? 0;
  }

  function pointAt(at: PlaceInTrend | null, speaks: boolean): void {
    if (pointing.at?.line === at?.line && pointing.at?.point === at?.point) return;
    pointing.at = at;
    box.hidden = at === null;
    if (at !== null) {
      options.tell(at, box);
      placeBox(at);
      if (speaks) spoken.textContent = box.textContent;
    }
    chart.draw();
  }

  function placeBox(at: PlaceInTrend): void {
    const x = chart.scales['x']?.getPixelForValue(input.trend.lines[at.line]?.points[at.point]?.x ?? 0) ?? 0;
    const gap = 14;
    const left = x + gap + box.offsetWidth <= element.clientWidth ? x + gap : x - gap - box.offsetWidth;
    box.style.setProperty('left', `${Math.max(0, Math.min(left, element.clientWidth - box.offsetWidth))}px`);
  }

  function findPlace({ x, y }: { readonly x: number; readonly y: number }): PlaceInTrend | null {
    const value = toValue(x);
    let best: PlaceInTrend | null = null;
    let least = Number.POSITIVE_INFINITY;
    for (const [line, { xs }] of input.columns.entries()) {
      const point = findMeasured(input.trend, line, findNearest(xs, value));
      const at = input.trend.lines[line]?.points[point];
      if (at === undefined || at.y === null) continue;
      const [dx, dy] = [
        (chart.scales['x']?.getPixelForValue(at.x) ?? 0) - x,
        (chart.scales['y']?.getPixelForValue(at.y) ?? 0) - y,
      ];
      // Sideways counts more: what is above or below the pointer is meant.
      const distance = dx * dx * 4 + dy * dy;
      if (distance < least) [best, least] = [{ line, point }, distance];
    }
    return best;
  }

  const navigate = {
    zoom: (factor: number, around: number | null = null) => {
      const pointed =
        pointing.at === null ? undefined : input.trend.lines[pointing.at.line]?.points[pointing.at.point];
      const center = around === null ? (pointed?.x ?? (range.from + range.to) / 2) : toValue(around);
      const least = Math.max((limits.to - limits.from) * LEAST_SHARE, Math.min(4, limits.to - limits.from));
      move(zoomRange(range, { limits, factor, around: center, least }));
    },
    pan: (share: number) => move(panRange(range, share * (range.to - range.from), limits)),
    reset: () => move(limits),
  };

  followInput(canvas, {
    ...navigate,
    point: (at) => pointAt(at === null ? null : findPlace(at), false),
    step(by) {
      const from = pointing.at ?? { line: 0, point: by > 0 ? -1 : (input.columns[0]?.xs.length ?? 0) };
      const line = input.trend.lines[from.line];
      let point = from.point + by;
      while (line?.points[point] !== undefined && line.points[point]?.y === null) point += by;
      const found = line?.points[point];
      if (found === undefined) return;
      if (found.x < range.from || found.x > range.to) {
        move(panRange(range, found.x - (range.from + range.to) / 2, limits));
      }
      pointAt({ line: from.line, point }, true);
    },
    choosing(stretch) {
      pointing.choosing = stretch;
      pointAt(null, false);
      chart.draw();
    },
    choose({ from, to }) {
      const [a, b] = [toValue(Math.min(from, to)), toValue(Math.max(from, to))];
      if (b > a)
        move(
          zoomRange(
            { from: a, to: b },
            { limits, factor: 1, around: (a + b) / 2, least: Math.min(2, limits.to - limits.from) },
          ),
        );
    },
    open(what) {
      if (pointing.at !== null) options.open(pointing.at, what);
    },
  });

  document.addEventListener(THEME_EVENT, () => {
    input.palette = readPalette();
    paint(chart, input.palette);
    chart.update('none');
  });

  return {
    element,
    navigate,
    show(trend, wanted) {
      input.trend = trend;
      input.columns = trend.lines.map(toColumns);
      limits = findLimits(input.columns);
      pointing.at = null;
      box.hidden = true;
      fill(box);
      const lanes = listLanes(trend.events).length * LANE * input.palette.rem;
      const top = lanes + 8;
      // Options that are set are worked out anew.
      if (top !== paddingTop) chart.options.layout = { padding: { top, right: 8 } };
      paddingTop = top;
      setRange(wanted ?? limits);
    },
  };
}

/** The nearest point to this one that has a value. */
function findMeasured(trend: Trend, line: number, from: number): number {
  const points = trend.lines[line]?.points ?? [];
  for (let distance = 0; distance < points.length; distance++) {
    for (const point of [from - distance, from + distance]) {
      if (points[point] !== undefined && points[point].y !== null) return point;
    }
  }
  return -1;
}

/** From the first place to the last, with a little room. */
function findLimits(lines: readonly LineColumns[]): Range {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { xs } of lines) {
    from = Math.min(from, xs[0] ?? from);
    to = Math.max(to, xs[xs.length - 1] ?? to);
  }
  if (from > to) return { from: 0, to: 1 };
  const room = (to - from) * 0.015 || 0.5;
  return { from: from - room, to: to + room };
}
