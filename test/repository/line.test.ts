import { expect, it } from 'vitest';
import { countCommits, findDefaultTip, readLine } from '../../core/repository/line.ts';
import { makeRepository } from './sample-repository.ts';

it('is the first parents of a commit, oldest first, as far as asked for', async () => {
  const sample = makeRepository();
  const shas = ['one', 'two', 'three'].map((message) => sample.commit(message));
  const repository = await sample.open();
  const head = shas[2] ?? '';
  expect(await readLine(repository, { head, target: null, limit: 10 })).toEqual({ shas, own: new Set() });
  expect((await readLine(repository, { head, target: head, limit: 2 })).shas).toEqual(shas.slice(1));
  expect(await findDefaultTip(repository)).toBe(head);
});

it('is of a branch its own commits after those before its merge base, and not what came later', async () => {
  const sample = makeRepository();
  const base = sample.commit('base');
  sample.git('checkout', '--quiet', '-b', 'topic');
  const own = [sample.commit('mine'), sample.commit('mine, too')];
  sample.git('checkout', '--quiet', 'main');
  const later = sample.commit('later');
  const repository = await sample.open();
  const line = await readLine(repository, { head: own[1] ?? '', target: later, limit: 10 });
  expect(line).toEqual({ shas: [base, ...own], own: new Set(own) });
  expect(await countCommits(repository, { base, head: own[1] ?? '' })).toBe(2);
});

it('is the commit alone, and its commits are not counted, where git does not know it', async () => {
  const sample = makeRepository();
  sample.commit('base');
  const repository = await sample.open();
  const gone = 'f'.repeat(40);
  expect((await readLine(repository, { head: gone, target: null, limit: 10 })).shas).toEqual([gone]);
  expect(await countCommits(repository, { base: gone, head: gone })).toBeNull();
});

it('has no default branch to be held against where none is there', async () => {
  expect(await findDefaultTip(await makeRepository().open())).toBeNull();
});
