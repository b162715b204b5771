/** Every threshold of change detection in one place. Distances in noise units; docs/comparison.md gives the reasons. */

/** Cutting a series into stretches of one level. */
interface CutRules {
  /** A cut must save this many times `ln n` squared noise units. */
  readonly penalty: number;
  /** From this distance on an observation costs no more: a spike stays a spike. */
  readonly bound: number;
  /** As many points on either side of a cut are compared. */
  readonly window: number;
  /** At least so many points on either side. */
  readonly leastPoints: number;
  /** Least rank-sum statistic… */
  readonly leastZ: number;
  /** … or least share of what it could be at most, when so few points cannot give more. */
  readonly leastDominance: number;
}

/** Changes of a whole series, looking back. */
export const LOOKING_BACK = {
  penalty: 4,
  bound: 3,
  window: 30,
  leastPoints: 4,
  leastZ: 3.3,
  leastDominance: 0.97,
  /** Least difference of the two sides. */
  leastDistance: 1.4,
} as const satisfies CutRules & Record<string, number>;

/** Changes at the end of a series, as runs arrive. */
export const ARRIVING = {
  penalty: 3,
  bound: 3,
  window: 25,
  leastPoints: 4,
  leastZ: 3.2,
  leastDominance: 0.97,
  /** The fewer points n, the larger the step: at least `(settled + unsettled / n²) / √n` noise units. */
  settled: 4.9,
  unsettled: 60,
  /** Size and certainty make up for each other: noise units times the rank-sum statistic. */
  leastProduct: 5.8,
  /** Before the first change of a series there must be so many points. */
  leastBefore: 10,
  /** A change is looked for among so many newest points. */
  recent: 26,
  /** So many points of the present level are cut. */
  reach: 80,
  /** The sum of newest points is not worth a look below so many of its own standard deviations. */
  worthALook: 3,
  /** A step of fewer ticks of the clock is none. */
  leastTicks: 1.5,
  /**
   * Evidence must be `over` times that of the strongest earlier excursion, until it has lasted for `until` points. By what
   * is known of the machine.
   */
  excursion: { shared: { over: 8, until: Number.POSITIVE_INFINITY }, none: { over: 4, until: 15 } },
  /** Earlier levels of fewer points were excursions. */
  shortLevel: 16,
  /** A stay at a level, left again: so many points, so near the level as a share of the step. */
  leastStay: 3,
  mostStay: 40,
  nearStay: 0.45,
  /** A new stay must last so many times the longest of them. */
  overStay: 3,
  /**
   * A step that no other test of the file shows must last for `young / n + small / step` points, n those before it and the
   * step on the logarithmic scale; never for more than `most`.
   */
  alone: { young: 100, small: 2.5, most: 18 },
  /**
   * Tests share a step that they show within so many runs, if they are one at least and this share of the other tests of the
   * file; this share of the size that few points need is then enough.
   */
  shared: { within: 2, by: 0.05, size: 0.7 },
  /** Before the machine's factor is taken out, this share of what is asked must show. */
  withoutFactor: 0.7,
  /** A step must be at least this share of a step of the machine at the same place. */
  overMachine: 0.45,
} as const satisfies CutRules & Record<string, unknown>;

/** Changes of the machine itself, in its factor. */
export const OF_MACHINE = {
  penalty: 4,
  bound: 3,
  window: 20,
  reach: 80,
  recent: 25,
  leastAfter: 4,
  leastBefore: 5,
  /** The factor is an estimate: its noise is never taken for less. */
  leastNoise: 0.008,
  leastDistance: 6,
  leastRatio: 1.05,
  leastDominance: 0.3,
} as const;
