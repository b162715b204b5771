import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openStore } from '../../core/store/open.ts';
import { watchDatabase } from '../../dashboard/serve/watch-database.ts';
import { createRun } from '../../scripts/bench/runs.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';

it('a run that is stored is noticed once, and nothing after the end', async () => {
  const file = join(makeTemporaryFolder(), 'tracey.db');
  const store = openStore({ file });
  const end = new AbortController();
  let noticed = 0;
  const first = new Promise<void>((resolve) => {
    watchDatabase(
      file,
      () => {
        noticed += 1;
        resolve();
      },
      end.signal,
    );
  });
  await store.writeRun(createRun({ files: 1, testsPerFile: 3, samples: 1 }, 0));
  await first;
  end.abort();
  await store.writeRun(createRun({ files: 1, testsPerFile: 3, samples: 1 }, 1));
  await store.close();
  expect(noticed).toBe(1);
});
