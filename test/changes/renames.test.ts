// biome-ignore-all lint/suspicious/noTemplateCurlyInString: titles under test hold ${NAME} as text.
import { describe, expect, it } from 'vitest';
import { judgeJob } from '../../core/changes/judge-job.ts';
import { findRenames, formatRenameLine, type NamedTest } from '../../core/changes/renames.ts';
import { describeJudged } from '../../core/changes/screen-commits.ts';
import { parseYaml } from '../../core/config/document.ts';
import { computeExpansion } from '../../core/config/variables.ts';
import type { RunReport } from '../../core/model.ts';
import type { Store } from '../../core/store/store.ts';
import { openTestStore } from '../store/temporary.ts';
import { makeHistory, makeRuns, nameTest, type RunShape, type SampleHistory } from './history-fixture.ts';

/** Tests by their names, each with its body; `#2` for a namesake. */
function list(tests: Readonly<Record<string, string | null>>): NamedTest[] {
  return Object.entries(tests).map(([name, body]) => {
    const [path = '', ...title] = name.replace(/ #\d$/, '').split(' > ');
    const occurrence = Number(/ #(\d)$/.exec(name)?.[1] ?? 1);
    return { subjectId: 0, fileId: path.charCodeAt(0), body, path, title, occurrence };
  });
}

function find(
  before: Readonly<Record<string, string | null>>,
  now: Readonly<Record<string, string | null>>,
): string[] {
  const pick = (from: typeof before, without: typeof before) =>
    list(Object.fromEntries(Object.entries(from).filter(([name]) => !(name in without))));
  const stayed = list(Object.fromEntries(Object.entries(now).filter(([name]) => name in before)));
  const found = findRenames({ gone: pick(before, now), added: pick(now, before), stayed });
  return found.map(({ from, to, tests }) => `${from} → ${to} (${tests})`);
}

describe('a rename is suggested', () => {
  it('where one test is gone and another new, with the same body', () => {
    expect(
      find({ 'a > s > old': 'x', 'a > s > other': 'y' }, { 'a > s > new': 'x', 'a > s > other': 'y' }),
    ).toEqual(['a > s > old → a > s > new (1)']);
  });

  it('where a test moved into another suite of its file, and got another title', () => {
    expect(find({ 'a > s > old': 'x' }, { 'a > t > u > new': 'x' })).toEqual([
      'a > s > old → a > t > u > new (1)',
    ]);
  });

  it('for a suite, when all of its tests went with it, those made in a loop among them', () => {
    const before = { 'a > s > of 1': 'x', 'a > s > of 2': 'x', 'a > s > in > deep': 'y', 'a > left': 'z' };
    const now = { 'a > t > of 1': 'x', 'a > t > of 2': 'x', 'a > t > in > deep': 'y', 'a > left': 'z' };
    expect(find(before, now)).toEqual(['a > s → a > t (3)']);
  });

  it('test by test, when one of the suite did not go along', () => {
    const before = { 'a > s > one': 'x', 'a > s > two': 'y', 'a > s > gone': 'z' };
    expect(find(before, { 'a > t > one': 'x', 'a > t > two': 'y' })).toEqual([
      'a > s > one → a > t > one (1)',
      'a > s > two → a > t > two (1)',
    ]);
  });

  it('for a file, and for what was renamed in it besides', () => {
    const before = { 'a > one': 'x', 'a > two': 'x', 'a > old': 'y', 'c > stays': 'x' };
    const now = { 'b > one': 'x', 'b > two': 'x', 'b > new': 'y', 'c > stays': 'x' };
    expect(find(before, now)).toEqual(['a → b (2)', 'a > old → b > new (1)']);
  });

  it('for namesakes by which they are', () => {
    expect(find({ 'a > s > t': 'x', 'a > s > t #2': 'y' }, { 'a > s > t': 'x', 'a > s > u': 'y' })).toEqual([
      'a > s > t #2 → a > s > u (1)',
    ]);
  });
});

describe('no rename is suggested', () => {
  it.each([
    ['where bodies differ', { 'a > old': 'x' }, { 'a > new': 'y' }],
    ['where a body is unknown', { 'a > old': null }, { 'a > new': null }],
    ['where nothing is gone', { 'a > old': 'x' }, { 'a > old': 'x', 'a > new': 'x' }],
    ['where two are new with that body', { 'a > old': 'x' }, { 'a > new': 'x', 'a > newer': 'x' }],
    ['where two are gone with that body', { 'a > old': 'x', 'a > older': 'x' }, { 'a > new': 'x' }],
    [
      'where another test of the file has that body',
      { 'a > of 1': 'x', 'a > of 2': 'x' },
      { 'a > of 1': 'x', 'a > of 3': 'x' },
    ],
    [
      'across files that both stay',
      { 'a > old': 'x', 'a > s': 'y', 'b > s': 'z' },
      { 'b > old': 'x', 'a > s': 'y', 'b > s': 'z' },
    ],
    [
      'for a file of which most is elsewhere',
      { 'a > 1': 'x', 'a > 2': 'y', 'a > 3': 'z' },
      { 'b > 1': 'x', 'b > 4': 'v' },
    ],
    ['for a file that could be either of two', { 'a > 1': 'x' }, { 'b > 1': 'x', 'c > 1': 'x' }],
  ])('%s', (_, before, now) => expect(find(before, now)).toEqual([]));

  it('that is accepted already', () => {
    const [gone, added] = [list({ 'a > old': 'x' }), list({ 'a > new': 'x' })];
    expect(findRenames({ gone, added, stayed: [], isAccepted: () => true })).toEqual([]);
  });
});

describe('the line for the configuration', () => {
  it.each([
    'plain',
    'say "no": {a: b}, #c',
    'a ${HOME} and $${X} and $',
    'back\\slash\ttab\nline\u0000\u007f\u2028',
    'turned \u202e round \u{e0041}',
    "it's — ünïcode 🎉",
  ])('says the names as they are: %j', (name) => {
    const line = formatRenameLine({ from: `test/a.js > ${name}`, to: name });
    expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}]/u);
    const { tree, problems } = parseYaml(`renames:\n${line}\n`);
    expect(problems).toEqual([]);
    const { value, unresolved } = computeExpansion(tree.value, {});
    expect(unresolved).toEqual([]);
    expect(value).toEqual({ renames: [{ from: `test/a.js > ${name}`, to: name }] });
  });
});

