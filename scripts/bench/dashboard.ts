/**
 * The bench of publishing: how long it takes from nothing and after one new run, in how much memory, and what a browser
 * fetches for a page. How soon a page can be used is a matter for a browser, and measured elsewhere.
 */
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { openStore } from '../../core/store/open.ts';
import type { IndexFile, RepositoryFile, ShardSet, TestFileFile } from '../../dashboard/data-format.ts';
import { type Bench, type BenchRow, summarise } from './bench.ts';
import { timeCommand } from './commands.ts';
import { createDashboardRuns, type DashboardShape, writeDashboardDatabase } from './dashboard-data.ts';
import { type BuiltTracey, buildTracey } from './tracey.ts';

/** Runs of a block: after so many the archive gets another one. */
const BLOCK_RUNS = 64;

interface Scale {
  readonly shape: DashboardShape;
  readonly rounds: number;
  /** In words, of publishing from nothing and of its memory; none where there is no target. */
  readonly targets: { readonly nothing?: string; readonly newRun?: string; readonly memory?: string };
}

const SMALL = { files: 25, testsPerFile: 20, environments: 1, samples: 3 };
const LARGE = { files: 200, testsPerFile: 50, environments: 1, samples: 1 };
const SCALES: Readonly<Record<'full' | 'quick', readonly Scale[]>> = {
  full: [
    {
      shape: { ...SMALL, runs: 1000 },
      rounds: 5,
      targets: { nothing: '≤ 10', newRun: '≤ 1', memory: '≤ 300' },
    },
    { shape: { ...LARGE, runs: 1000 }, rounds: 2, targets: { memory: '≤ 300' } },
  ],
  quick: [{ shape: { ...SMALL, runs: 70 }, rounds: 1, targets: {} }],
};

export const dashboard: Bench = {
  name: 'dashboard',
  about: 'publishing a history: time, memory, and what a page fetches',
  async run({ size, folder, only, tell }) {
    const tracey = await buildTracey(folder);
    const rows: BenchRow[] = [];
    for (const scale of SCALES[size].filter(({ shape }) => formatScale(shape).includes(only)))
      rows.push(...(await benchScale({ scale, folder, tracey, tell })));
    return rows;
  },
};

/** Runs × tests. */
function formatScale({ runs, files, testsPerFile }: DashboardShape): string {
  return `${runs} × ${files * testsPerFile}`;
}

async function benchScale(of: {
  readonly scale: Scale;
  readonly folder: string;
  readonly tracey: BuiltTracey;
  readonly tell: (line: string) => void;
}): Promise<BenchRow[]> {
  const { scale, folder, tracey, tell } = of;
  const { shape, rounds, targets } = scale;
  const named = (what: string) => `${formatScale(shape)}: ${what}`;
  const database = join(folder, `${shape.files}.db`);
  const site = join(folder, `site-${shape.files}`);
  tell(named('making the database'));
  await writeDashboardDatabase(database, shape);
  const publish = createPublish({ tracey, database, site, folder });
  const nothing: Peak[] = [];
  for (let round = 0; round < rounds; round += 1) {
    rmSync(site, { recursive: true, force: true });
    nothing.push(await publish());
  }
  tell(named('one run more at a time'));
  const added = [...addedRuns(shape)];
  const next: Peak[] = [];
  const folding: Peak[] = [];
  for (const [index, run] of added.entries()) {
    const store = openStore({ file: database });
    await store.writeRun(run);
    await store.close();
    const left = BLOCK_RUNS - ((shape.runs + index + 1) % BLOCK_RUNS);
    // All of them are stored; published are the first, and the last two, of which one fills a block.
    if (left === BLOCK_RUNS) folding.push(await publish());
    else if (index < rounds || left === 1) next.push(await publish());
  }
  const ms = (peaks: readonly Peak[]) => peaks.map((peak) => peak.ms / 1000);
  const cpu = (peaks: readonly Peak[]) => peaks.map(({ cpuSeconds }) => cpuSeconds);
  const memory = [...nothing, ...next, ...folding].map(({ megabytes }) => megabytes);
  const row = (what: string, values: readonly number[], target?: string) => ({
    ...summarise(named(what), 's', values),
    ...(target !== undefined && { target }),
  });
  return [
    row('publish from nothing', ms(nothing), targets.nothing),
    row('the same, CPU', cpu(nothing)),
    row('publish after one run', ms(next), targets.newRun),
    row('the same, CPU', cpu(next)),
    row('publish after the run that fills a block', ms(folding), targets.newRun),
    row('the same, CPU', cpu(folding)),
    {
      name: named('peak memory'),
      unit: 'MB',
      median: Math.max(...memory),
      ...(targets.memory !== undefined && { target: targets.memory }),
    },
    ...measureSite(site, named),
  ];
}

