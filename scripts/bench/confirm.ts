/**
 * `confirm`: what experiments find where it is known what there is to find. A test of 5 ms with 10 % more work must be
 * confirmed, and the same work in two commits never; nor must any test of a real suite, which `--repo` names.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { computeBudget } from '../../core/confirm/budget.ts';
import { type Laboratory, openLaboratory } from '../../core/confirm/experiment.ts';
import type { Decided, PairOptions } from '../../core/confirm/pairs.ts';
import { openRepository } from '../../core/repository/git.ts';
import { createRunId } from '../../core/run-id.ts';
import lite from '../../job-types/performance-tracker-lite/index.ts';
import { type Bench, type BenchContext, type BenchRow, summarise } from './bench.ts';
import { BENCH_ENVIRONMENT } from './commands.ts';
import { createOneFileRepo } from './fixture-repos.ts';
import { OWN_MOCHA } from './mochas.ts';

const BODY_MS = 5;
const SLOW_DOWN = 1.1;
/** What history is supposed to have said: it does not know exactly. */
const CLAIM = 1.15;
const BUDGET = computeBudget({ durationMs: null, pairs: null, level: null });
/** Trials of one experiment. */
const TESTS = Array.from({ length: 20 }, (_, test) => test);
const FILE = 'test/part-000.test.js';
/** Pairs that set how much more work is a tenth more time. */
const TRIED_PAIRS = 20;
/** Pairs of each file of a real suite, of which every test is asked about. */
const SUITE_PAIRS = 24;

export const confirm: Bench = {
  name: 'confirm',
  about: 'experiments where it is known what there is to find',
  async run(context) {
    const experiments = context.rounds ?? (context.size === 'full' ? 2 : 1);
    const rows: BenchRow[] = [];
    for (const part of ['slower', 'same'] as const) {
      if (part.includes(context.only)) rows.push(...(await tryBody(context, { part, experiments })));
    }
    for (const [index, repo] of context.repos.entries()) {
      if ('suite'.includes(context.only)) rows.push(...(await trySuite(context, { repo, index })));
    }
    return rows;
  },
};

/**
 * Each test is a trial of its own; that they share their runs saves time alone. With a tenth more work at head, or with the
 * same.
 */
async function tryBody(
  context: BenchContext,
  { part, experiments }: { readonly part: 'slower' | 'same'; readonly experiments: number },
): Promise<BenchRow[]> {
  const folder = join(context.folder, part);
  mkdirSync(folder);
  const work = findWork(folder);
  const repo = join(folder, 'repo');
  createOneFileRepo({ folder: repo, mocha: OWN_MOCHA }, createTests(work));
  const base = readHead(repo);
  const laboratory = await openTrials(context, repo, []);
  const all: Decided[] = [];
  const times: number[] = [];
  const claims = TESTS.map((test) => ({
    subject: { file: FILE, titles: [`computes ${test}`], occurrence: 1 },
    ratio: CLAIM,
  }));
  const alpha = claims.length * (1 - BUDGET.level);
  try {
    const first = commitFile(repo, 'work.txt', String(work.head));
    let head = commitFile(repo, 'work.txt', String(work.base));
    if (part === 'slower') {
      // In its own process the work takes another time: how much more is a tenth, only pairs tell.
      const tried = await ask(laboratory, { base, head: first, claims, alpha, pairs: TRIED_PAIRS });
      const grown =
        summarise(
          '',
          '',
          tried.map(({ ratio }) => ratio?.value ?? Number.NaN),
        ).median - 1;
      const more = (work.head - work.base) * ((SLOW_DOWN - 1) / Math.max(0.01, grown));
      head = commitFile(repo, 'work.txt', String(Math.round(work.base + more)));
    }
    for (let experiment = 1; experiment <= experiments; experiment++) {
      const startedMs = performance.now();
      const pairs = context.size === 'full' ? BUDGET.pairs : 12;
      all.push(...(await ask(laboratory, { base, head, claims, alpha, pairs })));
      times.push((performance.now() - startedMs) / 60_000);
      context.tell(`${part} ${experiment}/${experiments}: confirmed ${countChanged(all)} of ${all.length}`);
    }
  } finally {
    await laboratory.close();
  }
  const refuted = all.filter(({ decision }) => decision === 'unchanged').length;
  const known = countPairs(all);
  const ratios = all.flatMap(({ ratio }) => ratio?.value ?? []);
  const name = part === 'slower' ? `+10 % of ${BODY_MS} ms` : 'the same work';
  const share = (count: number) => (100 * count) / all.length;
  return [
    {
      name: `${name}: confirmed, of ${all.length}`,
      unit: '%',
      median: share(countChanged(all)),
      target: part === 'slower' ? 'at least 95' : '0',
    },
    { name: '… refuted', unit: '%', median: share(refuted) },
    ...(known.length > 0 ? [summarise('… known after', 'pairs', known)] : []),
    summarise('… ratio found', '', ratios),
    { name: '… by CPU time', unit: '%', median: share(all.filter(({ clock }) => clock === 'cpu').length) },
    summarise(`… ${TESTS.length} tests together took`, 'min', times),
  ];
}

