import { describe, expect, it } from 'vitest';
import { listTags } from '../../core/repository/tags.ts';
import { makeRepository } from './sample-repository.ts';

describe('the tags of a clone', () => {
  it('are those of commits, with and without a message, whatever they are called', async () => {
    const sample = makeRepository();
    const first = sample.commit('First');
    const second = sample.commit('Second');
    sample.git('tag', 'v1.0.0', first);
    sample.git('tag', '--annotate', '--message', 'Two', 'release/v2.0.0', second);
    sample.git('tag', '<b>ü</b>', second);
    sample.git('tag', 'a-tree', `${first}^{tree}`);
    const { tags, isComplete } = await listTags(await sample.open());
    expect(tags).toEqual([
      { name: '<b>ü</b>', sha: second },
      { name: 'release/v2.0.0', sha: second },
      { name: 'v1.0.0', sha: first },
    ]);
    // It may have been cloned without some.
    expect(isComplete).toBe(false);
  });

  it('are none where there are none', async () => {
    const sample = makeRepository();
    sample.commit('First');
    expect((await listTags(await sample.open())).tags).toEqual([]);
  });
});
