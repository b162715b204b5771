/**
 * Whether a shift of what all tests have in common is the machine's: what is different about it, and what its calibration
 * says. Pure.
 */
import { computeMedian } from '../analysis/statistics.ts';
import type { Calibration } from '../model.ts';
import type { LaneRun } from '../store/lane-store.ts';

export interface MachineShift {
  /** `tests`: the machine did not change, all tests did. */
  readonly of: 'machine' | 'tests';
  /** After over before, of the calibration's workload; null where it is not known of both. */
  readonly calibrationRatio: number | null;
  /** What is different since the run before, a sentence each. */
  readonly causes: readonly string[];
}

/** Runs on either side that the calibration is taken from. */
const WINDOW = 20;

/** The calibration agrees with a shift when it shows this share of it, on a logarithmic scale. */
const LEAST_SHARE = 0.3;

/**
 * Judges a shift that begins with the run at a position. Where neither side was calibrated alike it is taken to be the
 * machine's: a commit is blamed for what can be shown.
 */
export function judgeShift(
  runs: readonly LaneRun[],
  { at, ratio }: { readonly at: number; readonly ratio: number },
): MachineShift {
  const causes = describeDifferences(runs[at - 1], runs[at]);
  const calibrationRatio = computeCalibrationRatio(runs, { at, ratio });
  const agrees = calibrationRatio === null || Math.log(calibrationRatio) / Math.log(ratio) >= LEAST_SHARE;
  return { of: agrees || causes.length > 0 ? 'machine' : 'tests', calibrationRatio, causes };
}

const FACTS = [
  ['hostname', 'host'],
  ['os', 'system'],
  ['kernel', 'kernel'],
  ['cpuModel', 'processor'],
  ['cpuCount', 'number of processors'],
  ['memoryBytes', 'bytes of memory'],
  ['governor', 'governor'],
  ['turbo', 'turbo'],
] as const satisfies readonly (readonly [keyof LaneRun['facts'], string])[];

/** What is different about two runs besides their commits: `kernel 6.1.0-18 → 6.1.0-21`. */
export function describeDifferences(before: LaneRun | undefined, after: LaneRun | undefined): string[] {
  if (before === undefined || after === undefined) return [];
  const told = FACTS.filter(([key]) => before.facts[key] !== after.facts[key]).map(
    ([key, name]) => `${name} ${formatFact(before.facts[key])} → ${formatFact(after.facts[key])}`,
  );
  return before.nodeVersion === after.nodeVersion
    ? told
    : [`Node ${before.nodeVersion} → ${after.nodeVersion}`, ...told];
}

function formatFact(fact: string | number | boolean | null): string {
  if (typeof fact === 'boolean') return fact ? 'on' : 'off';
  return fact === null ? 'unknown' : String(fact);
}

/** Of processor and memory, whichever moved further in the direction of the shift. */
function computeCalibrationRatio(
  runs: readonly LaneRun[],
  { at, ratio }: { readonly at: number; readonly ratio: number },
): number | null {
  const after = runs.slice(at, at + WINDOW).flatMap(({ calibrations }) => calibrations);
  const [first] = after;
  if (first === undefined) return null;
  // Another workload, or another Node to run it, takes another time.
  const isAlike = (one: Calibration) =>
    one.version === first.version && one.nodeVersion === first.nodeVersion;
  const before = runs
    .slice(Math.max(0, at - WINDOW), at)
    .flatMap(({ calibrations }) => calibrations.filter(isAlike));
  if (before.length === 0) return null;
  const ratios = (['cpuMs', 'memoryMs'] as const).flatMap((key) => {
    const beforeMs = computeMedian(before.map((one) => one[key]));
    const afterMs = computeMedian(after.filter(isAlike).map((one) => one[key]));
    return beforeMs > 0 && afterMs > 0 ? [afterMs / beforeMs] : [];
  });
  if (ratios.length === 0) return null;
  return ratio > 1 ? Math.max(...ratios) : Math.min(...ratios);
}
