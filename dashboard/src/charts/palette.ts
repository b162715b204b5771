/** The colours of `tokens.css` as a canvas needs them, in the theme that holds now. */

const NAMES = [
  'ink',
  'muted',
  'line',
  'line-strong',
  'surface',
  'accent',
  'accent-soft',
  'slower',
  'faster',
  'doubt',
] as const;

/** As many as `tokens.css` has. */
const SERIES_COLOURS = 8;

export type ColourName = (typeof NAMES)[number];

export interface Palette {
  readonly named: { readonly [name in ColourName]: string };
  /** By the number of a line in a chart; begins again after the last. */
  readonly ofLine: (line: number) => string;
  readonly font: string;
  /** Size of the root's letters: what 1rem is. */
  readonly rem: number;
}

export function readPalette(): Palette {
  const probe = document.createElement('span');
  probe.hidden = true;
  document.body.append(probe);
  const resolve = (name: string) => {
    probe.style.setProperty('color', `var(--${name})`);
    return getComputedStyle(probe).color;
  };
  const named = Object.fromEntries(NAMES.map((name) => [name, resolve(name)])) as {
    [name in ColourName]: string;
  };
  const lines = Array.from({ length: SERIES_COLOURS }, (_, line) => resolve(`series-${line + 1}`));
  probe.remove();
  return {
    named,
    ofLine: (line) => lines[line % SERIES_COLOURS] as string,
    font: getComputedStyle(document.body).fontFamily,
    rem: Number.parseFloat(getComputedStyle(document.documentElement).fontSize),
  };
}
