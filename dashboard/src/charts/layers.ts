/**
 * What a trend chart draws within its axes: lines, bands of noise and levels, points by their kind, events in lanes above, the
 * place that is pointed at and the stretch that is being chosen. As a plug-in of Chart.js, straight onto its canvas: for
 * data of its own it would make an object for each point, each time.
 */
import type { Chart, Plugin } from 'chart.js';
import { findFirst, type LineColumns } from './line-columns.ts';
import type { Level, Trend, TrendEvent, TrendLine, TrendPoint } from './model.ts';
import type { Palette } from './palette.ts';

/** What changes while somebody looks. */
export interface Pointing {
  /** Line and position of the point that is pointed at. */
  at: { readonly line: number; readonly point: number } | null;
  /** Ends of a stretch that is being chosen, in pixels of the canvas. */
  choosing: { readonly from: number; readonly to: number } | null;
}

export interface LayersInput {
  trend: Trend;
  /** Of each line of the trend. */
  columns: readonly LineColumns[];
  palette: Palette;
  readonly pointing: Pointing;
}

/** Dots that lie closer together, in pixels, are drawn as a line only. */
const LEAST_DISTANCE = 2.4;

/** Height of a lane of events above the chart, in rem. */
export const LANE = 1.3;

/** From the chart upwards. */
const LANES: readonly (readonly TrendEvent['kind'][])[] = [
  ['slower', 'faster'],
  ['machine'],
  ['node'],
  ['edited'],
  ['release'],
];

/** The lanes that these events take, from the chart upwards. */
export function listLanes(events: readonly TrendEvent[]): (readonly TrendEvent['kind'][])[] {
  const kinds = new Set(events.map(({ kind }) => kind));
  return LANES.filter((lane) => lane.some((kind) => kinds.has(kind)));
}

export function createLayers(input: LayersInput): Plugin<'line'> {
  return {
    id: 'tracey-layers',
    beforeDatasetsDraw(chart) {
      if (!isLaidOut(chart)) return;
      clipped(chart, (context) => {
        for (const level of input.trend.levels) drawBand(chart, { context, level, input });
        drawSmallest(chart, context, input);
        for (const event of input.trend.events) drawEventLine(chart, { context, event, input });
      });
    },
    afterDatasetsDraw(chart) {
      if (!isLaidOut(chart)) return;
      clipped(chart, (context) => {
        for (const line of input.trend.lines.keys()) drawLine(chart, { context, line, input });
        for (const line of input.trend.lines) drawPoints(chart, { context, line, input });
        for (const level of input.trend.levels) drawLevel(chart, { context, level, input });
      });
      drawEventLabels(chart, input);
      drawPointing(chart, input);
    },
  };
}

/** Before a chart has a place on the page there is nowhere to draw. */
function isLaidOut({ chartArea }: { readonly chartArea: Chart['chartArea'] | undefined }): boolean {
  return chartArea !== undefined;
}

function clipped(chart: Chart, work: (context: CanvasRenderingContext2D) => void): void {
  const { ctx, chartArea } = chart;
  ctx.save();
  ctx.beginPath();
  ctx.rect(chartArea.left, chartArea.top, chartArea.width, chartArea.height);
  ctx.clip();
  work(ctx);
  ctx.restore();
}

function place(chart: Chart, x: number, y: number): [number, number] {
  return [chart.scales['x']?.getPixelForValue(x) ?? 0, chart.scales['y']?.getPixelForValue(y) ?? 0];
}

interface LevelDrawing {
  readonly context: CanvasRenderingContext2D;
  readonly level: Level;
  readonly input: LayersInput;
}

function drawBand(chart: Chart, { context, level, input }: LevelDrawing): void {
  const [left, top] = place(chart, level.fromX, level.highMs);
  const [right, bottom] = place(chart, level.toX, level.lowMs);
  context.fillStyle = input.palette.named['accent-soft'];
  context.fillRect(left, top, right - left, bottom - top);
}

