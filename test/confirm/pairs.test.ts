import { describe, expect, it } from 'vitest';
import { type Claim, type PairOptions, runPairs, type SideName } from '../../core/confirm/pairs.ts';
import type { PairProgress } from '../../core/confirm/progress.ts';
import type { FileMeasurement, TestMeasurement } from '../../core/measure/measurement.ts';
import { createRandom } from '../analysis/random.ts';

const FILE = 'test/a.js';

type Test = Pick<TestMeasurement, 'title' | 'outcome' | 'durationMs'> & Partial<TestMeasurement>;

function makeFile(tests: readonly Test[], file: Partial<FileMeasurement> = {}): FileMeasurement {
  return {
    path: FILE,
    outcome: 'passed',
    durationMs: 100,
    loadMs: 1,
    peakRssBytes: null,
    exitCode: 0,
    signal: null,
    fingerprint: null,
    suites: [],
    tests: tests.map((test) => ({ hooksMs: 0, cpuMs: null, attempts: 1, ...test })),
    ...file,
  };
}

function passed(title: string, durationMs: number): Test {
  return { title: [title], outcome: 'passed', durationMs };
}

function claim(title: string, ratio: number | null = 1.5): Claim {
  return { subject: { file: FILE, titles: [title], occurrence: 1 }, ratio };
}

/** Runs pairs of sides that are made up; tells in which order they ran. */
async function run(
  sides: Readonly<Record<SideName, (turn: number) => FileMeasurement>>,
  options: Partial<PairOptions> = {},
) {
  const order: SideName[] = [];
  const turns = { base: 0, head: 0 };
  const progress: PairProgress[] = [];
  const side = (name: SideName) => async () => {
    order.push(name);
    return sides[name](turns[name]++);
  };
  const decided = await runPairs({
    file: FILE,
    sides: { base: side('base'), head: side('head') },
    claims: [claim('works')],
    alpha: 0.001,
    pairs: 100,
    isOver: () => false,
    random: createRandom(1).uniform,
    onPairs: (news) => progress.push(news),
    ...options,
  });
  return { decided, order, progress };
}