/** Runs up to the one that fills a block, as if they had come next. */
function* addedRuns(shape: DashboardShape) {
  const count = BLOCK_RUNS - (shape.runs % BLOCK_RUNS);
  let index = 0;
  for (const run of createDashboardRuns({ ...shape, runs: shape.runs + count })) {
    if (index >= shape.runs) yield run;
    index += 1;
  }
}

interface Peak {
  readonly ms: number;
  readonly megabytes: number;
  /** User and system. */
  readonly cpuSeconds: number;
}

/** As its last act the process writes its peak (`VmHWM`, proc_pid_status(5)) and its CPU time. */
function createPreloaded(file: string): string {
  return `'use strict';
process.on('exit', () => {
  const fs = require('fs');
  const kibibytes = /VmHWM:\\s+(\\d+) kB/.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1];
  const { user, system } = process.cpuUsage();
  const found = { megabytes: kibibytes * 1024 / 1e6, cpuSeconds: (user + system) / 1e6 };
  fs.writeFileSync(${JSON.stringify(file)}, JSON.stringify(found));
});
`;
}

function createPublish(of: {
  readonly tracey: BuiltTracey;
  readonly database: string;
  readonly site: string;
  readonly folder: string;
}): () => Promise<Peak> {
  const peak = join(of.folder, 'peak');
  const preloaded = join(of.folder, 'peak.cjs');
  writeFileSync(preloaded, createPreloaded(peak));
  const flags = ['dashboard', 'build', '--database', of.database, '--out', of.site];
  return async () => {
    const ms = await timeCommand({
      command: process.execPath,
      args: ['--require', preloaded, of.tracey.script, ...flags],
      cwd: of.folder,
      env: { TRACEY_HOME: of.tracey.home },
      stderr: join(of.folder, 'publish.log'),
    });
    return { ms, ...(JSON.parse(readFileSync(peak, 'utf8')) as Omit<Peak, 'ms'>) };
  };
}

/** What a browser fetches of the data for a page, compressed as servers do; and the site as a whole. */
function measureSite(site: string, named: (what: string) => string): BenchRow[] {
  const data = join(site, 'data');
  const read = <Content>(name: string) => JSON.parse(readFileSync(join(data, name), 'utf8')) as Content;
  const weigh = (names: readonly string[]) =>
    names.reduce((sum, name) => sum + gzipSync(readFileSync(join(data, name))).length, 0) / 1000;
  const index = read<IndexFile>('index.json');
  const [listed] = index.repositories;
  if (listed === undefined) throw new Error(`${site} has no repository.`);
  const repositoryName = `repository/${listed.file}.json`;
  const repository = read<RepositoryFile>(repositoryName);
  const [environment] = repository.environments;
  const shardsOf = (file: TestFileFile, pick: (set: ShardSet) => number[]) =>
    file.series
      .slice(0, 1)
      .flatMap(({ archives, recent }) =>
        [...archives, recent].flatMap((set) =>
          set === null ? [] : pick(set).map((n) => `series/${set.ref}/${n}.json`),
        ),
      );
  const readFile = (at: number) => {
    const name = `file/${repository.files[at]?.file}.json`;
    return { name, file: read<TestFileFile>(name) };
  };
  const total = readFile(0);
  const middle = readFile(repository.files.length >> 1);
  const runs = `runs/${environment?.runs}.json`;
  const first = ['index.json', `overview/${index.overview}.json`];
  const repo = [
    'index.json',
    repositoryName,
    runs,
    `summary/${environment?.summary}.json`,
    `names/${repository.names}.json`,
    `changes/${repository.changes}.json`,
    total.name,
    ...shardsOf(total.file, (set) => set.starts.map((_, at) => at)),
  ];
  const test = ['index.json', repositoryName, runs, middle.name, ...shardsOf(middle.file, () => [0])];
  const files = readdirSync(site, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const bytes = files.reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
  const kilobytes = (what: string, names: readonly string[], target?: string): BenchRow => ({
    name: named(what),
    unit: 'kB',
    median: weigh(names),
    ...(target !== undefined && { target }),
  });
  return [
    kilobytes('data of the overview, compressed', first, '≤ 300, with the page'),
    kilobytes('data of a repo, compressed', repo),
    kilobytes('data of one test, compressed', test, '≤ 20'),
    { name: named('files of the site'), unit: 'files', median: files.length },
    { name: named('bytes of the site'), unit: 'MB', median: bytes / 1e6 },
  ];
}