function drawLevel(chart: Chart, { context, level, input }: LevelDrawing): void {
  const [left, y] = place(chart, level.fromX, level.levelMs);
  const [right] = place(chart, level.toX, level.levelMs);
  context.strokeStyle = input.palette.named.ink;
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(left, y);
  context.lineTo(right, y);
  context.stroke();
}

/** From the present level up to the smallest change that would be told of: a bracket at the right edge. */
function drawSmallest(
  chart: Chart,
  context: CanvasRenderingContext2D,
  { trend, palette }: LayersInput,
): void {
  const level = trend.levels.at(-1);
  if (trend.smallest === null || level === undefined) return;
  const [right, top] = place(chart, level.toX, trend.smallest.toMs);
  const [left, bottom] = place(chart, level.fromX, trend.smallest.fromMs);
  const from = Math.max(left, right - chart.chartArea.width * 0.3);
  context.strokeStyle = palette.named.doubt;
  context.lineWidth = 1.25;
  context.setLineDash([2, 4]);
  context.beginPath();
  context.moveTo(from, top);
  context.lineTo(right, top);
  context.stroke();
  context.setLineDash([]);
  context.beginPath();
  context.moveTo(right - 5, bottom);
  context.lineTo(right - 5, top);
  context.moveTo(right - 8, top + 4);
  context.lineTo(right - 5, top);
  context.lineTo(right - 2, top + 4);
  context.stroke();
}

/** From the last point before what is seen to the first after it. */
function drawLine(
  chart: Chart,
  { context, line, input }: { context: CanvasRenderingContext2D; line: number; input: LayersInput },
): void {
  const scale = chart.scales['x'];
  const columns = input.columns[line];
  if (scale === undefined || columns === undefined) return;
  const { lineXs, lineYs } = columns;
  const first = Math.max(0, findFirst(lineXs, scale.min) - 1);
  const end = Math.min(lineXs.length, findFirst(lineXs, scale.max) + 1);
  // Both axes are linear: a pixel is a value times this, and that.
  const [left, top] = place(chart, 0, 0);
  const [right, bottom] = place(chart, 1, 1);
  let isGap = true;
  context.beginPath();
  for (let at = first; at < end; at += 1) {
    const y = lineYs[at] as number;
    if (Number.isNaN(y)) {
      isGap = true;
      continue;
    }
    const [toX, toY] = [left + (lineXs[at] as number) * (right - left), top + y * (bottom - top)];
    if (isGap) context.moveTo(toX, toY);
    else context.lineTo(toX, toY);
    isGap = false;
  }
  context.strokeStyle = input.palette.ofLine(input.trend.lines[line]?.colour ?? 0);
  // Where levels are drawn, the line between the runs stands back.
  context.lineWidth = (input.trend.levels.length > 0 ? 0.75 : 1.5) * (input.palette.rem / 16);
  context.lineJoin = 'round';
  context.stroke();
}

interface LineDrawing {
  readonly context: CanvasRenderingContext2D;
  readonly line: TrendLine;
  readonly input: LayersInput;
}

function drawPoints(chart: Chart, { context, line, input }: LineDrawing): void {
  const scale = chart.scales['x'];
  if (scale === undefined) return;
  const { xs } = input.columns[input.trend.lines.indexOf(line)] ?? { xs: new Float64Array() };
  const seen = line.points
    .slice(findFirst(xs, scale.min - 1), findFirst(xs, scale.max + 1))
    .filter(({ y }) => y !== null);
  const few = seen.length <= chart.chartArea.width / LEAST_DISTANCE;
  const colour = input.palette.ofLine(line.colour);
  const radius = (seen.length < 80 ? 3 : seen.length < 200 ? 2.25 : 1.5) * (input.palette.rem / 16);
  if (few && input.trend.lines.length === 1) drawSpreads(chart, { context, points: seen, colour });
  for (const point of seen) {
    if (point.kind === 'ordinary' && !few) continue;
    drawPoint(chart, { context, point, radius, colour, palette: input.palette });
  }
}

