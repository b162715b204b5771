/** What an IPFS node does for artifacts: run over the real daemon in test/peers, and over the stand-in of the tests here. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, type TestContext } from 'vitest';
import type { NodeAddress } from '../../core/artifacts/address.ts';
import { createCidFinder } from '../../core/artifacts/blocks.ts';
import { type CID, isSameCid } from '../../core/artifacts/cid.ts';
import { fetchContent } from '../../core/artifacts/fetch.ts';
import { openIpfsIndex } from '../../core/artifacts/ipfs-index.ts';
import { type IpfsNode, openKubo } from '../../core/artifacts/kubo.ts';
import { findUnnamedPins, removePins } from '../../core/artifacts/prune.ts';
import { addContent, uploadTree } from '../../core/artifacts/upload.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import { ABSENT } from './fake-kubo.ts';

const MIB = 1024 * 1024;

export function describeNode(start: (context: TestContext) => Promise<NodeAddress>): void {
  const open = async (context: TestContext) => openKubo(await start(context));

  it.for<[string, number]>([
    ['an empty file', 0],
    ['one byte', 1],
    ['exactly one chunk', MIB],
    ['one byte more than a chunk', MIB + 1],
    ['several chunks', 5 * MIB + 12_345],
  ])('gives %s the CID that we expect, and gives it back', async ([, bytes], context) => {
    const node = await open(context);
    const content = randomBytes(bytes);
    const cid = await add(node, content);
    expect(isSameCid(cid, computeCid(content))).toBe(true);
    expect((await read(node, cid)).equals(content)).toBe(true);
  });

  it('says that it does not have what nobody has', async (context) => {
    await expect(read(await open(context), ABSENT)).rejects.toMatchObject({ code: 'artifact/ipfs-failed' });
  });

  it('pins under a name, lists by the beginning of the name, and unpins', async (context) => {
    const node = await open(context);
    const [one, two] = [await add(node, Buffer.from('one')), await add(node, Buffer.from('two'))];
    await node.pin({ cid: one, name: 'tracey a/b key-1' });
    await node.pin({ cid: two, name: 'tracey a/bc key-2' });
    expect((await node.listPins('tracey a/b ')).map(({ name }) => name)).toEqual(['tracey a/b key-1']);
    await node.unpin(one);
    expect(await node.listPins('tracey a/b ')).toEqual([]);
    expect(await node.listPins('tracey a/bc ')).toHaveLength(1);
  });

  it('does not pin what it does not have', async (context) => {
    await expect((await open(context)).pin({ cid: ABSENT, name: 'x' })).rejects.toMatchObject({
      code: 'artifact/ipfs-failed',
    });
  });

  it('keeps an index in its files, in which a later entry takes the place of an earlier one', async (context) => {
    const node = await open(context);
    const index = openIpfsIndex({
      openNode: async () => node,
      folder: '/tracey/artifacts',
      repository: 'a/b',
    });
    expect(await index.list()).toEqual([]);
    expect(await index.find('key-1')).toBeUndefined();
    const [one, two] = [await add(node, Buffer.from('one')), await add(node, Buffer.from('two'))];
    await index.record([{ key: 'key-1', cid: one }]);
    await index.record([{ key: 'key-1', cid: two }]);
    expect((await index.find('key-1'))?.toString()).toBe(two.toString());
    expect((await index.list()).map(({ key, cid }) => `${key}:${cid}`)).toEqual([`key-1:${two}`]);
  });

  it('loses nothing when two machines write its index at once', async (context) => {
    const node = await open(context);
    const indexes = [1, 2].map(() =>
      openIpfsIndex({ openNode: async () => node, folder: '/tracey/artifacts', repository: 'a/b' }),
    );
    const cid = await add(node, Buffer.from('one'));
    const keys = Array.from({ length: 20 }, (_, number) => `key-${number}`);
    await Promise.all(keys.map((key, number) => indexes[number % 2]?.record([{ key, cid }])));
    expect((await indexes[0]?.list())?.map(({ key }) => key).sort()).toEqual(keys.sort());
  });

  it('takes a tree in, pinned, and lets it go when the index does not name it', async (context) => {
    const node = await open(context);
    const index = openIpfsIndex({ openNode: async () => node, folder: '/i', repository: 'a/b' });
    const root = makeTemporaryFolder();
    mkdirSync(join(root, 'node_modules/a'), { recursive: true });
    const artifacts: CID[] = [];
    for (const text of ['one', 'two']) {
      writeFileSync(join(root, 'node_modules/a/index.js'), text);
      artifacts.push((await uploadTree({ root, node, pinName: `tracey a/b ${text}` })).cid);
    }
    await index.record([{ key: 'one', cid: artifacts[0] as CID }]);
    const unnamed = await findUnnamedPins({ node, index, repository: 'a/b' });
    expect(unnamed.map(({ name }) => name)).toEqual(['tracey a/b two']);
    await removePins(node, unnamed);
    expect((await node.listPins('tracey a/b ')).map(({ name }) => name)).toEqual(['tracey a/b one']);
  });
}

async function* once(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content;
}

async function add(node: IpfsNode, content: Buffer): Promise<CID> {
  return addContent(node, once(content), { signal: new AbortController().signal });
}

async function read(source: IpfsNode, cid: CID): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of fetchContent(cid, { source })) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

function computeCid(content: Uint8Array): CID {
  const finder = createCidFinder();
  finder.update(content);
  return finder.digest();
}
