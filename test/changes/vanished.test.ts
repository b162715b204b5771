import { describe, expect, it } from 'vitest';
import { type JudgeOptions, judgeJob } from '../../core/changes/judge-job.ts';
import { describeJudged } from '../../core/changes/screen-commits.ts';
import { findVanished } from '../../core/changes/vanished.ts';
import type { VanishedNews } from '../../core/changes/vanished-test.ts';
import { computeTotals, type FileResult, type RunReport } from '../../core/model.ts';
import type { Store, StoredRun } from '../../core/store/store.ts';
import { openTestStore } from '../store/temporary.ts';
import { makeHistory, makeRuns, nameTest, type SampleHistory } from './history-fixture.ts';

const GONE = nameTest(1, 2);

type Edit = (file: FileResult) => FileResult | null;

/** The files of a run, edited; null leaves one out. */
function edit(run: RunReport, change: Edit): RunReport {
  const files = run.files.flatMap((file) => change(file) ?? []);
  return { ...run, files, totals: computeTotals(files) };
}

/** Takes a test out of the second file. */
const without =
  (name: string) =>
  (file: FileResult): FileResult => ({
    ...file,
    tests: file.tests.filter(({ title }) => [file.path, ...title].join(' > ') !== name),
  });

/** Judges one job; runs that are stored already stay as they are. */
async function judge(
  { sample }: SampleHistory,
  runs: readonly RunReport[],
  { store, ...options }: Partial<JudgeOptions> & { readonly store: Store },
): Promise<readonly VanishedNews[]> {
  await store.writeRuns(runs);
  const findings = await judgeJob(runs.map(describeJudged), {
    store,
    repository: await sample.open(),
    thresholdRatio: null,
    experiment: null,
    onStep: () => undefined,
    onWarning: () => undefined,
    ...options,
  });
  return findings.flatMap(({ vanished }) => vanished);
}

/** A history of four commits whose first runs are stored, and the runs of the others. */
async function begin(count = 2, commits = 4) {
  const history = makeHistory(commits);
  const runs = makeRuns(history.shas);
  const store = openTestStore();
  await judge(history, runs.slice(0, count), { store });
  const [next, after] = runs.slice(count);
  if (next === undefined || after === undefined) throw new Error('there are too few runs');
  return { history, runs, store, next, after };
}

