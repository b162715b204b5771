/** Made-up findings for tests. */
import type { ErrorFinding, Place, SlowerFinding } from '../../core/notify/finding.ts';

export const PLACE: Place = {
  repository: 'happner/sample',
  branch: 'main',
  jobType: 'performance-tracker-lite',
  runner: 'bench',
  node: '24',
};

export function createErrorFinding(overrides: Partial<ErrorFinding> = {}): ErrorFinding {
  return {
    kind: 'error',
    id: 'error 1',
    place: PLACE,
    commit: { sha: 'a'.repeat(40), subject: 'Break the build', author: 'Ada' },
    reason: '`npm ci` ended with exit code 1: no such package.\nRun the command by hand in that folder.',
    log: ['installing dependencies', 'npm error 404 Not Found'],
    ...overrides,
  };
}

export function createSlowerFinding(overrides: Partial<SlowerFinding> = {}): SlowerFinding {
  return {
    kind: 'slower',
    id: 'slower 1',
    place: PLACE,
    subject: { kind: 'total', name: '' },
    proof: { kind: 'none' },
    beforeMs: 1050,
    nowMs: 1390,
    base: { sha: 'b'.repeat(40), subject: 'Rank what was found', author: 'Grace' },
    commit: { sha: 'c'.repeat(40), subject: 'Keep documents in order', author: 'Ada' },
    trendMs: [1040, 1050, null, 1045, 1390],
    remarks: ['2 tests clearly slower by the samples.'],
    ...overrides,
  };
}
