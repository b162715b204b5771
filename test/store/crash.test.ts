import { createInterface } from 'node:readline';
import SQLite from 'better-sqlite3';
import { expect, it } from 'vitest';
import { createRandom, createRun } from '../../scripts/bench/runs.ts';
import { openTestStore, readWhole } from './temporary.ts';
import { startWriter } from './writer.ts';

const SHAPE = { files: 3, testsPerFile: 10, samples: 2 };
const KILLS = 20;

/** Kills a writer as soon as it has said \`count\` ids, somewhere in its next runs; gives back what it said. */
async function writeUntilKilled(file: string, count: number): Promise<string[]> {
  const child = startWriter(file, SHAPE);
  const said: string[] = [];
  for await (const id of createInterface({ input: child.stdout })) {
    said.push(id);
    if (said.length === count) child.kill('SIGKILL');
  }
  return said;
}

it('a writer killed at any point loses no run that it said was stored, and leaves none half stored', async () => {
  const random = createRandom(1);
  const store = openTestStore({ keepDetailRuns: 1e6 });
  const said = new Set<string>();
  for (let kill = 0; kill < KILLS; kill += 1) {
    for (const id of await writeUntilKilled(store.location, 1 + Math.floor(random() * 12))) said.add(id);
    const database = new SQLite(store.location);
    expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(database.pragma('foreign_key_check')).toEqual([]);
    database.close();
    const kept = (await store.listRuns({ limit: 1e6 })).map((run) => run.id).reverse();
    for (const id of said) expect(kept).toContain(id);
    for (const [index, id] of kept.entries()) {
      expect(id).toBe(createRun(SHAPE, index).id);
      expect((await readWhole(store, id)).run).toEqual(createRun(SHAPE, index));
    }
    const [total] = (await store.findSeries({ text: 'total' })).series;
    if (total === undefined) throw new Error('no series');
    const points = await store.readHistory({ series: total, limit: 1e6 });
    expect(points.map((point) => point.runId)).toEqual(kept);
  }
  expect(said.size).toBeGreaterThanOrEqual(KILLS);
}, 180_000);
