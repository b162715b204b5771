/**
 * What measuring does to the measured: tests that keep the CPU busy for a known time, timed by themselves inside
 * their bodies, under Tracey and under plain mocha.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Bench, type BenchRow, summarise } from './bench.ts';
import { createMochaLoop, timeCommand } from './commands.ts';
import { createOneFileRepo } from './fixture-repos.ts';
import { computeRatios, interleave } from './interleave.ts';
import { OWN_MOCHA } from './mochas.ts';
import { buildTracey, createTraceyRun, readRun } from './tracey.ts';

const SIZES = { full: { tests: 100, rounds: 25 }, quick: { tests: 20, rounds: 2 } } as const;
/** How long the tests of each kind take, in ms. */
export const BUSY_LEVELS = [5, 0.5] as const;
const TARGET = '1.00 ± 0.02';

/** A fixed piece of work; the same source is calibrated here and run in the tests. */
const WORK = 'let x = 1; for (let n = 0; n < count; n += 1) x = (Math.imul(x, 48271) + n) >>> 0; return x;';

export const busyLoop: Bench = {
  name: 'busy-loop',
  about: 'the time of a busy loop inside a test, under Tracey and under plain mocha',
  async run({ size, folder, tell }) {
    const { tests, rounds } = SIZES[size];
    const tracey = await buildTracey(folder);
    const times = join(folder, 'times');
    const source = createBusySource({ tests, times });
    const repo = createOneFileRepo({ folder: join(folder, 'busy'), mocha: OWN_MOCHA }, source);
    const report = join(tracey.home, 'report.json');
    const run = createTraceyRun(tracey, { repo: repo.folder, report });
    const loop = createMochaLoop({ repo: repo.folder, args: [], files: repo.files });
    tell(`${tests} tests of each length, ${rounds} rounds`);
    const medians = await interleave(rounds, {
      plain: async () => {
        await timeCommand(loop);
        return { inside: readInside(`${times}-plain.json`), told: [] };
      },
      tracey: async () => {
        await timeCommand(run);
        return { inside: readInside(`${times}-tracey.json`), told: readToldMedians(report) };
      },
    });
    return BUSY_LEVELS.flatMap((level, index): BenchRow[] => {
      const plain = medians.plain.map(({ inside }) => inside[index] ?? Number.NaN);
      const inside = medians.tracey.map((round) => round.inside[index] ?? Number.NaN);
      const told = medians.tracey.map((round) => round.told[index] ?? Number.NaN);
      const name = `busy ${level} ms`;
      return [
        summarise(`${name}: inside the body, plain mocha`, 'ms', plain),
        summarise(`${name}: inside the body, under Tracey`, 'ms', inside),
        summarise(`${name}: as Tracey tells it`, 'ms', told),
        {
          ...summarise(`${name}: inside, Tracey ÷ plain`, '×', computeRatios(inside, plain)),
          target: TARGET,
        },
        { ...summarise(`${name}: told ÷ inside, plain`, '×', computeRatios(told, plain)), target: TARGET },
        summarise(`${name}: told ÷ inside, both under Tracey`, '×', computeRatios(told, inside)),
      ];
    });
  },
};

/** Long and short tests by turns; each has its own entry in the file that is written at the end, unless there is to be none. */
export function createBusySource({
  tests,
  times,
}: {
  readonly tests: number;
  readonly times: string | null;
}): string {
  const turnsPerMs = calibrate();
  const counts = BUSY_LEVELS.map((level) => Math.round(level * turnsPerMs));
  return `'use strict';
const fs = require('fs');
function work(count) { ${WORK} }
const counts = ${JSON.stringify(counts)};
const inside = counts.map(() => []);
describe('busy', function () {
  for (let test = 0; test < ${tests}; test += 1) {
    counts.forEach(function (count, level) {
      it('level ' + level + ', ' + test, function () {
        const started = process.hrtime();
        const result = work(count);
        const took = process.hrtime(started);
        inside[level].push(took[0] * 1e3 + took[1] / 1e6);
        if (result < 0) throw new Error('unexpected');
      });
    });
  }
});
const times = ${JSON.stringify(times)};
if (times !== null) process.on('exit', function () {
  const side = process.env.TRACEY ? 'tracey' : 'plain';
  fs.writeFileSync(times + '-' + side + '.json', JSON.stringify(inside));
});
`;
}

/** Turns of the loop per ms on this machine when nothing disturbs it, hence from the shortest of many times. */
function calibrate(): number {
  const work = new Function('count', WORK) as (count: number) => number;
  const count = 500_000;
  const times = Array.from({ length: 100 }, () => {
    const started = performance.now();
    work(count);
    return performance.now() - started;
  });
  return count / Math.min(...times);
}

function readInside(file: string): number[] {
  const inside = JSON.parse(readFileSync(file, 'utf8')) as number[][];
  rmSync(file);
  return inside.map(findMedian);
}

/** The median that Tracey tells of the tests of each length. */
export function readToldMedians(report: string): number[] {
  const tests = readRun(report).files.flatMap((file) => file.tests);
  return BUSY_LEVELS.map((_, level) => {
    const own = tests.filter((test) => test.title.at(-1)?.startsWith(`level ${level},`));
    return findMedian(own.map((test) => test.durationMs ?? Number.NaN));
  });
}

function findMedian(values: readonly number[]): number {
  return summarise('', '', values).median;
}
