/** What a container costs: the time of a busy loop in one and beside it, and what each Node version takes besides its tests. */
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DockerEngine, isDockerThere, startDocker } from '../peers/docker-engine.ts';
import { type Bench, type BenchRow, summarise } from './bench.ts';
import { BUSY_LEVELS, createBusySource, readToldMedians } from './busy-loop.ts';
import { timeCommand } from './commands.ts';
import { createOneFileRepo } from './fixture-repos.ts';
import { computeDifferences, computeRatios, interleave } from './interleave.ts';
import { OWN_MOCHA } from './mochas.ts';
import { type BuiltTracey, buildTracey, createTraceyRun } from './tracey.ts';

const SIZES = { full: { tests: 100, rounds: 15 }, quick: { tests: 20, rounds: 2 } } as const;
const TARGET = { ratio: '1.00 ± 0.03', cost: '≤ 3 s' } as const;

/** The side natively, and the one in a container. */
const SIDES = ['performance-tracker-lite', 'performance-tracker'] as const;

export const containers: Bench = {
  name: 'containers',
  about: 'busy loops and whole runs in a container and natively (takes the peer docker, and root)',
  async run({ size, folder, rounds, tell }) {
    const there = await isDockerThere();
    if (there !== true) {
      tell(`left out: ${there}`);
      return [];
    }
    const { tests, rounds: own } = SIZES[size];
    const tracey = await buildTracey(folder);
    const engine = await startDocker();
    try {
      const busy = makeRepo(engine, {
        folder: join(folder, 'busy'),
        source: createBusySource({ tests, times: null }),
      });
      const tiny = makeRepo(engine, {
        folder: join(folder, 'tiny'),
        source: `it('does nothing', () => {});`,
      });
      const count = rounds ?? own;
      tell(`${tests} tests of each length, ${count} rounds`);
      return [
        ...(await compareTimes(tracey, { repo: busy, count })),
        ...(await compareRuns(tracey, { repo: tiny, count })),
      ];
    } finally {
      await engine.close();
    }
  },
};

/** A repo whose dependencies lie in it: links lead out of a container. */
function makeRepo(
  engine: DockerEngine,
  { folder, source }: { readonly folder: string; readonly source: string },
): string {
  createOneFileRepo({ folder, mocha: OWN_MOCHA }, source);
  const modules = join(folder, 'node_modules');
  rmSync(modules, { recursive: true });
  cpSync(engine.modules, modules, { recursive: true });
  const jobType = { name: 'performance-tracker', settings: { socket: engine.socketPath } };
  writeFileSync(join(folder, '.tracey.yml'), JSON.stringify({ job_types: [jobType] }));
  return folder;
}

interface Comparison {
  readonly repo: string;
  readonly count: number;
}

async function compareTimes(tracey: BuiltTracey, { repo, count }: Comparison): Promise<BenchRow[]> {
  const [native, contained] = await runBySide(tracey, { repo, count }, (_, report) =>
    readToldMedians(report),
  );
  return BUSY_LEVELS.flatMap((level, index): BenchRow[] => {
    const [beside, inside] = [native, contained].map((side) => side.map((medians) => medians[index] ?? NaN));
    if (beside === undefined || inside === undefined) return [];
    return [
      summarise(`busy ${level} ms: natively`, 'ms', beside),
      summarise(`busy ${level} ms: in a container`, 'ms', inside),
      {
        ...summarise(`busy ${level} ms: in a container ÷ natively`, '×', computeRatios(inside, beside)),
        target: TARGET.ratio,
      },
    ];
  });
}

async function compareRuns(tracey: BuiltTracey, { repo, count }: Comparison): Promise<BenchRow[]> {
  const [native, contained] = await runBySide(tracey, { repo, count }, (ms) => ms / 1000);
  return [
    summarise('a run of one empty test: natively', 's', native),
    summarise('a run of one empty test: in a container', 's', contained),
    {
      ...summarise('fixed cost of a container', 's', computeDifferences(contained, native)),
      target: TARGET.cost,
    },
  ];
}

/** What both sides gave, round by round, the native one first. */
async function runBySide<Value>(
  tracey: BuiltTracey,
  { repo, count }: Comparison,
  read: (ms: number, report: string) => Value,
): Promise<readonly [readonly Value[], readonly Value[]]> {
  const report = join(tracey.home, 'report.json');
  const runSide = (jobType: string) => async () =>
    read(await timeCommand(createTraceyRun(tracey, { repo, report, args: ['--job-type', jobType] })), report);
  const [native, contained] = SIDES;
  const sides = { [native]: runSide(native), [contained]: runSide(contained) };
  const values = await interleave(count, sides as Record<(typeof SIDES)[number], () => Promise<Value>>);
  return [values[native], values[contained]];
}
