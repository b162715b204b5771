import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../core/analysis/suspect.ts';
import type { RunReport } from '../../core/model.ts';
import type { LaneName, NominatedChange, StoredChange } from '../../core/store/change-store.ts';
import type { Store } from '../../core/store/store.ts';
import { createRun } from '../../scripts/bench/runs.ts';
import { openTestStore } from './temporary.ts';

const RUNS = [1, 2, 3].map((index) => createRun({ files: 2, testsPerFile: 12, samples: 1 }, index));
const [FIRST, SECOND, THIRD] = RUNS as [RunReport, RunReport, RunReport];
const LANE: LaneName = {
  repository: FIRST.repository,
  runner: FIRST.runner,
  role: FIRST.role,
  nodeLine: FIRST.nodeLine,
  jobType: FIRST.jobType,
  isolation: FIRST.isolation,
};

async function openFilled(): Promise<{ store: Store; subjectId: number; environmentId: number }> {
  const store = openTestStore();
  for (const run of RUNS) await store.writeRun(run);
  const { series } = await store.findSeries({
    text: 'test/module-1.test.js > module 1 > part 0 > does what rule 3 says',
  });
  const [found] = series;
  if (found === undefined) throw new Error('the made-up runs have no such series');
  return { store, subjectId: found.subjectId, environmentId: found.environmentId };
}

function createNomination(subjectId: number, overrides: Partial<NominatedChange> = {}): NominatedChange {
  return {
    subjectId,
    branch: 'main',
    direction: 'slower',
    origin: 'level',
    base: FIRST.commit,
    head: SECOND.commit,
    beforeMs: 10,
    nowMs: 12,
    ratio: 1.2,
    ratioLow: 1.1,
    ratioHigh: 1.3,
    pValue: 1e-6,
    headRunId: SECOND.id,
    foundRunId: THIRD.id,
    state: 'new',
    stateReason: null,
    stateBy: 'tracey',
    ...overrides,
  };
}

async function keep(store: Store, changes: readonly NominatedChange[]): Promise<readonly StoredChange[]> {
  return store.writeScreening({ lane: LANE, changes, machineChanges: [], smallest: [] });
}

