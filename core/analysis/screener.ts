/**
 * Judges each run as it arrives: which tests became slower or faster, and from which run on, and whether it was the
 * machine. What it keeps of a test is bounded, so that a run costs the run, however long the history is.
 */

import { findMachineChange, type MachineChange, type RunnerHistory } from './machine-changes.ts';
import { computeFactor, type Residual, sampleTests, type Usual } from './machine-factor.ts';
import {
  computeSmallestChange,
  type FoundStep,
  findNewestSteps,
  type MachineKnowledge,
  type NewestStep,
} from './newest.ts';
import { computeSegmentNoise } from './noise.ts';
import { findResolution, fromScale, toScale } from './scale.ts';
import { createSharedSteps } from './shared-steps.ts';
import { computeMedian, computeMedianOf } from './statistics.ts';
import {
  addPoint,
  createSeriesMaker,
  findPresentStart,
  movePoints,
  rescale,
  type TestSeries,
} from './test-series.ts';

/** One run: every test's duration in ms, several samples as a list. What is null, not finite or negative is no measurement. */
export interface ScreenedRun {
  readonly run: number;
  readonly runner: string;
  readonly tests: Readonly<Record<string, number | null | readonly (number | null)[]>>;
}

/** One run, the test `tests[i]` with `durationsMs[i]`: what is not finite or negative is no measurement. */
export interface ScreenedColumns<Test> {
  readonly run: number;
  readonly runner: string;
  readonly tests: ArrayLike<Test>;
  readonly durationsMs: Float64Array;
  /** `read`: it is taken in, and no change is looked for; what it begins shows with a later run. Default: `judged`. */
  readonly use?: 'judged' | 'read';
}

export interface ScreenOptions<Test> {
  /** Smaller changes are none: 0.05 = 5 %. */
  readonly minimumRatio: number;
  readonly machine: MachineKnowledge;
  /** Which file a test is of; undefined: of none. Default: none is of any. */
  readonly findFile?: (test: Test) => string | number | undefined;
  /** How many runs there will be, where that is known: then what is kept takes no more room than that. */
  readonly runs?: number;
  /** Told of every point but the first few of a test: how far it was from the level of before, in noise units. */
  readonly onPoint?: (test: Test, distance: number) => void;
}

export interface TestChange<Test = string> extends FoundStep {
  readonly test: Test;
}

export interface Screening<Test = string> {
  readonly changes: readonly TestChange<Test>[];
  readonly machineChanges: readonly MachineChange[];
}

/** Where a test is now. */
export interface PresentLevel {
  readonly levelMs: number;
  /**
   * The smallest slow-down that it could show, were it to last for 18 runs: 1.08 = 8 %.
   */
  readonly smallestChange: number;
}

export interface Screener<Test = string> {
  /** @throws RangeError when a run does not come after the one before it */
  readonly screen: (run: ScreenedColumns<Test>) => Screening<Test>;
  /** The next point of a test begins a new level, and is no change: it is known to be another test. */
  readonly restart: (test: Test) => void;
  /** Null when nothing is known of the test. */
  readonly findPresentLevel: (test: Test) => PresentLevel | null;
}

/** A run of the other form; samples become one duration. */
export function toColumns({ run, runner, tests }: ScreenedRun): ScreenedColumns<string> {
  const names = Object.keys(tests);
  const durationsMs = new Float64Array(names.length);
  for (let at = 0; at < names.length; at++) {
    durationsMs[at] = foldSamples(tests[names[at] as string]) ?? Number.NaN;
  }
  return { run, runner, tests: names, durationsMs };
}

/** Points from which the present level is taken. */
const LEVEL_POINTS = 30;

/** A test has its say about the machine from so many points on. */
const LEAST_POINTS_FOR_FACTOR = 5;

/** So many durations show how fine the clock is. */
const DURATIONS_FOR_RESOLUTION = 500;

/** Points from which the noise is estimated. */
const NOISE_POINTS = 120;

/** The noise of a clock of whole ticks, at least, in ticks; and of anything, on the logarithmic scale. */
const TICK_NOISE = 0.4;
const LEAST_NOISE = 0.002;

/** … and when this share of the machine's factor shows in it. */
const LEAST_SHARE = 0.3;

/** Where the machine's factor usually is, is taken from so many runs. */
const USUAL_RUNS = 9;

/** What a runner is slower or faster by is learnt from so many runs on it. */
const OFFSET_RUNS = 60;

/** Distances are told from so many points on. */
const LEAST_POINTS_FOR_DISTANCE = 8;

