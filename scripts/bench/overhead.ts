/**
 * What measuring costs in wall time: `tracey run` of a repo against a plain shell loop over its files with its own
 * mocha, and against the ancestor's runner.
 */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { findScriptCommands } from '../../core/measure/npm-script.ts';
import { findPackageJson } from '../../core/measure/package-json.ts';
import type { RunReport } from '../../core/model.ts';
import { type Bench, type BenchContext, type BenchRow, summarise } from './bench.ts';
import { createMochaLoop, timeCommand } from './commands.ts';
import { createHeavyRepo, createLightRepo, type FixtureRepo } from './fixture-repos.ts';
import { computeDifferences, computeRatios, interleave } from './interleave.ts';
import { installSerialMocha, OWN_MOCHA, type SerialMocha } from './mochas.ts';
import { type BuiltTracey, buildTracey, createTraceyRun, readRun } from './tracey.ts';

const SIZES = {
  full: { files: 60, longFiles: 240, rounds: 5, longRounds: 3 },
  quick: { files: 6, longFiles: 12, rounds: 1, longRounds: 1 },
} as const;
const TARGET = '≤ 1.05';
/** Options of mocha whose value is a word of its own. */
const VALUED =
  /^(-r|--require|-R|--reporter|-t|--timeout|-s|--slow|-u|--ui|-n|--node-option|--config|--extension|--file|--retries)$/;

export const overhead: Bench = {
  name: 'overhead',
  about: 'wall time of a run over a plain loop with mocha, and over happner-serial-mocha',
  async run(context) {
    const { files, longFiles, rounds, longRounds } = SIZES[context.size];
    const tracey = await buildTracey(context.folder);
    const serialMocha = await installSerialMocha(join(context.folder, 'serial-mocha'));
    const rows: BenchRow[] = [];
    const parts = [
      { name: 'light, mocha 12', create: createLightRepo, files, rounds },
      { name: 'light, mocha 2.5', create: createLightRepo, files, rounds, isOld: true },
      { name: 'heavy, mocha 12', create: createHeavyRepo, files, rounds },
      { name: 'heavy, mocha 2.5', create: createHeavyRepo, files, rounds, isOld: true },
      {
        name: 'long, light, mocha 2.5',
        create: createLightRepo,
        files: longFiles,
        rounds: longRounds,
        isOld: true,
      },
    ];
    const isNamed = parts.some(({ name }) => name === context.only);
    for (const { name, create, isOld = false, ...part } of parts) {
      if (isNamed ? name !== context.only : !name.includes(context.only)) continue;
      const folder = join(context.folder, name.replaceAll(/\W+/g, '-'));
      const mocha = isOld ? serialMocha.mocha : OWN_MOCHA;
      const repo = create({ folder, files: part.files, mocha });
      const turns = context.rounds ?? part.rounds;
      context.tell(`${name}: ${part.files} files, ${repo.tests} tests, ${turns} rounds`);
      const contest = { name, repo, args: [], tracey, rounds: turns };
      rows.push(...(await compareLoop({ ...contest, ...(isOld && { serialMocha }) })));
    }
    for (const path of context.repos) {
      rows.push(
        ...(await compareRealRepo(path, {
          context,
          tracey,
          serialMocha,
          rounds: context.rounds ?? longRounds,
        })),
      );
    }
    return rows;
  },
};

/** A repo whose files are run by each side in turn. */
interface Contest {
  readonly name: string;
  readonly repo: Pick<FixtureRepo, 'folder' | 'files'> & {
    /** How many tests there are, where that is known. */
    readonly tests: number | null;
  };
  /** Options of mocha. */
  readonly args: readonly string[];
  readonly tracey: BuiltTracey;
  readonly rounds: number;
  /** The ancestor's runner, if it takes part. */
  readonly serialMocha?: SerialMocha;
  /** Exit codes of Tracey that are fine. */
  readonly exitCodes?: readonly number[];
}

