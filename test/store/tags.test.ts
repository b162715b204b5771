import { describe, expect, it } from 'vitest';
import type { Tag } from '../../core/model.ts';
import type { Store } from '../../core/store/store.ts';
import { createRun } from '../../scripts/bench/runs.ts';
import { readTags } from './read-tags.ts';
import { openTestStore } from './temporary.ts';

const RUNS = [1, 2].map((index) => createRun({ files: 1, testsPerFile: 1, samples: 1 }, index));
const [FIRST, SECOND] = RUNS.map(({ commit }) => commit) as [string, string];
const REPOSITORY = 'happner/sample';

async function openFilled(): Promise<Store> {
  const store = openTestStore();
  for (const run of RUNS) await store.writeRun(run);
  return store;
}

const tag = (name: string, sha: string): Tag => ({ name, sha });

describe('tags that are kept', () => {
  it('are those of commits that have runs, oldest commit first', async () => {
    const store = await openFilled();
    const tags = [
      tag('v2', SECOND),
      tag('v1', FIRST),
      tag('v0', 'f'.repeat(40)),
      tag('x'.repeat(256), FIRST),
    ];
    await store.writeTags(REPOSITORY, { tags, isComplete: true });
    expect(readTags(store.location)).toEqual(['v1', 'v2']);
  });

  it('follow a tag that was moved, also away from every commit that has runs', async () => {
    const store = await openFilled();
    const write = (...tags: Tag[]) => store.writeTags(REPOSITORY, { tags, isComplete: false });
    await write(tag('v1', FIRST), tag('latest', FIRST));
    await write(tag('latest', SECOND));
    expect(readTags(store.location)).toEqual(['v1', 'latest']);
    await write(tag('latest', 'f'.repeat(40)));
    expect(readTags(store.location)).toEqual(['v1']);
  });

  it('are given up when a list of all has them no more', async () => {
    const store = await openFilled();
    await store.writeTags(REPOSITORY, { tags: [tag('v1', FIRST), tag('v2', SECOND)], isComplete: true });
    await store.writeTags(REPOSITORY, { tags: [tag('v2', SECOND)], isComplete: true });
    expect(readTags(store.location)).toEqual(['v2']);
  });

  it('are none of a repository without runs', async () => {
    const store = await openFilled();
    await store.writeTags('no/body', { tags: [tag('v1', FIRST)], isComplete: true });
    expect(readTags(store.location)).toEqual([]);
  });
});
