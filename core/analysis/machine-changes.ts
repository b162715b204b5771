/** Level shifts of the machine itself: of the factor that all its tests have in common. */
import { computeDifferenceNoise } from './noise.ts';
import { partition } from './partition.ts';
import { OF_MACHINE } from './rules.ts';
import { computeMedianOf, computeRankSum, computeShift } from './statistics.ts';

export interface RunnerHistory {
  readonly name: string;
  /** Numbers of its runs, and the machine's factor in each. */
  readonly runs: number[];
  readonly factors: number[];
  /** Where its present level begins. */
  start: number;
}

export interface MachineChange {
  readonly runner: string;
  /** The first run of the new level. */
  readonly at: number;
  /** After over before: above 1 the machine became slower. */
  readonly ratio: number;
}

/** A shift among the newest runs of a machine, which becomes its present level; null when there is none. */
export function findMachineChange(history: RunnerHistory): MachineChange | null {
  const { factors } = history;
  const size = factors.length;
  const from = Math.max(history.start, size - OF_MACHINE.reach);
  if (size - from < OF_MACHINE.leastAfter + OF_MACHINE.leastBefore) return null;
  const values = Float64Array.from(factors.slice(from));
  const noise = Math.max(OF_MACHINE.leastNoise, computeDifferenceNoise(values));
  const center = computeMedianOf(values.slice());
  const cuts = partition(
    values.map((value) => (value - center) / noise),
    { penalty: OF_MACHINE.penalty * Math.log(Math.max(20, values.length)), bound: OF_MACHINE.bound },
  );
  for (const cut of cuts) {
    const since = values.length - cut;
    if (since > OF_MACHINE.recent || since < OF_MACHINE.leastAfter || cut < OF_MACHINE.leastBefore) continue;
    const before = values.slice(Math.max(0, cut - OF_MACHINE.window), cut);
    const after = values.slice(cut);
    const { estimate } = computeShift(before, after);
    const needed = Math.max(OF_MACHINE.leastDistance * noise, Math.log(OF_MACHINE.leastRatio));
    if (Math.abs(estimate) < needed) continue;
    if (Math.abs(computeRankSum(before, after).dominance) < OF_MACHINE.leastDominance) continue;
    history.start = from + cut;
    return { runner: history.name, at: history.runs[history.start] as number, ratio: Math.exp(estimate) };
  }
  return null;
}

/** How far apart the machine's factor was before and from that run on, whether or not it has been called a change. */
export function computeMachineStep({ runs, factors }: RunnerHistory, at: number): number {
  let split = runs.length;
  while (split > 0 && (runs[split - 1] as number) >= at) split--;
  const before = factors.slice(Math.max(0, split - OF_MACHINE.window), split);
  const after = factors.slice(split, split + OF_MACHINE.window);
  if (before.length < 3 || after.length < 2) return 0;
  return Math.abs(computeMedianOf(Float64Array.from(after)) - computeMedianOf(Float64Array.from(before)));
}