describe('pairs', () => {
  it('are run until what is claimed is decided', async () => {
    const { decided, order } = await run({
      base: () => makeFile([passed('works', 5)]),
      head: () => makeFile([passed('works', 10)]),
    });
    expect(decided).toMatchObject([
      { decision: 'slower', reason: null, baseMs: 5, headMs: 10, clock: 'wall' },
    ]);
    const pairs = decided[0]?.pairs ?? 0;
    expect(pairs).toBeLessThan(20);
    expect(order).toHaveLength(2 * pairs + 2);
  });

  it('have an order that is drawn anew for each', async () => {
    const same = () => makeFile([passed('works', 5)]);
    const lots = [0.1, 0.9, 0.2, 0.8];
    let drawn = 0;
    const { order } = await run(
      { base: same, head: same },
      { random: () => lots[drawn++] ?? 0, pairs: 4, claims: [claim('works', 1.01)] },
    );
    expect(order.slice(2).join(' ')).toBe('base head head base base head head base');
  });

  it('begin after a first run of each side, which counts for nothing', async () => {
    const { decided } = await run({
      base: (turn) => makeFile([passed('works', turn === 0 ? 900 : 5)]),
      head: (turn) => makeFile([passed('works', turn === 0 ? 1 : 10)]),
    });
    expect(decided[0]?.ratio?.value).toBeCloseTo(2, 2);
  });

  it('serve all suspects of a file, and stop when the last is decided or there are enough of them', async () => {
    const random = createRandom(2);
    const noisy = () => 5 * Math.exp(random.normal());
    const sides = {
      base: () => makeFile([passed('works', 5), passed('wobbles', noisy())], { durationMs: 100 }),
      head: () => makeFile([passed('works', 10), passed('wobbles', noisy())], { durationMs: 300 }),
    };
    const whole: Claim = { subject: { file: FILE, titles: [], occurrence: 1 }, ratio: 2 };
    const { decided, progress } = await run(sides, {
      claims: [claim('works'), claim('wobbles', 1.1), whole],
      pairs: 40,
    });
    expect(decided.map(({ decision }) => decision)).toEqual(['slower', null, 'slower']);
    expect(decided[1]?.reason).toBe('it took as many pairs as it may, and they do not tell');
    expect(decided[1]?.ratio?.low).toBeLessThan(1);
    expect(progress[0]).toMatchObject({ done: 0, total: 40, ratio: null, undecided: 3 });
    expect(progress.at(-1)).toMatchObject({ done: 40, undecided: 1 });
  });

  it('stop when the time is up, and say so', async () => {
    const same = () => makeFile([passed('works', 5)]);
    let runs = 0;
    const count = () => {
      runs += 1;
      return same();
    };
    const { decided } = await run({ base: count, head: count }, { isOver: () => runs >= 8 });
    expect(decided).toMatchObject([{ decision: null, pairs: 3, reason: 'the time for confirming was up' }]);
  });

  it('leave out a pair that was cut short', async () => {
    let isOver = false;
    const aborted = () => {
      isOver = true;
      return makeFile([], { outcome: 'aborted', reason: 'stopped', durationMs: 1 });
    };
    const { decided } = await run(
      {
        base: () => makeFile([passed('works', 5)]),
        head: (turn) => (turn < 3 ? makeFile([passed('works', 9)]) : aborted()),
      },
      { isOver: () => isOver },
    );
    expect(decided[0]).toMatchObject({ pairs: 2, reason: 'the time for confirming was up' });
  });

  it('give up a test that does not pass three times running, and name the side', async () => {
    const failing = () =>
      makeFile([{ title: ['works'], outcome: 'failed', durationMs: 3, error: { message: 'no\nway' } }]);
    const { decided, order } = await run({ base: () => makeFile([passed('works', 5)]), head: failing });
    expect(decided).toMatchObject([
      { decision: null, ratio: null, pairs: 0, reason: 'at head the test failed: no', baseMs: null },
    ]);
    expect(order).toHaveLength(6);
  });

  it('pass over a failure now and then', async () => {
    const flaky = (turn: number) =>
      turn % 3 === 1
        ? makeFile([{ title: ['works'], outcome: 'failed', durationMs: 3 }])
        : makeFile([passed('works', 10)]);
    const { decided } = await run({ base: () => makeFile([passed('works', 5)]), head: flaky });
    expect(decided).toMatchObject([{ decision: 'slower', headMs: 10 }]);
  });

  it.each([
    [
      'a file that cannot be loaded',
      makeFile([], { outcome: 'aborted', reason: 'SyntaxError' }),
      'the test file aborted: SyntaxError',
    ],
    ['a test that is not there', makeFile([passed('other', 1)]), 'there is no such test'],
    [
      'a test without a time',
      makeFile([{ title: ['works'], outcome: 'passed', durationMs: null }]),
      'the test took no time',
    ],
  ])('cannot be had of %s', async (_what, base, reason) => {
    const { decided } = await run({ base: () => base, head: () => makeFile([passed('works', 5)]) });
    expect(decided[0]?.reason).toBe(`at base ${reason}`);
  });

  it('are of the file and every test that passes on both sides where nothing is claimed, as far as it is wanted', async () => {
    const sides = {
      base: () => makeFile([passed('works', 5), { title: ['fails'], outcome: 'failed', durationMs: 1 }]),
      head: () =>
        makeFile([
          passed('works', 10),
          passed('fails', 1),
          passed('new', 1),
          { ...passed('works', 10), occurrence: 2 },
        ]),
    };
    const { decided } = await run(sides, { claims: () => true });
    expect(decided.map(({ claim: { subject } }) => subject.titles)).toEqual([[], ['works']]);
    const { decided: chosen } = await run(sides, { claims: ({ titles }) => titles.length > 0 });
    expect(chosen.map(({ decision }) => decision)).toEqual(['slower']);
  });

  it('tell namesakes apart', async () => {
    const second = { ...claim('works'), subject: { file: FILE, titles: ['works'], occurrence: 2 } };
    const { decided } = await run(
      {
        base: () => makeFile([passed('works', 5), { ...passed('works', 5), occurrence: 2 }]),
        head: () => makeFile([passed('works', 5), { ...passed('works', 50), occurrence: 2 }]),
      },
      { claims: [second] },
    );
    expect(decided).toMatchObject([{ decision: 'slower', headMs: 50 }]);
  });
});
