import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findKilledJobs, openJobFolder, pruneLogs } from '../core/job-folder.ts';
import { RUN_ID_PATTERN } from '../core/model.ts';
import { createRunId } from '../core/run-id.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

it('is private, below owner, name and branch, and gone when removed', async () => {
  const root = makeTemporaryFolder();
  const id = createRunId(new Date());
  const folder = await openJobFolder({
    root,
    repository: 'happner/happn-3',
    branch: 'main',
    id,
    lockScope: 'here',
  });
  expect(folder.path).toBe(join(root, 'happner', 'happn-3', 'main', id));
  expect(statSync(folder.path).mode & 0o777).toBe(0o700);
  expect(existsSync(folder.scratch)).toBe(true);
  await folder.remove();
  expect(readdirSync(root)).toEqual([]);
});

it('stays below its root whatever a branch or a repository is called', async () => {
  const root = makeTemporaryFolder();
  const folder = await openJobFolder({
    root,
    repository: '../..',
    branch: '../../../x/y\n',
    id: 'id',
    lockScope: 'here',
  });
  expect(folder.path.startsWith(`${root}/`)).toBe(true);
  expect(folder.path.split('/')).not.toContain('..');
});

it('says so when it cannot be made', async () => {
  const root = join(makeTemporaryFolder(), 'file');
  writeFileSync(root, '');
  await expect(
    openJobFolder({ root, repository: 'a/b', branch: null, id: 'id', lockScope: 'here' }),
  ).rejects.toMatchObject({
    code: 'job/folder',
    message: expect.stringContaining("the job's folder cannot be made"),
  });
});

it('finds the folders of jobs that were killed, and removes nothing else', async () => {
  const root = makeTemporaryFolder();
  const job = { root, repository: 'a/b', branch: 'main' };
  const stale = await openJobFolder({ ...job, id: createRunId(new Date()), lockScope: 'here' });
  const elsewhere = await openJobFolder({ ...job, id: createRunId(new Date()), lockScope: 'there' });
  mkdirSync(join(root, 'a', 'b', 'main', 'notes'));
  writeFileSync(join(root, 'a', 'list.txt'), '');
  writeFileSync(stale.computeJournalFile('2'), '');
  writeFileSync(stale.computeJournalFile('1'), '');
  const killed = await findKilledJobs(root, 'here');
  expect(killed).toEqual([expect.objectContaining({ path: stale.path })]);
  expect(killed[0]?.journals).toEqual([stale.computeJournalFile('1'), stale.computeJournalFile('2')]);
  await killed[0]?.remove();
  expect(existsSync(stale.path)).toBe(false);
  expect(existsSync(elsewhere.path)).toBe(true);
  expect(readdirSync(join(root, 'a', 'b', 'main'))).toContain('notes');
  expect(existsSync(join(root, 'a', 'list.txt'))).toBe(true);
});

it.runIf(process.platform === 'linux')(
  'finds a job that was there before the machine started anew',
  async () => {
    const root = makeTemporaryFolder();
    const job = { root, repository: 'a/b', branch: 'main', lockScope: 'there' };
    const before = await openJobFolder({ ...job, id: createRunId(new Date()) });
    const elsewhere = await openJobFolder({ ...job, id: createRunId(new Date()) });
    writeFileSync(join(before.path, 'lock'), `there\n${hostname()} an-earlier-start\n`);
    writeFileSync(join(elsewhere.path, 'lock'), 'there\nanother-machine an-earlier-start\n');
    const killed = await findKilledJobs(root, 'here');
    expect(killed.map(({ path }) => path)).toEqual([before.path]);
  },
);

it('keeps the newest fifty logs', async () => {
  const folder = makeTemporaryFolder();
  for (let n = 0; n < 60; n++) writeFileSync(join(folder, `17000000000${n + 10}_x-install.log`), '');
  writeFileSync(join(folder, 'notes.txt'), '');
  await pruneLogs(folder);
  const left = readdirSync(folder).sort();
  expect(left).toHaveLength(51);
  expect(left[0]).toBe('1700000000020_x-install.log');
});

it('removes all of a killed job that its runs do not need: checkouts, and the work trees of experiments', async () => {
  const root = makeTemporaryFolder();
  const job = { root, repository: 'a/b', branch: 'main', lockScope: 'here' };
  const { path, computeJournalFile } = await openJobFolder({ ...job, id: createRunId(new Date()) });
  for (const name of ['checkout', 'confirm-1'])
    mkdirSync(join(path, name, 'node_modules'), { recursive: true });
  writeFileSync(computeJournalFile('1'), '');
  const [killed] = await findKilledJobs(root, 'here');
  await killed?.removeRest();
  expect(readdirSync(path).sort()).toEqual(['1.journal', 'lock', 'scratch']);
});

it('finds no killed job where there is no folder yet', async () => {
  await expect(findKilledJobs(join(makeTemporaryFolder(), 'none'), 'here')).resolves.toEqual([]);
});

it('makes ids that sort by time', () => {
  const [first, second] = [createRunId(new Date(1)), createRunId(new Date(2))];
  expect(first < second).toBe(true);
  expect(first).toMatch(RUN_ID_PATTERN);
});