function drawSpreads(
  chart: Chart,
  {
    context,
    points,
    colour,
  }: { context: CanvasRenderingContext2D; points: readonly TrendPoint[]; colour: string },
): void {
  context.strokeStyle = colour;
  context.globalAlpha = 0.35;
  context.lineWidth = 1;
  context.beginPath();
  for (const { x, y, spread } of points) {
    if (y === null || spread === null || spread === 0) continue;
    const [at, top] = place(chart, x, y * (1 + spread));
    const [, bottom] = place(chart, x, y * Math.max(0, 1 - spread));
    context.moveTo(at, top);
    context.lineTo(at, bottom);
  }
  context.stroke();
  context.globalAlpha = 1;
}

interface PointDrawing {
  readonly context: CanvasRenderingContext2D;
  readonly point: TrendPoint;
  readonly radius: number;
  readonly colour: string;
  readonly palette: Palette;
}

function drawPoint(chart: Chart, { context, point, radius, colour, palette }: PointDrawing): void {
  const [x, wanted] = place(chart, point.x, point.y ?? 0);
  const { top, bottom } = chart.chartArea;
  const y = Math.min(Math.max(wanted, top + 4), bottom - 2);
  context.lineWidth = 1.5;
  context.beginPath();
  if (wanted < top || wanted > bottom) {
    // Far from what is shown: an arrow at the edge.
    const [edge, base] = wanted < top ? [top + 1, top + 7] : [bottom - 1, bottom - 7];
    context.fillStyle = point.kind === 'failed' ? palette.named.slower : colour;
    context.moveTo(x - 4, base);
    context.lineTo(x, edge);
    context.lineTo(x + 4, base);
    context.fill();
    return;
  }
  if (point.kind === 'failed') {
    const reach = radius + 1.5;
    context.strokeStyle = palette.named.slower;
    context.lineWidth = 2;
    context.moveTo(x - reach, y - reach);
    context.lineTo(x + reach, y + reach);
    context.moveTo(x + reach, y - reach);
    context.lineTo(x - reach, y + reach);
    context.stroke();
    return;
  }
  if (point.kind === 'noisy') {
    const reach = radius + 2;
    context.strokeStyle = palette.named.doubt;
    context.fillStyle = palette.named.surface;
    context.moveTo(x, y - reach);
    context.lineTo(x + reach, y);
    context.lineTo(x, y + reach);
    context.lineTo(x - reach, y);
    context.closePath();
    context.fill();
    context.stroke();
    return;
  }
  if (point.kind === 'interrupted' || point.kind === 'modified') {
    const reach = radius + 1;
    context.strokeStyle = palette.named.muted;
    context.fillStyle = palette.named.surface;
    if (point.kind === 'interrupted') context.arc(x, y, reach, 0, 2 * Math.PI);
    else context.rect(x - reach, y - reach, 2 * reach, 2 * reach);
    context.fill();
    context.stroke();
    return;
  }
  context.fillStyle = colour;
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}

const EVENT_DASHES: { readonly [kind in TrendEvent['kind']]: readonly number[] } = {
  slower: [],
  faster: [],
  machine: [6, 4],
  node: [2, 3],
  edited: [8, 2, 2, 2],
  release: [],
};

function chooseEventColour({ kind }: TrendEvent, { named }: Palette): string {
  if (kind === 'slower' || kind === 'faster') return named[kind];
  return kind === 'machine' ? named.doubt : named.muted;
}

