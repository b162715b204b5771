import { expect, test } from 'vitest';
import { makeUser } from './command-line.ts';

const STEP = [10, 11, 10, 11, 10, 11, 10, 11, 15, 16, 15, 16, 15, 16, 15, 16];

function formatLines(lines: readonly unknown[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

test('the change points of one series come as JSON', async () => {
  const { exitCode, stdout } = await makeUser().tracey(['detect'], JSON.stringify({ series: STEP }));
  expect([exitCode, JSON.parse(stdout)]).toEqual([0, { change_points: [8] }]);
});

test('details tell the size of a change, and how sure it is', async () => {
  const { stdout } = await makeUser().tracey(['detect', '--details'], JSON.stringify({ series: STEP }));
  const [change] = JSON.parse(stdout).changes;
  expect(change).toMatchObject({ at: 8, direction: 'slower' });
  expect(change.ratio).toBeGreaterThan(change.ratioLow);
  expect(change.ratio).toBeLessThan(change.ratioHigh);
});

test('many series give a line each, in their order', async () => {
  const input = formatLines([
    { id: 'a', series: STEP },
    { id: 2, series: [1, 2] },
  ]);
  const { stdout } = await makeUser().tracey(['detect', '--batch'], input);
  expect(stdout).toBe(
    formatLines([
      { id: 'a', change_points: [8] },
      { id: 2, change_points: [] },
    ]),
  );
});

test('runs are judged one by one as they come', async () => {
  const runs = Array.from({ length: 60 }, (_, run) => ({
    run,
    runner: 'r1',
    commit: `c${run}`,
    tests: { 'a > b': (run < 30 ? 100 : 200) + (run % 3), other: [50 + (run % 2), null, 50] },
  }));
  const { stdout } = await makeUser().tracey(['detect', '--replay'], formatLines(runs));
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines).toHaveLength(60);
  expect(lines.flatMap(({ alerts }) => alerts)).toEqual([{ test: 'a > b', at: 30, direction: 'slower' }]);
});

test.each([
  ['what is not JSON', [], 'oops\u001b[31m', 'stdin: not JSON, got oops\\u001b[31m.'],
  ['a list', [], '[1]', 'stdin: must be an object, got [1].'],
  ['no series', [], '{}', 'stdin: "series" must be a list of numbers, got nothing.'],
  [
    'a negative duration',
    [],
    '{"series":[1,-2]}',
    'stdin: series[1]: must be a number of 0 or more, or null, got -2.',
  ],
  ['text among numbers', ['--batch'], '\n{"id":1,"series":["x"]}', 'stdin:2: series[0]: must be a number'],
  ['a series without an id', ['--batch'], '{"series":[]}', 'stdin:1: "id" is missing.'],
  [
    'an id that is none',
    ['--batch'],
    '{"id":{},"series":[]}',
    'stdin:1: "id" must be a string or a number, got {}.',
  ],
  [
    'a run without a number',
    ['--replay'],
    '{"tests":{}}',
    'stdin:1: "run" must be a whole number, got nothing.',
  ],
  [
    'a runner that is none',
    ['--replay'],
    '{"run":1,"runner":2,"tests":{}}',
    'stdin:1: "runner" must be a string, got 2.',
  ],
  [
    'a run without tests',
    ['--replay'],
    '{"run":1,"tests":[]}',
    'stdin:1: "tests" must be an object, got [].',
  ],
  ['a bad sample', ['--replay'], '{"run":1,"tests":{"a":[1,true]}}', 'stdin:1: tests["a"]: must be a number'],
  [
    'a run twice',
    ['--replay'],
    '{"run":1,"tests":{}}\n{"run":1,"tests":{}}',
    'stdin:2: run 1 comes after run 1.',
  ],
  ['two ways at once', ['--batch', '--replay'], '', "option '--batch' cannot be used with option '--replay'"],
  ['a ratio that is none', ['--minimum-ratio', 'x'], '', 'It must be a number, 0 or more.'],
])('%s is refused with where and what', async (_, flags, input, message) => {
  const { exitCode, stderr } = await makeUser().tracey(['detect', ...flags], input);
  expect(stderr).toContain(message);
  expect(exitCode).toBe(2);
});
