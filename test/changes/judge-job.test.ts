import { describe, expect, it } from 'vitest';
import type { Suspect, Verdict } from '../../core/analysis/suspect.ts';
import type { Answer } from '../../core/changes/confirm-changes.ts';
import { type JudgeOptions, judgeJob } from '../../core/changes/judge-job.ts';
import { describeJudged } from '../../core/changes/screen-commits.ts';
import type { LaneFindings } from '../../core/changes/screen-lane.ts';
import { computeTotals, type RunReport } from '../../core/model.ts';
import type { Store } from '../../core/store/store.ts';
import { openTestStore } from '../store/temporary.ts';
import {
  makeHistory,
  makeRuns,
  nameTest,
  type RunShape,
  type SampleHistory,
  sampleTests,
} from './history-fixture.ts';

const COUNT = 40;
const AT = 34;
const SLOW = nameTest(1, 2);
const SLOWER: RunShape['factor'] = (test, index) => (test === SLOW && index >= AT ? 1.5 : 1);

/** The last runs of these are the job's. */
async function judge(
  history: SampleHistory,
  {
    runs,
    store = openTestStore(),
    last = 1,
    ...options
  }: Partial<JudgeOptions> & {
    readonly runs: readonly RunReport[];
    readonly store?: Store;
    readonly last?: number;
  },
): Promise<{ store: Store; findings: readonly LaneFindings[]; steps: string[]; warnings: string[] }> {
  await store.writeRuns(runs);
  const steps: string[] = [];
  const warnings: string[] = [];
  const findings = await judgeJob(runs.slice(-last).map(describeJudged), {
    store,
    repository: await history.sample.open(),
    thresholdRatio: null,
    experiment: null,
    onStep: (step) => steps.push(step),
    onWarning: ({ message }) => warnings.push(message),
    ...options,
  });
  return { store, findings, steps, warnings };
}

function listNames(findings: readonly LaneFindings[]): string[] {
  return findings.flatMap(({ found }) =>
    found.map(({ subject, direction }) => `${subject.text}: ${direction}`),
  );
}

/** An experiment that gives every suspect the same answer. */
function answer(kind: Verdict['kind'], asked: Suspect[] = []): JudgeOptions['experiment'] {
  return async function* (_, suspects): AsyncGenerator<Answer> {
    for (const suspect of suspects) {
      asked.push(suspect);
      const ratio = kind === 'undecided' ? null : { value: 1.5, low: 1.4, high: 1.6 };
      const { base, head } = suspect;
      const verdict: Verdict = { kind, ratio, level: 0.999, pairs: 12, base, head, reason: null };
      yield { suspect, verdict, documents: [] };
    }
  };
}