describe('a job', () => {
  const COUNT = 24;
  const RENAMED = nameTest(1, 2);
  const LATER = 'test/file-1.js > suite > finds words';

  /** Every test with a body of its own; one is renamed with the sixth run from the end. */
  function makeRenamed(shas: readonly string[], shape: RunShape = {}): RunReport[] {
    const body = (test: string) => Buffer.from(test).toString('hex').slice(-12);
    return makeRuns(shas, {
      ...shape,
      body,
      change: (run, index) =>
        index < COUNT - 6
          ? run
          : {
              ...run,
              files: run.files.map((file) => ({
                ...file,
                tests: file.tests.map((test) =>
                  [file.path, ...test.title].join(' > ') === RENAMED
                    ? { ...test, title: ['suite', 'finds words'] }
                    : test,
                ),
              })),
            },
    });
  }

  async function judge({ sample }: SampleHistory, runs: readonly RunReport[], store: Store) {
    await store.writeRuns(runs);
    return judgeJob(runs.map(describeJudged), {
      store,
      repository: await sample.open(),
      thresholdRatio: null,
      experiment: null,
      onStep: () => {},
      onWarning: () => {},
    });
  }

  it('suggests the line with the run that has the new name, and not again with the next', async () => {
    const history = makeHistory(COUNT);
    const store = openTestStore();
    const runs = makeRenamed(history.shas);
    await store.writeRuns(runs.slice(0, COUNT - 6));
    const [first] = await judge(history, runs.slice(COUNT - 6, COUNT - 5), store);
    expect(first?.renames).toEqual([{ from: RENAMED, to: LATER, tests: 1 }]);
    const [second] = await judge(history, runs.slice(COUNT - 5, COUNT - 4), store);
    expect(second?.renames).toEqual([]);
  });

  it('judges what is accepted as one series, and does not suggest it', async () => {
    const history = makeHistory(COUNT);
    const factor: RunShape['factor'] = (test, index) => (test === RENAMED && index >= COUNT - 6 ? 1.6 : 1);
    const runs = makeRenamed(history.shas, { factor });
    const find = async (isAccepted: boolean) => {
      const store = openTestStore();
      await store.writeRuns(runs);
      const lines = isAccepted ? [{ from: RENAMED, to: LATER }] : [];
      await store.writeRenames(runs[0]?.repository ?? '', lines);
      const findings = await judge(history, runs.slice(-6), store);
      const found = findings.flatMap((one) => one.found).filter(({ subject }) => subject.kind === 'test');
      return {
        found: found.map(({ subject, head }) => [subject.text, history.shas.indexOf(head)]),
        renames: findings.flatMap(({ renames }) => renames),
      };
    };
    expect(await find(true)).toEqual({ found: [[LATER, COUNT - 6]], renames: [] });
    expect(await find(false)).toEqual({ found: [], renames: [{ from: RENAMED, to: LATER, tests: 1 }] });
  });
});
