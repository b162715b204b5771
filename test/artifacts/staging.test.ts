import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { placeTree, withInstallRoot } from '../../core/artifacts/staging.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import { describeTree, makeTree, packWhole, stream } from './tree.ts';

const SCRIPT = fileURLToPath(new URL('place-file.ts', import.meta.url));
const KILLS = 200;
const FOLDERS = ['node_modules', 'packages/one/node_modules', 'packages/two/node_modules'];

function makeCheckout(): string {
  return makeTree(makeTemporaryFolder(), {
    'package.json': '{}',
    'packages/one/package.json': '{}',
    'packages/two/package.json': '{}',
  });
}

/** A tree of three `node_modules` with content that does not become smaller. */
function makePackages(): string {
  const root = makeCheckout();
  for (const folder of FOLDERS) {
    for (let index = 0; index < 8; index += 1) {
      makeTree(root, { [`${folder}/package-${index}/index.js`]: randomBytes(1000).toString('hex') });
    }
  }
  return root;
}

/** Starts a restore, kills it after so many of its lines and so many turns of a loop, and waits for its end. */
async function killRestore(
  root: string,
  archive: string,
  at: { readonly lines: number; readonly turns: number },
) {
  const child = spawn(process.execPath, [SCRIPT, root, archive], { stdio: ['ignore', 'pipe', 'inherit'] });
  let lines = 0;
  const kill = () => {
    for (let turn = 0; turn < at.turns; turn += 1) Math.sqrt(turn);
    child.kill('SIGKILL');
  };
  child.stdout.on('data', (chunk: Buffer) => {
    const before = lines;
    lines += chunk.toString().split('\n').length - 1;
    if (before < at.lines && lines >= at.lines) kill();
  });
  if (at.lines === 0) child.once('spawn', kill);
  const [code, signal] = await once(child, 'close');
  return { wasKilled: signal === 'SIGKILL', code };
}

describe('a restore', () => {
  it(`that is killed at any point leaves whole node_modules or none, and nothing else, ${KILLS} times`, async () => {
    const packages = makePackages();
    const whole = describeTree(packages);
    const archive = join(makeTemporaryFolder(), 'archive');
    const packed = await packWhole(packages);
    writeFileSync(archive, packed);
    const most = Math.ceil(packed.length / 4096) + 1;
    const empty = makeCheckout();
    const none = describeTree(empty);
    const root = makeCheckout();
    const seen = { killed: 0, none: 0, whole: 0, leftovers: 0 };
    for (let round = 0; seen.killed < KILLS; round += 1) {
      expect(round).toBeLessThan(5 * KILLS);
      // Every other time when everything was read and the places are being taken.
      const isLate = round % 2 === 0;
      const lines = isLate ? most : Math.floor(Math.random() * most);
      const turns = isLate ? Math.floor(Math.random() * 5e6) : 0;
      const { wasKilled } = await killRestore(root, archive, { lines, turns });
      if (wasKilled) seen.killed += 1;
      // The root's own comes last: whoever finds it may use all of them, whatever else is still there.
      const staged = readdirSync(root).filter((name) => name.startsWith('.tracey-artifact-'));
      if (staged.length > 0) seen.leftovers += 1;
      if (existsSync(join(root, 'node_modules'))) {
        const found = describeTree(root).filter((line) => !line.startsWith('.tracey-artifact-'));
        expect(found).toEqual(whole);
      }
      await withInstallRoot(root, undefined, async () => undefined);
      const after = describeTree(root);
      const isWhole = after.length === whole.length;
      expect(after).toEqual(isWhole ? whole : none);
      if (isWhole) seen.whole += 1;
      else seen.none += 1;
      for (const folder of FOLDERS) rmSync(join(root, folder), { recursive: true, force: true });
    }
    expect(seen.none).toBeGreaterThan(0);
    expect(seen.leftovers).toBeGreaterThan(0);
  }, 600_000);

  const archive = async () => packWhole(makePackages());

  it('undoes what was killed between two of its places', async () => {
    const root = makePackages();
    const staging = join(root, '.tracey-artifact-killed');
    mkdirSync(join(staging, 'tree'), { recursive: true });
    cpSync(join(root, 'node_modules'), join(staging, 'tree/node_modules'), { recursive: true });
    rmSync(join(root, 'node_modules'), { recursive: true });
    writeFileSync(join(staging, 'placing.json'), JSON.stringify(FOLDERS.toReversed()));
    await withInstallRoot(root, undefined, async () => undefined);
    expect(describeTree(root)).toEqual(describeTree(makeCheckout()));
  });

  it('leaves what is in its place alone when a restore was killed before it took any', async () => {
    const root = makePackages();
    const before = describeTree(root);
    makeTree(root, { '.tracey-artifact-killed/tree/node_modules/half.js': 'half' });
    await withInstallRoot(root, undefined, async () => undefined);
    expect(describeTree(root)).toEqual(before);
  });

  it('keeps what was wholly placed when it was killed while it cleaned up', async () => {
    const root = makePackages();
    const before = describeTree(root);
    makeTree(root, {
      '.tracey-artifact-killed/placing.json': JSON.stringify(FOLDERS),
      '.tracey-artifact-killed/before/0/old.js': 'old',
    });
    await withInstallRoot(root, undefined, async () => undefined);
    expect(describeTree(root)).toEqual(before);
  });

  it('takes the place of what was there', async () => {
    const packages = makePackages();
    const root = makePackages();
    await placeTree(root, stream(await packWhole(packages)));
    expect(describeTree(root)).toEqual(describeTree(packages));
  });

  it('waits for another into the same folder', async () => {
    const root = makeCheckout();
    const packed = await archive();
    const order: string[] = [];
    await Promise.all(
      ['one', 'two'].map((name) =>
        withInstallRoot(root, undefined, async () => {
          order.push(`${name} begins`);
          await placeTree(root, stream(packed, 1000));
          order.push(`${name} ends`);
        }),
      ),
    );
    expect(order[0]?.replace('begins', 'ends')).toBe(order[1]);
    expect(order[2]?.replace('begins', 'ends')).toBe(order[3]);
  });

  it('of content that fails leaves everything as it was', async () => {
    const root = makePackages();
    const before = describeTree(root);
    const packed = await archive();
    async function* fail(): AsyncGenerator<Uint8Array> {
      yield packed.subarray(0, packed.length - 100);
      throw new Error('the line is dead');
    }
    await expect(placeTree(root, fail())).rejects.toThrow('the line is dead');
    expect(describeTree(root)).toEqual(before);
  });
});
