/**
 * Tests with two modes — the engine's optimiser, the garbage collector, a cache — leave their level and come back. Both
 * rules look at where the series has been before, so that a return to a mode it knows is not told as a change.
 */
import { ARRIVING } from './rules.ts';
import { type TestSeries, viewPoints } from './test-series.ts';

interface Candidate {
  /** The first point of the supposed new level. */
  readonly index: number;
  readonly levels: { readonly before: number; readonly after: number };
}

/** Whether the step may lead to a mode that the series has shown before. */
export function isMode(series: TestSeries, candidate: Candidate): boolean {
  return isOutweighed(series, candidate, 'shared') || hasBeenThere(series, candidate);
}

/** Whether it is more than an excursion, where a return to an earlier level counts as a change. */
export function outweighsExcursions(series: TestSeries, candidate: Candidate): boolean {
  return !isOutweighed(series, candidate, 'none');
}

/**
 * Whether the evidence for the new level does not outweigh the strongest there ever was for a stay at that level which ended.
 * Evidence is the bounded loss that the new level saves; the strongest earlier stay is the maximum of its cumulative
 * sum (E. S. Page, "Continuous Inspection Schemes", Biometrika 41, 1954). Looked for in the present level and in
 * short ones before it.
 */
function isOutweighed(
  series: TestSeries,
  { index, levels }: Candidate,
  machine: keyof typeof ARRIVING.excursion,
): boolean {
  const { over, until } = ARRIVING.excursion[machine];
  if (series.size - index >= until) return false;
  const { size, noise, cuts } = series;
  const adjusted = viewPoints(series, 'adjusted');
  const isUp = levels.after > levels.before;
  const most = ARRIVING.bound ** 2;
  const computeSaved = (at: number) => {
    const value = adjusted[at] as number;
    const clipped = isUp ? Math.min(value, levels.after) : Math.max(value, levels.after);
    const toBefore = ((clipped - levels.before) / noise) ** 2;
    const toAfter = ((clipped - levels.after) / noise) ** 2;
    return Math.min(most, toBefore) - Math.min(most, toAfter);
  };
  let evidence = 0;
  for (let at = index; at < size; at++) evidence += computeSaved(at);
  let end = index;
  for (let level = cuts.length; level >= 0; level--) {
    const begin = level === 0 ? 0 : (cuts[level - 1] as number);
    const isAsked = level === cuts.length || end - begin < ARRIVING.shortLevel;
    let stay = 0;
    for (let at = begin; isAsked && at < end; at++) {
      stay = Math.max(0, stay + computeSaved(at));
      if (stay * over > evidence) return true;
    }
    end = begin;
  }
  return false;
}

/**
 * Whether the series has stayed at about the new level before, for several points together, left it again, and has not
 * stayed now for much longer than it did then.
 */
function hasBeenThere(series: TestSeries, { index, levels }: Candidate): boolean {
  const { size } = series;
  const adjusted = viewPoints(series, 'adjusted');
  const isUp = levels.after > levels.before;
  const gap = Math.abs(levels.after - levels.before);
  const middle = (levels.after + levels.before) / 2;
  const far = levels.after + (isUp ? gap / 2 : -gap / 2);
  let longest = 0;
  let count = 0;
  let sum = 0;
  for (let at = 0; at <= index; at++) {
    const value = adjusted[at] as number;
    if (at < index && value > middle === isUp) {
      count++;
      sum += isUp ? Math.min(value, far) : Math.max(value, far);
      continue;
    }
    // What was so from the beginning is no stay: nothing was left for it.
    const isStay = at > count && count >= ARRIVING.leastStay && count <= ARRIVING.mostStay;
    const isNear = Math.abs(sum / count - levels.after) < ARRIVING.nearStay * gap;
    if (isStay && isNear) longest = Math.max(longest, count);
    count = 0;
    sum = 0;
  }
  return longest > 0 && size - index <= ARRIVING.overStay * longest;
}
