/**
 * The bench of change detection: what it costs to judge a job of many tests with a long history, and how well it does by
 * a scorer, where one is named with `--repo`: a folder with `evaluate.py` and `data/`.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openStore } from '../../core/store/open.ts';
import type { Bench, BenchContext, BenchRow } from './bench.ts';
import { summarise } from './bench.ts';
import { createRun } from './runs.ts';

const SIZES = {
  full: { files: 100, testsPerFile: 100, runs: 1000, rounds: 3, seeds: '41,42,43,44' },
  quick: { files: 10, testsPerFile: 50, runs: 100, rounds: 1, seeds: '41' },
} as const;

const SCREEN = fileURLToPath(new URL('./screen-lane.ts', import.meta.url));
const TRACEY = fileURLToPath(new URL('../../action/cli.ts', import.meta.url));

export const detect: Bench = {
  name: 'detect',
  about: 'judging a job of many tests with a long history; what a scorer says (--repo <its folder>)',
  async run(context) {
    const scorer = context.repos.find((folder) => existsSync(join(folder, 'evaluate.py')));
    return [...(await benchLane(context)), ...(scorer ? score(scorer, context) : [])];
  },
};

async function benchLane({ size, folder, tell }: BenchContext): Promise<BenchRow[]> {
  const { files, testsPerFile, runs, rounds } = SIZES[size];
  const file = join(folder, 'history.db');
  const store = openStore({ file, keepDetailRuns: 1 });
  tell(`${runs} runs of ${files * testsPerFile} tests`);
  for (let index = 0; index < runs; index += 1) {
    await store.writeRun(createRun({ files, testsPerFile, samples: 1 }, index));
  }
  await store.close();
  const results = Array.from({ length: rounds }, () => {
    const printed = execFileSync(process.execPath, [SCREEN, file], { encoding: 'utf8' });
    return JSON.parse(printed) as { seconds: number; cpuSeconds: number; peakMb: number; found: number };
  });
  const what = `${files * testsPerFile} tests × ${runs} runs`;
  const pick = (key: keyof (typeof results)[number]) => results.map((one) => one[key]);
  return [
    { ...summarise(`judging a job, ${what}`, 's', pick('seconds')), target: '≤ 10' },
    summarise('its time on the processor', 's', pick('cpuSeconds')),
    { ...summarise('its peak memory', 'MB', pick('peakMb')), target: '≤ 300' },
    summarise('changes that it found, where none is', 'changes', pick('found')),
  ];
}

function score(scorer: string, { size, folder, tell }: BenchContext): BenchRow[] {
  const evaluate = (mode: 'batch' | 'replay', data: readonly string[], flags: readonly string[]) => {
    const command = `${process.execPath} ${TRACEY} detect --${mode} ${flags.join(' ')}`;
    const args = [join(scorer, 'evaluate.py'), mode, '--data', ...data, '--cmd', command];
    const margin = mode === 'replay' && flags.length > 0 ? ['--margin', '5', '--horizon', '30'] : [];
    tell(`${mode}: ${data.length === 1 ? data[0] : `${data.length} histories`}`);
    const printed = execFileSync('python3', [...args, ...margin], { encoding: 'utf8', maxBuffer: 1e9 });
    // Python's JSON has a word that no other has.
    return JSON.parse(printed.replaceAll(/\bNaN\b/g, 'null')) as Record<string, unknown>;
  };
  const rows: BenchRow[] = [];
  const add = (name: string, value: unknown, target: string) => {
    if (typeof value === 'number') rows.push({ name, unit: '', median: value, target });
  };
  const looked = evaluate('batch', [join(scorer, 'data', 'sap-hana-dev.json')], []);
  add('looking back, SAP HANA: F1', looked['f1'], '≥ 0.86');
  add('looking back, SAP HANA: cover', looked['cover'], '≥ 0.80');
  add('… F1 by the majority', (looked['majority'] as { f1?: number } | undefined)?.f1, '≥ 0.78');
  const panels = join(folder, 'panels');
  const generate = [join(scorer, 'generate.py'), '--out', panels, '--seeds', SIZES[size].seeds];
  execFileSync('python3', generate, { stdio: 'ignore' });
  const all = readdirSync(panels).map((name) => join(panels, name));
  const { pooled: total } = evaluate('replay', all, []) as { pooled?: Record<string, unknown> };
  add('arriving, synthetic: F1', total?.['f1'], '≥ 0.86');
  add('… false alerts per million', total?.['false_per_million_results'], '≤ 130');
  add('… median delay, runs', total?.['delay_median'], '≤ 5');
  const calm = all.filter((path) => path.includes('null'));
  const { pooled: quiet } = evaluate('replay', calm, []) as { pooled?: Record<string, unknown> };
  add('… where nothing changes, false alerts per million', quiet?.['false_per_million_results'], '≤ 50');
  const real = join(scorer, 'data', 'sap-replay-dev.json');
  const flags = ['--minimum-ratio', '0.02', '--no-machine-changes'];
  const { pooled: replayed } = evaluate('replay', [real], flags) as { pooled?: Record<string, unknown> };
  add('arriving, SAP HANA: F1', replayed?.['f1'], '≥ 0.70');
  return rows;
}