describe('a job', () => {
  it('finds the test that became slower, and between which commits', async () => {
    const history = makeHistory(COUNT);
    const { findings, store } = await judge(history, {
      runs: makeRuns(history.shas, { factor: SLOWER }),
      last: 6,
    });
    const change = findings[0]?.found.find(({ subject }) => subject.text === SLOW);
    expect(change).toMatchObject({
      direction: 'slower',
      origin: 'run',
      base: history.shas[AT - 1],
      head: history.shas[AT],
      state: 'new',
      verdict: null,
    });
    expect(change?.ratio).toBeCloseTo(1.5, 1);
    expect(await store.readChanges({ limit: 9 })).toEqual(expect.arrayContaining([change]));
    expect(findings[0]?.readTrendMs(change?.subjectId ?? 0)).toHaveLength(COUNT);
  });

  it('finds nothing where nothing changed, and keeps how small a change could show', async () => {
    const history = makeHistory(COUNT);
    const { findings, store } = await judge(history, { runs: makeRuns(history.shas) });
    expect(findings).toMatchObject([{ found: [], recovered: [], standing: [], machineChanges: [] }]);
    const [series] = (await store.findSeries({ text: SLOW })).series;
    expect(await store.findSmallestChange(series ?? { subjectId: 0, environmentId: 0 })).toBeLessThan(1.2);
  });

  it('nominates what the newest run alone shows, if it is far off', async () => {
    const history = makeHistory(COUNT);
    const factor: RunShape['factor'] = (test, index) => (test === SLOW && index === COUNT - 1 ? 1.5 : 1);
    const { findings } = await judge(history, { runs: makeRuns(history.shas, { factor }) });
    expect(findings[0]?.found).toMatchObject([
      {
        subject: { text: SLOW },
        origin: 'run',
        base: history.shas[COUNT - 2],
        head: history.shas[COUNT - 1],
      },
    ]);
  });

  it('holds the newest run against the one before it while there are too few to screen', async () => {
    const history = makeHistory(2);
    const factor: RunShape['factor'] = (test, index) => (test === SLOW && index === 1 ? 2 : 1);
    const change = (run: RunReport) => sampleTests(run, [0.99, 1, 1.01]);
    const runs = makeRuns(history.shas, { factor, change });
    const { findings } = await judge(history, { runs, thresholdRatio: 0.02 });
    expect(listNames(findings)).toEqual([`${SLOW}: slower`, 'total: slower']);
    const none = await judge(history, { runs: makeRuns(history.shas, { change }) });
    expect(listNames(none.findings)).toEqual([]);
  });

  it('finds a change once, however many jobs see it', async () => {
    const history = makeHistory(COUNT);
    const runs = makeRuns(history.shas, { factor: SLOWER });
    const store = openTestStore();
    await judge(history, { runs: runs.slice(0, AT + 5), store, last: 5 });
    const later = await judge(history, { runs: runs.slice(AT + 5), store });
    expect(listNames(later.findings)).toEqual([]);
  });

  it('does not count interrupted runs, those of modified folders, and failing results', async () => {
    const history = makeHistory(COUNT);
    const change = (run: RunReport, index: number): RunReport => {
      if (index < AT) return run;
      const kind = index % 3;
      if (kind === 0) return { ...run, interrupted: true };
      if (kind === 1) return { ...run, commitDetails: { ...run.commitDetails, modified: true } };
      const files = run.files.map((file) => ({
        ...file,
        outcome: 'failed' as const,
        tests: file.tests.map((test) => ({ ...test, outcome: 'failed' as const })),
      }));
      return { ...run, files, outcome: 'failed', totals: computeTotals(files) };
    };
    const runs = makeRuns(history.shas, { factor: SLOWER, change });
    const { findings } = await judge(history, { runs, last: 6 });
    expect(listNames(findings)).toEqual([]);
  });

  it('says nothing of a folder with changes that are not committed', async () => {
    const history = makeHistory(COUNT);
    const change = (run: RunReport, index: number): RunReport =>
      index < COUNT - 1 ? run : { ...run, commitDetails: { ...run.commitDetails, modified: true } };
    expect((await judge(history, { runs: makeRuns(history.shas, { change }) })).findings).toEqual([]);
  });

  it('never blames a commit that left alone what a test loads', async () => {
    const history = makeHistory(COUNT);
    const same = makeRuns(history.shas, { factor: SLOWER, fingerprint: (file) => String(file).repeat(64) });
    const total = { thresholdRatio: 1 };
    expect(listNames((await judge(history, { runs: same, last: 6, ...total })).findings)).toEqual([]);
  });

  it('blames the commit near the change that touched what the test loads', async () => {
    const history = makeHistory(COUNT);
    const fingerprint = (_: number, index: number) => (index >= AT + 1 ? 'b' : 'a').repeat(64);
    // Large, so that six runs are enough.
    const factor: RunShape['factor'] = (test, index) => (test === SLOW && index >= AT ? 2.5 : 1);
    const runs = makeRuns(history.shas, { factor, fingerprint });
    const { findings } = await judge(history, { runs, last: 6 });
    const change = findings[0]?.found.find(({ subject }) => subject.text === SLOW);
    expect([change?.base, change?.head]).toEqual([history.shas[AT], history.shas[AT + 1]]);
  });

  it('does not blame a commit for what differs between two runs of it', async () => {
    const history = makeHistory(AT + 1);
    const shas = [...history.shas.slice(0, AT), ...new Array<string>(6).fill(history.shas[AT - 1] ?? '')];
    const runs = makeRuns(shas, { factor: SLOWER });
    expect(listNames((await judge(history, { runs, last: 6 })).findings)).toEqual([]);
  });

  it('calls a shift of everything a change of the machine, with what is different about it', async () => {
    const history = makeHistory(COUNT);
    const change = (run: RunReport, index: number): RunReport => {
      if (index < AT) return run;
      const { facts, ...states } = run.machine;
      return { ...run, machine: { ...states, facts: { ...facts, kernel: '6.1.0-21-amd64' } } };
    };
    const factor: RunShape['factor'] = (_, index) => (index >= AT ? 1.4 : 1);
    const { findings } = await judge(history, { runs: makeRuns(history.shas, { factor, change }), last: 6 });
    expect(listNames(findings)).toEqual([]);
    expect(findings[0]?.machineChanges).toMatchObject([
      { commit: history.shas[AT], causes: ['kernel 6.1.0-18-amd64 → 6.1.0-21-amd64'] },
    ]);
    expect(findings[0]?.machineChanges[0]?.ratio).toBeCloseTo(1.4, 1);
    const store = openTestStore();
    const runs = makeRuns(history.shas, { factor, change });
    await store.writeRuns(runs.slice(0, AT));
    const told: number[] = [];
    for (const run of runs.slice(AT)) {
      const [lane] = (await judge(history, { runs: [run], store })).findings;
      told.push(lane?.machineChanges.length ?? 0);
    }
    // Some runs later, for a shift must last, and once.
    expect(told[0]).toBe(0);
    expect(told.reduce((sum, count) => sum + count)).toBe(1);
  });

  it('holds a shift of everything that the calibration does not show against the commit', async () => {
    const history = makeHistory(COUNT);
    const factor: RunShape['factor'] = (_, index) => (index >= AT ? 1.4 : 1);
    const { findings } = await judge(history, { runs: makeRuns(history.shas, { factor }), last: 6 });
    expect(findings[0]?.machineChanges).toEqual([]);
    expect(listNames(findings)).toEqual([
      'total: slower',
      'test/file-2.js: slower',
      'test/file-1.js: slower',
      'test/file-0.js: slower',
    ]);
  });

  it('holds a branch against its merge base, not against what ran last', async () => {
    const history = makeHistory(COUNT);
    const { sample, shas } = history;
    // The branch left main before main became slower, and has one commit of its own.
    sample.git('checkout', '--quiet', '-b', 'topic', shas[AT - 1] ?? '');
    const own = sample.commit('Try something');
    const main = makeRuns(shas, { factor: SLOWER });
    const [last] = makeRuns([own]);
    if (last === undefined) throw new Error('there is no run');
    const [first] = makeRuns(shas.slice(-1));
    const id = `${Date.parse('2027-01-01T00:00:00Z')}${first?.id.slice(13)}`;
    const { findings } = await judge(history, {
      runs: [...main, { ...last, id }],
      target: shas.at(-1) ?? '',
    });
    expect(findings).toMatchObject([{ found: [] }]);
    const slow: RunReport = makeRuns([own], { factor: (test) => (test === SLOW ? 1.5 : 1) })[0] ?? last;
    const next = `${Date.parse('2027-01-02T00:00:00Z')}${first?.id.slice(13)}`;
    const again = await judge(history, { runs: [...main, { ...slow, id: next }], target: shas.at(-1) ?? '' });
    expect(again.findings[0]?.found).toMatchObject([
      { subject: { text: SLOW }, base: shas[AT - 1], head: own },
    ]);
  });
});

