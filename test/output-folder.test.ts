import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { computeOutputFolder, openEarlierFiles, writeOutput } from '../core/output-folder.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

const file = (name: string, content: string) => ({ name, mediaType: 'text/plain', content });

describe('the output folder of a job', () => {
  it('takes files, keeps those that a later job does not write, and tells which are new', async () => {
    const folder = join(makeTemporaryFolder(), 'output');
    expect(await writeOutput(folder, [file('a.md', 'a'), file('v1/b.md', 'b')])).toEqual(['a.md', 'v1/b.md']);
    const before = statSync(join(folder, 'a.md'));
    expect(await writeOutput(folder, [file('a.md', 'a'), file('v2/b.md', 'c')])).toEqual(['v2/b.md']);
    expect(statSync(join(folder, 'a.md')).ino).toBe(before.ino);
    const earlier = openEarlierFiles(folder);
    expect(await earlier.list()).toEqual(['a.md', 'v1/b.md', 'v2/b.md']);
    expect(await earlier.read('v1/b.md')).toBe('b');
    expect(readdirSync(folder)).toEqual(['a.md', 'v1', 'v2']);
  });

  it('is empty before the first job', async () => {
    const earlier = openEarlierFiles(join(makeTemporaryFolder(), 'none'));
    expect(await earlier.list()).toEqual([]);
    expect(await earlier.read('a.md')).toBeNull();
  });

  it('is left by no name', async () => {
    const folder = makeTemporaryFolder();
    writeFileSync(join(folder, 'secret'), 'secret');
    const inside = join(folder, 'output');
    for (const name of [
      '../secret',
      '/etc/passwd',
      '',
      '.hidden',
      'a//b',
      'a/../../secret',
      'a\nb',
      'a\\b',
    ]) {
      await expect(writeOutput(inside, [file(name, '')])).rejects.toMatchObject({ code: 'output/bad-name' });
      expect(await openEarlierFiles(inside).read(name)).toBeNull();
    }
    expect(readdirSync(folder)).toEqual(['secret']);
  });

  it('that cannot be written is told, with the file', async () => {
    const folder = makeTemporaryFolder();
    writeFileSync(join(folder, 'taken'), '');
    await expect(writeOutput(folder, [file('taken/a.md', 'a')])).rejects.toMatchObject({
      code: 'output/unwritable',
      message: expect.stringContaining(join(folder, 'taken', 'a.md')),
    });
  });

  it('has a place of its own for each repository and job type, whatever they are called', () => {
    const place = (repository: string, jobType = 'own') =>
      computeOutputFolder('/out', { repository, jobType });
    expect(place('happner/happn-3', 'happn-protocol')).toBe('/out/happner/happn-3/happn-protocol');
    expect(place('../..')).toBe('/out/_/_/own');
    expect(place('a b/c')).toBe('/out/_/c/own');
  });
});
