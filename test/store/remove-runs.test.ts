import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../core/analysis/suspect.ts';
import type { RunReport } from '../../core/model.ts';
import { pickLane } from '../../core/store/change-store.ts';
import { at, count, expectWhole, makeDatabase, makeRuns, prune, readHistories } from './pruning.ts';
import { openTestStore, readWhole } from './temporary.ts';

/** Runs of two environments by turns, every tenth of another repo. */
function makeMixedRuns(amount: number): RunReport[] {
  return makeRuns(amount, (run, index) => ({
    ...run,
    runner: index % 3 === 0 ? 'slow' : 'fast',
    repository: index % 10 === 0 ? 'a/b' : run.repository,
  }));
}

/** Always alike: runs need not be removed in the order in which they were stored. */
function shuffle(runs: readonly RunReport[]): RunReport[] {
  return runs.toSorted((a, b) => (a.id.slice(-6) < b.id.slice(-6) ? -1 : 1));
}

describe('runs that are removed', () => {
  it('are gone, and the others are as they were: in blocks and beside them, in histories and views', async () => {
    const runs = makeMixedRuns(260);
    const file = await makeDatabase(shuffle(runs));
    const before = await readHistories(file);
    const pruned = await prune(file, { depth: 'remove', keepDays: 5, now: at(runs.length - 1) });
    const [gone, left] = [runs.slice(0, 140), runs.slice(140)];
    expect(pruned).toMatchObject({ runs: 260, prunedRuns: 140, heldRuns: 0, details: { count: 140 } });
    const when = (first: number, last: number) => ({
      firstStartedAt: runs[first]?.startedAt,
      lastStartedAt: runs[last]?.startedAt,
    });
    expect(pruned.repositories).toEqual([
      { repository: 'a/b', runs: 14, ...when(0, 130) },
      { repository: 'happner/sample', runs: 126, ...when(1, 139) },
    ]);
    const store = openTestStore({ file });
    for (const { id } of gone) expect(await store.findRun(id)).toBeUndefined();
    for (const run of left) expect(await readWhole(store, run.id)).toEqual({ run, detail: 'full' });
    const ids = new Set(left.map(({ id }) => id));
    const expected = [...before].map(
      ([name, points]) => [name, points.filter(({ runId }) => ids.has(runId))] as const,
    );
    expect(await readHistories(file)).toEqual(new Map(expected.filter(([, points]) => points.length > 0)));
    expect(count(file, 'SELECT count(*) FROM block')).toBe(3);
    const fresh = await makeDatabase(left);
    for (const figure of ['count(*)', 'total(duration_ms)', 'total(spread)', 'count(outcome)']) {
      const question = `SELECT ${figure} FROM results`;
      expect(count(file, question)).toBeCloseTo(count(fresh, question));
    }
  });

  it('may be all of an environment, with its blocks', async () => {
    const runs = makeRuns(70, (run, index) => (index < 65 ? { ...run, runner: 'gone' } : run));
    const file = await makeDatabase(runs);
    const writer = openTestStore({ file });
    const [first] = runs as [RunReport];
    const { series } = await writer.findSeries({ text: 'total' });
    for (const { runner, subjectId } of series) {
      const lane = { ...pickLane(first), runner };
      const smallest = [{ subjectId, ratio: 1.1 }];
      await writer.writeScreening({ lane, changes: [], machineChanges: [], smallest });
    }
    await prune(file, { depth: 'remove', keepDays: 1, now: at(69 + 19) });
    const store = openTestStore({ file });
    expect((await store.findSeries({ text: 'total' })).series).toMatchObject([{ runner: 'bench' }]);
    for (const table of ['block', 'block_result', 'body_spell WHERE environment_id = 1'])
      expect(count(file, `SELECT count(*) FROM ${table}`)).toBe(0);
    expect(count(file, 'SELECT count(*) FROM smallest_change')).toBe(1);
  });

  it('take with them what only they had: names, texts, commits, tags, machines, fingerprints', async () => {
    const runs = makeRuns(6, (run, index) => ({
      ...run,
      machine: { ...run.machine, facts: { ...run.machine.facts, kernel: `6.1.${index}` } },
      files: run.files.map((file) => ({
        ...file,
        fingerprint: `${index}`.repeat(64),
        reason: `only in ${index}`,
        tests: file.tests.map((test, number) =>
          number === 0 ? { ...test, title: [`made in ${index}`, 'works'] } : test,
        ),
      })),
    }));
    const [repository, shas] = [runs[0]?.repository ?? '', runs.map(({ commit }) => commit)];
    const file = await makeDatabase(runs);
    const writer = openTestStore({ file });
    const tags = shas.map((sha, index) => ({ name: `v${index}`, sha }));
    await writer.writeTags(repository, { tags, isComplete: true });
    await writer.close();
    await prune(file, { depth: 'remove', keepRuns: 2 });
    const files = runs[0]?.files.length ?? 0;
    expect(count(file, `SELECT count(*) FROM subject WHERE name LIKE 'made in %'`)).toBe(2 * files);
    expect(count(file, `SELECT count(*) FROM subject WHERE kind = 'file'`)).toBe(files);
    expect(count(file, `SELECT count(*) FROM explanation WHERE reason LIKE 'only in %'`)).toBe(2);
    for (const table of ['git_commit', 'tag', 'machine', 'fingerprint'])
      expect([table, count(file, `SELECT count(*) FROM ${table}`)]).toEqual([table, 2]);
  });

  it('leave no number behind that comes to mean something else', async () => {
    const [first, second, third] = makeRuns(3, (run, index) => ({
      ...run,
      files: run.files.map((file) => ({ ...file, path: `test/file-${index}-${file.path}` })),
    })) as [RunReport, RunReport, RunReport];
    // The run that is stored last goes.
    const file = await makeDatabase([second, first]);
    const numbers = () =>
      ['subject', 'git_commit', 'run'].map((table) => count(file, `SELECT max(id) FROM ${table}`));
    const before = numbers();
    await prune(file, { depth: 'remove', keepRuns: 1 });
    const store = openTestStore({ file });
    await store.writeRun(third);
    for (const [at, number] of numbers().entries()) expect(number).toBeGreaterThan(before[at] ?? 0);
    expect(count(file, `SELECT min(id) FROM subject WHERE name LIKE 'test/file-2%'`)).toBeGreaterThan(
      before[0] ?? 0,
    );
  });

  it('leave of the bodies that tests had the last before the first run', async () => {
    const runs = makeRuns(20, (run, index) => ({
      ...run,
      files: run.files.map((file) => ({
        ...file,
        tests: file.tests.map((test) => ({ ...test, body: `${Math.floor(index / 3)}`.repeat(12) })),
      })),
    }));
    const file = await makeDatabase(runs);
    await prune(file, { depth: 'remove', keepRuns: 4 });
    const store = openTestStore({ file });
    for (const run of runs.slice(16)) expect((await readWhole(store, run.id)).run).toEqual(run);
    // Runs 15 to 17, of which 16 is the first that is left, and 18 and 19.
    expect(
      count(file, 'SELECT max(spells) FROM (SELECT count(*) AS spells FROM body_spell GROUP BY subject_id)'),
    ).toBe(2);
  });

  it('can be imported again', async () => {
    const runs = makeRuns(5);
    const file = await makeDatabase(runs);
    const before = await readHistories(file);
    await prune(file, { depth: 'remove', keepRuns: 2 });
    const store = openTestStore({ file });
    expect(await store.writeRuns(runs)).toMatchObject({ stored: 3, known: 2 });
    expect(await readHistories(file)).toEqual(before);
  });
});