describe('what is found', () => {
  it('is proven by experiment, the surest first, and keeps its verdict', async () => {
    const history = makeHistory(COUNT);
    const asked: Suspect[] = [];
    const { findings, store, steps } = await judge(history, {
      runs: makeRuns(history.shas, { factor: SLOWER }),
      last: 6,
      experiment: answer('confirmed', asked),
    });
    expect(asked.map(({ subject }) => subject)).toContainEqual({
      file: 'test/file-1.js',
      titles: ['suite', 'test 2'],
      occurrence: 1,
    });
    const confirmed = { kind: 'confirmed', ratio: { value: 1.5, low: 1.4, high: 1.6 }, pairs: 12 };
    const change = findings[0]?.found.find(({ subject }) => subject.text === SLOW);
    expect(change?.verdict).toMatchObject(confirmed);
    expect(await store.readChanges({ verdicts: ['confirmed'], limit: 9 })).toContainEqual(change);
    expect(steps[0]).toMatch(/^\d+ suspects? on Node 24, by history$/);
  });

  it('is proven by a later job, when there was no time before', async () => {
    const history = makeHistory(COUNT);
    const runs = makeRuns(history.shas, { factor: SLOWER });
    const store = openTestStore();
    await judge(history, { runs: runs.slice(0, COUNT - 1), store, last: 5 });
    const { findings } = await judge(history, {
      runs: runs.slice(COUNT - 1),
      store,
      experiment: answer('confirmed'),
    });
    const change = findings[0]?.found.find(({ subject }) => subject.text === SLOW);
    expect(change?.verdict?.kind).toBe('confirmed');
  });

  it('confirms a total when what is confirmed of its files is the larger part of it', async () => {
    const history = makeHistory(COUNT);
    const factor: RunShape['factor'] = (_, index) => (index >= AT ? 1.6 : 1);
    const runs = makeRuns(history.shas, { factor });
    const confirmed = await judge(history, { runs, last: 6, experiment: answer('confirmed') });
    expect(confirmed.findings[0]?.found[0]).toMatchObject({
      subject: { kind: 'total' },
      verdict: { kind: 'confirmed' },
    });
    const refuted = await judge(history, { runs, last: 6, experiment: answer('refuted') });
    expect(refuted.findings[0]?.found[0]).toMatchObject({ subject: { kind: 'total' }, verdict: null });
  });

  it('is not proven when a commit said beforehand that it is expected', async () => {
    const trailer = 'Keep order\n\nIt costs.\n\nTracey-Expect: slower test/file-1.js*';
    const history = makeHistory(COUNT, { [AT]: trailer });
    const asked: Suspect[] = [];
    const { findings } = await judge(history, {
      runs: makeRuns(history.shas, { factor: SLOWER }),
      last: 6,
      experiment: answer('confirmed', asked),
    });
    expect(asked).toEqual([]);
    expect(findings[0]?.found).toContainEqual(
      expect.objectContaining({
        state: 'expected',
        stateBy: 'trailer',
        stateReason: `Tracey-Expect: slower test/file-1.js* (${history.shas[AT]?.slice(0, 10)})`,
      }),
    );
  });

  it('is as the list in the repo says', async () => {
    const history = makeHistory(COUNT);
    history.sample.write(
      '.tracey-changes.yml',
      `changes:\n  - test: "${SLOW}"\n    state: acknowledged\n    reason: being looked at\n`,
    );
    const sha = history.sample.commit('Acknowledge it');
    const runs = makeRuns([...history.shas, sha], { factor: SLOWER });
    const { findings } = await judge(history, { runs, last: 7, experiment: answer('confirmed') });
    expect(findings[0]?.found.find(({ subject }) => subject.text === SLOW)).toMatchObject({
      state: 'acknowledged',
      stateReason: 'being looked at',
      stateBy: 'file',
      verdict: null,
    });
  });

  it('is found all the same when that list cannot be read', async () => {
    const history = makeHistory(COUNT);
    history.sample.write('.tracey-changes.yml', 'changes: [{ test: 1 }]\n');
    const sha = history.sample.commit('Break it');
    const runs = makeRuns([...history.shas, sha], { factor: SLOWER });
    const { findings } = await judge(history, { runs, last: 7 });
    expect(listNames(findings)).toContain(`${SLOW}: slower`);
  });
});

