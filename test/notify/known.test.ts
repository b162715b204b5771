import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type KnownProblem, openKnownProblems } from '../../core/notify/known.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import { createErrorFinding, createSlowerFinding } from './findings-fixture.ts';

const NOW = new Date('2026-03-01T00:00:00.000Z');

function createKnown(overrides: Partial<KnownProblem> = {}): KnownProblem {
  return {
    problem: createErrorFinding(),
    toldAt: NOW.toISOString(),
    messageId: '<1@example.org>',
    ...overrides,
  };
}

describe('openKnownProblems', () => {
  it('knows what was noted, for whoever opens it next', async () => {
    const folder = join(makeTemporaryFolder(), 'known');
    const known = createKnown({ problem: createSlowerFinding() });
    expect(await openKnownProblems(folder, () => NOW).claim(known)).toBe(true);
    expect(await openKnownProblems(folder, () => NOW).list()).toEqual([known]);
    const [name = ''] = readdirSync(folder);
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  });

  it('lets one of several tell a problem, and one that it is over', async () => {
    const folder = makeTemporaryFolder();
    const all = Array.from({ length: 8 }, () => openKnownProblems(folder, () => NOW));
    const claims = await Promise.all(all.map((one) => one.claim(createKnown())));
    expect(claims.filter(Boolean)).toHaveLength(1);
    const releases = await Promise.all(all.map((one) => one.release(createKnown().problem.id)));
    expect(releases.filter(Boolean)).toHaveLength(1);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('forgets after a year, and what cannot be read', async () => {
    const folder = makeTemporaryFolder();
    const known = openKnownProblems(folder, () => NOW);
    await known.claim(createKnown({ toldAt: '2025-02-01T00:00:00.000Z' }));
    writeFileSync(join(folder, 'half.json'), '{"problem":');
    writeFileSync(join(folder, 'other.json'), '{"kind":"error"}');
    expect(await known.list()).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('knows nothing where there is no folder', async () => {
    expect(await openKnownProblems(join(makeTemporaryFolder(), 'none'), () => NOW).list()).toEqual([]);
  });

  it('fails where it cannot write', async () => {
    const folder = join(makeTemporaryFolder(), 'file');
    mkdirSync(join(folder, '..'), { recursive: true });
    writeFileSync(folder, '');
    await expect(openKnownProblems(folder, () => NOW).claim(createKnown())).rejects.toThrow('EEXIST');
  });
});