describe('a run that something found points at', () => {
  it('is not removed, nor what was found, nor its evidence', async () => {
    const runs = makeRuns(24);
    const file = await makeDatabase(runs);
    const store = openTestStore({ file });
    const [first] = runs as [RunReport];
    const lane = pickLane(first);
    const id = (index: number) => runs[index]?.id ?? '';
    const sha = (index: number) => runs[index]?.commit ?? '';
    const [total] = (await store.findSeries({ text: 'total' })).series;
    const [change] = await store.writeScreening({
      lane,
      changes: [
        {
          subjectId: total?.subjectId ?? 0,
          branch: 'main',
          direction: 'slower',
          origin: 'level',
          base: sha(2),
          head: sha(6),
          beforeMs: 10,
          nowMs: 12,
          ratio: 1.2,
          ratioLow: 1.1,
          ratioHigh: 1.3,
          pValue: 0.001,
          headRunId: id(6),
          foundRunId: id(8),
          state: 'new',
          stateReason: null,
          stateBy: 'tracey',
        },
      ],
      machineChanges: [{ runId: id(12), ratio: 1.3, calibrationRatio: null, causes: ['kernel 1 → 2'] }],
      smallest: [{ subjectId: total?.subjectId ?? 0, ratio: 1.1 }],
    });
    const verdict: Verdict = {
      kind: 'confirmed',
      ratio: { value: 1.2, low: 1.1, high: 1.3 },
      level: 0.999,
      pairs: 12,
      base: sha(4),
      head: sha(5),
      reason: null,
    };
    const documents = [{ name: 'profile.json', mediaType: 'application/json', content: '{}' }];
    await store.updateChange(change?.id ?? '', { verdict, documents, recoveredRunId: id(10) });
    const isPresent = () => false;
    await store.settleVanished([
      { lane, branch: 'main', runId: id(14), names: ['test/a.js > b'], isPresent },
    ]);
    const read = async () => [
      await store.readChanges({ limit: 9 }),
      await store.readChangeDocuments(change?.id ?? ''),
      await store.readMachineChanges({ limit: 9 }),
      await store.findSmallestChange({
        subjectId: total?.subjectId ?? 0,
        environmentId: total?.environmentId ?? 0,
      }),
    ];
    const before = await read();
    const pruned = await prune(file, { depth: 'remove', keepRuns: 1 });
    expect(pruned).toMatchObject({ prunedRuns: 15, heldRuns: 8 });
    const left = (await store.listRuns({ limit: 99 })).map((run) => run.id).reverse();
    expect(left).toEqual([2, 4, 5, 6, 8, 10, 12, 14, 23].map(id));
    expect(await read()).toEqual(before);
    expect(await prune(file, { depth: 'remove', keepRuns: 1 })).toMatchObject({ prunedRuns: 0, heldRuns: 8 });
  });

  it('is not removed either when that was found while others were removed', async () => {
    const runs = makeRuns(140);
    const file = await makeDatabase(runs);
    const store = openTestStore({ file });
    const [first] = runs as [RunReport];
    const lane = pickLane(first);
    const late = runs[130]?.id ?? '';
    const found = { runId: late, ratio: 1.3, calibrationRatio: null, causes: [] };
    const writing: Promise<unknown>[] = [];
    const onProgress = () => {
      if (writing.length > 0) return;
      writing.push(store.writeScreening({ lane, changes: [], machineChanges: [found], smallest: [] }));
    };
    await prune(file, { depth: 'remove', keepRuns: 1 }, { onProgress });
    await Promise.all(writing);
    const left = await store.listRuns({ limit: 99 });
    expect(left.map(({ id }) => id)).toEqual([runs[139]?.id, late]);
    expect(await store.readMachineChanges({ limit: 9 })).toMatchObject([{ runId: late }]);
    expectWhole(file);
  });
});