describe('a job of several commits', () => {
  /** Five samples of each, so that two runs can be told apart. */
  const sampled = (run: RunReport): RunReport => ({
    ...run,
    files: run.files.map((file) => ({
      ...file,
      tests: file.tests.map((test) => ({
        ...test,
        samplesMs: [0.98, 0.99, 1, 1.01, 1.02].map((part) => part * (test.durationMs ?? 0)),
      })),
    })),
  });
  const twice =
    (from: number, to = Number.POSITIVE_INFINITY) =>
    (test: string, index: number) =>
      test === SLOW && index >= from && index < to ? 2 : 1;

  it('finds what became slower with any of them, in a history too short to screen', async () => {
    const history = makeHistory(6);
    const asked: Suspect[] = [];
    const { findings } = await judge(history, {
      runs: makeRuns(history.shas, { factor: twice(2), change: sampled }),
      last: 6,
      experiment: answer('confirmed', asked),
    });
    expect(asked).toMatchObject([{ base: history.shas[1], head: history.shas[2] }]);
    expect(findings[0]?.found[0]).toMatchObject({ subject: { text: SLOW }, verdict: { kind: 'confirmed' } });
  });

  it('finds it in a long one, where the commits after it change nothing', async () => {
    const history = makeHistory(COUNT);
    const runs = makeRuns(history.shas, {
      factor: twice(COUNT - 2),
      fingerprint: (_, index) => (index >= COUNT - 2 ? 'b' : 'a').repeat(64),
    });
    const store = openTestStore();
    await judge(history, { runs: runs.slice(0, COUNT - 3), store });
    const { findings } = await judge(history, { runs: runs.slice(COUNT - 3), store, last: 3 });
    const change = findings[0]?.found.find(({ subject }) => subject.text === SLOW);
    expect([change?.base, change?.head]).toEqual([history.shas[COUNT - 3], history.shas[COUNT - 2]]);
  });

  it('tells what a later one of them took back as over, and not as slower', async () => {
    const history = makeHistory(6);
    const runs = makeRuns(history.shas, { factor: twice(2, 4), change: sampled });
    const { findings } = await judge(history, { runs, last: 6, experiment: answer('confirmed') });
    expect(findings[0]?.found).toEqual([]);
    expect(findings[0]?.recovered).toMatchObject([
      { subject: { text: SLOW }, state: 'recovered', recoveredRunId: runs[4]?.id },
    ]);
  });

  it('judges them in the order of git, however they were named', async () => {
    const history = makeHistory(6);
    const runs = makeRuns(history.shas, { factor: twice(2), change: sampled });
    const [first, ...others] = runs;
    const { findings } = await judge(history, { runs: [...others, first as RunReport], last: 6 });
    expect(findings.flatMap(({ found }) => found)).toMatchObject([
      { subject: { text: SLOW }, base: history.shas[1], head: history.shas[2] },
    ]);
  });
});

