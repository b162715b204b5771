/** Which runs are marked as noisy: their machine had other things to do, or did not keep its speed. Pure. */
import type { BulkState } from '../../core/store/bulk-reader.ts';

/** Share of time in which something waited for a CPU. */
const MOST_PRESSURE = 0.2;

/** Change of the calibration's times within one run. */
const MOST_DRIFT = 1.1;

/** Whether the times of a run between these two states are to be taken with doubt. */
export function isNoisy(before: BulkState | null, after: BulkState | null): boolean {
  const pressure = Math.max(before?.cpuPressure ?? 0, after?.cpuPressure ?? 0);
  return pressure > MOST_PRESSURE || computeDrift(before, after) > MOST_DRIFT;
}

function computeDrift(before: BulkState | null, after: BulkState | null): number {
  const [first, last] = [before?.calibration, after?.calibration];
  if (!first || !last || first.workload !== last.workload) return 1;
  return Math.max(computeFactor(first.cpuMs, last.cpuMs), computeFactor(first.memoryMs, last.memoryMs));
}

function computeFactor(a: number, b: number): number {
  return a > 0 && b > 0 ? Math.max(a / b, b / a) : 1;
}
