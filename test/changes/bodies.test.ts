import { describe, expect, it } from 'vitest';
import { judgeJob } from '../../core/changes/judge-job.ts';
import { describeJudged } from '../../core/changes/screen-commits.ts';
import type { RunReport } from '../../core/model.ts';
import { openTestStore } from '../store/temporary.ts';
import { makeHistory, makeRuns, nameTest, type RunShape, sampleTests } from './history-fixture.ts';

const COUNT = 40;
const AT = 34;
const SLOW = nameTest(1, 2);
const SLOWER: RunShape['factor'] = (test, index) => (test === SLOW && index >= AT ? 1.5 : 1);
const EDITED: RunShape['body'] = (_, index) => (index >= AT ? '00000000000b' : '00000000000a');

/** What is found of tests when the last of these runs are judged; `order` is that in which they are stored. */
async function findTests({
  shape,
  last = 1,
  order = (runs) => runs,
  count = COUNT,
}: {
  readonly shape: RunShape;
  readonly last?: number;
  readonly order?: (runs: readonly RunReport[]) => readonly RunReport[];
  readonly count?: number;
}) {
  const history = makeHistory(count);
  const store = openTestStore();
  const runs = makeRuns(history.shas, shape);
  await store.writeRuns(order(runs));
  const findings = await judgeJob(runs.slice(-last).map(describeJudged), {
    store,
    repository: await history.sample.open(),
    thresholdRatio: null,
    experiment: null,
    onStep: () => {},
    onWarning: () => {},
  });
  const found = findings.flatMap((one) => one.found).filter(({ subject }) => subject.kind === 'test');
  return found.map(({ subject, head, beforeMs }) => ({
    text: subject.text,
    at: runs.findIndex((run) => run.commit === head),
    beforeMs,
  }));
}

describe('a test whose body changed', () => {
  it.each([
    ['is no suspect for being slower from then on', AT, 6],
    ['is no suspect in the run that it changed in', COUNT - 1, 1],
  ])('%s', async (_, at, last) => {
    const factor: RunShape['factor'] = (test, index) => (test === SLOW && index >= at ? 1.5 : 1);
    const body: RunShape['body'] = (_test, index) => (index >= at ? '00000000000b' : '00000000000a');
    expect(await findTests({ shape: { factor, body }, last })).toEqual([]);
    expect(await findTests({ shape: { factor }, last })).toMatchObject([{ text: SLOW }]);
  });

  it('is none either when its commits were measured in another order', async () => {
    const order = (runs: readonly RunReport[]) => [
      ...runs.slice(20, 36),
      ...runs.slice(0, 20),
      ...runs.slice(36),
    ];
    expect(await findTests({ shape: { factor: SLOWER, body: EDITED }, last: 4, order })).toEqual([]);
  });

  it('is held against its times since then, and not blamed on the commit that edited it', async () => {
    const body: RunShape['body'] = (_, index) => (index >= 8 ? '00000000000b' : '00000000000a');
    const factor: RunShape['factor'] = (test, index) => (test !== SLOW || index < 8 ? 1 : index < AT ? 2 : 3);
    const [found, ...others] = await findTests({ shape: { factor, body }, last: 6 });
    expect(others).toEqual([]);
    expect(found?.text).toBe(SLOW);
    expect(found?.at).toBeGreaterThanOrEqual(AT);
    expect((found?.beforeMs ?? 0) / (2 * (4 + 3 + 4))).toBeCloseTo(1, 1);
  });

  it('is never put down to a commit before the edit, wherever the code changed', async () => {
    const body: RunShape['body'] = (_, index) => (index >= AT - 1 ? '00000000000b' : '00000000000a');
    const factor: RunShape['factor'] = (test, index) => (test === SLOW && index >= AT ? 3 : 1);
    const fingerprint = (_: number, index: number) => (index >= AT - 1 ? 'f' : 'e').repeat(64);
    expect(await findTests({ shape: { factor, body, fingerprint }, last: 6 })).toEqual([]);
    expect(await findTests({ shape: { factor, fingerprint }, last: 6 })).toMatchObject([
      { text: SLOW, at: AT - 1 },
    ]);
  });

  it('is judged as ever when its body is another one in each run', async () => {
    const body: RunShape['body'] = (_, index) => index.toString(16).padStart(12, '0');
    expect(await findTests({ shape: { factor: SLOWER, body }, last: 6 })).toMatchObject([
      { text: SLOW, at: AT },
    ]);
  });

  it('is no suspect where there are too few runs for a history', async () => {
    const change = (run: RunReport) => sampleTests(run, [1, 1, 1]);
    const factor: RunShape['factor'] = (test, index) => (test === SLOW && index >= 3 ? 2 : 1);
    const body: RunShape['body'] = (_, index) => (index >= 3 ? '00000000000b' : '00000000000a');
    expect(await findTests({ shape: { factor, change }, count: 4 })).toMatchObject([{ text: SLOW }]);
    expect(await findTests({ shape: { factor, body, change }, count: 4 })).toEqual([]);
  });
});
