/**
 * Judges each run as it arrives: which tests became slower or faster, and from which run on, and whether it was the
 * machine. What it keeps of a test is bounded, so that a run costs the run, however long the history is.
 */

import { findMachineChange, type MachineChange, type RunnerHistory } from './machine-changes.ts';
import { computeFactor, type Residual, type Usual } from './machine-factor.ts';
import { computeSmallestChange, type FoundStep, judgeNewest, type MachineKnowledge } from './newest.ts';
import { computeSegmentNoise } from './noise.ts';
import { findResolution, toScale } from './scale.ts';
import { computeMedian, computeMedianOf } from './statistics.ts';
import {
  addPoint,
  createTestSeries,
  findPresentStart,
  movePoints,
  rescale,
  type TestSeries,
  takePoints,
} from './test-series.ts';

/** One run: every test's duration in ms, several samples as a list. What is null, not finite or negative is no measurement. */
export interface ScreenedRun {
  readonly run: number;
  readonly runner: string;
  readonly tests: Readonly<Record<string, number | null | readonly (number | null)[]>>;
}

export interface ScreenOptions {
  /** Smaller changes are none: 0.05 = 5 %. */
  readonly minimumRatio: number;
  readonly machine: MachineKnowledge;
}

export interface TestChange extends FoundStep {
  readonly test: string;
}

export interface Screening {
  readonly changes: readonly TestChange[];
  readonly machineChanges: readonly MachineChange[];
}

