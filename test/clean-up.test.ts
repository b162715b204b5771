/** What whoever has the machine next makes of jobs that were killed. The journals are as a job leaves them. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cleanUpAfterKilledJobs } from '../core/clean-up.ts';
import { type JobFolder, openJobFolder } from '../core/job-folder.ts';
import { readLockScope } from '../core/machine/lock.ts';
import { createJournal } from '../core/measure/journal.ts';
import type { RunStart } from '../core/measure/journal-entries.ts';
import type { FileMeasurement } from '../core/measure/measurement.ts';
import { createRunId } from '../core/run-id.ts';
import type { Store } from '../core/store/store.ts';
import { RUN_START } from './run-start.ts';
import { openTestStore, readWhole } from './store/temporary.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

const LOCK_NAME = 'test-clean-up';

function makeMeasurement(path: string, tests = 1): FileMeasurement {
  return {
    path,
    outcome: 'passed',
    durationMs: 10,
    loadMs: 1,
    peakRssBytes: 1000,
    exitCode: 0,
    signal: null,
    fingerprint: null,
    suites: [],
    tests: Array.from({ length: tests }, (_, at) => ({
      title: [`test ${at}`],
      outcome: 'passed',
      durationMs: 2,
      hooksMs: 0,
      cpuMs: 2,
      attempts: 1,
    })),
  };
}

/** A job that was killed in the middle of its run. */
async function makeKilledJob(
  measurements: readonly FileMeasurement[],
): Promise<{ root: string; folder: JobFolder; start: RunStart; journal: string }> {
  const root = makeTemporaryFolder();
  const start = { ...RUN_START, id: createRunId(new Date()) };
  const folder = await openJobFolder({
    root,
    repository: start.repository,
    branch: 'main',
    id: createRunId(new Date()),
    lockScope: readLockScope(LOCK_NAME),
  });
  mkdirSync(folder.checkout);
  const journal = folder.computeJournalFile(start.id);
  const { describe, add } = createJournal(journal, start);
  describe({ framework: { name: 'mocha', version: '12.0.0' }, isolation: 'none', samples: 3 });
  for (const measurement of measurements) add(measurement);
  return { root, folder, start, journal };
}

async function cleanUp(
  root: string,
  storeRun: Store['writeRun'],
): Promise<{ told: string[]; warned: string[] }> {
  const told: string[] = [];
  const warned: string[] = [];
  await cleanUpAfterKilledJobs({
    lockName: LOCK_NAME,
    jobsFolder: root,
    logsFolder: join(root, 'logs'),
    storeRun,
    onStep: (text) => told.push(text),
    onWarning: (text) => warned.push(text),
  });
  return { told, warned };
}

it('stores what a killed job had measured, says so, and removes the rest', async () => {
  const { root, start } = await makeKilledJob([makeMeasurement('a.js', 2), makeMeasurement('b.js')]);
  const store = openTestStore();
  expect(await cleanUp(root, store.writeRun)).toEqual({
    told: [
      `stored what a killed job had measured: sample/fixture, 3 finished tests in 2 files, run ${start.id}`,
    ],
    warned: [],
  });
  expect(readdirSync(root)).toEqual([]);
  const { run } = await readWhole(store, start.id);
  expect(run).toMatchObject({
    ...start,
    machine: { facts: { ...start.machine.facts, hostname: 'here' }, after: null },
    framework: { name: 'mocha', version: '12.0.0' },
    isolation: 'none',
    samples: 3,
    outcome: 'aborted',
    reason: 'interrupted: the job was killed',
    interrupted: true,
    totals: { files: 2, tests: 3, passed: 3, durationMs: 20 },
  });
  expect(run.finishedAt > run.startedAt).toBe(true);
});

it('stores nothing of a job that had measured nothing, and removes it', async () => {
  const { root } = await makeKilledJob([]);
  const store = openTestStore();
  expect(await cleanUp(root, store.writeRun)).toEqual({ told: [], warned: [] });
  expect(await store.listRuns({ limit: 1 })).toEqual([]);
  expect(readdirSync(root)).toEqual([]);
});

it('stores a run once, though two clean up at the same time', async () => {
  const { root, start } = await makeKilledJob([makeMeasurement('a.js')]);
  const first = openTestStore();
  const second = openTestStore({ file: first.location });
  const [one, other] = await Promise.all([cleanUp(root, first.writeRun), cleanUp(root, second.writeRun)]);
  expect([...one.told, ...other.told]).toHaveLength(1);
  expect([...one.warned, ...other.warned]).toEqual([]);
  expect((await first.listRuns({ limit: 10 })).map(({ id }) => id)).toEqual([start.id]);
  expect(readdirSync(root)).toEqual([]);
});

it('leaves a run as it is that was stored before its folder was removed, and says nothing', async () => {
  const { root, journal, start } = await makeKilledJob([makeMeasurement('a.js')]);
  const bytes = readFileSync(journal);
  const store = openTestStore();
  await cleanUp(root, async (run) => {
    const outcome = await store.writeRun({ ...run, outcome: 'passed', interrupted: false });
    return outcome;
  });
  const again = await makeKilledJob([]);
  writeFileSync(again.journal, bytes);
  expect(await cleanUp(again.root, store.writeRun)).toEqual({ told: [], warned: [] });
  expect(await store.findRun(start.id)).toMatchObject({ outcome: 'passed', interrupted: false });
  expect(readdirSync(again.root)).toEqual([]);
});

it('keeps the run of a store that is full for the next one, though not the checkout', async () => {
  const { root, folder, start, journal } = await makeKilledJob([makeMeasurement('a.js', 5000)]);
  const full = openTestStore({ maxBytes: 300_000 });
  const { told, warned } = await cleanUp(root, full.writeRun);
  expect(told).toEqual([]);
  expect(warned).toEqual([
    expect.stringContaining(
      `what a killed job had measured cannot be stored, and stays in ${journal} for the next job (run ${start.id}): `,
    ),
  ]);
  expect(existsSync(journal)).toBe(true);
  expect(existsSync(folder.checkout)).toBe(false);
  const store = openTestStore();
  expect(await cleanUp(root, store.writeRun)).toMatchObject({ told: [expect.any(String)], warned: [] });
  expect(await store.findRun(start.id)).toMatchObject({ totals: { passed: 5000 } });
  expect(readdirSync(root)).toEqual([]);
});

it('says what is lost when the journal is damaged, and stores what came before', async () => {
  const { root, journal, start } = await makeKilledJob([makeMeasurement('a.js'), makeMeasurement('b.js')]);
  const bytes = readFileSync(journal);
  writeFileSync(journal, bytes.fill(0, bytes.length - 20));
  const store = openTestStore();
  const { told } = await cleanUp(root, store.writeRun);
  expect(told).toEqual([
    expect.stringMatching(
      new RegExp(
        `, 1 finished test in 1 file, run ${start.id}; what came later is lost, since its journal cannot be read on: damaged at byte \\d+ of ${bytes.length}$`,
      ),
    ),
  ]);
});

it('says so when a journal cannot be read at all, and removes it', async () => {
  const { root, journal } = await makeKilledJob([makeMeasurement('a.js')]);
  writeFileSync(journal, readFileSync(journal).fill(7));
  const store = openTestStore();
  expect(await cleanUp(root, store.writeRun)).toEqual({
    told: [],
    warned: [
      expect.stringMatching(
        /^of a killed job nothing can be kept: .*\.journal: what was measured cannot be read back: damaged at byte 0 of \d+\.$/,
      ),
    ],
  });
  expect(readdirSync(root)).toEqual([]);
});
