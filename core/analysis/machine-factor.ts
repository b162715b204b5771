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

/** Tests stop counting at this many noise units. */
const BOUND = 3;

/** How differently tests follow the machine: the standard deviation of their share in its step. */
const RESPONSE_SPREAD = 0.12;

/** The factor looks this far for a new place, in steps of this. */
const SEARCH = { reach: 1, step: 0.02 } as const;

/** Tests that speak for a new place over those that speak for the old one. */
const MAJORITY = 2;

/** Fewer tests have no common factor. */
const LEAST_TESTS = 5;

/**
 * The common factor, a logarithm: 0 = as usual. The place with the least bounded loss near where the factor was, or
 * anywhere, if at least twice as many tests speak for that one. `usual` again, when there are too few tests.
 */
export function computeFactor(residuals: readonly Residual[], usual: number): number {
  if (residuals.length < LEAST_TESTS) return usual;
  const near = refine(residuals, usual);
  let best = near;
  let least = computeLoss(residuals, near);
  for (let offset = -SEARCH.reach; offset <= SEARCH.reach; offset += SEARCH.step) {
    const loss = computeLoss(residuals, usual + offset);
    if (loss < least) {
      least = loss;
      best = usual + offset;
    }
  }
  if (best === near) return near;
  const far = refine(residuals, best);
  return isCarried(residuals, { near, far }) ? far : near;
}

function computeLoss(residuals: readonly Residual[], place: number): number {
  const tolerance = (RESPONSE_SPREAD * place) ** 2;
  let loss = 0;
  for (const { distance, noise } of residuals) {
    const off = distance - place;
    loss += Math.min((off * off) / (noise * noise + tolerance), BOUND * BOUND);
  }
  return loss;
}

/** The nearest minimum, by iteratively reweighted least squares with Tukey's biweight. */
function refine(residuals: readonly Residual[], from: number): number {
  let place = from;
  for (let round = 0; round < 10; round++) {
    const tolerance = (RESPONSE_SPREAD * place) ** 2;
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
  { near, far }: { readonly near: number; readonly far: number },
): boolean {
  let forFar = 0;
  let forNear = 0;
  for (const residual of residuals) {
    const gain = computeLoss([residual], near) - computeLoss([residual], far);
    if (gain > 0) forFar += gain;
    else forNear -= gain;
  }
  return forFar >= MAJORITY * forNear + BOUND * BOUND;
}
