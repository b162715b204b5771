import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunReport } from '../../core/model.ts';
import { openStore } from '../../core/store/open.ts';
import { createDashboardRuns } from '../../scripts/bench/dashboard-data.ts';
import { prune } from '../store/pruning.ts';
import { decodeSeries, listSite, listSubjects, makePlace, readSite, storeRuns } from './site.ts';

const SHAPE = { runs: 140, files: 3, testsPerFile: 12, environments: 2, samples: 2 };
const RUNS = [...createDashboardRuns(SHAPE)];

describe('publishing again', () => {
  it('gives the same bytes as publishing at once, whenever the times before were', async () => {
    const { database, site, folder, publish } = makePlace();
    let stored = 0;
    for (const count of [1, 20, 70, 71, 139, RUNS.length]) {
      await storeRuns(database, RUNS.slice(stored, count));
      stored = count;
      await publish();
    }
    const fresh = join(folder, 'fresh');
    await publish({ site: fresh });
    expect(listSite(site)).toEqual(listSite(fresh));
  });

  it('writes nothing when nothing is new, and of one more run only what it changes', async () => {
    const { database, site, publish } = makePlace();
    await storeRuns(database, RUNS.slice(0, 80));
    await publish();
    const before = listSite(site);
    expect((await publish()).files).toEqual({ written: 0, kept: expect.any(Number), removed: 0 });
    expect(listSite(site)).toEqual(before);
    await storeRuns(database, RUNS.slice(80, 81));
    await publish();
    const written = [...listSite(site).keys()].filter((name) => !before.has(name));
    const kinds = written.map((name) => name.split('/')[1]);
    // The new run, and the one whose details went for it.
    expect(kinds.filter((kind) => kind === 'run')).toHaveLength(2);
    expect(kinds.filter((kind) => kind === 'names')).toEqual([]);
    const archived = readSite(site).repositories[0]?.files.flatMap(({ series }) =>
      series.flatMap(({ archives }) => archives.map(({ ref }) => ref)),
    );
    expect(archived?.length).toBeGreaterThan(0);
    expect(written.filter((name) => archived?.some((ref) => name.includes(ref)))).toEqual([]);
  });

  it('never writes a full volume of histories again, and begins another', async () => {
    const { database, site, publish } = makePlace();
    const shape = { runs: 576, files: 1, testsPerFile: 1, environments: 1, samples: 1 };
    const runs = [...createDashboardRuns(shape)];
    await storeRuns(database, runs.slice(0, -1));
    await publish();
    const readArchives = () => readSite(site).repositories[0]?.files[0]?.series[0]?.archives ?? [];
    const [full] = readArchives();
    expect(readArchives()).toHaveLength(1);
    await storeRuns(database, runs.slice(-1));
    await publish();
    expect(readArchives()).toEqual([full, expect.anything()]);
    const [repository] = readSite(site).repositories;
    if (repository === undefined) throw new Error('no repository');
    const subject = listSubjects(repository, '').get('r ') ?? -1;
    expect(decodeSeries(repository, { path: '', subject, environment: 0 }).size).toBe(576);
  });

  it('joins a block to the volume before it a few files at a time, and leaves nothing out meanwhile', async () => {
    const { database, site, folder, publish } = makePlace();
    const shape = { runs: 132, files: 3, testsPerFile: 1, environments: 1, samples: 1 };
    const runs = [...createDashboardRuns(shape)];
    const listArchives = () =>
      readSite(site).repositories[0]?.files.map(({ series }) => series[0]?.archives.map(({ ref }) => ref)) ??
      [];
    await storeRuns(database, runs.slice(0, 127));
    await publish();
    const [before, joined] = [listArchives(), [] as number[]];
    for (let stored = 127; stored < runs.length; stored += 1) {
      await storeRuns(database, runs.slice(stored, stored + 1));
      await publish();
      const archives = listArchives();
      const waiting = archives.flatMap((refs, file) => (refs?.length === 2 ? [{ refs, file }] : []));
      for (const { refs, file } of waiting) expect(refs?.[0]).toBe(before[file]?.[0]);
      joined.push(archives.length - waiting.length);
      const [repository] = readSite(site).repositories;
      if (repository === undefined) throw new Error('no repository');
      const subject = listSubjects(repository, '').get('r ') ?? -1;
      expect(decodeSeries(repository, { path: '', subject, environment: 0 }).size).toBe(stored + 1);
      await publish({ site: join(folder, 'fresh', String(stored)) });
      expect(listSite(site)).toEqual(listSite(join(folder, 'fresh', String(stored))));
    }
    // The run as a whole, three files, and what one of them was called before; under its new name it has but one block.
    expect(joined).toEqual([1, 2, 3, 4, 5]);
  });

  it('gives the same bytes as publishing at once after old runs were thinned, and after they were removed', async () => {
    const { database, site, folder, publish } = makePlace();
    const documents = [{ name: 'summary.md', mediaType: 'text/markdown', content: 'What is to go.' }];
    await storeRuns(
      database,
      RUNS.map((run) => ({ ...run, documents })),
    );
    await publish();
    for (const [step, more] of [{}, { depth: 'remove' } as const].entries()) {
      expect((await prune(database, { keepRuns: 20, ...more })).prunedRuns).toBeGreaterThan(60);
      await publish();
      await publish({ site: join(folder, String(step)) });
      expect(listSite(site)).toEqual(listSite(join(folder, String(step))));
    }
  });

  it('forgets what it knows when numbers mean something else: another database, a damaged note', async () => {
    const { database, site, folder, publish } = makePlace();
    await storeRuns(database, RUNS.slice(0, 70));
    await publish();
    // The same runs, stored in another order: other numbers for the same names.
    for (const suffix of ['', '-wal', '-shm']) rmSync(database + suffix, { force: true });
    await storeRuns(database, RUNS.slice(0, 70).reverse());
    await publish();
    await publish({ site: join(folder, 'fresh') });
    expect(listSite(site)).toEqual(listSite(join(folder, 'fresh')));
    writeFileSync(join(site, '.tracey-site.json'), '{"format":');
    await publish();
    expect(listSite(site)).toEqual(listSite(join(folder, 'fresh')));
  });

  it('makes a data file anew that somebody removed', async () => {
    const { database, site, publish } = makePlace();
    await storeRuns(database, RUNS.slice(0, 66));
    await publish();
    const whole = listSite(site);
    for (const kind of ['run', 'series', 'summary', 'names'])
      rmSync(join(site, 'data', kind), { recursive: true });
    await publish();
    expect(listSite(site)).toEqual(whole);
  });

  it('replaces pages of an earlier Tracey, and removes those that are no more', async () => {
    const { database, site, shell, publish } = makePlace();
    await storeRuns(database, RUNS.slice(0, 2));
    await publish();
    rmSync(join(shell, 'assets/page.js'));
    writeFileSync(join(shell, 'assets/other.js'), 'export {};');
    writeFileSync(join(site, 'CNAME'), 'tracey.example.org');
    mkdirSync(join(site, '.git'));
    await publish({ traceyVersion: '1.1.0' });
    expect(readdirSync(join(site, 'assets'))).toEqual(['other.js']);
    expect(readSite(site).index.traceyVersion).toBe('1.1.0');
    expect(existsSync(join(site, 'CNAME')) && existsSync(join(site, '.git'))).toBe(true);
  });

  it('shows changes with what was proven of them and what people made of them', async () => {
    const { database, site, publish } = makePlace();
    await storeRuns(database, RUNS.slice(0, 30));
    await publish();
    const store = openStore({ file: database });
    const [found] = (await store.findSeries({ text: 'test/module-0.test.js', nodeLine: '24' })).series;
    if (found === undefined) throw new Error('no series');
    const [base, head, last] = [RUNS[10], RUNS[12], RUNS[20]] as [RunReport, RunReport, RunReport];
    const [change] = await store.writeScreening({
      lane: { ...found },
      changes: [
        {
          subjectId: found.subjectId,
          branch: 'main',
          direction: 'slower',
          origin: 'level',
          base: base.commit,
          head: head.commit,
          beforeMs: 10,
          nowMs: 13,
          ratio: 1.3,
          ratioLow: 1.2,
          ratioHigh: 1.4,
          pValue: 0.001,
          headRunId: head.id,
          foundRunId: last.id,
          state: 'new',
          stateReason: null,
          stateBy: 'tracey',
        },
      ],
      machineChanges: [{ runId: head.id, ratio: 1.1, calibrationRatio: null, causes: ['kernel 6.1 → 6.2'] }],
      smallest: [{ subjectId: found.subjectId, ratio: 1.5 }],
    });
    await publish();
    const suspected = readSite(site);
    expect(suspected.repositories[0]).toMatchObject({
      openChanges: { suspects: 1, confirmed: 0 },
      changes: [
        {
          id: change?.id,
          state: 'suspect',
          path: 'test/module-0.test.js',
          base: { sha: base.commit, author: 'A. Maintainer' },
          ratio: { value: 1.3, low: 1.2, high: 1.4 },
          level: 0.95,
          pairs: 0,
        },
      ],
    });
    const [environment] = suspected.repositories[0]?.environments ?? [];
    const run = environment?.notes.findIndex(({ id }) => id === head.id);
    expect(suspected.repositories[0]?.changes[0]?.run).toBe(run);
    expect(environment?.runs.machineChanges).toEqual([
      { run, ratio: 1.1, calibrationRatio: null, causes: ['kernel 6.1 → 6.2'] },
    ]);
    expect(suspected.overview.rows[0]?.openChanges).toEqual({ suspects: 1, confirmed: 0 });
    const present = suspected.repositories[0]?.files
      .flatMap(({ places }) => places[0]?.recent ?? [])
      .find(({ subject }) => subject === found.subjectId)?.present;
    expect(present?.smallestRatio).toBe(1.5);

    const verdict = {
      kind: 'confirmed' as const,
      ratio: { value: 1.25, low: 1.1, high: 1.4 },
      level: 0.99,
      pairs: 12,
      base: base.commit,
      head: head.commit,
      reason: null,
    };
    await store.updateChange(change?.id ?? '', {
      verdict,
      state: { state: 'acknowledged', reason: 'known', by: 'command' },
    });
    await publish();
    expect(readSite(site).repositories[0]).toMatchObject({
      openChanges: { suspects: 0, confirmed: 1 },
      changes: [
        {
          state: 'confirmed',
          ratio: verdict.ratio,
          level: 0.99,
          pairs: 12,
          triage: { state: 'acknowledged', by: 'command', reason: 'known' },
        },
      ],
    });
    await store.updateChange(change?.id ?? '', {
      state: { state: 'recovered', reason: null, by: 'tracey' },
      recoveredRunId: last.id,
    });
    await store.close();
    await publish();
    expect(readSite(site).repositories[0]).toMatchObject({
      openChanges: { suspects: 0, confirmed: 0 },
      changes: [
        { state: 'recovered', recoveredRun: environment?.notes.findIndex(({ id }) => id === last.id) },
      ],
    });
  });
});
