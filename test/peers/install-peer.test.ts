import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { findPeer, installPeer, type Peer } from '../../scripts/peers/peer.ts';
import { writeShellScript } from '../executable-script.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';

const MAIN = fileURLToPath(new URL('../../scripts/peers/main.ts', import.meta.url));

/** A peer that says hello. */
const hello: Peer = {
  name: 'hello',
  version: '1.0.0',
  product: join('bin', 'hello'),
  install: async (folder) => writeShellScript(join(folder, 'bin', 'hello'), 'echo hello'),
};

describe('a peer', () => {
  it('is installed once, and found from then on', async () => {
    const cache = join(makeTemporaryFolder(), 'cache');
    expect(await findPeer(hello, cache)).toEqual({
      missing: 'install it with: node scripts/peers/main.ts hello',
    });
    const told: string[] = [];
    await installPeer(hello, (line) => told.push(line), cache);
    const found = await findPeer(hello, cache);
    const path = 'path' in found ? found.path : '';
    expect(execFileSync(path, { encoding: 'utf8' })).toBe('hello\n');
    const broken: Peer = { ...hello, install: () => Promise.reject(new Error('not again')) };
    await installPeer(broken, (line) => told.push(line), cache);
    expect(told).toEqual([
      'hello 1.0.0 is being installed ...',
      `hello 1.0.0 is installed: ${path}`,
      `hello 1.0.0 is there: ${path}`,
    ]);
  });

  it('of another version is another one', async () => {
    const cache = makeTemporaryFolder();
    await installPeer(hello, () => undefined, cache);
    expect(await findPeer({ ...hello, version: '1.0.1' }, cache)).toHaveProperty('missing');
  });

  it.each<[Peer['install'], string]>([
    [
      (folder, run) => run(['no-such-program', 'x'], { folder, hint: 'It takes Go.' }),
      'no-such-program could not be started: spawn no-such-program ENOENT. It takes Go.',
    ],
    [
      (folder, run) => run(['sh', '-c', 'exit 7'], { folder, hint: 'It takes Go.' }),
      '"sh -c exit 7" ended with 7. It takes Go.',
    ],
    [async () => undefined, 'ENOENT'],
  ])('that cannot be installed leaves nothing, and says what it takes', async (install, message) => {
    const cache = makeTemporaryFolder();
    await expect(installPeer({ ...hello, install }, () => undefined, cache)).rejects.toThrow(message);
    expect(readdirSync(cache)).toEqual([]);
    expect(existsSync(cache)).toBe(true);
  });

  it('that nobody knows is refused with those that there are', () => {
    const { status, stderr } = spawnSync(process.execPath, [MAIN, 'act', 'nonsense'], { encoding: 'utf8' });
    expect(status).toBe(2);
    expect(stderr).toMatch(/^There is no peer nonsense\. There are: actionlint, act\b.*\.\n$/);
  });
});