export interface Screener {
  /** @throws RangeError when a run does not come after the one before it */
  readonly screen: (run: ScreenedRun) => Screening;
  /**
   * The smallest slow-down that a test could show now, were it to last for ten runs: 1.08 = 8 %. Null when nothing is
   * known of the test.
   */
  readonly findSmallestChange: (test: string) => number | null;
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

export function createScreener(options: ScreenOptions): Screener {
  const tests = new Map<string, TestSeries>();
  const runners: RunnerHistory[] = [];
  let resolutionMs = 0;
  let durationsSeen = 0;
  let lastRun = Number.NEGATIVE_INFINITY;
  const newest = new Float64Array(LEVEL_POINTS);

  return {
    screen,
    findSmallestChange: (test) => {
      const series = tests.get(test);
      if (!series || Number.isNaN(series.noise)) return null;
      return computeSmallestChange(series, { resolutionMs, minimumRatio: options.minimumRatio });
    },
  };

  function screen(run: ScreenedRun): Screening {
    const runner = findRunner(run.runner);
    const history = runners[runner] as RunnerHistory;
    if (run.run <= lastRun) throw new RangeError(`screen: run ${run.run} comes after run ${lastRun}`);
    lastRun = run.run;
    learnResolution(run);
    const values = readValues(run, resolutionMs);
    const offset = createOffsets(values, runner);
    const factor =
      options.machine === 'none'
        ? 0
        : computeFactor(listResiduals(values, offset, resolutionMs), findUsual(history));
    history.runs.push(run.run);
    history.factors.push(factor);
    const changes: TestChange[] = [];
    for (const { series, place } of values) {
      if (runner > 0)
        learnOffset({
          series,
          runner,
          place,
          factor,
          common: offset.common,
          share: computeShare(series, resolutionMs),
        });
      const measured = place - offset.of(series);
      addPoint(series, {
        run: run.run,
        runner,
        measured,
        adjusted: measured - factor * computeShare(series, resolutionMs),
      });
      const found = judgeNewest(series, { runners, resolutionMs, ...options });
      if (found) {
        changes.push({ test: series.name, ...found.step });
        series.cuts.push(found.index);
      }
      settle(series, found !== null);
    }
    const machineChange = options.machine === 'none' ? null : findMachineChange(history);
    return { changes, machineChanges: machineChange ? [machineChange] : [] };
  }

  /** Few values look coarser than their clock is: until there are many, a finer clock is believed. */
  function learnResolution(run: ScreenedRun): void {
    if (durationsSeen >= DURATIONS_FOR_RESOLUTION) return;
    const durations = [...listDurations(run)];
    if (durations.length === 0) return;
    const found = findResolution(durations);
    if (durationsSeen === 0) resolutionMs = found;
    else if (found < resolutionMs) {
      for (const series of tests.values()) rescale(series, { from: resolutionMs, to: found });
      resolutionMs = found;
    }
    durationsSeen += durations.length;
  }

  function findRunner(name: string): number {
    const known = runners.findIndex((runner) => runner.name === name);
    if (known >= 0) return known;
    return runners.push({ name, runs: [], factors: [], start: 0 }) - 1;
  }

  function readValues(run: ScreenedRun, resolution: number): Value[] {
    const values: Value[] = [];
    for (const name in run.tests) {
      const durationMs = foldSamples(run.tests[name]);
      if (durationMs === null) continue;
      let series = tests.get(name);
      if (!series) {
        series = createTestSeries(name);
        tests.set(name, series);
      }
      values.push({ series, place: toScale(durationMs, resolution) });
    }
    return values;
  }

  function settle(series: TestSeries, isCut: boolean): void {
    const start = findPresentStart(series);
    const { seen } = series;
    if (isCut || seen < 40 || seen % 6 === 0) {
      const first = Math.max(start, series.size - LEVEL_POINTS);
      for (let at = first; at < series.size; at++) newest[at - first] = series.adjusted[at] as number;
      series.level = computeMedianOf(newest, series.size - first);
    }
    if (isCut || seen === 1 || seen - series.noiseSeen >= Math.max(1, Math.min(40, seen / 6))) {
      const from = Math.max(0, series.size - NOISE_POINTS);
      const values = takePoints(series.adjusted, from, series.size);
      const cuts = series.cuts.map((cut) => cut - from).filter((cut) => cut > 0);
      const tick = (TICK_NOISE * resolutionMs) / Math.exp(series.level);
      series.noise = Math.max(computeSegmentNoise(values, cuts), tick, LEAST_NOISE);
      series.noiseSeen = seen;
    }
  }
}

interface Value {
  readonly series: TestSeries;
  readonly place: number;
}

interface Offsets {
  /** What the runner is slower or faster by for tests of which nothing is known. */
  readonly common: number;
  readonly of: (series: TestSeries) => number;
}

function createOffsets(values: readonly Value[], runner: number): Offsets {
  if (runner === 0) return { common: 0, of: () => 0 };
  const known: number[] = [];
  const guessed: number[] = [];
  for (const { series, place } of values) {
    const offset = series.offsets.get(runner);
    if (offset) known.push(offset.value);
    else if (!Number.isNaN(series.level)) guessed.push(place - series.level);
  }
  const from = known.length > 0 ? known : guessed;
  const common = from.length > 0 ? computeMedian(from) : 0;
  return { common, of: (series) => series.offsets.get(runner)?.value ?? common };
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

function listResiduals(values: readonly Value[], offset: Offsets, resolutionMs: number): Residual[] {
  const residuals: Residual[] = [];
  for (const { series, place } of values) {
    if (series.seen < LEAST_POINTS_FOR_FACTOR) continue;
    const share = computeShare(series, resolutionMs);
    if (share < LEAST_SHARE) continue;
    residuals.push({
      distance: (place - offset.of(series) - series.level) / share,
      noise: series.noise / share,
    });
  }
  return residuals;
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

function* listDurations(run: ScreenedRun): Generator<number> {
  for (const name in run.tests) {
    const durationMs = foldSamples(run.tests[name]);
    if (durationMs !== null) yield durationMs;
  }
}

/** How much of the machine's factor shows on the started scale: all of it in long tests, little in those of a few ticks. */
function computeShare(series: TestSeries, resolutionMs: number): number {
  if (Number.isNaN(series.level)) return 1;
  return Math.max(0, 1 - (3 * resolutionMs) / Math.exp(series.level));
}
