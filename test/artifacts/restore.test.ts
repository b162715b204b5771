import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { computeIndexPlace } from '../../core/artifacts/artifact-index.ts';
import { type ArtifactCache, type ArtifactSettings, openArtifacts } from '../../core/artifacts/artifacts.ts';
import { computeArtifactKey, formatTarget, parseTarget, readOwnTarget } from '../../core/artifacts/key.ts';
import { restoreDependencies } from '../../core/artifacts/restore.ts';
import { writeNodeScript } from '../executable-script.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import { startFakeKubo } from './fake-kubo.ts';
import { describeTree, makeTree } from './tree.ts';

const OWN = readOwnTarget();
const ARM = parseTarget(`linux-arm64-glibc-node${OWN.nodeAbi}`);
const PLACE_ONE = `
const fs = require('node:fs');
fs.mkdirSync('node_modules/tiny', { recursive: true });
fs.writeFileSync('node_modules/tiny/index.js', 'tiny');
`;
const PLACE_NATIVE = `${PLACE_ONE} fs.writeFileSync('node_modules/tiny/tiny.node', 'x');`;

/** An IPFS node, a cache, and checkouts of the same repo. */
async function prepare() {
  const kubo = await startFakeKubo();
  const kept = new Map<string, Buffer>();
  const cache: ArtifactCache = {
    label: 'the cache',
    async find(key) {
      const content = kept.get(key);
      return content && { content: once(content), bytes: content.length };
    },
    async save(key, content) {
      const pieces: Uint8Array[] = [];
      for await (const piece of content) pieces.push(piece);
      kept.set(key, Buffer.concat(pieces));
    },
  };
  const notices: string[] = [];
  const makeCheckout = () =>
    makeTree(makeTemporaryFolder(), {
      'package.json': JSON.stringify({ dependencies: { tiny: '1' } }),
      '.git/HEAD': '',
    });
  const restore = async (
    checkout: string,
    options: Partial<ArtifactSettings> & { readonly installs?: string; readonly indexRoot?: string } = {},
  ) => {
    const bin = makeTemporaryFolder();
    const { installs, indexRoot = checkout, ...settings } = options;
    if (installs !== undefined) writeNodeScript(join(bin, 'npm'), installs);
    const artifacts = await openArtifacts(
      {
        repository: 'happner/sample',
        address: kubo.address,
        gateway: null,
        indexPlace: computeIndexPlace('ipfs'),
        upload: installs !== undefined,
        targets: [],
        writer: null,
        cache: null,
        ...settings,
      },
      { checkout, indexRoot, onNotice: (text) => notices.push(text) },
    );
    const { dependencies } = await restoreDependencies({
      artifacts,
      target: OWN,
      repoFolder: checkout,
      logFile: join(bin, 'install.log'),
      inherited: { PATH: bin },
      deadlineMs: 60_000,
      onNotice: (text) => notices.push(text),
    });
    return { dependencies, index: artifacts.index };
  };
  return { kubo, cache, kept, notices, makeCheckout, restore };
}

async function* once(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content;
}

