import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { importReport } from '../../core/store/import.ts';
import { writeOrRescue } from '../../core/store/rescue.ts';
import { createRun } from '../../scripts/bench/runs.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import { openTestStore } from './temporary.ts';

const RUN = createRun({ files: 20, testsPerFile: 50, samples: 3 }, 1);

it('stores a run and keeps no file of it', async () => {
  const folder = makeTemporaryFolder();
  const store = openTestStore();
  await writeOrRescue(store, RUN, { folders: [folder], traceyVersion: '1.0.0' });
  expect((await store.findRun(RUN.id))?.id).toBe(RUN.id);
  expect(readdirSync(folder)).toEqual([]);
});

it('keeps the run as a report that can be imported when the database is full, and says where', async () => {
  const folder = makeTemporaryFolder();
  const full = openTestStore({ maxBytes: 300_000 });
  const writing = writeOrRescue(full, RUN, {
    folders: [import.meta.filename, folder],
    traceyVersion: '1.0.0',
  });
  const file = join(folder, `tracey-report-${RUN.id}.json`);
  await expect(writing).rejects.toMatchObject({
    name: 'StoreError',
    message: expect.stringContaining(`The run is kept in ${file}.`),
    hint: expect.stringContaining(`tracey import ${file}`),
  });
  expect(await importReport(openTestStore(), { report: readFileSync(file, 'utf8') })).toMatchObject({
    stored: 1,
    known: 0,
    changes: 0,
  });
});

it('says so when there is no place for the report either', async () => {
  const full = openTestStore({ maxBytes: 300_000 });
  const writing = writeOrRescue(full, RUN, { folders: [import.meta.filename], traceyVersion: '1.0.0' });
  await expect(writing).rejects.toMatchObject({
    message: expect.stringContaining('could not be kept as a file either'),
  });
});

it('leaves no half report when the run itself cannot be read to its end', async () => {
  const folder = makeTemporaryFolder();
  const files = {
    *[Symbol.iterator]() {
      yield* RUN.files.slice(0, 2);
      throw new Error('the disk went away');
    },
  };
  const writing = writeOrRescue(
    openTestStore(),
    { ...RUN, files },
    { folders: [folder], traceyVersion: '1.0.0' },
  );
  await expect(writing).rejects.toMatchObject({
    code: 'store/write-failed',
    message: expect.stringMatching(/the disk went away.* could not be kept as a file either/),
  });
  expect(readdirSync(folder)).toEqual([]);
});
