/** What the shapes in a chart mean, drawn as there. Only what is there is explained. */
import { draw, make } from '../page/element.ts';
import type { Trend } from './model.ts';
import type { Palette } from './palette.ts';

interface Entry {
  readonly shape: SVGElement;
  readonly text: string;
}

/** Names of lines are explained when there are several. */
export function createLegend(trend: Trend, palette: Palette): HTMLElement {
  const { named } = palette;
  const entries: Entry[] = [];
  if (trend.lines.length > 1) {
    for (const { name, colour } of trend.lines) {
      entries.push({ shape: createLine(palette.ofLine(colour), 2.5), text: name });
    }
  }
  const kinds = new Set(trend.lines.flatMap(({ points }) => points.map(({ kind }) => kind)));
  const events = new Set(trend.events.map(({ kind }) => kind));
  if (trend.levels.length > 0) {
    entries.push({ shape: createBand(named['accent-soft'], named.ink), text: 'level and ordinary noise' });
  }
  if (trend.smallest !== null) {
    entries.push({ shape: createLine(named.doubt, 1.5, '2 3'), text: 'smallest slow-down it could show' });
  }
  if (events.has('slower')) entries.push({ shape: createUpright(named.slower), text: 'slower' });
  if (events.has('faster')) entries.push({ shape: createUpright(named.faster), text: 'faster' });
  if (events.has('machine')) entries.push({ shape: createUpright(named.doubt, '4 2'), text: 'machine' });
  if (events.has('node')) entries.push({ shape: createUpright(named.muted, '1.5 2'), text: 'Node upgrade' });
  if (events.has('edited')) {
    entries.push({ shape: createUpright(named.muted, '5 1.5 1.5 1.5'), text: 'test body changed' });
  }
  if (events.has('release')) {
    const flag = draw('path', { d: 'M9 13V2', stroke: named.muted, 'stroke-width': 1.5 });
    const cloth = draw('path', { d: 'M9 2L17 5L9 8Z', fill: named.muted });
    entries.push({ shape: createBox(flag, cloth), text: 'release' });
  }
  if (kinds.has('failed')) {
    entries.push({ shape: createShape('M8 3l8 8M16 3l-8 8', named.slower), text: 'failed or aborted' });
  }
  if (kinds.has('noisy'))
    entries.push({ shape: createShape('M12 2.5L16.5 7L12 11.5L7.5 7Z', named.doubt), text: 'noisy machine' });
  if (kinds.has('interrupted')) {
    entries.push({
      shape: createShape('M8 7a4 4 0 1 0 8 0a4 4 0 1 0 -8 0', named.muted),
      text: 'interrupted',
    });
  }
  if (kinds.has('modified'))
    entries.push({ shape: createShape('M8 3h8v8h-8Z', named.muted), text: 'modified files' });
  return make(
    'ul',
    { class: 'legend', 'aria-label': 'Legend' },
    ...entries.map(({ shape, text }) => make('li', {}, shape, text)),
  );
}

function createBox(...children: SVGElement[]): SVGElement {
  return draw('svg', { viewBox: '0 0 24 14', 'aria-hidden': 'true', fill: 'none' }, ...children);
}

function createLine(stroke: string, width: number, dashes?: string): SVGElement {
  return createBox(draw('path', { d: 'M1 7h22', stroke, 'stroke-width': width, 'stroke-dasharray': dashes }));
}

function createUpright(stroke: string, dashes?: string): SVGElement {
  return createBox(draw('path', { d: 'M12 0v14', stroke, 'stroke-width': 1.75, 'stroke-dasharray': dashes }));
}

function createBand(fillColour: string, stroke: string): SVGElement {
  return createBox(
    draw('rect', { x: 0, y: 1, width: 24, height: 12, fill: fillColour }),
    draw('path', { d: 'M0 7h24', stroke, 'stroke-width': 1.5 }),
  );
}

function createShape(d: string, stroke: string): SVGElement {
  return createBox(draw('path', { d, stroke, 'stroke-width': 1.75 }));
}