async function compareLoop(contest: Contest): Promise<BenchRow[]> {
  const { name, repo, args, tracey, rounds, serialMocha } = contest;
  const report = join(tracey.home, 'report.json');
  const serialReport = join(tracey.home, 'serial-mocha.json');
  const outsideMs: number[] = [];
  const tests = { tracey: 0, serialMocha: 0 };
  const loop = createMochaLoop({ repo: repo.folder, args, files: repo.files });
  const run = createTraceyRun(tracey, {
    repo: repo.folder,
    report,
    ...(contest.exitCodes && { exitCodes: contest.exitCodes }),
  });
  const runSerialMocha = serialMocha?.createRun({
    repo: repo.folder,
    files: repo.files,
    report: serialReport,
  });
  const times = await interleave(rounds, {
    loop: () => timeCommand(loop),
    tracey: async () => {
      const ms = await timeCommand(run);
      const { totals } = readRun(report);
      outsideMs.push(ms - totals.durationMs);
      tests.tracey = totals.tests;
      return ms;
    },
    serialMocha: async () => {
      if (runSerialMocha === undefined) return Number.NaN;
      const ms = await timeCommand(runSerialMocha);
      tests.serialMocha = readSerialMochaTests(serialReport);
      return ms;
    },
  });
  if (repo.tests !== null && tests.tracey !== repo.tests) {
    throw new Error(`${name}: Tracey found ${tests.tracey} of ${repo.tests} tests.`);
  }
  const seconds = (ms: readonly number[]) => ms.map((one) => one / 1000);
  const rows: BenchRow[] = [
    summarise(`${name}: plain loop`, 's', seconds(times.loop)),
    summarise(`${name}: tracey run`, 's', seconds(times.tracey)),
    { ...summarise(`${name}: tracey ÷ loop`, '×', computeRatios(times.tracey, times.loop)), target: TARGET },
    summarise(`${name}: tracey, outside tested processes`, 'ms', outsideMs),
    summarise(
      `${name}: tested processes ÷ loop`,
      '×',
      computeRatios(computeDifferences(times.tracey, outsideMs), times.loop),
    ),
    { name: `${name}: tests that tracey found`, unit: 'tests', median: tests.tracey },
  ];
  if (runSerialMocha === undefined) return rows;
  return [
    ...rows,
    summarise(`${name}: happner-serial-mocha`, 's', seconds(times.serialMocha)),
    {
      ...summarise(
        `${name}: tracey ÷ happner-serial-mocha`,
        '×',
        computeRatios(times.tracey, times.serialMocha),
      ),
      target: '< 1',
    },
    { name: `${name}: tests that happner-serial-mocha found`, unit: 'tests', median: tests.serialMocha },
  ];
}

function readSerialMochaTests(file: string): number {
  const aggregated = JSON.parse(readFileSync(file, 'utf8')) as { tests?: { count?: number } };
  return aggregated.tests?.count ?? 0;
}

/** The files are those that Tracey finds, the options those of the repo's own npm test script. */
async function compareRealRepo(
  folder: string,
  of: {
    readonly context: BenchContext;
    readonly tracey: BuiltTracey;
    readonly serialMocha: SerialMocha;
    readonly rounds: number;
  },
): Promise<BenchRow[]> {
  const { context, tracey, serialMocha, rounds } = of;
  const report = join(tracey.home, 'report.json');
  // Some of a real repo's tests may fail, on this machine or everywhere.
  const exitCodes = [0, 3];
  await timeCommand(createTraceyRun(tracey, { repo: folder, report, exitCodes }));
  const run: RunReport = readRun(report);
  const files = run.files.map((file) => file.path);
  const args = await findMochaOptions(folder);
  const name = basename(folder);
  const { version } = run.framework ?? { version: 'unknown' };
  context.tell(`${name}: ${files.length} files, mocha ${version} ${args.join(' ')}, ${rounds} rounds`);
  return compareLoop({
    name: `${name}, mocha ${version}`,
    repo: { folder, files, tests: null },
    args,
    tracey,
    rounds,
    serialMocha,
    exitCodes,
  });
}

/** What the npm test script gives to mocha, apart from the files. */
async function findMochaOptions(folder: string): Promise<string[]> {
  const scripts = (await findPackageJson(folder))?.scripts ?? {};
  const [command] = findScriptCommands(scripts, {
    isTool: (word) => /^_?mocha$|\/mocha$/.test(word),
    expandGlob: (pattern) => [pattern],
  });
  const args = command?.args ?? [];
  return args.filter((word, index) => word.startsWith('-') || VALUED.test(args[index - 1] ?? ''));
}
