/** Chart.js with the parts that are used, and what all charts here have in common. */
import { Chart, LinearScale, LineController, LineElement, type Plugin, PointElement } from 'chart.js';
import type { Palette } from './palette.ts';

Chart.register(LineController, LineElement, PointElement, LinearScale);

export interface LineChartOptions {
  readonly canvas: HTMLCanvasElement;
  readonly palette: Palette;
  readonly plugins: Plugin<'line'>[];
  readonly formatX: (value: number) => string;
  readonly formatY: (value: number) => string;
}

/** Two linear axes, values to the left, whose plug-ins draw what is within: no data, no animation, no events of its own. */
export function createLineChart({
  canvas,
  palette,
  plugins,
  formatX,
  formatY,
}: LineChartOptions): Chart<'line'> {
  return new Chart(canvas, {
    type: 'line',
    data: { datasets: [] },
    plugins,
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      resizeDelay: 50,
      events: [],
      scales: {
        x: {
          type: 'linear',
          border: { color: palette.named['line-strong'] },
          grid: { display: false },
          ticks: {
            color: palette.named.muted,
            font: createFont(palette),
            maxRotation: 0,
            includeBounds: false,
            autoSkipPadding: 24,
            maxTicksLimit: 9,
            // A date is said once.
            callback(value, index, ticks) {
              const text = formatX(Number(value));
              const before = ticks[index - 1];
              return before !== undefined && formatX(before.value) === text ? '' : text;
            },
          },
        },
        y: {
          type: 'linear',
          border: { display: false },
          grid: { color: palette.named.line },
          ticks: {
            color: palette.named.muted,
            font: createFont(palette),
            includeBounds: false,
            maxTicksLimit: 8,
            callback: (value) => formatY(Number(value)),
          },
        },
      },
    },
  });
}

/** Gives a chart the colours of a theme. */
export function paint(chart: Chart<'line'>, palette: Palette): void {
  const { x, y } = chart.options.scales ?? {};
  for (const scale of [x, y]) {
    if (scale?.ticks === undefined) continue;
    scale.ticks.color = palette.named.muted;
    scale.ticks.font = createFont(palette);
  }
  if (x?.border !== undefined) x.border.color = palette.named['line-strong'];
  if (y?.grid !== undefined) y.grid.color = palette.named.line;
}

function createFont(palette: Palette) {
  return { family: palette.font, size: 0.75 * palette.rem };
}