describe('dependencies', () => {
  it('are installed and made into an artifact on a primary, and restored from it elsewhere', async () => {
    const { makeCheckout, restore, notices } = await prepare();
    const [primary, field] = [makeCheckout(), makeCheckout()];
    const made = await restore(primary, { installs: PLACE_ONE });
    expect(made.dependencies).toMatchObject({
      source: 'installed',
      packageManager: 'npm',
      artifact: { key: await computeArtifactKey(primary, OWN), cid: expect.stringMatching(/^bafk/) },
    });
    const restored = await restore(field);
    expect(restored.dependencies).toEqual({
      source: 'artifact',
      packageManager: null,
      durationMs: expect.any(Number),
      artifact: made.dependencies.artifact,
    });
    expect(describeTree(join(field, 'node_modules'))).toEqual(describeTree(join(primary, 'node_modules')));
    expect(notices).toEqual([]);
  });

  it('that are there are used as they are', async () => {
    const { makeCheckout, restore } = await prepare();
    const checkout = makeTree(makeCheckout(), { 'node_modules/tiny/index.js': 'own' });
    expect((await restore(checkout)).dependencies).toEqual({
      source: 'present',
      packageManager: null,
      durationMs: null,
    });
  });

  it('need not be restored where there are none', async () => {
    const { makeCheckout, restore } = await prepare();
    const checkout = makeCheckout();
    writeFileSync(join(checkout, 'package.json'), '{}');
    expect((await restore(checkout)).dependencies.source).toBe('none');
  });

  it('fail on a machine that only fetches, and say which key has no artifact and how to make one', async () => {
    const { makeCheckout, restore } = await prepare();
    const checkout = makeCheckout();
    const key = await computeArtifactKey(checkout, OWN);
    await expect(restore(checkout)).rejects.toMatchObject({
      code: 'artifact/none',
      message: `${checkout}: there is no artifact for ${key} in IPFS /tracey/artifacts/happner/sample.`,
      hint: expect.stringContaining(`tracey artifact pack --platform ${OWN.platform} --arch ${OWN.arch}`),
    });
    expect(existsSync(join(checkout, 'node_modules'))).toBe(false);
  });

  it('come from the cache when the index does not know them, by exact key', async () => {
    const { makeCheckout, restore, cache, kept, kubo } = await prepare();
    const [primary, field] = [makeCheckout(), makeCheckout()];
    kubo.refuse(503);
    await restore(primary, { installs: PLACE_ONE, cache });
    const key = await computeArtifactKey(primary, OWN);
    expect([...kept.keys()]).toEqual([key]);
    const { dependencies } = await restore(field, { cache });
    expect(dependencies).toMatchObject({
      source: 'cache',
      artifact: { key, cid: null, bytes: kept.get(key)?.length },
    });
    expect(describeTree(join(field, 'node_modules'))).toEqual(describeTree(join(primary, 'node_modules')));
  });

  it('are installed on a primary that cannot reach IPFS, which is told', async () => {
    const { makeCheckout, restore, kubo, notices } = await prepare();
    const checkout = makeCheckout();
    kubo.refuse(503);
    const { dependencies } = await restore(checkout, { installs: PLACE_ONE });
    expect(dependencies).toMatchObject({ source: 'installed', artifact: { cid: null, bytes: null } });
    expect(notices[0]).toContain('answered with HTTP status 503');
    expect(notices.at(-1)).toMatch(/^No artifact was made: IPFS at /);
  });

  it('fail with what went wrong on a machine that only fetches', async () => {
    const { makeCheckout, restore, kubo } = await prepare();
    const [primary, field] = [makeCheckout(), makeCheckout()];
    await restore(primary, { installs: PLACE_ONE });
    kubo.misbehave('flip');
    await expect(restore(field)).rejects.toMatchObject({ code: 'artifact/wrong-bytes' });
    expect(existsSync(join(field, 'node_modules'))).toBe(false);
  });

  it('are installed anew where the artifact is damaged, and recorded in its place', async () => {
    const { makeCheckout, restore, kubo, notices } = await prepare();
    await restore(makeCheckout(), { installs: PLACE_ONE });
    kubo.misbehave('flip');
    const { dependencies } = await restore(makeCheckout(), { installs: PLACE_ONE });
    expect(dependencies).toMatchObject({ source: 'installed', artifact: { cid: expect.any(String) } });
    expect(notices[0]).toContain('is not that');
  });

  it('are recorded for other kinds of machines when nothing native is in them', async () => {
    const { makeCheckout, restore } = await prepare();
    const checkout = makeCheckout();
    const { index } = await restore(checkout, { installs: PLACE_ONE, targets: [ARM, OWN] });
    const keys = (await index.list()).map(({ key }) => key);
    expect(keys.sort()).toEqual(
      [await computeArtifactKey(checkout, ARM), await computeArtifactKey(checkout, OWN)].sort(),
    );
  });

  it('are recorded for this kind alone when something native is in them', async () => {
    const { makeCheckout, restore, notices } = await prepare();
    const checkout = makeCheckout();
    const { index } = await restore(checkout, { installs: PLACE_NATIVE, targets: [ARM] });
    expect((await index.list()).map(({ key }) => key)).toEqual([await computeArtifactKey(checkout, OWN)]);
    expect(notices).toEqual([
      `For ${formatTarget(ARM)} nothing can be packed here: node_modules/tiny/tiny.node is native (a compiled add-on).`,
    ]);
  });

  it('are recorded in a file of the repo, which may be another checkout than the one they are in', async () => {
    const { makeCheckout, restore, notices } = await prepare();
    const [user, checkout, field] = [makeCheckout(), makeCheckout(), makeCheckout()];
    const indexPlace = computeIndexPlace(null);
    writeFileSync(join(user, 'artifact_hashes.txt'), 'garbage\r\n');
    const { dependencies } = await restore(checkout, { installs: PLACE_ONE, indexPlace, indexRoot: user });
    const { key, cid } = dependencies.artifact ?? {};
    const text = readFileSync(join(user, 'artifact_hashes.txt'), 'utf8');
    expect(text).toBe(`garbage\n${key}:${cid}\n`);
    writeFileSync(join(field, 'artifact_hashes.txt'), text);
    expect((await restore(field, { indexPlace })).dependencies.source).toBe('artifact');
    expect(notices).toContain(
      `${join(field, 'artifact_hashes.txt')}:1: is no <key>:<CID>, and is left as it is: garbage`,
    );
    rmSync(join(field, 'node_modules'), { recursive: true });
    writeFileSync(join(field, 'artifact_hashes.txt'), `${key}:${cid}${key}:${cid}`);
    expect((await restore(field, { indexPlace })).dependencies.source).toBe('artifact');
  });

  it('lose nothing of an index that several write at once', async () => {
    const { makeCheckout, restore } = await prepare();
    const user = makeCheckout();
    const indexPlace = computeIndexPlace(null);
    const checkouts = ['1', '2', '3', '4'].map((version) => {
      const checkout = makeCheckout();
      writeFileSync(join(checkout, 'package.json'), JSON.stringify({ dependencies: { tiny: version } }));
      return checkout;
    });
    await Promise.all(
      checkouts.map((checkout) => restore(checkout, { installs: PLACE_ONE, indexPlace, indexRoot: user })),
    );
    const lines = readFileSync(join(user, 'artifact_hashes.txt'), 'utf8').trim().split('\n');
    expect(new Set(lines.map((line) => line.split(':')[0])).size).toBe(4);
  });
});
