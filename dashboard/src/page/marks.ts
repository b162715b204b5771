/** Small things that stand for something: an outcome, a ratio, a commit, a state. Shape and word first, colour second. */

import { formatUntrusted } from '../../../core/text.ts';
import type { ChangeState, OutcomeWord } from '../../data-format.ts';
import { formatSha, formatSignedRatio, nameDirection } from '../text/figures.ts';
import { draw, make } from './element.ts';

export const OUTCOMES: readonly OutcomeWord[] = ['passed', 'failed', 'skipped', 'aborted'];

const OUTCOME_PATHS: { readonly [outcome in OutcomeWord]: string } = {
  passed: 'M3 8.5l3.2 3.2L13 5',
  failed: 'M4 4l8 8M12 4l-8 8',
  skipped: 'M3.5 8h9',
  aborted: 'M8 2.8v6.4M8 12.4v.8',
};

export function createOutcomeShape(outcome: OutcomeWord): SVGSVGElement {
  return draw(
    'svg',
    {
      viewBox: '0 0 16 16',
      'aria-hidden': 'true',
      fill: 'none',
      stroke: 'currentColor',
      'stroke-width': 2.2,
      'stroke-linecap': 'round',
      'stroke-linejoin': 'round',
    },
    draw('path', { d: OUTCOME_PATHS[outcome] }),
  );
}

/** `✓ passed`; with what else is to be said of the run. */
export function createOutcome(outcome: OutcomeWord | null, more = ''): HTMLElement {
  if (outcome === null) return make('span', { class: 'muted' }, '–');
  return make(
    'span',
    { class: `mark ${outcome}` },
    createOutcomeShape(outcome),
    more === '' ? outcome : `${outcome}, ${more}`,
  );
}

/** `+12.4 %` in the colour of its direction; within `least` of 1 without. */
export function createRatio(ratio: number | null, least?: number): HTMLElement {
  return make('span', { class: nameDirection(ratio, least) || 'muted' }, formatSignedRatio(ratio));
}

/** The short SHA, as a link where the repository's page is known. */
export function createSha(sha: string, href: string | null): HTMLElement {
  const text = formatSha(sha);
  return href === null
    ? make('span', { class: 'sha' }, text)
    : make('a', { class: 'sha', href, rel: 'noreferrer' }, text);
}

/** Text of other people's on one line. */
export function showText(text: string): string {
  return formatUntrusted(text);
}

export function createTag(text: string, kind: 'slower' | 'faster' | 'doubt' | '' = ''): HTMLElement {
  return make('span', { class: `tag ${kind}`.trim() }, text);
}

export const CHANGE_STATES: readonly ChangeState[] = [
  'confirmed',
  'suspect',
  'undecided',
  'recovered',
  'refuted',
];

/** How much a state weighs: what was proven to be slower first. */
export function createStateTag(state: ChangeState, direction: 'slower' | 'faster'): HTMLElement {
  if (state === 'confirmed') return createTag(state, direction);
  return createTag(state, state === 'suspect' || state === 'undecided' ? 'doubt' : '');
}
