/** In which runs tests became other ones because their bodies changed. Pure. */
import { findBodyChanges } from '../../core/analysis/body-changes.ts';
import { type BodySpell, findBody } from '../../core/store/bodies.ts';
import type { BulkRun } from '../../core/store/bulk-reader.ts';
import { sortByCommit } from './commit-order.ts';

export interface Edits {
  /** The first runs of each body but a test's first one, by number, in commit order. */
  readonly find: (subjectId: number) => readonly number[];
  /** Whether a run is at or after another one in commit order. */
  readonly isSince: (run: number, edit: number) => boolean;
}

/** Asks the spells of tests that had several; a run that a test was not in counts as one with the body stored before it. */
export function createEdits(
  runs: readonly BulkRun[],
  spells: ReadonlyMap<number, readonly BodySpell[]>,
): Edits {
  const order = sortByCommit(runs);
  const places = new Int32Array(runs.length);
  for (const [place, run] of order.entries()) places[run] = place;
  return {
    find(subjectId) {
      const own = spells.get(subjectId) ?? [];
      if (own.length < 2) return [];
      const turns = order.map((run, at) => ({ at, body: findBody(own, (runs[run] as BulkRun).id) }));
      return findBodyChanges(turns).map((at) => order[at] as number);
    },
    isSince: (run, edit) => (places[run] as number) >= (places[edit] as number),
  };
}
