import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../core/analysis/suspect.ts';
import type { ChangeReport } from '../../core/found-model.ts';
import { type Report, reportSchema } from '../../core/model.ts';
import { exportJson } from '../../core/store/export.ts';
import { importReport } from '../../core/store/import.ts';
import type { Store } from '../../core/store/store.ts';
import { makeRuns, nameTest } from '../changes/history-fixture.ts';
import { openTestStore } from './temporary.ts';

const SLOW = nameTest(1, 2);
const SHAS = ['a', 'b', 'c'].map((digit) => digit.repeat(40));
const RUNS = makeRuns(SHAS);
const [FIRST, SECOND] = RUNS as [(typeof RUNS)[0], (typeof RUNS)[0]];

/** A store with three runs, a change of one test, one of the total, and one of the machine. */
async function makeStore(): Promise<Store> {
  const store = openTestStore();
  await store.writeRuns(RUNS);
  const { repository, runner, role, nodeLine, jobType, isolation } = FIRST;
  const series = async (text: string) => (await store.findSeries({ text })).series[0]?.subjectId ?? 0;
  const change = {
    branch: 'main',
    direction: 'slower',
    origin: 'level',
    base: SHAS[0] ?? '',
    head: SHAS[1] ?? '',
    beforeMs: 4,
    nowMs: 6,
    ratio: 1.5,
    ratioLow: 1.4,
    ratioHigh: 1.6,
    pValue: 1e-9,
    headRunId: SECOND.id,
    foundRunId: SECOND.id,
    state: 'new',
    stateReason: null,
    stateBy: 'tracey',
  } as const;
  await store.writeScreening({
    lane: { repository, runner, role, nodeLine, jobType, isolation },
    changes: [
      { ...change, subjectId: await series(SLOW) },
      { ...change, subjectId: await series('total') },
    ],
    machineChanges: [{ runId: SECOND.id, ratio: 1.3, calibrationRatio: null, causes: ['kernel 1 → 2'] }],
    smallest: [],
  });
  return store;
}

const VERDICT: Verdict = {
  kind: 'confirmed',
  ratio: { value: 1.5, low: 1.2, high: Number.POSITIVE_INFINITY },
  level: 0.999,
  pairs: 12,
  base: SHAS[0] ?? '',
  head: SHAS[1] ?? '',
  reason: null,
};

async function exportReport(store: Store): Promise<Report> {
  let text = '';
  for await (const chunk of exportJson(store, '1.2.3')) text += chunk;
  return reportSchema.parse(JSON.parse(text));
}

/** Without what is told apart by the numbers of a store. */
async function readAll(store: Store) {
  const changes = await store.readChanges({ limit: 9 });
  return changes.map(({ subjectId: _, environmentId: __, ...change }) => change);
}

async function findId(store: Store): Promise<string> {
  return (await store.readChanges({ limit: 9 })).find(({ subject }) => subject.text === SLOW)?.id ?? '';
}

describe('what was found of runs', () => {
  it('is exported with them, and is the same after an import', async () => {
    const store = await makeStore();
    const id = await findId(store);
    const documents = [{ name: 'profile', mediaType: 'application/json', content: '{}' }];
    await store.updateChange(id, { verdict: VERDICT, documents });
    await store.updateChange(id, { state: { state: 'acknowledged', reason: 'known', by: 'command' } });
    const report = await exportReport(store);
    expect(report.changes).toHaveLength(2);
    const other = openTestStore();
    expect(await importReport(other, { report })).toMatchObject({ stored: 3, known: 0, changes: 2 });
    expect(await readAll(other)).toEqual(await readAll(store));
    expect(await other.readChangeDocuments(id)).toEqual(documents);
    expect(await exportReport(other)).toEqual(report);
    expect(await importReport(other, { report })).toMatchObject({ stored: 0, known: 3, changes: 0 });
  });

  it('is taken again where it was proven or decided on since, and never taken back', async () => {
    const [store, other] = [await makeStore(), openTestStore()];
    const early = await exportReport(store);
    await importReport(other, { report: early });
    const id = await findId(store);
    await store.updateChange(id, { verdict: VERDICT });
    const state = { state: 'recovered', reason: null, by: 'tracey' } as const;
    await store.updateChange(id, { state, recoveredRunId: RUNS[2]?.id ?? '' });
    expect(await importReport(other, { report: await exportReport(store) })).toMatchObject({ changes: 1 });
    expect(await readAll(other)).toEqual(await readAll(store));
    expect(await importReport(other, { report: early })).toMatchObject({ changes: 0 });
    expect(await readAll(other)).toEqual(await readAll(store));
  });

  it('is left out where its runs are not there', async () => {
    const report = await exportReport(await makeStore());
    const other = openTestStore();
    expect(await importReport(other, { report: { ...report, runs: [FIRST] } })).toMatchObject({
      stored: 1,
      changes: 0,
    });
    expect(await exportReport(other)).toMatchObject({ changes: [], machineChanges: [] });
  });

  it('need not be in a report: older ones have nothing of the kind', async () => {
    const { schema, traceyVersion, runs } = await exportReport(await makeStore());
    const other = openTestStore();
    const old = { schema, traceyVersion, runs };
    expect(await importReport(other, { report: old })).toMatchObject({ stored: 3, known: 0, changes: 0 });
  });

  it('is refused with its place where it does not fit', async () => {
    const report = await exportReport(await makeStore());
    const [change] = report.changes as [ChangeReport];
    const changes = [{ ...change, state: 'fine' }];
    await expect(
      importReport(openTestStore(), { report: { ...report, changes }, source: 'r.json' }),
    ).rejects.toMatchObject({
      code: 'store/invalid-report',
      message: expect.stringMatching(/^r\.json: changes\[0\]\.state: /),
    });
  });
});
