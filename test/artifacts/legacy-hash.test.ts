import { expect, it } from 'vitest';
import { computeLegacyHash } from '../../core/artifacts/legacy-hash.ts';

/** From the ancestor. */
it.each([
  [{}, '394772979'],
  [{ dependencies: {}, devDependencies: {} }, '394772979'],
  [{ dependencies: { b: '^1.0.0', A: '2' }, devDependencies: {} }, '661774619'],
  [{ dependencies: { A: '2', b: '^1.0.0' } }, '661774619'],
  [{ dependencies: { ms: '2.1.3' }, devDependencies: {} }, '1740937053'],
])('the ancestor called %j by the hash %s', (sections, hash) => {
  expect(computeLegacyHash(sections)).toBe(hash);
});
