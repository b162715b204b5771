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
/** A run that waited for no more than this, in ms and as a share of it, did nothing but compute. */
const NO_WAIT_MS = 0.05;
const NO_WAIT_SHARE = 0.1;

export type Decision = 'slower' | 'faster' | 'unchanged';

/** What a time is taken from: the clock on the wall, or what the process was charged for. */
export type Clock = 'wall' | 'cpu';

/** One run of a subject; `cpuMs` is null where it is not known. */
export interface Timing {
  readonly ms: number;
  readonly cpuMs: number | null;
}

export interface SequentialDecision {
  /** Takes in a pair. */
  readonly add: (pair: { readonly base: Timing; readonly head: Timing }) => void;
  readonly pairs: number;
  /** Null as long as it is not known. */
  readonly decision: Decision | null;
  /** After how many pairs it was known; more may have come since. */
  readonly decidedAfter: number | null;
  /** By which clock it was decided; before, the one that knows more. */
  readonly clock: Clock;
  /** The ratio of head to base by that clock; null without a pair. */
  readonly estimate: () => RatioEstimate | null;
  /** How far it is from being decided: 1 at the decision. */
  readonly progress: () => number;
}

interface Options {
  /**
   * What is claimed of the ratio of head to base, e.g. 1.3, so that only this direction is of interest; null for whatever
   * it is.
   */
  readonly claim: number | null;
  /** Probability of being ever wrong: of calling slower what is not slower by 1 %, or refuting what is as claimed. */
  readonly alpha: number;
}

/**
 * Starts to decide, by both clocks, each at half of `alpha`. CPU time counts only where the subject does nothing but compute
 * on either side: then whatever the clock on the wall has besides is of other processes.
 */
export function createSequentialDecision({ claim, alpha }: Options): SequentialDecision {
  const clocks = {
    wall: createClockDecision({ claim, alpha: alpha / 2 }),
    cpu: createClockDecision({ claim, alpha: alpha / 2 }),
  };
  const computing = { base: false, head: false };
  let pairs = 0;
  let decided: { readonly decision: Decision; readonly clock: Clock; readonly after: number } | null = null;

  const isComputing = () => computing.base && computing.head;
  const pickClock = (): Clock =>
    decided?.clock ?? (isComputing() && clocks.cpu.progress() > clocks.wall.progress() ? 'cpu' : 'wall');

  return {
    add({ base, head }) {
      pairs += 1;
      computing.base ||= isOnlyComputing(base);
      computing.head ||= isOnlyComputing(head);
      clocks.wall.add(base.ms, head.ms);
      if (base.cpuMs !== null && head.cpuMs !== null) clocks.cpu.add(base.cpuMs, head.cpuMs);
      if (decided !== null) return;
      for (const clock of isComputing() ? (['wall', 'cpu'] as const) : (['wall'] as const)) {
        const { decision } = clocks[clock];
        if (decision !== null) decided ??= { decision, clock, after: pairs };
      }
    },
    get pairs() {
      return pairs;
    },
    get decision() {
      return decided?.decision ?? null;
    },
    get decidedAfter() {
      return decided?.after ?? null;
    },
    get clock() {
      return pickClock();
    },
    estimate: () => clocks[pickClock()].estimate(),
    progress: () => (decided === null ? Math.min(1, clocks[pickClock()].progress()) : 1),
  };
}

function isOnlyComputing({ ms, cpuMs }: Timing): boolean {
  return cpuMs !== null && Math.abs(ms - cpuMs) <= NO_WAIT_MS + NO_WAIT_SHARE * ms;
}

/** Decides by one clock. */
function createClockDecision({ claim, alpha }: Options) {
  const logRatios: number[] = [];
  const needed = Math.log(2 / alpha);
  const logClaim = Math.log(claim ?? 1);
  const tests = {
    slower: createPairTest(NO_CHANGE),
    faster: createPairTest(-NO_CHANGE),
    notSlower: createPairTest(Math.max(SMALLEST, SHARE_OF_CLAIM * logClaim)),
    notFaster: createPairTest(Math.min(-SMALLEST, SHARE_OF_CLAIM * logClaim)),
  };
  /** Which directions are of interest. */
  const ways = { slower: claim === null || claim >= 1, faster: claim === null || claim < 1 };
  let decision: Decision | null = null;

  /** Log evidence for each answer. */
  function weigh(): ReadonlyMap<Decision, number> {
    const evidence = new Map<Decision, number>();
    if (ways.slower) evidence.set('slower', tests.slower.logEvidenceAbove());
    if (ways.faster) evidence.set('faster', tests.faster.logEvidenceBelow());
    const against = [
      ...(ways.slower ? [tests.notSlower.logEvidenceBelow()] : []),
      ...(ways.faster ? [tests.notFaster.logEvidenceAbove()] : []),
    ];
    return evidence.set('unchanged', Math.min(...against));
  }

  return {
    add(baseMs: number, headMs: number): void {
      const logRatio = Math.log((headMs + TICK_MS) / (baseMs + TICK_MS));
      if (!Number.isFinite(logRatio)) return;
      logRatios.push(logRatio);
      for (const test of Object.values(tests)) test.add(logRatio);
      decision ??= [...weigh()].find(([, evidence]) => evidence >= needed)?.[0] ?? null;
    },
    get decision() {
      return decision;
    },
    progress: () => Math.max(...weigh().values()) / needed,
    estimate(): RatioEstimate | null {
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
  };
}