describe('a change that is kept', () => {
  it('says what it is about, between which commits, and on which machine', async () => {
    const { store, subjectId, environmentId } = await openFilled();
    const [kept] = await keep(store, [createNomination(subjectId)]);
    expect(kept).toMatchObject({
      ...createNomination(subjectId),
      ...LANE,
      environmentId,
      id: expect.stringMatching(/^[0-9a-f]{12}$/),
      subject: {
        kind: 'test',
        path: 'test/module-1.test.js',
        title: ['module 1', 'part 0', 'does what rule 3 says'],
        occurrence: 1,
        text: 'test/module-1.test.js > module 1 > part 0 > does what rule 3 says',
      },
      baseCommit: { sha: FIRST.commit, subject: 'Change number 1 of the sample library' },
      headCommit: { sha: SECOND.commit, author: 'A. Maintainer <maintainer@example.org>' },
      verdict: null,
      recoveredRunId: null,
    });
    expect(await store.readChanges({ limit: 10 })).toEqual([kept]);
  });

  it('is found once', async () => {
    const { store, subjectId } = await openFilled();
    expect(await keep(store, [createNomination(subjectId)])).toHaveLength(1);
    expect(await keep(store, [createNomination(subjectId, { nowMs: 13 })])).toEqual([]);
    expect(await store.readChanges({ limit: 10 })).toMatchObject([{ nowMs: 12 }]);
  });

  it('has the same id in every database that finds it', async () => {
    const [one, other] = [await openFilled(), await openFilled()];
    await one.store.writeRun(createRun({ files: 3, testsPerFile: 1, samples: 1 }, 9));
    const kept = await keep(one.store, [createNomination(one.subjectId)]);
    expect(await keep(other.store, [createNomination(other.subjectId)])).toMatchObject([
      { id: kept[0]?.id ?? '' },
    ]);
  });

  it('tells of a total and of a file, too', async () => {
    const { store } = await openFilled();
    const ids = await Promise.all(
      ['total', 'test/module-0.test.js'].map(
        async (text) => (await store.findSeries({ text })).series[0]?.subjectId ?? 0,
      ),
    );
    const kept = await keep(
      store,
      ids.map((id) => createNomination(id)),
    );
    expect(kept.map(({ subject }) => subject)).toEqual([
      { kind: 'total', path: null, title: [], occurrence: 1, text: 'total' },
      {
        kind: 'file',
        path: 'test/module-0.test.js',
        title: [],
        occurrence: 1,
        text: 'test/module-0.test.js',
      },
    ]);
  });

  it('takes a verdict, documents, a state and the run in which it was over', async () => {
    const { store, subjectId } = await openFilled();
    const [kept] = await keep(store, [createNomination(subjectId)]);
    const id = kept?.id ?? '';
    const verdict: Verdict = {
      kind: 'confirmed',
      ratio: { value: 1.21, low: 1.15, high: 1.27 },
      level: 0.99,
      pairs: 12,
      base: FIRST.commit,
      head: SECOND.commit,
      reason: null,
    };
    const document = { name: 'profile', mediaType: 'application/json', content: '{}' };
    await store.updateChange(id, { verdict, documents: [document] });
    await store.updateChange(id, { recoveredRunId: THIRD.id });
    await store.updateChange(id, { state: { state: 'expected', reason: 'worth it', by: 'command' } });
    expect(await store.readChanges({ id, limit: 1 })).toMatchObject([
      { verdict, state: 'expected', stateReason: 'worth it', stateBy: 'command', recoveredRunId: THIRD.id },
    ]);
    expect(await store.readChangeDocuments(id)).toEqual([document]);
  });

  it('is found by state, verdict, branch, series and the beginning of its id', async () => {
    const { store, subjectId, environmentId } = await openFilled();
    const [kept] = await keep(store, [createNomination(subjectId)]);
    const queries = [
      [{ states: ['new', 'fixed'] }, { states: ['expected'] }],
      [{ verdicts: ['none'] }, { verdicts: ['confirmed', 'refuted'] }],
      [{ branch: 'main' }, { branch: null }],
      [{ subjectId, environmentId }, { subjectId: subjectId + 1 }],
      [{ id: kept?.id.slice(0, 6) ?? '' }, { id: 'g' }],
      [{ repository: 'happner/sample', runner: 'bench' }, { repository: 'happner/other' }],
      [{ direction: 'slower' }, { direction: 'faster' }],
      [{ nodeLine: '24', jobType: 'performance-tracker-lite' }, { nodeLine: '22' }],
    ] as const;
    for (const [fits, misses] of queries) {
      expect(await store.readChanges({ ...fits, limit: 5 })).toEqual([kept]);
      expect(await store.readChanges({ ...misses, limit: 5 })).toEqual([]);
    }
  });

  it('cannot be decided on when there is none of that id', async () => {
    const { store } = await openFilled();
    await expect(store.updateChange('abc', {})).rejects.toThrow(
      `${store.location}: there is no change "abc".`,
    );
  });

  it('cannot be about a subject or a run that is not there, and then nothing is kept', async () => {
    const { store, subjectId } = await openFilled();
    const fine = createNomination(subjectId);
    await expect(keep(store, [fine, createNomination(999_999)])).rejects.toThrow(
      `${store.location}: there is no subject 999999.`,
    );
    await expect(
      keep(store, [fine, createNomination(subjectId, { head: 'x', headRunId: 'r' })]),
    ).rejects.toThrow(`${store.location}: there is no run "r".`);
    expect(await store.readChanges({ limit: 5 })).toEqual([]);
  });
});

describe('a machine change that is kept', () => {
  it('begins with a run, and is found once', async () => {
    const { store, environmentId } = await openFilled();
    const change = {
      runId: SECOND.id,
      ratio: 1.3,
      calibrationRatio: 1.28,
      causes: ['kernel 6.1.0-18 → 6.1.0-21'],
    };
    for (let time = 0; time < 2; time += 1) {
      await store.writeScreening({ lane: LANE, changes: [], machineChanges: [change], smallest: [] });
    }
    expect(await store.readMachineChanges({ repository: LANE.repository, limit: 5 })).toMatchObject([
      { ...change, ...LANE, environmentId, startedAt: SECOND.startedAt, commit: SECOND.commit },
    ]);
    expect(await store.readMachineChanges({ runner: 'another', limit: 5 })).toEqual([]);
  });
});

describe('the smallest change that a series could show', () => {
  it('is that of the last screening, null before the first', async () => {
    const { store, subjectId, environmentId } = await openFilled();
    const find = () => store.findSmallestChange({ subjectId, environmentId });
    expect(await find()).toBeNull();
    for (const ratio of [1.2, 1.08]) {
      const smallest = [{ subjectId, ratio }];
      await store.writeScreening({ lane: LANE, changes: [], machineChanges: [], smallest });
      expect(await find()).toBe(ratio);
    }
  });

  it('is not kept for a lane that has no run', async () => {
    const { store, subjectId, environmentId } = await openFilled();
    const lane = { ...LANE, runner: 'another' };
    const smallest = [{ subjectId, ratio: 1.1 }];
    await store.writeScreening({ lane, changes: [], machineChanges: [], smallest });
    expect(await store.findSmallestChange({ subjectId, environmentId })).toBeNull();
  });
});