function drawEventLine(
  chart: Chart,
  { context, event, input }: { context: CanvasRenderingContext2D; event: TrendEvent; input: LayersInput },
): void {
  const [x] = place(chart, event.x, 0);
  if (event.kind === 'release') {
    drawFlag(chart, { context, x, colour: chooseEventColour(event, input.palette) });
    return;
  }
  context.strokeStyle = chooseEventColour(event, input.palette);
  context.lineWidth = event.kind === 'slower' || event.kind === 'faster' ? 1.5 : 1;
  context.setLineDash([...EVENT_DASHES[event.kind]]);
  context.beginPath();
  context.moveTo(x, chart.chartArea.top);
  context.lineTo(x, chart.chartArea.bottom);
  context.stroke();
  context.setLineDash([]);
}

/** Releases come often, and nothing happened to the times: a small flag on the axis instead of a line. */
function drawFlag(
  chart: Chart,
  { context, x, colour }: { context: CanvasRenderingContext2D; x: number; colour: string },
): void {
  const { bottom } = chart.chartArea;
  context.strokeStyle = colour;
  context.fillStyle = colour;
  context.lineWidth = 1.25;
  context.beginPath();
  context.moveTo(x, bottom);
  context.lineTo(x, bottom - 12);
  context.stroke();
  context.beginPath();
  context.moveTo(x, bottom - 12);
  context.lineTo(x + 7, bottom - 9);
  context.lineTo(x, bottom - 6);
  context.fill();
}

/** A label that would lie on another of its lane is left out: its line is there. */
function drawEventLabels(chart: Chart, { trend, palette }: LayersInput): void {
  const { ctx, chartArea } = chart;
  const lane = LANE * palette.rem;
  const lanes = listLanes(trend.events);
  const ends = new Map<number, number>();
  ctx.save();
  ctx.textBaseline = 'middle';
  for (const event of trend.events) {
    const [x] = place(chart, event.x, 0);
    if (x < chartArea.left - 1 || x > chartArea.right + 1) continue;
    const isChange = event.kind === 'slower' || event.kind === 'faster';
    const row = lanes.findIndex((kinds) => kinds.includes(event.kind));
    const y = chartArea.top - lane * (row + 0.5);
    const colour = chooseEventColour(event, palette);
    ctx.font = `${isChange ? 600 : 400} ${0.75 * palette.rem}px ${palette.font}`;
    const width = ctx.measureText(event.text).width;
    const left = Math.max(chartArea.left, Math.min(x - width / 2, chartArea.right - width));
    if (left < (ends.get(row) ?? Number.NEGATIVE_INFINITY) + 6) continue;
    ctx.fillStyle = colour;
    ctx.fillText(event.text, left, y);
    ends.set(row, left + width);
  }
  ctx.restore();
}

function drawPointing(chart: Chart, { trend, palette, pointing }: LayersInput): void {
  const { ctx, chartArea } = chart;
  ctx.save();
  if (pointing.choosing !== null) {
    const { from, to } = pointing.choosing;
    ctx.fillStyle = palette.named.accent;
    ctx.globalAlpha = 0.15;
    ctx.fillRect(Math.min(from, to), chartArea.top, Math.abs(to - from), chartArea.height);
    ctx.globalAlpha = 1;
  }
  const line = pointing.at === null ? undefined : trend.lines[pointing.at.line];
  const point = pointing.at === null ? undefined : line?.points[pointing.at.point];
  if (line !== undefined && point !== undefined && point.y !== null) {
    const [x, wanted] = place(chart, point.x, point.y);
    const y = Math.min(Math.max(wanted, chartArea.top + 4), chartArea.bottom - 4);
    ctx.strokeStyle = palette.named.muted;
    ctx.lineWidth = 1;
    ctx.beginPath();
    ctx.moveTo(x, chartArea.top);
    ctx.lineTo(x, chartArea.bottom);
    ctx.stroke();
    ctx.beginPath();
    ctx.arc(x, y, 5.5, 0, 2 * Math.PI);
    ctx.fillStyle = palette.named.surface;
    ctx.strokeStyle = palette.ofLine(line.colour);
    ctx.lineWidth = 2.5;
    ctx.fill();
    ctx.stroke();
  }
  ctx.restore();
}