/** Every test of every file of a suite, at one commit and at another that changes nothing. */
async function trySuite(
  context: BenchContext,
  { repo, index }: { readonly repo: string; readonly index: number },
): Promise<BenchRow[]> {
  const folder = join(context.folder, `suite-${index}`);
  git(context.folder, ['clone', '--quiet', '--shared', repo, folder]);
  const base = readHead(folder);
  const head = commitFile(folder, 'tracey-bench.txt', 'Nothing changes.');
  const laboratory = await openTrials(context, folder, [repo]);
  const all: Decided[] = [];
  let runs = 0;
  try {
    const files = await laboratory.listFiles(head);
    for (const file of context.size === 'full' ? files : files.slice(0, 2)) {
      const pairs = context.size === 'full' ? SUITE_PAIRS : 3;
      const decided = await ask(laboratory, { base, head, file, pairs, claims: () => true });
      all.push(...decided);
      runs += decided.reduce((sum, one) => sum + 2 * one.pairs, 0);
      context.tell(`${file}: ${decided.length} asked about, ${countChanged(decided)} changed`);
    }
  } finally {
    await laboratory.close();
  }
  const name = repo.split('/').at(-1) ?? repo;
  return [
    { name: `${name} against itself: tests and files`, unit: '', median: all.length },
    { name: '… runs of them', unit: '', median: runs, target: 'at least 2000' },
    { name: '… called slower or faster', unit: '', median: countChanged(all), target: '0' },
  ];
}

async function ask(
  laboratory: Laboratory,
  of: {
    readonly base: string;
    readonly head: string;
    readonly file?: string;
    readonly pairs?: number;
    readonly claims: PairOptions['claims'];
    readonly alpha?: number;
  },
): Promise<readonly Decided[]> {
  const endsMs = performance.now() + BUDGET.durationMs;
  const answer = await laboratory.ask({
    file: FILE,
    pairs: BUDGET.pairs,
    alpha: 1 - BUDGET.level,
    isOver: () => performance.now() > endsMs,
    profiles: false,
    ...of,
  });
  if ('reason' in answer) throw new Error(answer.reason);
  return answer.decided;
}

async function openTrials(
  context: BenchContext,
  folder: string,
  installedIn: readonly string[],
): Promise<Laboratory> {
  return openLaboratory({
    repository: await openRepository(folder, { inherited: BENCH_ENVIRONMENT }),
    repositoryName: 'bench/confirm',
    jobType: lite,
    settings: lite.parseSettings({}),
    testFolder: null,
    node: {
      requested: '24',
      version: process.versions.node,
      line: '24',
      executable: process.execPath,
      source: 'path',
    },
    id: createRunId(new Date()),
    folder: `${folder}-experiments`,
    installedIn: [folder, ...installedIn],
    logsFolder: join(context.folder, 'logs'),
    variables: BENCH_ENVIRONMENT,
    artifacts: null,
    lockScope: `bench-${process.pid}`,
    signal: new AbortController().signal,
    listener: { onStep: context.tell, onStatus: () => {}, onPairs: () => {} },
  });
}

/** Tests that compute, each in a function of its own, which is as cold as the first. */
function createTests({ base }: Work): string {
  const tests = TESTS.map(
    (test) => `
function work${test}(count) {
  let sum = ${test};
  for (let n = 1; n < count; n += 1) sum = (sum * 31 + n) % ${65_521 + 2 * test};
  return sum;
}
it('computes ${test}', function () {
  if (work${test}(count) < 0) throw new Error();
});`,
  );
  return `'use strict';
const fs = require('fs');
const path = require('path');
const file = path.join(__dirname, '../work.txt');
const count = fs.existsSync(file) ? Number(fs.readFileSync(file, 'utf8')) : ${base};
${tests.join('\n')}
`;
}

/** How much work takes a test, cold. */
interface Work {
  readonly base: number;
  /** So much that it takes the tenth more: starting and compiling take a part of the time that does not grow. */
  readonly head: number;
}

function findWork(folder: string): Work {
  const [less, more] = [300_000, 900_000];
  const [lessMs, moreMs] = [less, more].map((count) => measureWork(join(folder, `${count}.cjs`), count)) as [
    number,
    number,
  ];
  const perMs = (more - less) / (moreMs - lessMs);
  const base = Math.round(less + perMs * (BODY_MS - lessMs));
  return { base, head: Math.round(base + perMs * BODY_MS * (SLOW_DOWN - 1)) };
}

/** CPU time of the work in a process that has just started: the machine may be busy. */
function measureWork(file: string, count: number): number {
  writeFileSync(
    file,
    `function work(count) {
  let sum = 0;
  for (let n = 1; n < count; n += 1) sum = (sum * 31 + n) % 65521;
  return sum;
}
const start = process.cpuUsage();
const sum = work(${count});
const { user, system } = process.cpuUsage(start);
console.log((user + system) / 1000 + Math.min(0, sum));`,
  );
  const run = () => Number(execFileSync(process.execPath, [file], { encoding: 'utf8' }));
  return summarise('', '', Array.from({ length: 15 }, run)).median;
}

function countChanged(decided: readonly Decided[]): number {
  return decided.filter(({ decision }) => decision === 'slower' || decision === 'faster').length;
}

/** Of those that were decided. */
function countPairs(decided: readonly Decided[]): number[] {
  return decided.flatMap(({ decidedAfter }) => decidedAfter ?? []);
}

function commitFile(folder: string, name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  git(folder, ['add', '--all']);
  git(folder, ['commit', '--quiet', '--message', name]);
  return readHead(folder);
}

function readHead(folder: string): string {
  return git(folder, ['rev-parse', 'HEAD']).trim();
}

function git(cwd: string, args: readonly string[]): string {
  return execFileSync('git', ['-c', 'user.name=Bench', '-c', 'user.email=bench@example.invalid', ...args], {
    cwd,
    env: { ...BENCH_ENVIRONMENT, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
    encoding: 'utf8',
  });
}
