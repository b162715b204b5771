/**
 * What all tests of a run have in common: how much slower or faster the machine itself was. Estimated from where the
 * most tests stand, not from their middle, so that a commit which slows a third of the tests is not mistaken for the
 * machine.
 */

/** One test of the run: how far it is from its level, and its noise, both on the logarithmic scale. */
export interface Residual {
  readonly distance: number;
  readonly noise: number;
}

/** Where the factor was: in the last few runs, and where the levels of the tests have settled to it. */
export interface Usual {
  readonly usual: number;
  readonly settled: number;
}

/** Tests stop counting at this many noise units. */
const BOUND = 3;

/** How differently tests follow the machine: the standard deviation of their share in its step. */
const RESPONSE_SPREAD = 0.2;

/** The factor looks this far for a new place, in steps of this. */
const SEARCH = { reach: 1, step: 0.02 } as const;

/** Evidence that speaks for a new place over those that speak for the old one. */
const MAJORITY = 1.5;

/** Fewer tests have no common factor; of more than these, some stand for the rest. */
const LEAST_TESTS = 5;
const MOST_TESTS = 600;

/** Those of the tests that have a say that stand for all who have. */
export function sampleTests<Item>(tests: readonly Item[], hasSay: (test: Item) => boolean): Item[] {
  let count = 0;
  for (const test of tests) if (hasSay(test)) count++;
  const every = Math.ceil(count / MOST_TESTS);
  const sample: Item[] = [];
  let index = 0;
  for (const test of tests) if (hasSay(test) && index++ % every === 0) sample.push(test);
  return sample;
}

/**
 * The common factor, a logarithm: 0 = as usual. The place with the least bounded loss near where the factor was, or
 * anywhere, if the tests speak for that one by a clear majority. `usual` again, when there are too few tests.
 */
export function computeFactor(residuals: readonly Residual[], { usual, settled }: Usual): number {
  if (residuals.length < LEAST_TESTS) return usual;
  const near = refine(residuals, { from: usual, settled });
  let best = near;
  let least = computeLoss(residuals, { place: near, settled });
  for (let offset = -SEARCH.reach; offset <= SEARCH.reach; offset += SEARCH.step) {
    const loss = computeLoss(residuals, { place: usual + offset, settled });
    if (loss < least) {
      least = loss;
      best = usual + offset;
    }
  }
  if (best === near) return near;
  const far = refine(residuals, { from: best, settled });
  return isCarried(residuals, { near, far, settled }) ? far : near;
}

function computeLoss(
  residuals: readonly Residual[],
  { place, settled }: { readonly place: number; readonly settled: number },
): number {
  const tolerance = (RESPONSE_SPREAD * (place - settled)) ** 2;
  let loss = 0;
  for (const { distance, noise } of residuals) {
    const off = distance - place;
    loss += Math.min((off * off) / (noise * noise + tolerance), BOUND * BOUND);
  }
  return loss;
}

/** The nearest minimum, by iteratively reweighted least squares with Tukey's biweight. */
function refine(
  residuals: readonly Residual[],
  { from, settled }: { readonly from: number; readonly settled: number },
): number {
  let place = from;
  for (let round = 0; round < 10; round++) {
    const tolerance = (RESPONSE_SPREAD * (place - settled)) ** 2;
    let sum = 0;
    let weights = 0;
    for (const { distance, noise } of residuals) {
      const variance = noise * noise + tolerance;
      const off = distance - place;
      const square = (off * off) / (variance * BOUND * BOUND);
      if (square >= 1) continue;
      const weight = ((1 - square) * (1 - square)) / variance;
      sum += weight * distance;
      weights += weight;
    }
    if (weights === 0) return place;
    const next = sum / weights;
    if (Math.abs(next - place) < 1e-5) return next;
    place = next;
  }
  return place;
}

function isCarried(
  residuals: readonly Residual[],
  { near, far, settled }: { readonly near: number; readonly far: number; readonly settled: number },
): boolean {
  let forFar = 0;
  let forNear = 0;
  for (const residual of residuals) {
    const gain =
      computeLoss([residual], { place: near, settled }) - computeLoss([residual], { place: far, settled });
    if (gain > 0) forFar += gain;
    else forNear -= gain;
  }
  return forFar >= MAJORITY * forNear + BOUND * BOUND;
}
