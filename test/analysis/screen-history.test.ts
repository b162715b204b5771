import { describe, expect, it } from 'vitest';
import { type HistoryRows, screenHistory } from '../../core/analysis/screen-history.ts';
import { createRandom } from './random.ts';

interface HistorySeries {
  readonly key: number;
  readonly durationsMs: Float64Array;
  readonly restarts?: readonly number[];
}

function toRows(series: readonly HistorySeries[]): HistoryRows {
  const get = (row: number) => series[row] as HistorySeries;
  return {
    size: series.length,
    getKey: (row) => get(row).key,
    getFile: () => undefined,
    getDurations: (row) => get(row).durationsMs,
    getRestarts: (row) => get(row).restarts ?? [],
    readRun: (at, into) => into.set(series.map(({ durationsMs }) => durationsMs[at] ?? Number.NaN)),
  };
}

const RUNS = 60;

/** Twenty series with noise of 2 %. */
function makeSeries(factor: (key: number, at: number) => number = () => 1): HistorySeries[] {
  const random = createRandom(3);
  return Array.from({ length: 20 }, (_, key) => ({
    key,
    durationsMs: Float64Array.from({ length: RUNS }, (__, at) => {
      const durationMs = (5 + key) * factor(key, at) * Math.exp(0.02 * random.normal());
      return Math.round(1e6 * durationMs) / 1e6;
    }),
  }));
}

function screen(series: readonly HistorySeries[], from = RUNS - 1) {
  return screenHistory({ runs: RUNS, from, rows: toRows(series), minimumRatio: 0.05 });
}

describe('screenHistory', () => {
  it('finds a new level among the new runs, with its sides, and none that was there before', () => {
    const series = makeSeries((key, at) => (key === 4 && at >= 50 ? 1.6 : 1));
    const [found, ...others] = screen(series, 50).nominations;
    expect(others).toEqual([]);
    expect(found).toMatchObject({ key: 4, origin: 'level', direction: 'slower', at: 50, before: 49 });
    expect((found?.nowMs ?? 0) / (found?.beforeMs ?? 1)).toBeCloseTo(1.6, 1);
    expect(screen(series).nominations).toEqual([]);
  });

  it('finds a point of the last run that is farther off than any was', () => {
    const series = makeSeries((key, at) => (key === 4 && at === RUNS - 1 ? 1.4 : 1));
    expect(screen(series).nominations).toMatchObject([
      { key: 4, origin: 'run', at: RUNS - 1, before: RUNS - 2, ratioLow: null },
    ]);
  });

  it('does not tell of a point that is as far off as the test has been before', () => {
    const spikes = makeSeries((key, at) => (key === 4 && (at === RUNS - 1 || at % 20 === 15) ? 1.4 : 1));
    expect(screen(spikes).nominations).toEqual([]);
  });

  it('does not tell of a restart, and finds what comes after it', () => {
    const series = makeSeries((key, at) => (key === 4 && at >= 50 ? 1.3 : 1));
    const restarted = series.map((one) => (one.key === 4 ? { ...one, restarts: [50] } : one));
    expect(screen(restarted, 50).nominations).toEqual([]);
    const twice = makeSeries((key, at) => (key !== 4 || at < 30 ? 1 : at < 50 ? 1.3 : 2.6));
    const known = twice.map((one) => (one.key === 4 ? { ...one, restarts: [30] } : one));
    expect(screen(known, 50).nominations).toMatchObject([{ key: 4, at: 50 }]);
  });

  it('takes no time from before a restart for what a new level is held against', () => {
    const series = makeSeries((key, at) => (key !== 4 || at < 35 ? 1 : at < 50 ? 1.5 : 3));
    const restarted = series.map((one) => (one.key === 4 ? { ...one, restarts: [35] } : one));
    const [found] = screen(restarted, 50).nominations;
    expect(found).toMatchObject({ key: 4, at: 50, before: 49 });
    expect((found?.beforeMs ?? 0) / (9 * 1.5)).toBeCloseTo(1, 1);
  });

  it('tells of a shift of everything as one of the machine', () => {
    const series = makeSeries((_, at) => (at >= 50 ? 1.3 : 1));
    const { nominations, machineChanges } = screen(series, 50);
    expect(nominations).toEqual([]);
    expect(machineChanges).toMatchObject([{ at: 50 }]);
  });

  it('knows where each series of the last run is, and how small a change it could show', () => {
    const series = makeSeries();
    series[3]?.durationsMs.fill(Number.NaN, RUNS - 1);
    const levels = new Map(screen(series).listLevels());
    expect(levels.size).toBe(19);
    expect(levels.get(4)?.levelMs).toBeCloseTo(9, 0);
    expect(levels.get(4)?.smallestChange).toBeLessThan(1.1);
  });

  it('gives nothing for a single run, nothing measured, and constant series', () => {
    const one = [{ key: 1, durationsMs: Float64Array.of(5) }];
    expect(screenHistory({ runs: 1, from: 0, rows: toRows(one), minimumRatio: 0.05 }).nominations).toEqual(
      [],
    );
    const empty = [{ key: 1, durationsMs: new Float64Array(RUNS).fill(Number.NaN) }];
    expect(screen(empty)).toMatchObject({ nominations: [], machineChanges: [] });
    const constant = [{ key: 1, durationsMs: new Float64Array(RUNS).fill(5) }];
    expect(screen(constant, 0).nominations).toEqual([]);
  });
});
