/** How fast and how quiet a machine was, from its calibrations. Pure. */
import { computeDifferenceNoise } from '../../../core/analysis/noise.ts';
import type { Calibration } from '../../data-format.ts';
import type { Trend } from '../charts/model.ts';

/** Only those of equal workload can be compared: those of the newest one's. */
export function pickComparable(calibrations: readonly Calibration[]): Calibration[] {
  const newest = calibrations.at(-1);
  return calibrations.filter(({ workload }) => workload === newest?.workload);
}

/** Standard deviation of the logarithm from one calibration to the next; null for fewer than five. */
export function computeCalibrationNoise(calibrations: readonly Calibration[]): number | null {
  if (calibrations.length < 5) return null;
  return computeDifferenceNoise(Float64Array.from(calibrations, ({ cpuMs }) => Math.log(cpuMs)));
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
  return { lines: [{ name: 'integer work', colour: 0, points }], levels: [], events: [], smallestMs: null };
}
