/** Made-up findings for tests. */
import type { VanishedNews } from '../../core/changes/vanished-test.ts';
import type { ErrorFinding, OverdueFinding, Place, SlowerFinding } from '../../core/notify/finding.ts';

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
    proof: { lowRatio: 1.28, highRatio: 1.37, pairs: 34 },
    beforeMs: 1050,
    nowMs: 1390,
    base: { sha: 'b'.repeat(40), subject: 'Rank what was found', author: 'Grace' },
    commit: { sha: 'c'.repeat(40), subject: 'Keep documents in order', author: 'Ada' },
    trendMs: [1040, 1050, null, 1045, 1390],
    remarks: ['Slower with the same commit: test/rank.test.js > rank > sorts (+58.1 %).'],
    ...overrides,
  };
}

export function createOverdueFinding(overrides: Partial<OverdueFinding> = {}): OverdueFinding {
  return {
    kind: 'overdue',
    id: 'overdue 1',
    place: { ...PLACE, branch: null, runner: 'field-1', node: null },
    lastStartedAt: '2026-03-01T02:10:00.000Z',
    dueAt: '2026-03-02T04:00:00.000Z',
    ...overrides,
  };
}

export function createVanished(overrides: Partial<VanishedNews> = {}): VanishedNews {
  const commit = { author: 'Ada', committedAt: '2026-03-01T00:00:00.000Z' };
  return {
    name: 'test/a.js > works',
    tests: null,
    isThere: false,
    base: { sha: 'b'.repeat(40), subject: 'Begin', ...commit },
    head: { sha: 'c'.repeat(40), subject: 'Tidy up', ...commit },
    nodeLines: ['22', '24'],
    ...overrides,
  };
}

/** The one that docs/notify.md shows. */
export const DOCUMENTED: SlowerFinding = createSlowerFinding({
  place: { ...PLACE, repository: 'happner/word-index' },
  base: {
    sha: '29f44f738b2ca90a4681b43ecd56034ddd52e5b8',
    subject: 'Rank what was found',
    author: 'A. Maintainer',
  },
  commit: {
    sha: 'd51285b550a3ee4ec7dc365ae43c9e906f703dc9',
    subject: 'Keep documents in the order of their ids',
    author: 'A. Maintainer',
  },
  trendMs: [1031, 1046, 1038, 1062, 1029, 1044, 1055, 1041, 1036, 1050, 1390],
});
