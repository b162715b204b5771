/** Peak memory of the Tracey process itself, without the tested processes, as the number of tests grows. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Bench, summarise } from './bench.ts';
import { timeCommand } from './commands.ts';
import { createManyTestsRepo } from './fixture-repos.ts';
import { interleave } from './interleave.ts';
import { OWN_MOCHA } from './mochas.ts';
import { buildTracey, createTraceyRun, readRun } from './tracey.ts';

const FILES = 20;
const SIZES = {
  full: { counts: [1000, 10_000, 50_000], rounds: 3 },
  quick: { counts: [1000], rounds: 1 },
} as const;
const TARGET = '≤ 120';

export const memory: Bench = {
  name: 'memory',
  about: 'peak memory of the Tracey process itself, by number of tests',
  async run({ size, folder, tell }) {
    const { counts, rounds } = SIZES[size];
    const tracey = await buildTracey(folder);
    const peak = join(folder, 'peak');
    const preloaded = join(folder, 'peak.cjs');
    writeFileSync(preloaded, createPreloaded(peak));
    const shapes = counts.flatMap((tests) => [FILES, 1].map((files) => ({ tests, files })));
    tell(`${counts.join(', ')} tests, in ${FILES} files and in one, ${rounds} rounds`);
    const runs = shapes.map(({ tests, files }) => {
      const repo = createManyTestsRepo({
        folder: join(folder, `many-${tests}-${files}`),
        files,
        testsPerFile: tests / files,
        mocha: OWN_MOCHA,
      });
      const name = `peak memory, ${tests} tests in ${files === 1 ? 'one file' : `${files} files`}`;
      const report = join(tracey.home, 'report.json');
      const measure = async () => {
        rmSync(peak, { force: true });
        const nodeFlags = ['--require', preloaded];
        await timeCommand(createTraceyRun(tracey, { repo: repo.folder, report, nodeFlags }));
        const found = readRun(report).totals.tests;
        if (found !== tests) throw new Error(`${name}: Tracey found ${found} of ${tests} tests.`);
        return Number(readFileSync(peak, 'utf8'));
      };
      return [name, measure] as const;
    });
    const peaks = await interleave(rounds, Object.fromEntries(runs));
    return runs.map(([name]) => ({ ...summarise(name, 'MB', peaks[name] ?? []), target: TARGET }));
  },
};

/** As its last act the process writes its own peak (`VmHWM`, proc_pid_status(5)), in MB of 10^6 bytes. */
export function createPreloaded(file: string): string {
  return `'use strict';
process.on('exit', () => {
  const fs = require('fs');
  const kibibytes = /VmHWM:\\s+(\\d+) kB/.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1];
  fs.writeFileSync(${JSON.stringify(file)}, String(kibibytes * 1024 / 1e6));
});
`;
}