export function createScreener<Test extends string | number>(options: ScreenOptions<Test>): Screener<Test> {
  const known = new Map<Test, Value<Test>>();
  const createSeries = createSeriesMaker(options.runs);
  /** The tests of the present run. */
  const values: Value<Test>[] = [];
  const restarted = new Set<TestSeries>();
  const sharedSteps = createSharedSteps<Test>(options.findFile ?? (() => undefined));
  const runners: RunnerHistory[] = [];
  let resolutionMs = 0;
  let durationsSeen = 0;
  let lastRun = Number.NEGATIVE_INFINITY;
  // Room that is used again and again, as in `noise.ts`.
  const newest = new Float64Array(LEVEL_POINTS);
  const noisePoints = new Float64Array(NOISE_POINTS);

  return {
    screen,
    restart(test) {
      const series = known.get(test);
      if (series && series.size > findPresentStart(series)) restarted.add(series);
    },
    findPresentLevel(test) {
      const series = known.get(test);
      if (!series || Number.isNaN(series.noise) || Number.isNaN(series.level)) return null;
      const smallestChange = computeSmallestChange(series, {
        resolutionMs,
        minimumRatio: options.minimumRatio,
      });
      return { levelMs: fromScale(series.level, resolutionMs), smallestChange };
    },
  };

  function screen(columns: ScreenedColumns<Test>): Screening<Test> {
    const { run } = columns;
    const runner = findRunner(columns.runner);
    const history = runners[runner] as RunnerHistory;
    if (run <= lastRun) throw new RangeError(`screen: run ${run} comes after run ${lastRun}`);
    lastRun = run;
    learnResolution(columns.durationsMs);
    readValues(columns);
    beginLevels();
    const offset = createOffsets(values, runner);
    const factor =
      options.machine === 'none'
        ? 0
        : computeFactor(listResiduals(values, offset, resolutionMs), findUsual(history));
    history.runs.push(run);
    history.factors.push(factor);
    const shown = new Map<Test, NewestStep[]>();
    const context = { ...options, runners, resolutionMs };
    for (const one of values) {
      const { test, place } = one;
      const share = computeShare(one, resolutionMs);
      if (runner > 0) learnOffset({ series: one, runner, place, factor, common: offset.common, share });
      const measured = place - offset.of(one);
      const adjusted = measured - factor * share;
      if (options.onPoint && one.size - findPresentStart(one) >= LEAST_POINTS_FOR_DISTANCE) {
        options.onPoint(test, (adjusted - one.level) / one.noise);
      }
      const isNew = restarted.delete(one);
      addPoint(one, { run, runner, measured, adjusted });
      const steps = isNew || columns.use === 'read' ? [] : findNewestSteps(one, context);
      if (steps.length > 0) shown.set(test, steps);
      else settle(one, isNew);
    }
    const changes = tellSteps(shown);
    const machineChange = options.machine === 'none' ? null : findMachineChange(history);
    return { changes, machineChanges: machineChange ? [machineChange] : [] };
  }

  /** Of each test the first step that is sure by itself or that others share; with it the present level begins. */
  function tellSteps(shown: ReadonlyMap<Test, readonly NewestStep[]>): TestChange<Test>[] {
    sharedSteps.show([...shown].flatMap(([test, steps]) => steps.map(({ step }) => ({ test, ...step }))));
    const changes: TestChange<Test>[] = [];
    for (const [test, steps] of shown) {
      const series = known.get(test) as Value<Test>;
      const found = steps.find(({ step, isSure }) => isSure || sharedSteps.isShared({ test, ...step }));
      if (found) {
        changes.push({ test, ...found.step });
        series.cuts = [...series.cuts, found.index];
      }
      settle(series, found !== undefined);
    }
    for (const change of changes) sharedSteps.keepTold(change);
    return changes;
  }

  function beginLevels(): void {
    for (const one of restarted) {
      if (findPresentStart(one) === one.size) continue;
      one.cuts = [...one.cuts, one.size];
      one.level = Number.NaN;
    }
  }

  /** Few values look coarser than their clock is: until there are many, a finer clock is believed. */
  function learnResolution(columns: Float64Array): void {
    if (durationsSeen >= DURATIONS_FOR_RESOLUTION) return;
    const durations = columns.filter(isDuration);
    if (durations.length === 0) return;
    const found = findResolution(durations);
    if (durationsSeen === 0) resolutionMs = found;
    else if (found < resolutionMs) {
      for (const series of known.values()) rescale(series, { from: resolutionMs, to: found });
      resolutionMs = found;
    }
    durationsSeen += durations.length;
  }

  function findRunner(name: string): number {
    const known = runners.findIndex((runner) => runner.name === name);
    if (known >= 0) return known;
    return runners.push({ name, runs: [], factors: [], start: 0 }) - 1;
  }

  function readValues({ tests, durationsMs }: ScreenedColumns<Test>): void {
    let count = 0;
    for (let at = 0; at < tests.length; at++) {
      const durationMs = durationsMs[at] as number;
      if (!isDuration(durationMs)) continue;
      const test = tests[at] as Test;
      let value = known.get(test);
      if (!value) {
        value = { ...createSeries(), test, place: 0 };
        known.set(test, value);
        sharedSteps.addTest(test);
      }
      value.place = toScale(durationMs, resolutionMs);
      values[count++] = value;
    }
    values.length = count;
  }

  function settle(one: TestSeries, isCut: boolean): void {
    const start = findPresentStart(one);
    const { seen, begin } = one;
    const { adjusted } = one.columns;
    if (isCut || seen < 40 || seen % 6 === 0) {
      const first = Math.max(start, one.size - LEVEL_POINTS);
      for (let at = first; at < one.size; at++) newest[at - first] = adjusted[begin + at] as number;
      one.level = computeMedianOf(newest, one.size - first);
    }
    if (isCut || seen === 1 || seen - one.noiseSeen >= Math.max(1, Math.min(40, seen / 6))) {
      const from = Math.max(0, one.size - NOISE_POINTS);
      for (let at = from; at < one.size; at++) noisePoints[at - from] = adjusted[begin + at] as number;
      const values = noisePoints.subarray(0, one.size - from);
      const cuts = one.cuts.map((cut) => cut - from).filter((cut) => cut > 0);
      const tick = (TICK_NOISE * resolutionMs) / Math.exp(one.level);
      one.noise = Math.max(computeSegmentNoise(values, cuts), tick, LEAST_NOISE);
      one.noiseSeen = seen;
    }
  }
}

