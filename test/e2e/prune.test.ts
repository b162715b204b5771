import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openStore } from '../../core/store/open.ts';
import { makeRuns } from '../store/pruning.ts';
import { makeUser, type User } from './command-line.ts';

/** Somebody whose history has twelve runs, of two repos by turns. */
async function makeUserWithRuns(): Promise<User> {
  const user = makeUser();
  mkdirSync(dirname(user.database), { recursive: true });
  const store = openStore({ file: user.database });
  await store.writeRuns(
    makeRuns(12, (run, index) => (index % 2 === 0 ? run : { ...run, repository: 'a/b' })),
  );
  await store.close();
  return user;
}

describe('tracey prune', () => {
  it('says what it would do, does it, and then has nothing to do', async () => {
    const user = await makeUserWithRuns();
    const would = await user.tracey(['prune', '--keep-runs', '2', '--dry-run']);
    expect(would).toMatchObject({ exitCode: 0, stderr: '' });
    expect(would.stdout).toMatch(
      /^Would thin 8 of 12 runs \(details of 8 runs: [\d.]+ kB, 8 documents: \d+ B/,
    );
    expect(would.stdout).toContain('  a/b: 4 runs, 2026-01-01\n');
    const json = await user.tracey(['prune', '--keep-runs', '2', '--json']);
    expect(json.exitCode).toBe(0);
    const pruned = JSON.parse(json.stdout) as { bytes: number; bytesAfter: number };
    expect(pruned).toMatchObject({
      dryRun: false,
      file: user.database,
      depth: 'thin',
      runs: 12,
      prunedRuns: 8,
    });
    expect(pruned.bytesAfter).toBeLessThan(pruned.bytes);
    expect((await user.tracey(['prune', '--keep-runs', '2'])).stdout).toContain(
      'Nothing to thin: of 12 runs',
    );
    const plan = JSON.parse((await user.tracey(['prune', '--keep-runs', '2', '--dry-run', '--json'])).stdout);
    expect(plan).toMatchObject({ dryRun: true, prunedRuns: 0 });
  });

  it('removes whole runs of one repo, but for those that are kept', async () => {
    const user = await makeUserWithRuns();
    const flags = ['--repository', 'a/b', '--keep-runs', '1'];
    const removed = await user.tracey(['prune', '--remove', ...flags]);
    expect(removed.stdout).toContain('Removed 5 of 6 runs');
    const shown = JSON.parse((await user.tracey(['show', '--json'])).stdout) as { repository: string }[];
    expect(shown.filter(({ repository }) => repository === 'a/b')).toHaveLength(1);
    expect(shown).toHaveLength(7);
  });

  it('keeps the details of as many runs as the configuration says, of this folder or the one that is named', async () => {
    const user = await makeUserWithRuns();
    const plan = async (...flags: string[]) => {
      const { stdout } = await user.tracey(['prune', '--dry-run', '--json', ...flags]);
      return (JSON.parse(stdout) as { prunedRuns: number }).prunedRuns;
    };
    expect(await plan()).toBe(0);
    writeFileSync(join(user.folder, '.tracey.yml'), 'history: { keepSamples: 4 }\n');
    writeFileSync(join(user.folder, 'other.yml'), 'history: { keepSamples: 1 }\n');
    expect(await plan()).toBe(4);
    expect(await plan('--config', 'other.yml')).toBe(10);
    expect(await plan('--keep-runs', '3')).toBe(6);
  });

  it('refuses what it cannot do with exit code 2, and what to do', async () => {
    const user = await makeUserWithRuns();
    const refused = async (...flags: string[]) => {
      const { exitCode, stdout, stderr } = await user.tracey(['prune', ...flags]);
      expect([exitCode, stdout]).toEqual([2, '']);
      expect(stderr).not.toMatch(/^\s+at /m);
      return stderr;
    };
    expect(await refused('--remove')).toContain(
      'all of them would be removed.\nAdd --keep-runs, --keep-days or both',
    );
    expect(await refused('--keep-runs', '0')).toContain('It must be a whole number, 1 or more.');
    expect(await refused('--keep-days', 'many')).toContain('It must be a whole number, 1 or more.');
    expect(await refused('--keep-run', '5')).toContain('--keep-runs');
    expect(await refused('--repository', 'c/d')).toContain(
      'no runs of the repo "c/d".\nIt has runs of a/b, happner/sample.',
    );
    expect(await refused('--database', 'none.db')).toContain('there is no database here');
    expect(await refused('--config', 'none.yml')).toContain('none.yml: cannot be read');
  });

  it('explains itself', async () => {
    const { stdout, exitCode } = await makeUser().tracey(['prune', '--help']);
    expect(exitCode).toBe(0);
    for (const part of ['--keep-days', '--dry-run', 'tracey prune --remove --keep-days 730'])
      expect(stdout).toContain(part);
  });
});
