import { expect, it } from 'vitest';
import { judgeJob } from '../../core/changes/judge-job.ts';
import { describeJudged } from '../../core/changes/screen-commits.ts';
import type { Store } from '../../core/store/store.ts';
import { prune } from '../store/pruning.ts';
import { openTestStore } from '../store/temporary.ts';
import { makeHistory, makeRuns, nameTest, type RunShape, sampleTests } from './history-fixture.ts';

const COUNT = 60;
const SLOW = nameTest(1, 2);
const EDITED = nameTest(0, 3);

it('a job decides the same over a history that was thinned', async () => {
  const history = makeHistory(COUNT);
  const shape: RunShape = {
    factor: (test, index) =>
      (test === SLOW && index >= COUNT - 8) || (test === EDITED && index >= COUNT - 20) ? 1.5 : 1,
    body: (test, index) => (test === EDITED && index >= COUNT - 20 ? 'b' : 'a').repeat(12),
    fingerprint: (file, index) => (file === 2 ? 'c'.repeat(64) : String(index).padStart(64, '0')),
    change: (run) => sampleTests(run, [0.99, 1, 1.01]),
  };
  const runs = makeRuns(history.shas, shape);
  const repository = await history.sample.open();
  /** What the last runs find, as far as it is data. */
  const judge = async (store: Store) => {
    await store.writeRuns(runs.slice(-6));
    const options = { store, repository, thresholdRatio: null, experiment: null };
    const findings = await judgeJob(runs.slice(-6).map(describeJudged), {
      ...options,
      onStep: () => undefined,
      onWarning: (warning) => {
        throw warning;
      },
    });
    return JSON.stringify(findings, (key, value) => (key.endsWith('At') ? null : value));
  };
  const [whole, thinned] = [openTestStore(), openTestStore()];
  for (const store of [whole, thinned]) await store.writeRuns(runs.slice(0, -6));
  expect(await prune(thinned.location, { keepRuns: 1 })).toMatchObject({ prunedRuns: COUNT - 7 });
  const found = await judge(whole);
  expect(found).toContain(SLOW);
  expect(found).not.toContain(`"text":"${EDITED}"`);
  expect(await judge(thinned)).toBe(found);
  const [series] = (await thinned.findSeries({ text: SLOW })).series;
  if (series === undefined) throw new Error('no series');
  const read = (store: Store) => store.readHistory({ series, limit: COUNT });
  expect(await read(thinned)).toEqual(await read(whole));
});