describe('a list in the repo that cannot be read', () => {
  const BAD = 'changes:\n  - test: total\n    state: fine\n    reason: x\n';
  const SAID = '.tracey-changes.yml:3:5: changes[0].state must be acknowledged, expected, fixed, got "fine".';

  it('is told once with its place, whether something is found or not', async () => {
    const history = makeHistory(4);
    history.sample.write('.tracey-changes.yml', BAD);
    const sha = history.sample.commit('Break it');
    const onNode = (nodeLine: string) => (run: RunReport) => ({
      ...run,
      id: `${run.id.slice(0, -2)}${nodeLine}`,
      nodeLine,
    });
    const runs = ['22', '24'].flatMap((line) => makeRuns([sha], { change: onNode(line) }));
    const { findings, warnings } = await judge(history, { runs, last: 2 });
    expect(findings.map(({ found }) => found)).toEqual([[], []]);
    expect(warnings).toEqual([expect.stringContaining(SAID)]);
  });

  it('is told of a folder with changes that are not committed, too', async () => {
    const history = makeHistory(1);
    history.sample.write('.tracey-changes.yml', BAD);
    const change = (run: RunReport): RunReport => ({
      ...run,
      commitDetails: { ...run.commitDetails, modified: true },
    });
    const { warnings } = await judge(history, { runs: makeRuns(history.shas, { change }) });
    expect(warnings).toEqual([expect.stringContaining(SAID)]);
  });
});

describe('a confirmed slow-down', () => {
  const back: RunShape['factor'] = (test, index) =>
    test === SLOW && index >= AT - 10 && index < AT ? 1.5 : 1;

  it('is over when three runs show it', async () => {
    const history = makeHistory(COUNT);
    const runs = makeRuns(history.shas, { factor: back });
    const store = openTestStore();
    await judge(history, { runs: runs.slice(0, AT), store, last: 10, experiment: answer('confirmed') });
    const early = await judge(history, { runs: runs.slice(AT, AT + 2), store, last: 2 });
    expect(early.findings[0]?.recovered).toEqual([]);
    const later = await judge(history, { runs: runs.slice(AT + 2, AT + 3), store });
    expect(later.findings[0]?.recovered.map(({ subject }) => subject.text)).toContain(SLOW);
    const [kept] = await store.readChanges({ states: ['recovered'], limit: 9 });
    expect(kept?.recoveredRunId).toBe(runs[AT]?.id);
    const last = await judge(history, { runs: runs.slice(AT + 3), store });
    expect(last.findings[0]?.recovered).toEqual([]);
  });
});
