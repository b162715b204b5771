/**
 * Whether the newest points of a test show a change: from which run on, how large, how sure. A step is beyond doubt only
 * when every rule below holds; what keeps them apart is that each has a different way to be fooled. Some of them ask
 * whether it is the test's own doing, and need not hold for what other tests show as well.
 */
import { computeMachineStep, type RunnerHistory } from './machine-changes.ts';
import { partition } from './partition.ts';
import { ARRIVING } from './rules.ts';
import { computeRatio, computeSize, fromScale } from './scale.ts';
import { computeMedianOf, computeRankSum, computeShift } from './statistics.ts';
import { describeStep, type StepSize } from './step.ts';
import { findPresentStart, findRun, type TestSeries, takePoints } from './test-series.ts';
import { isMode, outweighsExcursions } from './two-modes.ts';

export interface FoundStep extends StepSize {
  /** The first run of the new level. */
  readonly at: number;
  /** How many times the size that so few points need: 1 or more, or a little less where tests share it. */
  readonly excess: number;
}

/**
 * `shared`: the tests of a run share a machine, whose factor is taken out, and which has its modes. `none`: nothing is
 * known of where the values are from; a return to an earlier level counts as a change.
 */
export type MachineKnowledge = 'shared' | 'none';

export interface JudgeContext {
  readonly runners: readonly RunnerHistory[];
  readonly resolutionMs: number;
  /** Smaller changes are none: 0.05 = 5 %. */
  readonly minimumRatio: number;
  readonly machine: MachineKnowledge;
}

/** A step among the newest points. */
export interface NewestStep {
  /** Its first point. */
  readonly index: number;
  readonly step: FoundStep;
  /** Whether it is beyond doubt by itself; else it must be one that other tests share. */
  readonly isSure: boolean;
}

/** The steps that the newest points show, oldest first. */
export function findNewestSteps(series: TestSeries, context: JudgeContext): NewestStep[] {
  const { size } = series;
  const start = findPresentStart(series);
  if (size - start < 2 * ARRIVING.leastPoints || !isWorthALook(series, start)) return [];
  const from = Math.max(start, size - ARRIVING.reach);
  const steps: NewestStep[] = [];
  for (const cut of cutPresent(series, from)) {
    const index = from + cut;
    if (size - index > ARRIVING.recent) continue;
    const step = judgeStep(series, { index, from, context });
    if (step) steps.push({ index, ...step });
  }
  return steps;
}

/** How many noise units a step must have that rests on so many points. */
function computeNeededDistance(points: number): number {
  return (ARRIVING.settled + ARRIVING.unsettled / (points * points)) / Math.sqrt(points);
}

/** The smallest slow-down that would be told of once it has lasted for as long as any has to, as a ratio: 1.08 = 8 %. */
export function computeSmallestChange(
  { level, noise }: Pick<TestSeries, 'level' | 'noise'>,
  { resolutionMs, minimumRatio }: Pick<JudgeContext, 'resolutionMs' | 'minimumRatio'>,
): number {
  const step = noise * computeNeededDistance(ARRIVING.alone.most);
  const ratio = computeRatio({ place: level, step }, resolutionMs) ?? Number.POSITIVE_INFINITY;
  const ticks = 1 + (ARRIVING.leastTicks * resolutionMs) / fromScale(level, resolutionMs);
  return Math.max(1 + minimumRatio, ratio, ticks);
}

/** Cheap, and true whenever some of the newest points together are off the level. */
function isWorthALook(series: TestSeries, start: number): boolean {
  const { columns, begin, size, level, noise } = series;
  let sum = 0;
  const last = Math.min(ARRIVING.recent, size - start);
  for (let count = 1; count <= last; count++) {
    const off = ((columns.adjusted[begin + size - count] as number) - level) / noise;
    sum += Math.max(-ARRIVING.bound, Math.min(ARRIVING.bound, off));
    const isOff = Math.abs(sum) >= ARRIVING.worthALook * Math.sqrt(count);
    if (count >= ARRIVING.leastPoints && isOff) return true;
  }
  return false;
}

function cutPresent(series: TestSeries, from: number): number[] {
  const { size, level, noise } = series;
  const values = takePoints(series, 'adjusted', { from, to: size });
  for (let at = 0; at < values.length; at++) values[at] = ((values[at] as number) - level) / noise;
  const penalty = ARRIVING.penalty * Math.log(Math.max(20, values.length));
  return partition(values, { penalty, bound: ARRIVING.bound });
}