describe('a test that is gone', () => {
  it('is told once, with the commits around it', async () => {
    const { history, store, next, after } = await begin();
    expect(await judge(history, [edit(next, without(GONE))], { store })).toEqual([
      {
        name: GONE,
        tests: null,
        isThere: false,
        nodeLines: ['24'],
        base: expect.objectContaining({ sha: history.shas[1] }),
        head: expect.objectContaining({ sha: history.shas[2], subject: 'Change 2' }),
      },
    ]);
    expect(await judge(history, [edit(after, without(GONE))], { store })).toEqual([]);
  });

  it('is told again after it was there again', async () => {
    const { history, store, runs, next, after } = await begin(2, 6);
    await judge(history, [edit(next, without(GONE))], { store });
    await judge(history, [after], { store });
    const [later, last] = runs.slice(4) as [RunReport, RunReport];
    expect(await judge(history, [later], { store })).toEqual([]);
    expect((await judge(history, [edit(last, without(GONE))], { store })).map(({ name }) => name)).toEqual([
      GONE,
    ]);
  });

  it('is told with the job that looked first, whatever the Node line, and for all lines of that job', async () => {
    const { history, store, next } = await begin();
    const onNode = (nodeLine: string, run: RunReport): RunReport => ({
      ...run,
      id: `${run.id.slice(0, -2)}${nodeLine}`,
      nodeLine,
    });
    const earlier = makeRuns(history.shas).slice(0, 2);
    await judge(
      history,
      earlier.map((run) => onNode('20', run)),
      { store },
    );
    await judge(
      history,
      earlier.map((run) => onNode('22', run)),
      { store },
    );
    const gone = edit(next, without(GONE));
    const told = await judge(history, [onNode('20', gone), gone], { store });
    expect(told.map(({ name, nodeLines }) => [name, nodeLines])).toEqual([[GONE, ['20', '24']]]);
    expect(await judge(history, [onNode('22', gone)], { store })).toEqual([]);
  });

  it('is told of any commit of the job, unless a later one has it again', async () => {
    const first = await begin();
    const told = await judge(
      first.history,
      [first.next, first.after].map((run) => edit(run, without(GONE))),
      first,
    );
    expect(told.map(({ name, head }) => [name, head.sha])).toEqual([[GONE, first.history.shas[2]]]);
    const second = await begin();
    const back = [edit(second.next, without(GONE)), second.after];
    expect(await judge(second.history, back, second)).toEqual([]);
  });

  it('is not missed while its file crashes or has a failing test, and then is', async () => {
    const { history, store, next, after } = await begin();
    const broken = edit(next, (file) => ({ ...without(GONE)(file), outcome: 'aborted', reason: 'crashed' }));
    expect(await judge(history, [broken], { store })).toEqual([]);
    expect(
      (await judge(history, [edit(after, without(GONE))], { store })).map(({ base }) => base.sha),
    ).toEqual([history.shas[1]]);
  });

  it('is not told when one with the same body is there under another name', async () => {
    const body = 'a'.repeat(12);
    const named = (name: string) => (file: FileResult) => ({
      ...file,
      tests: file.tests.map((test) =>
        [file.path, ...test.title].join(' > ') === GONE ? { ...test, title: ['suite', name], body } : test,
      ),
    });
    const history = makeHistory(3);
    const [first, second, third] = makeRuns(history.shas) as [RunReport, RunReport, RunReport];
    const store = openTestStore();
    await judge(
      history,
      [first, second].map((run) => edit(run, named('test 2'))),
      { store },
    );
    expect(await judge(history, [edit(third, named('finds words'))], { store })).toEqual([]);
  });

  it('is not told when one with the same body is there in another file', async () => {
    const body = 'a'.repeat(12);
    const history = makeHistory(3);
    const [first, second, third] = makeRuns(history.shas, {
      body: (test) => (test === GONE ? body : undefined),
    }) as [RunReport, RunReport, RunReport];
    const store = openTestStore();
    await judge(history, [first, second], { store });
    const moved = edit(third, (file) => {
      const rest = without(GONE)(file);
      const [test] = rest.tests;
      if (file.path !== 'test/file-0.js' || test === undefined) return rest;
      return { ...rest, tests: [...rest.tests, { ...test, title: ['suite', 'finds words'], body }] };
    });
    expect(await judge(history, [moved], { store })).toEqual([]);
  });

  it('is looked for without reading what is still there', async () => {
    const { history, store, next, after } = await begin();
    const read: string[] = [];
    const watched: Store = {
      ...store,
      async readRun(id) {
        const run = await store.readRun(id);
        return {
          ...run,
          get files(): StoredRun['files'] {
            throw new Error('all of a run is read');
          },
          findFile(path) {
            read.push(path);
            return run.findFile(path);
          },
        };
      },
    };
    const judgeWatched = async (run: RunReport) => {
      await store.writeRun(run);
      const hasRun = new Set([run.id]);
      const line = { shas: history.shas, own: new Set<string>() };
      return findVanished({
        store: watched,
        lane: describeJudged(run).lane,
        line,
        runIds: hasRun,
        isPartial: false,
      });
    };
    expect((await judgeWatched(next))?.gone).toEqual([]);
    expect(read).toEqual([]);
    expect((await judgeWatched(edit(after, without(GONE))))?.gone.map(({ name }) => name)).toEqual([GONE]);
    expect(new Set(read)).toEqual(new Set(['test/file-1.js']));
  });

  it('is not told when the configuration says what it is called now, whatever became of its body', async () => {
    const { history, store, next, runs } = await begin();
    const renamed = edit(next, (file) => ({
      ...file,
      tests: file.tests.map((test) =>
        [file.path, ...test.title].join(' > ') === GONE ? { ...test, title: ['suite', 'finds words'] } : test,
      ),
    }));
    await store.writeRun(renamed);
    const line = { from: GONE, to: 'test/file-1.js > suite > finds words' };
    await store.writeRenames(runs[0]?.repository ?? '', [line]);
    expect(await judge(history, [renamed], { store })).toEqual([]);
  });

  it('is not told when it was there but once, as one with a date in its title', async () => {
    const dated = (run: RunReport) =>
      edit(run, (file) => ({
        ...file,
        tests: file.tests.map((test, at) => (at === 0 ? { ...test, title: ['at', run.startedAt] } : test)),
      }));
    const history = makeHistory(4);
    const store = openTestStore();
    const told: VanishedNews[] = [];
    for (const run of makeRuns(history.shas).map(dated))
      told.push(...(await judge(history, [run], { store })));
    // With nothing but the one run before there is no way to know.
    expect(new Set(told.map(({ head }) => head.sha))).toEqual(new Set([history.shas[1]]));
  });
});

describe('a file that is gone', () => {
  const only =
    (...paths: readonly string[]): Edit =>
    (file) =>
      paths.includes(file.path) ? file : null;

  it('is told as one, with how many tests it had', async () => {
    const { history, store, next } = await begin();
    const told = await judge(history, [edit(next, only('test/file-0.js', 'test/file-1.js'))], { store });
    expect(told).toMatchObject([{ name: 'test/file-2.js', tests: 6, isThere: false }]);
  });

  it('is told to be there, when nothing runs it any more', async () => {
    const history = makeHistory(2);
    history.sample.write('test/file-2.js', '');
    const shas = [...history.shas, history.sample.commit('Add it'), history.sample.commit('Run less')];
    const runs = makeRuns(shas);
    const store = openTestStore();
    await judge(history, runs.slice(0, 3), { store });
    const last = edit(runs[3] as RunReport, only('test/file-0.js', 'test/file-1.js'));
    expect(await judge(history, [last], { store })).toMatchObject([
      { name: 'test/file-2.js', tests: 6, isThere: true },
    ]);
  });

  it('is not missed where only some files were to be run, or were before', async () => {
    const { history, store, next } = await begin();
    const some = edit(next, only('test/file-0.js'));
    expect(await judge(history, [some], { store, isPartial: true })).toEqual([]);
    const other = makeHistory(3);
    other.sample.write('test/file-2.js', '');
    const shas = [...other.shas, other.sample.commit('Add it')];
    const runs = makeRuns(shas);
    const others = openTestStore();
    const before = runs.slice(0, 3).map((run) => edit(run, only('test/file-2.js')));
    await judge(other, before, { store: others });
    const now = edit(runs[3] as RunReport, only('test/file-0.js', 'test/file-1.js'));
    expect(await judge(other, [now], { store: others })).toEqual([]);
  });
});
