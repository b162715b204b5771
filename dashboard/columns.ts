/** How columns of numbers become short JSON, and numbers again: differences instead of values. Pure; used on both sides. */
import type { Deltas, GappedDeltas } from './data-format.ts';

/** Whole numbers to {@link Deltas}. */
export function encodeDeltas(values: readonly number[]): number[] {
  let last = 0;
  return values.map((value) => {
    const delta = value - last;
    last = value;
    return delta;
  });
}

/** The inverse of {@link encodeDeltas}. */
export function decodeDeltas(deltas: Deltas): number[] {
  let last = 0;
  return deltas.map((delta) => {
    last += delta;
    return last;
  });
}

/** Whole numbers with gaps to {@link GappedDeltas}. */
export function encodeGappedDeltas(values: readonly (number | null)[]): (number | null)[] {
  let last = 0;
  return values.map((value) => {
    if (value === null) return null;
    const delta = value - last;
    last = value;
    return delta;
  });
}

/** The inverse of {@link encodeGappedDeltas}. */
export function decodeGappedDeltas(deltas: GappedDeltas): (number | null)[] {
  let last = 0;
  return deltas.map((delta) => {
    if (delta === null) return null;
    last += delta;
    return last;
  });
}
