/**
 * What the pairs of one subject say so far: slower, faster, neither, or not known yet. It is asked after each pair, and what
 * it has once said stays. Pure.
 */
import { computeHodgesLehmann, computeLogInterval, createPairTest } from './pair-test.ts';
import type { RatioEstimate } from './suspect.ts';

/**
 * Two checkouts of one commit may differ by so much: where files lie on the disk and modules in memory is not the same
 * (Mytkowicz et al., "Producing wrong data without doing anything obviously wrong!", 2009). Within it, nothing changed.
 */
const NO_CHANGE = Math.log(1.01);
/** The smallest change that counts, the same as in history. */
const SMALLEST = Math.log(1.05);
/** Less than this share of the claimed log ratio refutes the claim. */
const SHARE_OF_CLAIM = 1 / 4;
/** The resolution of the probes' clocks: what is less is not told apart, and zero has a logarithm. */
const TICK_MS = 0.001;

export type Decision = 'slower' | 'faster' | 'unchanged';

export interface SequentialDecision {
  /** Takes in a pair. */
  readonly add: (times: { readonly baseMs: number; readonly headMs: number }) => void;
  readonly pairs: number;
  /** Null as long as it is not known. */
  readonly decision: Decision | null;
  /** The ratio of head to base; null without a pair. */
  readonly estimate: () => RatioEstimate | null;
  /** How far it is from being decided: 1 at the decision. */
  readonly progress: () => number;
}

/**
 * Starts to decide.
 *
 * @param claim what is claimed of the ratio of head to base, e.g. 1.3, so that only this direction is of interest; null for
 *   whatever it is
 * @param alpha probability of being ever wrong: of calling slower what is not slower by 1 %, or refuting what is as claimed
 */
export function createSequentialDecision({
  claim,
  alpha,
}: {
  readonly claim: number | null;
  readonly alpha: number;
}): SequentialDecision {
  const logRatios: number[] = [];
  const needed = Math.log(2 / alpha);
  const unchangedBelow = claim === null ? SMALLEST : Math.max(SMALLEST, SHARE_OF_CLAIM * Math.log(claim));
  const unchangedAbove = claim === null ? -SMALLEST : Math.min(-SMALLEST, SHARE_OF_CLAIM * Math.log(claim));
  const slower = createPairTest(NO_CHANGE);
  const faster = createPairTest(-NO_CHANGE);
  const notSlower = createPairTest(unchangedBelow);
  const notFaster = createPairTest(unchangedAbove);
  let decision: Decision | null = null;

  /** Log evidence for each answer. */
  function weigh(): Readonly<Record<Decision, number>> {
    const [isNotSlower, isNotFaster] = [notSlower.logEvidenceBelow(), notFaster.logEvidenceAbove()];
    const never = Number.NEGATIVE_INFINITY;
    const maySlow = claim === null || claim >= 1;
    const mayFast = claim === null || claim < 1;
    return {
      slower: maySlow ? slower.logEvidenceAbove() : never,
      faster: mayFast ? faster.logEvidenceBelow() : never,
      unchanged: Math.min(
        maySlow ? isNotSlower : Number.POSITIVE_INFINITY,
        mayFast ? isNotFaster : Number.POSITIVE_INFINITY,
      ),
    };
  }

  return {
    add({ baseMs, headMs }) {
      const logRatio = Math.log((headMs + TICK_MS) / (baseMs + TICK_MS));
      if (!Number.isFinite(logRatio)) return;
      logRatios.push(logRatio);
      for (const test of [slower, faster, notSlower, notFaster]) test.add(logRatio);
      if (decision !== null) return;
      const evidence = weigh();
      const answers = ['slower', 'faster', 'unchanged'] as const;
      decision = answers.find((answer) => evidence[answer] >= needed) ?? null;
    },
    get pairs() {
      return logRatios.length;
    },
    get decision() {
      return decision;
    },
    estimate() {
      if (logRatios.length === 0) return null;
      const value = computeHodgesLehmann(logRatios);
      const { low, high } = computeLogInterval(logRatios, alpha);
      // What was rejected earlier stays rejected, though the estimate may have moved there since.
      return {
        value: Math.exp(value),
        low: Math.exp(Math.min(low, value)),
        high: Math.exp(Math.max(high, value)),
      };
    },
    progress: () => (decision === null ? Math.max(0, ...Object.values(weigh())) / needed : 1),
  };
}
