import { describe, expect, it } from 'vitest';
import { computeHodgesLehmann, computeLogInterval, createPairTest } from '../../core/analysis/pair-test.ts';
import { createRandom } from './random.ts';

type Random = ReturnType<typeof createRandom>;

/** Noise of several kinds, all as likely up as down. */
const NOISES: Readonly<Record<string, (random: Random) => number>> = {
  normal: (random) => random.normal(),
  'with spikes': (random) => random.normal() * (random.uniform() < 0.15 ? 6 : 1),
  'of Student with 3 degrees': (random) =>
    random.normal() / Math.sqrt((random.normal() ** 2 + random.normal() ** 2 + random.normal() ** 2) / 3),
};

/** After how many pairs the evidence against "at most 0" is strong enough; infinite when it never is. */
function findEnd(draw: () => number, { alpha, most }: { alpha: number; most: number }): number {
  const test = createPairTest(0);
  for (let pairs = 1; pairs <= most; pairs++) {
    test.add(draw());
    if (test.logEvidenceAbove() >= Math.log(1 / alpha)) return pairs;
  }
  return Number.POSITIVE_INFINITY;
}

describe('the test of pairs', () => {
  it('is wrong in no more than the promised share of all ways in which signs can fall, whenever one stops', () => {
    const sizes = [0.3, 1.2, 0.7, 0.1, 2.5, 0.4, 0.9, 0.2, 1.1, 3.2, 0.6, 0.8];
    const ways = 2 ** sizes.length;
    for (const alpha of [0.2, 0.1, 0.05]) {
      let wrong = 0;
      for (let signs = 0; signs < ways; signs++) {
        const test = createPairTest(0);
        for (const [index, size] of sizes.entries()) test.add((signs >> index) & 1 ? size : -size);
        if (test.logEvidenceAbove() >= Math.log(1 / alpha)) wrong += 1;
      }
      expect(wrong / ways).toBeLessThanOrEqual(alpha);
      expect(wrong).toBeGreaterThan(0);
    }
  });

  it.each(Object.keys(NOISES))(
    'is seldom wrong where nothing changed, however long one looks: noise %s',
    (name) => {
      const random = createRandom(11);
      const draw = NOISES[name] as (random: Random) => number;
      let wrong = 0;
      for (let trial = 0; trial < 300; trial++) {
        if (findEnd(() => draw(random), { alpha: 0.05, most: 400 }) < Number.POSITIVE_INFINITY) wrong += 1;
      }
      // 15 are allowed on average; 30 would be four standard deviations more.
      expect(wrong).toBeLessThan(30);
    },
  );

  it.each([
    ['normal', 160],
    ['with spikes', 210],
    ['of Student with 3 degrees', 210],
  ])('finds half a standard deviation in most of 100 trials: noise %s within %i pairs', (name, most) => {
    const random = createRandom(5);
    const draw = NOISES[name] as (random: Random) => number;
    const ends = Array.from({ length: 100 }, () =>
      findEnd(() => draw(random) + 0.53, { alpha: 0.0005, most: 1000 }),
    );
    expect(ends.filter((pairs) => pairs <= most).length).toBeGreaterThanOrEqual(90);
  });

  it('takes a pair without a difference for nothing', () => {
    const test = createPairTest(0.5);
    for (let pair = 0; pair < 100; pair++) test.add(0.5);
    expect([test.logEvidenceAbove(), test.logEvidenceBelow()]).toEqual([0, 0]);
  });

  it('takes more pairs than it had room for at first', () => {
    const test = createPairTest(0);
    for (let pair = 1; pair <= 1000; pair++) test.add(pair % 2 === 0 ? 1 : -1);
    expect(test.logEvidenceAbove()).toBeLessThan(3);
    for (let pair = 1; pair <= 1000; pair++) test.add(1);
    expect(test.logEvidenceAbove()).toBeGreaterThan(50);
  });
});

describe('the interval', () => {
  it('has no ends while there are too few pairs to say anything', () => {
    expect(computeLogInterval([], 0.05)).toEqual({ low: -Infinity, high: Infinity });
    expect(computeLogInterval([0.1, 0.2, 0.3, 0.1], 0.05)).toEqual({ low: -Infinity, high: Infinity });
  });

  it('holds what is true, and becomes narrow', () => {
    const random = createRandom(3);
    let missed = 0;
    let width = 0;
    for (let trial = 0; trial < 60; trial++) {
      const values = Array.from({ length: 120 }, () => 0.2 + 0.1 * random.normal());
      const { low, high } = computeLogInterval(values, 0.05);
      if (low > 0.2 || high < 0.2) missed += 1;
      width += (high - low) / 60;
    }
    expect(missed).toBeLessThanOrEqual(6);
    expect(width).toBeLessThan(0.075);
  });

  it('says the same of the other direction', () => {
    const random = createRandom(8);
    const values = Array.from({ length: 40 }, () => 0.3 + random.normal());
    const { low, high } = computeLogInterval(values, 0.01);
    const mirrored = computeLogInterval(
      values.map((value) => -value),
      0.01,
    );
    expect(mirrored.low).toBeCloseTo(-high, 5);
    expect(mirrored.high).toBeCloseTo(-low, 5);
  });
});

describe('the estimate of Hodges and Lehmann', () => {
  it('is that of the book for the depression scores', () => {
    // Hollander and Wolfe, "Nonparametric Statistical Methods" (1999), examples 3.1 and 3.3.
    const differences = [-0.952, 0.147, -1.022, -0.43, -0.62, -0.59, -0.49, 0.08, -0.01];
    expect(computeHodgesLehmann(differences)).toBeCloseTo(-0.46, 3);
  });

  it('is not moved by one value that is far away', () => {
    expect(computeHodgesLehmann([1, 1.1, 0.9, 1, 1000])).toBeLessThan(1.1);
  });

  it('is not there without values', () => {
    expect(() => computeHodgesLehmann([])).toThrow('no values');
  });
});
