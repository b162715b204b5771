/** How fast and how quiet a machine was, from its calibrations. Pure. */
import { computeMedian } from '../../../core/analysis/statistics.ts';
import type { Calibration } from '../../data-format.ts';
import type { Trend } from '../charts/model.ts';

/** Only those of equal workload can be compared: those of the newest one's. */
export function pickComparable(calibrations: readonly Calibration[]): Calibration[] {
  const newest = calibrations.at(-1);
  return calibrations.filter(({ workload }) => workload === newest?.workload);
}

/**
 * How far calibrations lie apart: their relative robust standard deviation, 1.4826 times the median distance from their
 * median, 0.02 = about 2 %; null for fewer than five.
 */
export function computeCalibrationNoise(calibrations: readonly Calibration[]): number | null {
  if (calibrations.length < 5) return null;
  const middle = computeMedian(calibrations.map(({ cpuMs }) => cpuMs));
  return (1.4826 * computeMedian(calibrations.map(({ cpuMs }) => Math.abs(cpuMs - middle)))) / middle;
}

/** Integer work over time. */
export function createCalibrationTrend(calibrations: readonly Calibration[]): Trend {
  const points = calibrations.map(({ atMs, cpuMs }, run) => ({
    x: atMs,
    y: cpuMs,
    run,
    spread: null,
    kind: 'ordinary' as const,
  }));
  return {
    measure: 'time',
    lines: [{ name: 'integer work', colour: 0, points }],
    levels: [],
    events: [],
    smallest: null,
  };
}
