/** Databases to prune, and what is left of them. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import SQLite from 'better-sqlite3';
import { expect } from 'vitest';
import type { RunReport } from '../../core/model.ts';
import { exportJson } from '../../core/store/export.ts';
import { openStore } from '../../core/store/open.ts';
import { type Pruned, type PruneRequest, type PruneWatch, pruneDatabase } from '../../core/store/prune.ts';
import type { HistoryPoint } from '../../core/store/store.ts';
import { createRun } from '../../scripts/bench/runs.ts';
import { createFolder } from './temporary.ts';

/** Fifty tests, one of which fails now and then. */
const SHAPE = { files: 5, testsPerFile: 10, samples: 2 };

/** An hour after the run of this number began. */
export const at = (index: number) => new Date(Date.UTC(2026, 0, 1) + (index + 1) * 3_600_000);

/** An hour apart, with a document each, and stacks that no other run has. */
export function makeRuns(count: number, change: (run: RunReport, index: number) => RunReport = (run) => run) {
  return Array.from({ length: count }, (_, index) => {
    const run = createRun(SHAPE, index);
    for (const { tests } of run.files) {
      for (const { error } of tests) if (error) error.stack = `Error\n    at ${run.id}`;
    }
    run.documents = [
      { name: 'summary.md', mediaType: 'text/markdown', content: `Run ${index}, ärgerlich.\n` },
    ];
    return change(run, index);
  });
}

/** A database of these runs with all their details, which nobody has open. */
export async function makeDatabase(runs: Iterable<RunReport>): Promise<string> {
  const file = join(createFolder(), 'tracey.db');
  const store = openStore({ file, keepDetailRuns: 1e6 });
  for (const run of runs) await store.writeRun(run);
  await store.close();
  return file;
}

/** A copy of a database that nobody has open. */
export function copyDatabase(file: string): string {
  const copy = join(createFolder(), 'tracey.db');
  copyFileSync(file, copy);
  return copy;
}

/** Only thins what is beyond the newest 100 unless it is told otherwise. */
export function makeRequest(file: string, more: Partial<PruneRequest> = {}): PruneRequest {
  return { file, depth: 'thin', repository: null, keepRuns: null, keepDays: null, now: at(1000), ...more };
}

/** Prunes, and sees that the database is whole. */
export async function prune(
  file: string,
  more: Partial<PruneRequest> = {},
  watch: Partial<PruneWatch> = {},
): Promise<Pruned> {
  const pruned = await pruneDatabase(makeRequest(file, more), {
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...watch,
  });
  expectWhole(file);
  return pruned;
}

export function expectWhole(file: string): void {
  const database = new SQLite(file, { readonly: true });
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
  expect(database.pragma('foreign_key_check')).toEqual([]);
  database.close();
}

/** The only number that a question to the database gives. */
export function count(file: string, question: string): number {
  const database = new SQLite(file, { readonly: true });
  const answer = database.prepare<[], number>(question).pluck().get() ?? Number.NaN;
  database.close();
  return answer;
}

/** Everything that can be got out of a database. */
export async function readEverything(file: string): Promise<string> {
  const store = openStore({ file, readonly: true });
  let text = '';
  for await (const chunk of exportJson(store, '1.2.3')) text += chunk;
  await store.close();
  return text;
}

/** Prunes, and says each step before it is done. */
const PRUNER = `
  const [path, request] = process.argv.slice(1);
  const { pruneDatabase } = await import(path);
  const { writeSync } = await import('node:fs');
  await pruneDatabase({ ...JSON.parse(request), now: new Date() }, {
    signal: new AbortController().signal,
    onProgress: (ratio) => writeSync(1, ratio + '\\n'),
  });
`;

/** Another process that prunes; its stdout has a line for each step. */
export function startPruner(request: PruneRequest): ChildProcessByStdio<null, Readable, null> {
  const path = new URL('../../core/store/prune.ts', import.meta.url).href;
  return spawn(process.execPath, ['--input-type=module', '-e', PRUNER, path, JSON.stringify(request)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** The history of everything that is measured, by name and environment. */
export async function readHistories(file: string): Promise<Map<string, readonly HistoryPoint[]>> {
  const store = openStore({ file, readonly: true });
  const histories = new Map<string, readonly HistoryPoint[]>();
  const { series } = await store.findSeries({ text: '', limit: 1e6 });
  for (const one of series) {
    const points = await store.readHistory({ series: one, limit: 1e6 });
    histories.set(`${one.repository} ${one.runner} ${one.nodeLine} ${one.text}`, points);
  }
  await store.close();
  return histories;
}
