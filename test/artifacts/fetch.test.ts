import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type CID, findCid } from '../../core/artifacts/cid.ts';
import { type BlockSource, fetchContent } from '../../core/artifacts/fetch.ts';
import { openGateway } from '../../core/artifacts/gateway.ts';
import { openKubo } from '../../core/artifacts/kubo.ts';
import type { Patience } from '../../core/artifacts/patience.ts';
import { placeTree } from '../../core/artifacts/staging.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import { ABSENT, addBlocks, type Misbehaviour, startFakeKubo } from './fake-kubo.ts';
import { makeTree, packWhole } from './tree.ts';

const PATIENT: Patience = { deadlineMs: 60_000, stallMs: 60_000 };
const HASTY: Patience = { deadlineMs: 60_000, stallMs: 300 };

let content: Buffer = Buffer.alloc(0);
beforeAll(async () => {
  const root = mkdtempSync(join(tmpdir(), 'tracey-fetch-'));
  content = await packWhole(
    makeTree(root, { 'node_modules/a/i.js': randomBytes(5_000_000).toString('hex') }),
  );
  rmSync(root, { recursive: true });
});

/** An artifact of six blocks in a node, which from the given block on misbehaves. */
async function prepare(how: Misbehaviour = null, after = 0) {
  const kubo = await startFakeKubo();
  const cid = findCid(addBlocks(content, kubo.blocks)) as CID;
  kubo.misbehave(how, after);
  return { kubo, cid, node: openKubo(kubo.address) };
}

/** Fetches into a folder, which must be empty afterwards whatever comes of it. */
async function fetchInto(source: BlockSource, cid: CID, patience: Patience, signal?: AbortSignal) {
  const root = makeTemporaryFolder();
  try {
    await placeTree(root, fetchContent(cid, { source, patience, signal }));
  } finally {
    expect(readdirSync(root)).toEqual([]);
  }
}

