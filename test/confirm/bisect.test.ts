import { describe, expect, it } from 'vitest';
import { type BisectAnswer, bisect } from '../../core/confirm/bisect.ts';

/** Commits c0 … c8; c0 is the base, c8 the head. */
const COMMITS = Array.from({ length: 9 }, (_, index) => `c${index}`);
const WIDE = { range: { base: 'c0', head: 'c8' }, between: COMMITS.slice(1, 8) };

/** Answers as if each subject, named by a commit, had changed with it. */
function createAsk(broken: readonly string[] = []) {
  const asked: string[] = [];
  const ask = async (
    { base, middle }: { readonly base: string; readonly middle: string },
    subjects: readonly string[],
  ): Promise<ReadonlyMap<string, BisectAnswer>> => {
    asked.push(`${base}..${middle}: ${subjects.join(' ')}`);
    if (broken.includes(middle)) return new Map();
    return new Map(subjects.map((culprit) => [culprit, culprit <= middle ? 'by-then' : 'later']));
  };
  return { ask, asked };
}

describe('bisecting', () => {
  it.each(COMMITS.slice(1))('names the one commit: %s', async (culprit) => {
    const { ask, asked } = createAsk();
    const left = await bisect({ subjects: [culprit], ...WIDE, ask });
    const before = COMMITS[COMMITS.indexOf(culprit) - 1];
    expect(left.get(culprit)).toEqual({ base: before, head: culprit });
    expect(asked).toHaveLength(3);
  });

  it('goes different ways for what changed with different commits', async () => {
    const { ask, asked } = createAsk();
    const left = await bisect({ subjects: ['c2', 'c7'], ...WIDE, ask });
    expect([left.get('c2'), left.get('c7')]).toEqual([
      { base: 'c1', head: 'c2' },
      { base: 'c6', head: 'c7' },
    ]);
    expect(asked[0]).toBe('c0..c4: c2 c7');
    expect(asked).toHaveLength(5);
  });

  it('passes over commits that say nothing, and leaves a range around them', async () => {
    const { ask } = createAsk(['c4', 'c5']);
    const left = await bisect({ subjects: ['c5'], ...WIDE, ask });
    expect(left.get('c5')).toEqual({ base: 'c3', head: 'c6' });
  });

  it('gives up when the third commit says nothing', async () => {
    const { ask, asked } = createAsk(COMMITS);
    const left = await bisect({ subjects: ['c5'], ...WIDE, ask });
    expect(left.get('c5')).toEqual({ base: 'c0', head: 'c8' });
    expect(asked).toHaveLength(3);
  });

  it('leaves the range that it has when the time is up', async () => {
    const { ask } = createAsk();
    let questions = 0;
    const left = await bisect({
      subjects: ['c3'],
      ...WIDE,
      ask: async (at, subjects) => (questions++ < 1 ? ask(at, subjects) : null),
    });
    expect(left.get('c3')).toEqual({ base: 'c0', head: 'c4' });
  });

  it('asks nothing where nothing lies between', async () => {
    const { ask, asked } = createAsk();
    const range = { base: 'c0', head: 'c1' };
    const left = await bisect({ subjects: ['c1'], range, between: [], ask });
    expect(left.get('c1')).toEqual(range);
    expect(asked).toEqual([]);
  });
});
