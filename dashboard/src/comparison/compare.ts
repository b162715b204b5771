/**
 * Two runs, test by test: the ratio of the times with an interval, and what can be said of it. The interval comes from the
 * noise between ordinary runs where that is known, else from the samples of the two runs; it describes two runs, and proves
 * nothing of their commits. Pure.
 */
import type { SubjectNumber } from '../../data-format.ts';
import type { Result } from '../data/run-file.ts';

/** Of a normal distribution, two-sided. */
const NORMAL_95 = 1.96;

/** A median of normal values is this much less certain than their mean: √(π/2). */
const MEDIAN_TO_MEAN = 1.2533;

export interface Compared {
  readonly subject: SubjectNumber;
  readonly base: Result | null;
  readonly head: Result | null;
  /** Head over base; null when one is missing or the base took no time. */
  readonly ratio: number | null;
  /** 95 % interval; null when nothing is known of the noise. */
  readonly low: number | null;
  readonly high: number | null;
  /** Beyond its interval, and by how much; what the list is sorted by. */
  readonly weight: number;
}

export interface CompareInput {
  readonly base: readonly Result[];
  readonly head: readonly Result[];
  /** Standard deviation of the logarithm from run to run, by subject. */
  readonly noise: ReadonlyMap<SubjectNumber, number>;
  readonly samples: { readonly base: number; readonly head: number };
}

/** Every test of either run, what matters most first. */
export function compareResults({ base, head, noise, samples }: CompareInput): Compared[] {
  const before = new Map(base.map((one) => [one.subject, one]));
  const after = new Map(head.map((one) => [one.subject, one]));
  const subjects = [...after.keys(), ...[...before.keys()].filter((subject) => !after.has(subject))];
  return subjects
    .map((subject) => {
      const pair = { base: before.get(subject) ?? null, head: after.get(subject) ?? null };
      return compareOne(subject, { ...pair, noise: noise.get(subject) ?? null, samples });
    })
    .sort((a, b) => b.weight - a.weight);
}

interface Pair {
  readonly base: Result | null;
  readonly head: Result | null;
  readonly noise: number | null;
  readonly samples: CompareInput['samples'];
}

function compareOne(subject: SubjectNumber, { base, head, noise, samples }: Pair): Compared {
  const [from, to] = [base?.durationMs ?? null, head?.durationMs ?? null];
  const ratio = from === null || to === null || from <= 0 || to <= 0 ? null : to / from;
  const error = ratio === null ? null : computeError({ base, head, noise, samples });
  const reach = error === null ? null : Math.exp(NORMAL_95 * error);
  const interval = ratio === null || reach === null ? null : { low: ratio / reach, high: ratio * reach };
  return {
    subject,
    base,
    head,
    ratio,
    low: interval?.low ?? null,
    high: interval?.high ?? null,
    weight: computeWeight({ base, head, ratio, interval }),
  };
}

/** Standard error of the logarithm of the ratio. */
function computeError({ base, head, noise, samples }: Pair): number | null {
  if (noise !== null && noise > 0) return noise * Math.SQRT2;
  if (base?.spread == null || head?.spread == null) return null;
  const [a, b] = [base.spread ** 2 / samples.base, head.spread ** 2 / samples.head];
  const error = MEDIAN_TO_MEAN * Math.sqrt(a + b);
  return error > 0 ? error : null;
}

/**
 * Another outcome first, then what lies beyond its interval by time gained or lost, on a logarithm, then tests that only
 * one run has, then the rest by their ratio.
 */
function computeWeight(pair: {
  readonly base: Result | null;
  readonly head: Result | null;
  readonly ratio: number | null;
  readonly interval: { readonly low: number; readonly high: number } | null;
}): number {
  const { base, head, ratio, interval } = pair;
  if (base !== null && head !== null && base.outcome !== head.outcome) return 1e6;
  if (base === null || head === null) return 1e3;
  if (ratio === null) return 0;
  const size = Math.abs(Math.log(ratio));
  const isClear = interval !== null && (interval.low > 1 || interval.high < 1);
  if (!isClear) return Math.min(size, 10);
  const differenceMs = Math.abs((head.durationMs ?? 0) - (base.durationMs ?? 0));
  return 1e4 + 1e3 * Math.log1p(differenceMs) * Math.min(size, 2);
}

/** True when the interval does not contain "unchanged". */
export function isClear({ low, high }: Pick<Compared, 'low' | 'high'>): boolean {
  return low !== null && high !== null && (low > 1 || high < 1);
}
