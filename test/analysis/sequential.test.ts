import { describe, expect, it } from 'vitest';
import { createSequentialDecision, type Timing } from '../../core/analysis/sequential.ts';
import { createRandom } from './random.ts';

const LEVEL = 0.999;
/** The default budget. */
const MOST_PAIRS = 400;

type Draw = (pair: number) => { readonly base: Timing; readonly head: Timing };

function decide(
  draw: Draw,
  { claim = null, alpha = 1 - LEVEL }: { claim?: number | null; alpha?: number } = {},
) {
  const sequential = createSequentialDecision({ claim, alpha });
  while (sequential.pairs < MOST_PAIRS && sequential.decision === null) {
    sequential.add(draw(sequential.pairs));
  }
  return sequential;
}

/** Pairs of a 5 ms test by the clock on the wall, of which one in ten is disturbed, with this spread of log ratios. */
function drawPairs({ ratio, spread, seed }: { ratio: number; spread: number; seed: number }): Draw {
  const random = createRandom(seed);
  const draw = (ms: number): Timing => ({
    ms: ms * Math.exp((spread / Math.SQRT2) * random.normal() * (random.uniform() < 0.1 ? 3 : 1)),
    cpuMs: null,
  });
  return () => ({ base: draw(5), head: draw(5 * ratio) });
}

function countDecisions(of: { ratio: number; spread: number; claim: number | null; trials: number }) {
  const counts = { slower: 0, faster: 0, unchanged: 0, undecided: 0 };
  for (let trial = 0; trial < of.trials; trial++) {
    const { decision } = decide(drawPairs({ ...of, seed: trial + 1 }), of);
    counts[decision ?? 'undecided'] += 1;
  }
  return counts;
}

describe('deciding from pairs', () => {
  // The spreads are those measured on a virtual machine: in a quiet minute, in an ordinary one, in a restless one.
  it.each([0.06, 0.12, 0.18])('confirms 10 % within the default budget: spread %f', (spread) => {
    const counts = countDecisions({ ratio: 1.1, spread, claim: 1.1, trials: 100 });
    expect(counts.slower).toBeGreaterThanOrEqual(98);
    expect(counts.unchanged).toBe(0);
  });

  it.each([0.06, 0.12, 0.18, 0.4])('calls nothing slower that is not: spread %f', (spread) => {
    expect(countDecisions({ ratio: 1, spread, claim: 1.1, trials: 100 }).slower).toBe(0);
    const { slower, faster } = countDecisions({ ratio: 1, spread, claim: null, trials: 50 });
    expect(slower + faster).toBe(0);
  });

  it('refutes a large claim with few pairs, for it need only be shown to be nowhere near', () => {
    const counts = countDecisions({ ratio: 1, spread: 0.12, claim: 1.8, trials: 50 });
    expect(counts.unchanged).toBe(50);
    const large = decide(drawPairs({ ratio: 1, spread: 0.12, seed: 1 }), { claim: 1.8 });
    const small = decide(drawPairs({ ratio: 1, spread: 0.12, seed: 1 }), { claim: 1.1 });
    expect(large.pairs).toBeLessThan(small.pairs / 2);
  });

  it('confirms less than was claimed, and says how much', () => {
    const sequential = decide(drawPairs({ ratio: 1.3, spread: 0.1, seed: 4 }), { claim: 1.6 });
    expect(sequential.decision).toBe('slower');
    const ratio = sequential.estimate();
    expect(ratio?.value).toBeGreaterThan(1.15);
    expect(ratio?.low).toBeGreaterThan(1.009);
    expect(ratio?.high).toBeGreaterThan(1.3);
  });

  it('refutes what is claimed slower and is faster, and confirms what is claimed faster and is', () => {
    const faster = drawPairs({ ratio: 0.7, spread: 0.1, seed: 2 });
    expect(decide(faster, { claim: 1.5 }).decision).toBe('unchanged');
    expect(decide(faster, { claim: 0.8 }).decision).toBe('faster');
    expect(decide(faster).decision).toBe('faster');
  });

  it('does not call a change what two checkouts of one commit may differ by', () => {
    const exact: Draw = () => ({ base: { ms: 5, cpuMs: null }, head: { ms: 5.04, cpuMs: null } });
    expect(decide(exact).decision).toBe('unchanged');
  });

  it('needs no more than a handful of pairs for ten times the time', () => {
    const sequential = decide(drawPairs({ ratio: 10, spread: 0.2, seed: 9 }));
    expect(sequential.decision).toBe('slower');
    expect(sequential.pairs).toBeLessThan(20);
    expect(sequential.progress()).toBe(1);
  });

  it('takes zeros for less than a tick of the clock, and leaves out what is no time', () => {
    const zeros: Draw = () => ({ base: { ms: 0, cpuMs: null }, head: { ms: 0, cpuMs: null } });
    expect(decide(zeros).decision).toBe('unchanged');
    const sequential = createSequentialDecision({ claim: null, alpha: 0.01 });
    sequential.add({ base: { ms: 1, cpuMs: null }, head: { ms: Number.NaN, cpuMs: null } });
    expect(sequential.estimate()).toBeNull();
  });

  it('keeps what it said, and goes on estimating', () => {
    const sequential = decide(drawPairs({ ratio: 3, spread: 0.1, seed: 6 }));
    const before = sequential.estimate();
    const draw = drawPairs({ ratio: 3, spread: 0.1, seed: 7 });
    for (let pair = 0; pair < 40; pair++) sequential.add(draw(pair));
    const after = sequential.estimate();
    expect(sequential.decision).toBe('slower');
    expect((after?.high ?? 0) - (after?.low ?? 0)).toBeLessThan((before?.high ?? 0) - (before?.low ?? 0));
  });
});

describe('the clock that decides', () => {
  /** A test that only computes, on a machine where others take the CPU from it half of the time. */
  function drawDisturbed(ratio: number): Draw {
    const random = createRandom(12);
    const draw = (ms: number): Timing => {
      const cpuMs = ms * Math.exp(0.05 * random.normal());
      const waited = random.uniform() < 0.5 ? 0 : 8 * random.uniform();
      return { ms: cpuMs + waited, cpuMs };
    };
    return () => ({ base: draw(5), head: draw(5 * ratio) });
  }

  it('is that of the CPU where a test only computes and others disturb it', () => {
    const slower = decide(drawDisturbed(1.1), { claim: 1.1 });
    expect([slower.decision, slower.clock]).toEqual(['slower', 'cpu']);
    expect(slower.pairs).toBeLessThan(80);
    expect(decide(drawDisturbed(1), { claim: 1.2 }).decision).toBe('unchanged');
  });

  it('is that on the wall where a test waits, however much CPU time it takes', () => {
    const random = createRandom(3);
    const draw = (waits: number, cpu: number): Timing => ({
      ms: (waits + cpu) * Math.exp(0.05 * random.normal()),
      cpuMs: cpu * Math.exp(0.05 * random.normal()),
    });
    const waitsLonger = decide(() => ({ base: draw(10, 2), head: draw(14, 2) }));
    expect([waitsLonger.decision, waitsLonger.clock]).toEqual(['slower', 'wall']);
    const startsToWait = decide(() => ({ base: draw(0, 5), head: draw(3, 5) }));
    expect([startsToWait.decision, startsToWait.clock]).toEqual(['slower', 'wall']);
  });
});
