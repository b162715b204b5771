import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RunReport } from '../../core/model.ts';
import { openStore } from '../../core/store/open.ts';
import { decodeDeltas } from '../../dashboard/columns.ts';
import { RUN_FLAGS } from '../../dashboard/data-format.ts';
import { createDashboardRuns } from '../../scripts/bench/dashboard-data.ts';
import { createRun } from '../../scripts/bench/runs.ts';
import { decodeSeries, listSite, listSubjects, makePlace, readSite, storeRuns } from './site.ts';

const SHAPE = { runs: 140, files: 3, testsPerFile: 12, environments: 2, samples: 2 };
const RUNS = [...createDashboardRuns(SHAPE)];

/** All of them published, for tests that only look. */
let published: Pick<ReturnType<typeof makePlace>, 'database' | 'site'>;
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tracey-site-'));
  const place = makePlace(folder);
  await storeRuns(place.database, RUNS);
  await place.publish();
  published = place;
  return () => rmSync(folder, { recursive: true, force: true });
});

describe('a published site', () => {
  it('has the releases among its commits, by the numbers of these', async () => {
    const place = makePlace();
    await storeRuns(place.database, RUNS.slice(0, 4));
    const store = openStore({ file: place.database });
    const tags = [
      { name: '<b>v2</b>', sha: RUNS[1]?.commit ?? '' },
      { name: 'v1', sha: RUNS[0]?.commit ?? '' },
    ];
    await store.writeTags('happner/sample', { tags, isComplete: true });
    await store.close();
    await place.publish();
    const [repository] = readSite(place.site).repositories;
    const commits = decodeDeltas(repository?.environments[0]?.runs.commits ?? []);
    expect(repository?.releases).toEqual([
      { name: 'v1', commit: commits[0] },
      { name: '<b>v2</b>', commit: repository?.releases[1]?.commit },
    ]);
    expect(repository?.releases[1]?.commit).not.toBe(commits[0]);
  });

  it('has every result of every run, and nothing that no page can reach', async () => {
    const { database, site } = published;
    const { repositories, reached } = readSite(site);
    const files = [...listSite(site).keys()].filter((name) => name.startsWith('data/'));
    expect(files).toEqual([...reached].map((name) => `data/${name}`).sort());

    const [repository] = repositories;
    if (repository === undefined) throw new Error('no repository');
    const store = openStore({ file: database, readonly: true });
    let compared = 0;
    for (const [number, environment] of repository.environments.entries()) {
      for (const { path } of repository.files) {
        for (const [text, subject] of listSubjects(repository, path)) {
          const values = decodeSeries(repository, { path, subject, environment: number });
          const name = { t: text.slice(2), f: path, r: 'total', l: `${path} (load)`, s: '' }[text[0] ?? ''];
          if (!name) continue;
          const wanted = text.startsWith('t') ? `${path} > ${name}` : name;
          const { series } = await store.findSeries({ text: wanted, nodeLine: environment.nodeLine });
          const [found] = series;
          if (found === undefined) continue;
          const history = await store.readHistory({ series: found, limit: 1e6 });
          expect(values.size, wanted).toBe(history.length);
          for (const point of history) {
            const run = environment.notes.findIndex(({ id }) => id === point.runId);
            const value = values.get(run);
            const expectedNs = point.durationMs === null ? null : point.durationMs * 1e6;
            if (expectedNs === null) expect(value?.durationNs).toBeNull();
            else expect(Math.abs((value?.durationNs ?? 0) / expectedNs - 1)).toBeLessThan(0.001);
            if (point.spread !== null) expect(value?.spread).toBeCloseTo(point.spread * 1000, -0.4);
            compared += 1;
          }
        }
      }
    }
    await store.close();
    expect(compared).toBeGreaterThan(5000);
  });

  it('says what goes on under another name, and in which file that was', async () => {
    const place = makePlace();
    const [first, second] = [1, 2].map((index) =>
      createRun({ files: 1, testsPerFile: 2, samples: 1 }, index),
    ) as [RunReport, RunReport];
    const moved = { ...second, files: second.files.map((file) => ({ ...file, path: 'test/moved.js' })) };
    await storeRuns(place.database, [first, moved]);
    const store = openStore({ file: place.database });
    const from = first.files[0]?.path ?? '';
    await store.writeRenames('happner/sample', [{ from, to: 'test/moved.js' }]);
    await store.close();
    await place.publish();
    const [repository] = readSite(place.site).repositories;
    if (repository === undefined) throw new Error('no repository');
    const [earlier, now] = [listSubjects(repository, from), listSubjects(repository, 'test/moved.js')];
    const tests = [...now].filter(([text]) => text.startsWith('t'));
    expect(tests).toHaveLength(2);
    for (const [text, subject] of tests) {
      expect(repository.renamed).toContainEqual({ subject, earlier: earlier.get(text), path: from });
    }
  });

  it('says where the body of a test changed, by the order of commits and not of storing', async () => {
    const place = makePlace();
    const runs = Array.from({ length: 9 }, (_, index) => {
      const run = createRun({ files: 1, testsPerFile: 3, samples: 1 }, index);
      const files = run.files.map((file) => ({
        ...file,
        tests: file.tests.map((test, at) => ({
          ...test,
          body: at === 1 && index >= 6 ? '00000000000b' : '00000000000a',
          durationMs: at === 1 && index >= 6 ? 500 : 100,
        })),
      }));
      return { ...run, files };
    });
    await storeRuns(place.database, [...runs.slice(5), ...runs.slice(0, 5)]);
    await place.publish();
    const [repository] = readSite(place.site).repositories;
    const recent = repository?.files.flatMap(({ places }) => places).flatMap((one) => one.recent) ?? [];
    const edited = recent.filter((series) => series.edited !== undefined);
    // The run of index 6 was the second to be stored.
    expect(edited).toMatchObject([{ edited: [1], present: { levelMs: 500 } }]);
  });

  it('says of each run what a chart needs, in the order of storing', async () => {
    const { site } = published;
    const [environment] = readSite(site).repositories[0]?.environments ?? [];
    if (environment === undefined) throw new Error('no environment');
    const wanted = RUNS.filter(({ nodeLine }) => nodeLine === environment.nodeLine);
    const { runs, notes, runFiles } = environment;
    expect(notes.map(({ id }) => id)).toEqual(wanted.map(({ id }) => id));
    expect(decodeDeltas(runs.startedMs)).toEqual(wanted.map(({ id }) => Number(id.slice(0, 13))));
    expect(decodeDeltas(runs.committedS)).toEqual(
      wanted.map(({ commitDetails }) => Math.floor(Date.parse(commitDetails.committedAt) / 1000)),
    );
    expect(new Set(decodeDeltas(runs.commits)).size).toBe(wanted.length);
    const versions = decodeDeltas(runs.nodeVersion).map((at) => runs.nodeVersions[at]);
    expect(versions).toEqual(wanted.map(({ nodeVersion }) => nodeVersion));
    const kernels = decodeDeltas(runs.machine).map((at) => runs.machines[at]?.kernel);
    expect(kernels).toEqual(wanted.map(({ machine }) => machine.facts.kernel));
    const flags = [...runs.flags].map((digit) => Number.parseInt(digit, 16));
    const has = (flag: number) => flags.map((sum) => (sum & flag) > 0);
    expect(has(RUN_FLAGS.interrupted)).toEqual(wanted.map(({ interrupted }) => interrupted));
    expect(has(RUN_FLAGS.noisy)).toEqual(
      wanted.map(({ machine }) => (machine.after?.cpuPressure ?? 0) > 0.2),
    );
    expect(has(RUN_FLAGS.detailed).filter(Boolean)).toHaveLength(5);
    expect(runFiles.map(({ id }) => id)).toEqual(wanted.map(({ id }) => id));
  });

  it('has a run with its files, tests and failures, and hooks while there are details', async () => {
    const { site } = published;
    const [repository] = readSite(site).repositories;
    const [environment] = repository?.environments ?? [];
    const [first, last] = [environment?.runFiles[0], environment?.runFiles.at(-1)];
    const report = RUNS.findLast(({ nodeLine }) => nodeLine === environment?.nodeLine);
    if (!first || !last || !report) throw new Error('no run');
    const failed = report.files.filter(({ outcome }) => outcome !== 'passed').length + report.totals.failed;
    expect(last).toMatchObject({ id: report.id, totals: report.totals, failureCount: failed });
    expect(last.files.map(({ path }) => path)).toEqual(report.files.map(({ path }) => path));
    expect(last.files.map(({ hooksMs }) => hooksMs !== null)).toEqual(report.files.map(() => true));
    expect(first.files.every(({ hooksMs }) => hooksMs === null)).toBe(true);
    expect(last.outcomes.length).toBe(last.durationsMs.length);
    for (const file of last.files) {
      const wanted = report.files.find(({ path }) => path === file.path);
      const sum = wanted?.tests.reduce((total, { durationMs }) => total + (durationMs ?? 0), 0) ?? 0;
      expect(file.testsMs).toBeCloseTo(sum, 1);
      expect(file.tests).toBe(wanted?.tests.length);
    }
  });

  it('tells where series stand, which are unsteady, and the last failure with its error', async () => {
    const { database, site, publish } = makePlace();
    const runs = RUNS.filter(({ nodeLine }) => nodeLine === '24').slice(0, 70);
    await storeRuns(
      database,
      runs.map((run, at) => (at === 66 ? fail(run) : run)),
    );
    await publish();
    const [repository] = readSite(site).repositories;
    const file = repository?.files.find(({ path }) => path === 'test/module-0.test.js');
    const [place] = file?.places ?? [];
    const subject =
      repository &&
      listSubjects(repository, 'test/module-0.test.js').get('t module 0 > part 0 > does what rule 0 says');
    const entry = place?.recent.find((series) => series.subject === subject);
    expect(entry?.present?.levelMs).toBeGreaterThan(0);
    expect(entry?.present?.noise).toBeGreaterThan(0.02);
    expect(entry?.present?.noise).toBeLessThan(0.4);
    expect(entry?.present?.smallestRatio).toBeGreaterThan(1.05);
    const failure = place?.failures.find((one) => one.subject === subject);
    expect(failure).toMatchObject({ message: 'four is not three', stack: 'Error\n    at a.js:1' });
    const summary = repository?.environments[0]?.summary;
    const position = decodeDeltas(summary?.subjects ?? []).indexOf(subject ?? -1);
    expect(summary?.unsteady.find(([at]) => at === position)).toEqual([position, 1, expect.any(Number)]);
  });

  it('of an empty database says that there is nothing', async () => {
    const { database, site, publish } = makePlace();
    await storeRuns(database, []);
    expect(await publish()).toMatchObject({ repositories: 0, environments: 0, runs: 0 });
    expect(readSite(site)).toMatchObject({
      repositories: [],
      overview: { rows: [] },
      runners: { runners: [] },
    });
  });

  it('of one run has that run, and claims no noise and no trend', async () => {
    const { database, site, publish } = makePlace();
    await storeRuns(database, RUNS.slice(0, 1));
    await publish();
    const { repositories, overview, runners } = readSite(site);
    expect(overview.rows).toMatchObject([
      { runs: 1, trendRatio: null, everyMs: null, trendMs: [expect.any(Number)] },
    ]);
    expect(runners.runners).toMatchObject([{ name: 'bench', queue: [{ repository: 'happner/sample' }] }]);
    const series = repositories[0]?.files.flatMap(({ places }) => places.flatMap(({ recent }) => recent));
    expect(series?.length).toBeGreaterThan(30);
    expect(series?.every(({ present }) => (present?.noise ?? null) === null)).toBe(true);
  });

  it('keeps the histories of a file before and after it was renamed apart', async () => {
    const { site } = published;
    const [repository] = readSite(site).repositories;
    if (repository === undefined) throw new Error('no repository');
    const runsOf = (path: string) => [
      ...decodeSeries(repository, {
        path,
        subject: listSubjects(repository, path).get(`f ${path}`) ?? -1,
        environment: 0,
      }).keys(),
    ];
    const [before, after] = [runsOf('test/old-name.test.js'), runsOf('test/module-1.test.js')];
    expect(Math.max(...before)).toBeLessThan(Math.min(...after));
    expect(before.length).toBeGreaterThan(50);
  });

  it('takes titles, paths and errors as they are, and makes no file of them', async () => {
    const hostile = [
      '</script><script>alert(1)</script>',
      '__proto__',
      '../../../etc/passwd',
      '\u0000\u001b[2J',
      '"\\',
      '\ud800',
      '🧪'.repeat(50),
      '',
    ];
    const { database, site, publish } = makePlace();
    await storeRuns(
      database,
      RUNS.slice(0, 3).map((run) => rename(run, hostile)),
    );
    await publish();
    const { repositories, reached } = readSite(site);
    const table = repositories[0]?.names.files.find(({ path }) => path === '__proto__/<b>.js')?.subjects;
    const titles = table?.names.filter((_, at) => table.kinds[at] === 't');
    expect(titles).toEqual(expect.arrayContaining(hostile.filter((title) => title !== '\ud800')));
    expect([...reached].every((name) => /^(index|[a-z]+\/[0-9a-f]{20}(\/\d+)?)\.json$/.test(name))).toBe(
      true,
    );
  });

  it('names authors without their addresses', async () => {
    const { database, site, publish } = makePlace();
    await storeRuns(database, RUNS.slice(0, 3));
    await publish();
    for (const text of listSite(site).values()) expect(text).not.toContain('maintainer@example.org');
    expect(readSite(site).repositories[0]?.environments[0]?.notes[0]?.author).toBe('A. Maintainer');
  });
});

function fail(run: RunReport): RunReport {
  const [file, ...files] = run.files;
  const [test, ...tests] = file?.tests ?? [];
  if (!file || !test) throw new Error('nothing to fail');
  const failed = {
    ...test,
    outcome: 'failed' as const,
    durationMs: null,
    samplesMs: [],
    error: { message: 'four is not three', stack: 'Error\n    at a.js:1' },
  };
  return { ...run, files: [{ ...file, tests: [failed, ...tests] }, ...files] };
}

function rename(run: RunReport, titles: readonly string[]): RunReport {
  const [file] = run.files;
  if (!file) throw new Error('no file');
  const tests = titles.map((title, at) => ({
    ...(file.tests[at] as (typeof file.tests)[number]),
    title: [title],
  }));
  return { ...run, files: [{ ...file, path: '__proto__/<b>.js', suites: [], tests }] };
}
