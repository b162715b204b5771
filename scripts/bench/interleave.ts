/**
 * Comparisons side by side: what else the machine does falls on all sides alike, and a machine that becomes faster
 * or slower in the meantime favours none.
 */

/**
 * Does each side once per round; every other round in reverse order.
 *
 * @returns what each side gave, round by round
 */
export async function interleave<Side extends string, Value>(
  rounds: number,
  sides: Readonly<Record<Side, (round: number) => Promise<Value>>>,
): Promise<Record<Side, Value[]>> {
  const names = Object.keys(sides) as Side[];
  const values = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Side, Value[]>;
  for (let round = 0; round < rounds; round += 1) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      values[name].push(await sides[name](round));
    }
  }
  return values;
}

/** The ratio of each pair: of what two sides gave in the same round. */
export function computeRatios(numerators: readonly number[], denominators: readonly number[]): number[] {
  return numerators.map((value, round) => value / (denominators[round] ?? Number.NaN));
}

/** The difference of each pair. */
export function computeDifferences(values: readonly number[], subtracted: readonly number[]): number[] {
  return values.map((value, round) => value - (subtracted[round] ?? Number.NaN));
}
