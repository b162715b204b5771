import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createJournal } from '../../core/measure/journal.ts';
import type { FileMeasurement, TestMeasurement } from '../../core/measure/measurement.ts';
import { gatherFiles } from '../gather-files.ts';
import { RUN_START } from '../run-start.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';

const TEST: TestMeasurement = {
  title: ['suite', 'test'],
  outcome: 'passed',
  durationMs: 1,
  hooksMs: 0,
  cpuMs: null,
  attempts: 1,
};

const FILE: FileMeasurement = {
  path: 'test/a.js',
  outcome: 'passed',
  durationMs: 100,
  loadMs: 10,
  peakRssBytes: 1000,
  exitCode: 0,
  signal: null,
  fingerprint: 'a'.repeat(64),
  suites: [{ title: ['suite'], durationMs: 5, hooksMs: 1 }],
  tests: [TEST],
};

function fold(...rounds: readonly FileMeasurement[]) {
  const journal = createJournal(join(makeTemporaryFolder(), 'journal'), RUN_START);
  for (const round of rounds) journal.add(round);
  const files = gatherFiles(journal.files);
  expect(gatherFiles(journal.files)).toEqual(files);
  journal.close();
  return files;
}
const withTest = (test: Partial<TestMeasurement>): FileMeasurement => ({
  ...FILE,
  tests: [{ ...TEST, ...test }],
});

describe('several rounds', () => {
  it('fold into medians and every sample', () => {
    const [file] = fold(
      { ...withTest({ durationMs: 3, hooksMs: 1, cpuMs: 2 }), durationMs: 300, loadMs: null },
      { ...withTest({ durationMs: 1, hooksMs: 3, cpuMs: 6 }), durationMs: 100, peakRssBytes: 5000 },
      { ...withTest({ durationMs: 2, hooksMs: 2, cpuMs: 4 }), durationMs: 200, peakRssBytes: null },
    );
    expect(file).toMatchObject({ durationMs: 200, loadMs: 10, peakRssBytes: 5000 });
    expect(file?.tests).toEqual([
      {
        title: ['suite', 'test'],
        outcome: 'passed',
        durationMs: 2,
        hooksMs: 2,
        cpuMs: 4,
        attempts: 1,
        samplesMs: [3, 1, 2],
      },
    ]);
    expect(file?.suites).toEqual([{ title: ['suite'], durationMs: 5, hooksMs: 1 }]);
  });

  it('keep the worst outcome with its reason; samples that did not pass are no samples', () => {
    const failed = withTest({
      outcome: 'failed',
      reason: 'no',
      error: { message: 'no' },
      durationMs: 50,
      attempts: 2,
    });
    const [file] = fold(
      withTest({ durationMs: 1 }),
      { ...failed, outcome: 'failed', reason: '1 of 1 tests failed', exitCode: 1, output: 'printed' },
      withTest({ durationMs: 3 }),
    );
    expect(file).toMatchObject({
      outcome: 'failed',
      reason: '1 of 1 tests failed',
      exitCode: 1,
      output: 'printed',
    });
    expect(file?.tests).toMatchObject([
      {
        outcome: 'failed',
        reason: 'no',
        error: { message: 'no' },
        durationMs: 2,
        samplesMs: [1, 3],
        attempts: 2,
      },
    ]);
  });

  it.each([
    ['passed', 'skipped'],
    ['failed', 'passed'],
    ['aborted', 'failed'],
  ] as const)('say %s when another says %s', (worse, better) => {
    for (const outcomes of [
      [worse, better],
      [better, worse],
    ] as const) {
      const [file] = fold(...outcomes.map((outcome) => withTest({ outcome })));
      expect(file?.tests[0]?.outcome).toBe(worse);
    }
  });

  it('of a test that only ever failed have the time it took to fail', () => {
    const [file] = fold(
      withTest({ outcome: 'failed', durationMs: 4 }),
      withTest({ outcome: 'failed', durationMs: 6 }),
    );
    expect(file?.tests[0]).toMatchObject({ durationMs: 5, samplesMs: [] });
  });

  it('with different fingerprints have none', () => {
    expect(fold(FILE, { ...FILE, fingerprint: 'b'.repeat(64) }, FILE)[0]?.fingerprint).toBeNull();
    expect(fold(FILE, { ...FILE, fingerprint: null })[0]?.fingerprint).toBeNull();
    expect(fold(FILE, FILE)[0]?.fingerprint).toBe(FILE.fingerprint);
  });

  it('keep tests apart that bear one name, and those that came in one round only', () => {
    const second = { ...TEST, occurrence: 2, durationMs: 20 };
    const late = { ...TEST, title: ['suite', 'late'] };
    const [file] = fold({ ...FILE, tests: [TEST, second] }, { ...FILE, tests: [TEST, second, late] });
    expect(file?.tests.map((test) => [test.title.at(-1), test.occurrence, test.samplesMs])).toEqual([
      ['test', undefined, [1, 1]],
      ['test', 2, [20, 20]],
      ['late', undefined, [1]],
    ]);
  });

  it('keep the order of the first round, and put after it what came later, when rounds differ', () => {
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => ({ ...TEST, title: [name] }));
    if (!a || !b || !c || !d) throw new Error('four tests were asked for');
    const [file] = fold(
      { ...FILE, tests: [a, b, c] },
      { ...FILE, tests: [a, d, c, b] },
      { ...FILE, tests: [a] },
      { ...FILE, tests: [a, b, c, d] },
    );
    expect(file?.tests.map((test) => [test.title[0], test.samplesMs.length])).toEqual([
      ['a', 4],
      ['b', 3],
      ['c', 3],
      ['d', 2],
    ]);
  });

  it('of a thousand tests fold like those of one, whatever their texts', () => {
    const tests = Array.from({ length: 1000 }, (_, at) => ({ ...TEST, title: [`a\n\u2028 "é" ${at}`] }));
    const [file] = fold({ ...FILE, tests }, { ...FILE, tests });
    expect(file?.tests.map((test) => test.title)).toEqual(tests.map((test) => test.title));
    expect(file?.tests.every((test) => test.samplesMs.length === 2)).toBe(true);
  });

  it('give files in the order in which they first came', () => {
    const other = { ...FILE, path: 'test/b.js' };
    expect(fold(other, FILE, other).map((file) => file.path)).toEqual(['test/b.js', 'test/a.js']);
    expect(fold()).toEqual([]);
  });
});
