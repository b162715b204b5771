import { describe, expect, it } from 'vitest';
import {
  createRanks,
  findBodyChanges,
  findBodyChangesOf,
  findStart,
} from '../../core/analysis/body-changes.ts';

/** A letter for each point's body; `-` where it is unknown. */
function find(bodies: string): number[] {
  return findBodyChangesOf([...bodies].map((body) => (body === '-' ? null : body)));
}

describe('a test becomes another one', () => {
  it.each([
    ['where its body is another than before', 'aaabbbbc', [3, 7]],
    ['where an earlier body comes back', 'aaabbbaa', [3, 6]],
    ['at none of the points where its body is unknown', 'aa--aa-a', []],
    ['at the first point whose body is known to be another', 'aa--bb', [4]],
    ['nowhere as long as nothing was told', '----aaa', []],
    ['at each of a few edits in a row', 'aaaaabcdefffff', [5, 6, 7, 8, 9]],
    ['nowhere where its body is another one in each run', 'abcdefghijklm', []],
    ['nowhere where two bodies take turns', 'abababababab', []],
    ['nowhere where they take turns now and then', 'aabbaabbaabbaabb', []],
    ['where it was edited before it began to wander', `aaabbb${'b'.repeat(20)}cdefghijk`, [3]],
    ['as often as it was edited, however often that was', 'aaabbbcccdddeeefffggg', [3, 6, 9, 12, 15, 18]],
  ] as const)('%s', (_, bodies, changes) => expect(find(bodies)).toEqual(changes));

  it('counts runs in which it was measured, not those in between', () => {
    const turns = [...'abcdefg'].map((body, at) => ({ at: at * 10, body }));
    const durationsMs = new Float64Array(70).fill(Number.NaN);
    for (const { at } of turns) durationsMs[at] = 1;
    expect(findBodyChanges(turns)).toEqual([10, 20, 30, 40, 50, 60]);
    expect(findBodyChanges(turns, createRanks(durationsMs))).toEqual([]);
  });

  it('begins at the last change at or before a point', () => {
    expect([0, 3, 4, 8].map((at) => findStart([3, 7], at))).toEqual([0, 3, 3, 7]);
  });
});
