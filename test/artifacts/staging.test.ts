import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';
import { beforeAll, describe, expect, it } from 'vitest';
import { placeTree, withInstallRoot } from '../../core/artifacts/staging.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import { describeTree, makeTree, packWhole, stream } from './tree.ts';

/** By hand more: TRACEY_KILLS=1000. */
const KILLS = Number(process.env['TRACEY_KILLS'] ?? 200);
/** Two at a time: while one is started the other is being killed. */
const AT_A_TIME = 2;
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

let script = '';
/** Bundled, a process starts in a fraction of the time. */
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tracey-place-'));
  script = join(folder, 'place-file.mjs');
  const input = fileURLToPath(new URL('place-file.ts', import.meta.url));
  await build({
    input,
    platform: 'node',
    external: [/^node:/],
    output: { file: script },
    logLevel: 'silent',
  });
  return () => rmSync(folder, { recursive: true, force: true });
});

/** When a restore is killed: after so many of its lines, or when it has begun to take places; then after so many turns of a loop. */
interface Moment {
  readonly lines: number | 'placing';
  readonly turns: number;
}

/** Starts a restore, kills it at a moment, and waits for its end; says whether it was there to be killed. */
async function killRestore(root: string, archive: string, { lines, turns }: Moment): Promise<boolean> {
  const child = spawn(process.execPath, [script, root, archive], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  const kill = () => {
    for (let turn = 0; turn < turns; turn += 1) Math.sqrt(turn);
    child.kill('SIGKILL');
  };
  let seen = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    const before = seen;
    seen += chunk.toString().split('\n').length - 1;
    if (lines !== 'placing' && before < lines && seen >= lines) kill();
  });
  if (lines === 0) child.once('spawn', kill);
  if (lines === 'placing') {
    while (child.exitCode === null && !isPlacing(root)) await pause();
    kill();
  }
  const [, signal] = await closed;
  return signal === 'SIGKILL';
}

function isPlacing(root: string): boolean {
  const staging = readdirSync(root).find((name) => name.startsWith('.tracey-artifact-'));
  return staging !== undefined && existsSync(join(root, staging, 'placing.json'));
}

/** In turn: anywhere while it is read, when all is read and goes to the disk, and while places are taken. */
function chooseMoment(round: number, most: number): Moment {
  if (round % 3 === 0) return { lines: 'placing', turns: Math.floor(Math.random() * 1e6) };
  if (round % 3 === 1) return { lines: Math.floor(Math.random() * most), turns: 0 };
  return { lines: most, turns: Math.floor(Math.random() * 1e7) };
}

describe('a restore', () => {
  it(`that is killed at any point leaves whole node_modules or none, and nothing else, ${KILLS} times`, async () => {
    const packages = makePackages();
    const whole = describeTree(packages);
    const archive = join(makeTemporaryFolder(), 'archive');
    const packed = await packWhole(packages);
    writeFileSync(archive, packed);
    const most = Math.ceil(packed.length / 4096) + 1;
    const none = describeTree(makeCheckout());
    const seen = { rounds: 0, killed: 0, none: 0, whole: 0, leftovers: 0 };
    const killOne = async (root: string) => {
      seen.rounds += 1;
      const moment = chooseMoment(seen.rounds, most);
      if (await killRestore(root, archive, moment)) seen.killed += 1;
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
    };
    const killMany = async (root: string) => {
      while (seen.killed < KILLS) {
        expect(seen.rounds).toBeLessThan(5 * KILLS);
        await killOne(root);
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, () => killMany(makeCheckout())));
    expect(seen.none).toBeGreaterThan(0);
    expect(seen.whole).toBeGreaterThan(0);
    expect(seen.leftovers).toBeGreaterThan(0);
    if (process.env['TRACEY_KILLS'] !== undefined) console.log(seen);
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
