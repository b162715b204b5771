import { describe, expect, it } from 'vitest';
import { formatPlan, formatPruned } from '../../action/prune-text.ts';
import type { Pruned } from '../../core/store/prune.ts';

const NONE = { count: 0, bytes: 0 };
const THINNED: Pruned = {
  file: '/data/tracey.db',
  depth: 'thin',
  runs: 300,
  prunedRuns: 201,
  repositories: [
    {
      repository: 'a/b',
      runs: 200,
      firstStartedAt: '2026-01-01T00:00:00.000Z',
      lastStartedAt: '2026-02-01T00:00:00.000Z',
    },
    {
      repository: 'a/\u001b[31m',
      runs: 1,
      firstStartedAt: '2026-01-01T00:00:00.000Z',
      lastStartedAt: '2026-01-01T12:00:00.000Z',
    },
  ],
  heldRuns: 0,
  details: { count: 200, bytes: 2_830_000 },
  documents: { count: 12, bytes: 501_000 },
  stacks: { count: 1, bytes: 900 },
  bytes: 8_020_000,
  bytesAfter: 3_950_000,
  shrinking: { kind: 'smaller' },
};
const NOTHING: Pruned = {
  ...THINNED,
  prunedRuns: 0,
  repositories: [],
  details: NONE,
  documents: NONE,
  stacks: NONE,
  bytesAfter: THINNED.bytes,
  shrinking: { kind: 'unchanged' },
};

describe('what pruning says', () => {
  it('is what went, of which repos, and what the file was and is', () => {
    expect(formatPruned(THINNED)).toBe(
      `Thinned 201 of 300 runs (details of 200 runs: 2.83 MB, 12 documents: 501 kB, 1 stack: 900 B):
  a/b: 200 runs, 2026-01-01 to 2026-02-01
  a/\\u001b[31m: 1 run, 2026-01-01
/data/tracey.db: 8.02 MB → 3.95 MB`,
    );
  });

  it('is, before it is done, what would go, and why old runs stay', () => {
    expect(formatPlan(THINNED).split('\n')[0]).toMatch(/^Would thin 201 of 300 runs \(/);
    const plan = {
      ...THINNED,
      depth: 'remove',
      heldRuns: 1,
      details: NONE,
      documents: NONE,
      stacks: NONE,
    } as const;
    expect(formatPlan(plan).split('\n')).toEqual([
      'Would remove 201 of 300 runs:',
      '  a/b: 200 runs, 2026-01-01 to 2026-02-01',
      '  a/\\u001b[31m: 1 run, 2026-01-01',
      "1 old run stays: something that was found points there (a change, a machine's shift, a missing test).",
    ]);
    expect(formatPruned({ ...plan, heldRuns: 3 })).toContain('Removed 201 of 300 runs:\n');
    expect(formatPruned({ ...plan, heldRuns: 3 })).toContain('\n3 old runs stay: ');
  });

  it('is that there is nothing to do', () => {
    const nothing = 'Nothing to thin: of 300 runs none is old and has details, documents or stacks.';
    expect(formatPlan(NOTHING)).toBe(nothing);
    expect(formatPruned(NOTHING)).toBe(
      `${nothing}\n/data/tracey.db: 8.02 MB; too little of it is free to make it smaller`,
    );
    expect(formatPlan({ ...NOTHING, depth: 'remove' })).toBe(
      'Nothing to remove: of 300 runs none is old that may go.',
    );
  });

  it('is why the file is not smaller yet', () => {
    expect(formatPruned({ ...THINNED, shrinking: { kind: 'awaits-reader' } })).toContain(
      '/data/tracey.db: 8.02 MB → 3.95 MB; it is smaller as soon as whoever reads it is done',
    );
    expect(
      formatPruned({ ...NOTHING, shrinking: { kind: 'failed', reason: 'database or disk is full' } }),
    ).toContain(
      `/data/tracey.db: 8.02 MB; it could not be made smaller: database or disk is full
What is free in it is for the next runs. To try again: tracey prune`,
    );
  });
});
