/**
 * The bench of the store: how fast a report goes in, how many bytes a timing takes, how fast a history comes
 * out. Everything is made up from fixed seeds.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { REPORT_SCHEMA, type RunReport } from '../../core/model.ts';
import { importReport } from '../../core/store/import.ts';
import { openStore } from '../../core/store/open.ts';
import { type PruneRequest, pruneDatabase } from '../../core/store/prune.ts';
import type { Series, Store } from '../../core/store/store.ts';
import { type Bench, type BenchRow, summarise } from './bench.ts';
import { createRun, type SuiteShape } from './runs.ts';

const INGEST: SuiteShape = { files: 100, testsPerFile: 100, samples: 3 };
const HISTORY: SuiteShape = { files: 25, testsPerFile: 20, samples: 3 };
const SIZES = {
  full: { ingestRounds: 15, historyRuns: 1000, reads: 500, firstReads: 50 },
  quick: { ingestRounds: 2, historyRuns: 100, reads: 50, firstReads: 5 },
} as const;
type Size = (typeof SIZES)[keyof typeof SIZES];

export const store: Bench = {
  name: 'store',
  about: 'results per second into SQLite, bytes per timing, reading a history',
  async run({ size, folder }) {
    return [...(await benchIngest(folder, SIZES[size])), ...(await benchHistory(folder, SIZES[size]))];
  },
};

async function benchIngest(folder: string, { ingestRounds }: Size): Promise<BenchRow[]> {
  const tests = INGEST.files * INGEST.testsPerFile;
  const [first, second] = [createRun(INGEST, 1), createRun(INGEST, 2)];
  const text = JSON.stringify({ schema: REPORT_SCHEMA, traceyVersion: '0.0.0', runs: [first] });
  const times = { plain: [] as number[], first: [] as number[], next: [] as number[], text: [] as number[] };
  // One of each per round, so that what else the machine does falls on all of them.
  for (let round = 0; round < ingestRounds; round += 1) {
    times.plain.push(insertPlainly(join(folder, `plain-${round}.db`), first));
    const store = openStore({ file: join(folder, `store-${round}.db`) });
    times.first.push(await measureMs(() => store.writeRun(first)));
    times.next.push(await measureMs(() => store.writeRun(second)));
    await store.close();
    const importing = openStore({ file: join(folder, `import-${round}.db`) });
    times.text.push(await measureMs(() => importReport(importing, { report: text })));
    await importing.close();
  }
  const rate = (ms: readonly number[]) => ms.map((time) => (tests / time) * 1000);
  const ratio = (ms: readonly number[]) => ms.map((time, round) => time / (times.plain[round] ?? Number.NaN));
  const unit = 'results/s';
  return [
    summarise(`ingest, ${tests} tests, plain one-table insert`, unit, rate(times.plain)),
    summarise(`ingest, ${tests} tests, first run of a database`, unit, rate(times.first)),
    summarise(`ingest, ${tests} tests, a later run`, unit, rate(times.next)),
    summarise(`ingest, ${tests} tests, import of a report as text`, unit, rate(times.text)),
    summarise('first run ÷ plain insert, time', '×', ratio(times.first)),
    summarise('later run ÷ plain insert, time', '×', ratio(times.next)),
  ];
}

/** Milliseconds to insert the values of every test into one table, as anybody would, equally durably. */
function insertPlainly(file: string, run: RunReport): number {
  const database = new SQLite(file);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.exec(
    `CREATE TABLE result (run TEXT, file TEXT, title TEXT, outcome TEXT, duration_ms REAL, hooks_ms REAL,
       cpu_ms REAL, attempts INTEGER, samples_ms TEXT)`,
  );
  const insert = database.prepare('INSERT INTO result VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const insertAll = database.transaction(() => {
    for (const { path, tests } of run.files) {
      for (const test of tests) {
        const { outcome, durationMs, hooksMs, cpuMs, attempts } = test;
        const samples = JSON.stringify(test.samplesMs);
        insert.run(
          run.id,
          path,
          test.title.join(' > '),
          outcome,
          durationMs,
          hooksMs,
          cpuMs,
          attempts,
          samples,
        );
      }
    }
  });
  const start = performance.now();
  insertAll();
  const time = performance.now() - start;
  database.close();
  return time;
}

async function benchHistory(folder: string, size: Size): Promise<BenchRow[]> {
  const file = join(folder, 'history.db');
  const { historyRuns, reads, firstReads } = size;
  const tests = HISTORY.files * HISTORY.testsPerFile;
  const store = openStore({ file });
  const writeMs: number[] = [];
  for (let index = 0; index < historyRuns; index += 1) {
    const run = createRun(HISTORY, index);
    writeMs.push(await measureMs(() => store.writeRun(run)));
  }
  const found = await store.findSeries({ text: 'does what rule 7 says', limit: HISTORY.files });
  await store.close();
  const bytes = statSync(file).size;

  const again = openStore({ file, readonly: true });
  const repeatedMs: number[] = [];
  for (let read = 0; read < reads; read += 1) {
    const series = found.series[read % found.series.length];
    repeatedMs.push(await measureMs(() => readHistory(again, series, historyRuns)));
  }
  await again.close();

  const firstMs: number[] = [];
  for (let read = 0; read < firstReads; read += 1) {
    const fresh = openStore({ file, readonly: true });
    firstMs.push(await measureMs(() => readHistory(fresh, found.series[0], historyRuns)));
    await fresh.close();
  }
  const what = `${historyRuns} runs × ${tests} tests`;
  return [
    { name: `file, ${what}`, unit: 'MB', median: bytes / 1e6 },
    {
      name: `file per timing of a test, ${what}`,
      unit: 'bytes',
      median: bytes / (historyRuns * tests),
      target: '≤ 20',
    },
    summarise(`write of a run of ${tests} tests`, 'ms', writeMs),
    { ...summarise(`history of ${historyRuns} runs`, 'ms', repeatedMs), target: '≤ 1' },
    summarise(`history of ${historyRuns} runs, first read of a connection`, 'ms', firstMs),
    ...(await benchPrune(file, historyRuns)),
  ];
}

async function benchPrune(file: string, runs: number): Promise<BenchRow[]> {
  const prune = async (what: string, more: Pick<PruneRequest, 'depth' | 'keepRuns'>): Promise<BenchRow[]> => {
    const request = { file, repository: null, keepDays: null, now: new Date(), ...more };
    const watch = { signal: new AbortController().signal, onProgress: () => undefined };
    const start = performance.now();
    const { bytesAfter } = await pruneDatabase(request, watch);
    return [
      { name: what, unit: 'ms', median: performance.now() - start },
      { name: `file after ${what}`, unit: 'MB', median: bytesAfter / 1e6 },
    ];
  };
  return [
    ...(await prune(`thinning all but 10 of ${runs} runs`, { depth: 'thin', keepRuns: 10 })),
    ...(await prune(`removing half of ${runs} runs`, { depth: 'remove', keepRuns: runs / 2 })),
  ];
}

async function readHistory(store: Store, series: Series | undefined, runs: number): Promise<void> {
  if (series === undefined) throw new Error('the made-up runs have no such series');
  const points = await store.readHistory({ series, limit: runs });
  if (points.length !== runs) throw new Error(`${points.length} of ${runs} points`);
}

async function measureMs(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
