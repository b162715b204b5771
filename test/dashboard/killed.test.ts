import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { createDashboardRuns } from '../../scripts/bench/dashboard-data.ts';
import { createRandom } from '../../scripts/bench/runs.ts';
import { listSite, makePlace, readSite, storeRuns } from './site.ts';

const RUNS = [...createDashboardRuns({ runs: 70, files: 2, testsPerFile: 5, environments: 1, samples: 1 })];
const PUBLISHER = `
  const [publishPath, database, site, shell] = process.argv.slice(1);
  const { publishSite } = await import(publishPath);
  await publishSite({ database, site, shell, traceyVersion: '1.0.0', serverUrl: 'https://github.com' });
`;

it('a publish that is killed anywhere leaves the old site whole or the new one, and the next clears up', async () => {
  const { database, site, folder, shell, publish } = makePlace();
  await storeRuns(database, RUNS.slice(0, 62));
  await publish();
  const [old, atOnce] = [join(folder, 'old'), join(folder, 'at-once')];
  cpSync(site, old, { recursive: true });
  await storeRuns(database, RUNS.slice(62));
  await publish({ site: atOnce });
  const [before, after] = [readSite(old), readSite(atOnce)];
  const wanted = listSite(atOnce);

  /** Publishes over the old site in a process of its own. */
  function publishUntilKilled(killAt: number) {
    rmSync(site, { recursive: true });
    cpSync(old, site, { recursive: true });
    const publisher = fileURLToPath(new URL('../../dashboard/publish/publish.ts', import.meta.url));
    const preload = fileURLToPath(new URL('./kill-at.mjs', import.meta.url));
    const args = [
      '--import',
      preload,
      '--input-type=module',
      '-e',
      PUBLISHER,
      publisher,
      database,
      site,
      shell,
    ];
    const env = { ...process.env, KILL_AT: String(killAt) };
    const { signal, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env });
    expect(stderr).toBe('');
    return { signal, stdout };
  }

  const unharmed = publishUntilKilled(0);
  expect(listSite(site)).toEqual(wanted);
  const { changes, index } = JSON.parse(unharmed.stdout) as { changes: number; index: number };
  const random = createRandom(7);
  const somewhere = (from: number, to: number) => from + Math.floor(random() * (to - from));
  const places = [
    ...Array.from({ length: 3 }, () => somewhere(1, index)),
    index,
    index + 1,
    somewhere(index + 2, changes),
    changes,
  ];
  for (const killAt of places) {
    expect(publishUntilKilled(killAt).signal).toBe('SIGKILL');
    expect(readSite(site)).toEqual(killAt > index ? after : before);
    await publish();
    expect(listSite(site)).toEqual(wanted);
  }
});

it('files that a power cut left without their content are written again', async () => {
  const { database, site, folder, publish } = makePlace();
  await storeRuns(database, RUNS.slice(0, 62));
  await publish();
  await storeRuns(database, RUNS.slice(62));
  const atOnce = join(folder, 'at-once');
  await publish({ site: atOnce });
  const wanted = listSite(atOnce);
  // Names came to the disk before what is in them, and the index not at all.
  const known = listSite(site);
  for (const name of wanted.keys()) {
    if (known.has(name)) continue;
    mkdirSync(dirname(join(site, name)), { recursive: true });
    writeFileSync(join(site, name), '');
  }
  await publish();
  expect(listSite(site)).toEqual(wanted);
});
