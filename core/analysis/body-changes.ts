/**
 * Where a test becomes another one because its body changed: its times before say nothing of those after. A body that is
 * another one at nearly every run is no body that anybody wrote — a date in generated code, two versions by turns —, and
 * counts as none told, lest the series fall to dust. Pure.
 */

/** From a position on, a test has this body; null: unknown. */
export interface BodyTurn {
  readonly at: number;
  readonly body: string | null;
}

/** Bodies that change so often within so many points say nothing. */
const DUST = { changes: 6, points: 12 } as const;

/**
 * Positions at which the body is another than the last one known before, ascending.
 *
 * @param turns ascending
 * @param rank of a position among those at which the test was measured
 */
export function findBodyChanges(
  turns: readonly BodyTurn[],
  rank: (at: number) => number = (at) => at,
): number[] {
  const changes: number[] = [];
  let last: string | null = null;
  for (const { at, body } of turns) {
    if (body !== null && last !== null && body !== last) changes.push(at);
    last = body ?? last;
  }
  return changes.length < DUST.changes ? changes : dropDust(changes, rank);
}

/** Likewise, of the bodies at every point of a series. */
export function findBodyChangesOf(bodies: readonly (string | null)[]): number[] {
  return findBodyChanges(bodies.map((body, at) => ({ at, body })));
}

/** How many points come before a position. */
export function createRanks(durationsMs: Float64Array): (at: number) => number {
  const ranks = new Int32Array(durationsMs.length);
  let count = 0;
  for (let at = 0; at < durationsMs.length; at += 1) {
    ranks[at] = count;
    if (!Number.isNaN(durationsMs[at])) count += 1;
  }
  return (at) => ranks[at] ?? count;
}

/** The last of these at or before a position; 0 when there is none. */
export function findStart(changes: readonly number[], at: number): number {
  return changes.findLast((change) => change <= at) ?? 0;
}

function dropDust(changes: readonly number[], rank: (at: number) => number): number[] {
  const ranks = changes.map(rank);
  const isDust = new Set<number>();
  for (let first = 0; first + DUST.changes <= ranks.length; first += 1) {
    const last = first + DUST.changes - 1;
    if ((ranks[last] as number) - (ranks[first] as number) >= DUST.points) continue;
    for (let index = first; index <= last; index += 1) isDust.add(index);
  }
  return changes.filter((_, index) => !isDust.has(index));
}
