import { describe, expect, it } from 'vitest';
import type { FileResult, RunReport } from '../../core/model.ts';
import { BLOCK_RUNS } from '../../core/store/blocks.ts';
import type { Rename } from '../../core/store/rename-store.ts';
import type { Store } from '../../core/store/store.ts';
import { createRun } from '../../scripts/bench/runs.ts';
import { openTestStore } from './temporary.ts';

const REPOSITORY = 'happner/sample';

/** A run of these tests, by path; a test takes as many ms as its run's number. */
function makeRun(index: number, files: Readonly<Record<string, readonly string[][]>>): RunReport {
  const run = createRun({ files: 1, testsPerFile: 1, samples: 1 }, index);
  const [file] = run.files;
  const [test] = file?.tests ?? [];
  if (file === undefined || test === undefined) throw new Error('the run has no test');
  const made = Object.entries(files).map(([path, titles]): FileResult => {
    const tests = titles.map((title) => ({ ...test, title, outcome: 'passed' as const, durationMs: index }));
    return { ...file, path, suites: [{ title: ['suite'], durationMs: index, hooksMs: 0 }], tests };
  });
  return { ...run, files: made };
}

const [OLD, NEW] = [
  ['suite', 'old'],
  ['suite', 'new'],
];
const lane = ({ runner, role, nodeLine, jobType, isolation }: RunReport) => ({
  repository: REPOSITORY,
  runner,
  role,
  nodeLine,
  jobType,
  isolation,
});

async function readTimes(store: Store, text: string): Promise<(number | null)[]> {
  const [series] = (await store.findSeries({ text })).series;
  if (series === undefined) throw new Error(`there is no ${text}`);
  return (await store.readHistory({ series, limit: 1000 })).map(({ durationMs }) => durationMs);
}

/** What screening sees, by the name of each test. */
async function readLane(store: Store, runs: readonly RunReport[]): Promise<Record<string, number[]>> {
  const [first] = runs as [RunReport];
  const ids = runs.map(({ id }) => id);
  const tests = [...(await store.readLaneHistory(lane(first), ids)).list('test')];
  const titles = await store.readTestTitles(tests.map(({ subjectId }) => subjectId));
  return Object.fromEntries(
    tests.map(({ subjectId, durationsMs }) => {
      const { path, title } = titles.get(subjectId) ?? { path: '', title: [] };
      return [[path, ...title].join(' > '), [...durationsMs]];
    }),
  );
}