describe('fetching', () => {
  it('yields what was added, whatever comes first, and says how far it is', async () => {
    const { node, cid } = await prepare();
    const progress: number[] = [];
    const pieces: Uint8Array[] = [];
    const onProgress = (bytes: number) => progress.push(bytes);
    for await (const piece of fetchContent(cid, { source: node, onProgress }))
      pieces.push(Buffer.from(piece));
    expect(Buffer.concat(pieces).equals(content)).toBe(true);
    expect(progress.at(-1)).toBe(content.length);
  });

  // The first block is the list of the others.
  it.each([0, 1, 4])('refuses a block with one bit changed (after %i sound ones)', async (after) => {
    const { node, cid, kubo } = await prepare('flip', after);
    const thrown = fetchInto(node, cid, PATIENT);
    await expect(thrown).rejects.toMatchObject({ code: 'artifact/wrong-bytes' });
    await expect(thrown).rejects.toThrow(kubo.rpc);
  });

  it.each([0, 1, 4])('refuses a block that is cut off (after %i sound ones)', async (after) => {
    const { node, cid } = await prepare('truncate', after);
    await expect(fetchInto(node, cid, PATIENT)).rejects.toMatchObject({ code: 'artifact/wrong-bytes' });
  });

  it('ends when the node goes away in the middle', async () => {
    const { node, cid } = await prepare('reset', 2);
    await expect(fetchInto(node, cid, PATIENT)).rejects.toMatchObject({
      code: 'artifact/unreachable',
      message: expect.stringMatching(
        /^IPFS at http:\/\/127\.0\.0\.1:\d+\/?: cannot be reached, or went away: /,
      ),
    });
  });

  it('ends when nothing more comes', async () => {
    const { node, cid } = await prepare('stall', 3);
    await expect(fetchInto(node, cid, HASTY)).rejects.toMatchObject({
      code: 'artifact/stalled',
      message: expect.stringMatching(/^Fetching bafy\w+ from .+: nothing more came for 300 ms\.$/),
    });
  });

  it('ends when nothing comes at all', async () => {
    const { node, cid } = await prepare('stall');
    await expect(fetchInto(node, cid, HASTY)).rejects.toMatchObject({
      code: 'artifact/nothing-came',
      message: expect.stringMatching(/: nothing came within 300 ms\.$/),
    });
  });

  it('ends at its deadline', async () => {
    const { node, cid } = await prepare('stall', 2);
    const patience = { deadlineMs: 300, stallMs: 60_000 };
    await expect(fetchInto(node, cid, patience)).rejects.toMatchObject({
      code: 'artifact/deadline',
      message: expect.stringMatching(/: not done after 300 ms\.$/),
    });
  });

  it('ends when it is called off', async () => {
    const { node, cid } = await prepare('stall', 2);
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('called off')), 50);
    await expect(fetchInto(node, cid, PATIENT, stop.signal)).rejects.toThrow('called off');
  });

  it('says what a node says that does not have it', async () => {
    const { node } = await prepare();
    await expect(fetchInto(node, ABSENT, PATIENT)).rejects.toMatchObject({
      code: 'artifact/ipfs-failed',
      message: expect.stringContaining(
        'answered with HTTP status 500: block was not found locally (offline)',
      ),
    });
  });

  it.each([401, 403])('says that a token is refused (%i)', async (status) => {
    const { node, cid, kubo } = await prepare();
    kubo.refuse(status);
    await expect(fetchInto(node, cid, PATIENT)).rejects.toMatchObject({
      code: 'artifact/refused',
      message: expect.stringContaining(`refused with HTTP status ${status}.`),
    });
  });

  it('says that nobody listens', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const node = openKubo({ host: '127.0.0.1', port, url: null, token: null });
    await expect(fetchInto(node, ABSENT, PATIENT)).rejects.toMatchObject({
      code: 'artifact/unreachable',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it.each([
    [
      'a hash that is not SHA-256',
      'bafkrgqhhyivzstcz3hhswshfjgy6ertgmnqeleynhwt4dlfsthi4hn7zgh4uvlsb5xncykzapi3ocd4lzogukir6ksdy6wzrnz6ohnv4aglcs',
    ],
    ['data that is no file', 'bafyreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy'],
  ])('refuses to fetch what cannot be verified: %s', async (_, text) => {
    const { node } = await prepare();
    await expect(fetchInto(node, findCid(text) as CID, PATIENT)).rejects.toMatchObject({
      code: 'artifact/unsupported-cid',
    });
  });

  it('sends the token, or user and password, with every request, and puts neither into messages', async () => {
    const { kubo, cid } = await prepare();
    const address = { ...kubo.address, url: kubo.rpc.replace('//', '//me:pass@') };
    for (const token of ['secret-token', null]) {
      const node = openKubo({ ...address, token });
      expect(node.label).not.toMatch(/me|pass|secret/);
      for await (const _ of fetchContent(cid, { source: node }));
    }
    expect([...new Set(kubo.authorizations)]).toEqual([
      'Bearer secret-token',
      `Basic ${Buffer.from('me:pass').toString('base64')}`,
    ]);
  });

  it.each([
    { host: null, port: null, url: null, token: null },
    { host: null, port: null, url: 'ftp://x', token: null },
  ])('needs an address: %j', async (address) => {
    expect(() => openKubo(address)).toThrow('IPFS: artifacts.ipfs names no address that can be used.');
  });
});

describe('a gateway', () => {
  async function startGateway(answer: (path: string) => Buffer | number) {
    const server = createServer((request, response) => {
      const answered = answer(request.url ?? '');
      if (typeof answered === 'number') response.writeHead(answered).end();
      else response.end(answered);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    return openGateway(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  }

  it('is asked for blocks as they are', async () => {
    const { kubo, cid } = await prepare();
    const source = await startGateway((path) => {
      const name = /^\/ipfs\/(\w+)\?format=raw$/.exec(path)?.[1] ?? '';
      return kubo.blocks.get(name) ?? 404;
    });
    const pieces: Uint8Array[] = [];
    for await (const piece of fetchContent(cid, { source })) pieces.push(Buffer.from(piece));
    expect(Buffer.concat(pieces).equals(content)).toBe(true);
  });

  it('is not believed', async () => {
    const source = await startGateway(() => Buffer.from('something else'));
    await expect(fetchInto(source, ABSENT, PATIENT)).rejects.toMatchObject({ code: 'artifact/wrong-bytes' });
  });

  it('that refuses is told of', async () => {
    const source = await startGateway(() => 406);
    await expect(fetchInto(source, ABSENT, PATIENT)).rejects.toMatchObject({
      code: 'artifact/refused',
      message: expect.stringMatching(
        /^IPFS gateway http:\/\/127\.0\.0\.1:\d+: answered with HTTP status 406\.$/,
      ),
    });
  });

  it('that is not there is told of', async () => {
    await expect(fetchInto(openGateway('http://127.0.0.1:1'), ABSENT, PATIENT)).rejects.toMatchObject({
      code: 'artifact/unreachable',
      message: expect.stringMatching(/^IPFS gateway http:\/\/127\.0\.0\.1:1: cannot be reached: /),
    });
  });
});