interface Placed extends TestSeries {
  /** Where it is in the present run. */
  place: number;
}

interface Value<Test> extends Placed {
  readonly test: Test;
}

interface Offsets {
  /** What the runner is slower or faster by for tests of which nothing is known. */
  readonly common: number;
  readonly of: (series: TestSeries) => number;
}

function createOffsets(values: readonly Placed[], runner: number): Offsets {
  if (runner === 0) return { common: 0, of: () => 0 };
  const known: number[] = [];
  const guessed: number[] = [];
  for (const { offsets, level, place } of values) {
    const offset = offsets?.get(runner);
    if (offset) known.push(offset.value);
    else if (!Number.isNaN(level)) guessed.push(place - level);
  }
  const from = known.length > 0 ? known : guessed;
  const common = from.length > 0 ? computeMedian(from) : 0;
  return { common, of: ({ offsets }) => offsets?.get(runner)?.value ?? common };
}

function learnOffset(seen: {
  readonly series: TestSeries;
  readonly runner: number;
  readonly place: number;
  readonly factor: number;
  readonly common: number;
  readonly share: number;
}): void {
  const { series, runner, place, factor, common, share } = seen;
  series.offsets ??= new Map();
  let offset = series.offsets.get(runner);
  if (!offset) {
    offset = { observed: [], value: common };
    series.offsets.set(runner, offset);
  }
  if (Number.isNaN(series.level) || offset.observed.length >= OFFSET_RUNS) return;
  const count = offset.observed.push(place - factor * share - series.level);
  if (count > 12 && count % 4 !== 0) return;
  const trust = count / (count + 2);
  const value = trust * computeMedian(offset.observed) + (1 - trust) * common;
  movePoints(series, { runner, by: offset.value - value });
  offset.value = value;
}

function listResiduals(values: readonly Placed[], offset: Offsets, resolutionMs: number): Residual[] {
  const hasSay = (series: Placed) =>
    series.seen >= LEAST_POINTS_FOR_FACTOR &&
    !Number.isNaN(series.level) &&
    computeShare(series, resolutionMs) >= LEAST_SHARE;
  return sampleTests(values, hasSay).map((series) => {
    const share = computeShare(series, resolutionMs);
    return {
      distance: (series.place - offset.of(series) - series.level) / share,
      noise: series.noise / share,
    };
  });
}

function findUsual({ factors }: RunnerHistory): Usual {
  if (factors.length === 0) return { usual: 0, settled: 0 };
  return {
    usual: computeMedian(factors.slice(-USUAL_RUNS)),
    settled: computeMedian(factors.slice(-LEVEL_POINTS)),
  };
}

/** A run's samples as one duration: their median, so that one slow sample of three counts for nothing. */
function foldSamples(value: ScreenedRun['tests'][string] | undefined): number | null {
  if (typeof value !== 'object' || value === null) return isDuration(value) ? value : null;
  const measured = value.filter((sample) => isDuration(sample));
  return measured.length > 0 ? computeMedian(measured) : null;
}

function isDuration(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

/** How much of the machine's factor shows on the started scale: all of it in long tests, little in those of a few ticks. */
function computeShare(series: TestSeries, resolutionMs: number): number {
  if (Number.isNaN(series.level)) return 1;
  return Math.max(0, 1 - (3 * resolutionMs) / Math.exp(series.level));
}