/** What is judged: the points `first` to `index` against those from `index` to `last`, exclusive. */
interface Split {
  readonly first: number;
  readonly index: number;
  readonly last: number;
}

function judgeStep(
  series: TestSeries,
  task: { readonly index: number; readonly from: number; readonly context: JudgeContext },
): Pick<NewestStep, 'step' | 'isSure'> | null {
  const { index, from, context } = task;
  const { noise, cuts } = series;
  const split: Split = {
    first: Math.max(from, index - ARRIVING.window),
    index,
    last: Math.min(series.size, index + ARRIVING.window),
  };
  const fewest = Math.min(index - split.first, split.last - index);
  if (fewest < ARRIVING.leastPoints || (cuts.length === 0 && index < ARRIVING.leastBefore)) return null;

  const before = takePoints(series, 'adjusted', { from: split.first, to: index });
  const after = takePoints(series, 'adjusted', { from: index, to: split.last });
  const shift = computeShift(before, after);
  const distance = Math.abs(shift.estimate);
  const needed = noise * computeNeededDistance(fewest);
  const isShared = context.machine === 'shared';
  if (distance < needed * (isShared ? ARRIVING.shared.size : 1)) return null;

  const { z, dominance } = computeRankSum(before, after);
  if (z > 0 !== shift.estimate > 0) return null;
  const isSure = Math.abs(z) >= ARRIVING.leastZ || Math.abs(dominance) >= ARRIVING.leastDominance;
  if (!isSure || (distance / noise) * Math.abs(z) < ARRIVING.leastProduct) return null;

  const levels = { before: computeMedianOf(before), after: computeMedianOf(after) };
  const { resolutionMs, minimumRatio } = context;
  const size = describeStep({ place: levels.before, noise, shift, z, resolutionMs });
  if (computeSize(size.ratio) < minimumRatio) return null;
  if (!isMoreThanTicks(levels, resolutionMs)) return null;
  const step = { at: findRun(series, index), excess: distance / needed, ...size };
  if (!isShared) return outweighsExcursions(series, { index, levels }) ? { step, isSure: true } : null;
  if (isMachine(series, { ...split, needed, shift: shift.estimate, runners: context.runners })) return null;
  const isLong = series.size - index >= computeNeededPoints(series, { index, distance });
  return { step, isSure: distance >= needed && isLong && !isMode(series, { index, levels }) };
}

/** How many points there must be of a step that no other test shows: the more, the fewer came before it and the smaller it is. */
function computeNeededPoints(
  { size, seen }: TestSeries,
  { index, distance }: { readonly index: number; readonly distance: number },
): number {
  const { young, small, most } = ARRIVING.alone;
  return Math.min(most, young / (index + seen - size) + small / distance);
}

function isMoreThanTicks(
  { before, after }: { readonly before: number; readonly after: number },
  resolutionMs: number,
): boolean {
  const stepMs = Math.abs(fromScale(after, resolutionMs) - fromScale(before, resolutionMs));
  return stepMs >= ARRIVING.leastTicks * resolutionMs;
}

/** Whether the step is no more than a step of the machine leaves, or does not show unless the factor is taken out. */
function isMachine(
  series: TestSeries,
  step: Split & {
    readonly needed: number;
    readonly shift: number;
    readonly runners: readonly RunnerHistory[];
  },
): boolean {
  const { index, last, runners, shift, needed } = step;
  const at = findRun(series, index);
  const machineStep = Math.max(0, ...runners.map((runner) => computeMachineStep(runner, at)));
  if (Math.abs(shift) < ARRIVING.overMachine * machineStep) return true;
  const before = takePoints(series, 'measured', { from: findSameMachine(series, step), to: index });
  const { estimate } = computeShift(before, takePoints(series, 'measured', { from: index, to: last }));
  return estimate > 0 !== shift > 0 || Math.abs(estimate) < ARRIVING.withoutFactor * needed;
}

/** The first point before the step since the machine last changed, if enough of them are left. */
function findSameMachine(
  series: TestSeries,
  { first, index, runners }: Split & { readonly runners: readonly RunnerHistory[] },
): number {
  let since = Number.NEGATIVE_INFINITY;
  for (const { start, runs } of runners) if (start > 0) since = Math.max(since, runs[start] as number);
  for (let point = first; point <= index - ARRIVING.leastPoints; point++) {
    if (findRun(series, point) >= since) return point;
  }
  return first;
}