describe('a renamed test', () => {
  it.each([4, BLOCK_RUNS + 4])(
    'has the history of its earlier name before its own, of %d runs',
    async (count) => {
      const store = openTestStore();
      const runs = Array.from({ length: count }, (_, index) =>
        makeRun(index + 1, { 'test/a.js': [index < 2 ? OLD : NEW, ['suite', 'other']] }),
      );
      // Commit order is not that of storing.
      for (const run of runs.toReversed()) await store.writeRun(run);
      expect(await readTimes(store, 'test/a.js > suite > new')).toHaveLength(count - 2);
      await store.writeRenames(REPOSITORY, [
        { from: 'test/a.js > suite > old', to: 'test/a.js > suite > new' },
      ]);
      expect((await readTimes(store, 'test/a.js > suite > new')).slice(0, 4)).toEqual([1, 2, 3, 4]);
      expect(await readTimes(store, 'test/a.js > suite > old')).toEqual([1, 2]);
      const joined = await readLane(store, runs);
      expect(Object.keys(joined).sort()).toEqual(['test/a.js > suite > new', 'test/a.js > suite > other']);
      expect(joined['test/a.js > suite > new']).toEqual(runs.map((_, index) => index + 1));
      await store.writeRenames(REPOSITORY, []);
      expect(await readTimes(store, 'test/a.js > suite > new')).toHaveLength(count - 2);
    },
  );

  it('goes on from a chain of names, and takes nothing of a name that came back', async () => {
    const store = openTestStore();
    const titles = [[['a']], [['b']], [['c']], [['c'], ['a']]];
    const runs = titles.map((tests, index) => makeRun(index + 1, { 'test/a.js': tests }));
    for (const run of runs) await store.writeRun(run);
    await store.writeRenames(REPOSITORY, [
      { from: 'test/a.js > b', to: 'test/a.js > c' },
      { from: 'test/a.js > a', to: 'test/a.js > b' },
    ]);
    expect(await readTimes(store, 'test/a.js > c')).toEqual([1, 2, 3, 4]);
    const { 'test/a.js > a': again, 'test/a.js > c': last, ...others } = await readLane(store, runs);
    expect(last).toEqual([1, 2, 3, 4]);
    expect(again).toEqual([Number.NaN, Number.NaN, Number.NaN, 4]);
    expect(others).toEqual({});
  });

  it('takes what is beneath a file or a suite along, unless a line says more of it', async () => {
    const store = openTestStore();
    const runs = [
      makeRun(1, {
        'test/a.js': [
          ['suite', 'one'],
          ['suite', 'two'],
          ['suite', 'three'],
        ],
      }),
      makeRun(2, {
        'test/b.js': [
          ['suite', 'one'],
          ['part', 'two'],
          ['suite', '3'],
        ],
      }),
    ];
    for (const run of runs) await store.writeRun(run);
    await store.writeRenames(REPOSITORY, [
      { from: 'test/a.js > suite > two', to: 'test/b.js > part > two' },
      { from: 'test/a.js', to: 'test/b.js' },
      { from: 'test/a.js > suite > three', to: 'test/b.js > suite > 3' },
    ]);
    const names = ['', ' (load)', ' > suite', ' > suite > one', ' > part > two', ' > suite > 3'];
    for (const name of names) expect(await readTimes(store, `test/b.js${name}`), name).toHaveLength(2);
    expect((await store.readRenames(REPOSITORY)).map(({ from, to }) => `${from} → ${to}`).sort()).toEqual([
      'test/a.js (load) → test/b.js (load)',
      'test/a.js > suite > one → test/b.js > suite > one',
      'test/a.js > suite > three → test/b.js > suite > 3',
      'test/a.js > suite > two → test/b.js > part > two',
      'test/a.js > suite → test/b.js > suite',
      'test/a.js → test/b.js',
    ]);
  });

  it.each<[string, Rename[]]>([
    ['neither side of which is there', [{ from: 'test/x.js > a', to: 'test/y.js > b' }]],
    ['that makes a suite a test', [{ from: 'test/a.js > suite', to: 'test/a.js > suite > new' }]],
  ])('is none by a line %s', async (_, lines) => {
    const store = openTestStore();
    await store.writeRun(makeRun(1, { 'test/a.js': [OLD, NEW] }));
    await store.writeRenames(REPOSITORY, lines);
    expect(await store.readRenames(REPOSITORY)).toEqual([]);
  });

  it('never leads back to itself, whatever is asked for', async () => {
    const store = openTestStore();
    await store.writeRun(makeRun(1, { 'test/a.js': [OLD, NEW] }));
    await store.writeRenames(REPOSITORY, [
      { from: 'test/a.js > suite > old', to: 'test/a.js > suite > new' },
      { from: 'test/a.js > suite > new', to: 'test/a.js > suite > old' },
    ]);
    expect(await store.readRenames(REPOSITORY)).toHaveLength(1);
    await store.writeRenames('happner/unknown', [{ from: 'a', to: 'b' }]);
    expect(await store.readRenames('happner/unknown')).toEqual([]);
  });
});

describe('the tests of a run', () => {
  it('are known with their bodies and titles, whether rows or blocks hold them', async () => {
    const store = openTestStore();
    const runs = Array.from({ length: BLOCK_RUNS + 1 }, (_, index) => {
      const run = makeRun(index + 1, { 'test/a.js': index === 3 ? [OLD] : [OLD, NEW, NEW] });
      const files = run.files.map((file) => ({
        ...file,
        tests: file.tests.map(({ body: _body, ...test }) =>
          test.title === OLD ? { ...test, body: '0000000000ff' } : test,
        ),
      }));
      return { ...run, files };
    });
    for (const run of runs) await store.writeRun(run);
    for (const [index, expected] of [
      [3, 1],
      [5, 3],
      [BLOCK_RUNS, 3],
    ] as const) {
      const tests = await store.readRunTests(runs[index]?.id ?? '');
      const titles = await store.readTestTitles(tests.map(({ subjectId }) => subjectId));
      const told = tests.map(({ subjectId, body }) => ({ ...titles.get(subjectId), body }));
      expect(told).toHaveLength(expected);
      expect(told).toContainEqual({ path: 'test/a.js', title: OLD, occurrence: 1, body: '0000000000ff' });
      if (expected > 1)
        expect(told).toContainEqual({ path: 'test/a.js', title: NEW, occurrence: 2, body: null });
    }
    expect(await store.readRunTests('none')).toEqual([]);
  });
});
