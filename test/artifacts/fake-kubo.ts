/**
 * A stand-in for Kubo's RPC on loopback, as far as artifacts use it, which can be told to misbehave. The contract in
 * node-contract.ts holds it to what the real daemon does.
 */
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sha256 } from 'multiformats/hashes/sha2';
import { onTestFinished } from 'vitest';
import type { NodeAddress } from '../../core/artifacts/address.ts';
import { CHUNK_BYTES, createCidFinder } from '../../core/artifacts/blocks.ts';
import { CID } from '../../core/artifacts/cid.ts';

/** What becomes of the answer to a request for a block, from now on. */
export type Misbehaviour = 'stall' | 'reset' | 'truncate' | 'flip' | null;

export interface FakeKubo {
  readonly rpc: string;
  readonly address: NodeAddress;
  readonly blocks: Map<string, Buffer>;
  /** Requests for blocks that are answered as they should be, before it misbehaves. */
  misbehave(how: Misbehaviour, after?: number): void;
  /** Headers `Authorization` of all requests so far. */
  readonly authorizations: (string | undefined)[];
  /** Resolves when a request has been left without an answer. */
  readonly stalled: Promise<void>;
  /** Answers everything with this status. */
  refuse(status: number): void;
}

export async function startFakeKubo(): Promise<FakeKubo> {
  const blocks = new Map<string, Buffer>();
  const pins = new Map<string, string>();
  const files = new Map<string, string>();
  const authorizations: (string | undefined)[] = [];
  const told = new EventEmitter();
  const stalled = once(told, 'stall').then(() => undefined);
  const state = { how: null as Misbehaviour, after: 0, status: 0 };

  const sendBlock = (response: ServerResponse, cid: string) => {
    const block = blocks.get(cid);
    const how = state.after > 0 ? null : state.how;
    state.after -= 1;
    if (how === 'stall') {
      told.emit('stall');
      return;
    }
    if (how === 'reset') return void response.destroy();
    if (block === undefined)
      return fail(response, `block was not found locally (offline): ipld: could not find ${cid}`);
    if (how === 'truncate') return void response.end(block.subarray(0, block.length >> 1));
    const sent = Buffer.from(block);
    if (how === 'flip') sent[sent.length >> 1] = (sent[sent.length >> 1] ?? 0) ^ 1;
    response.end(sent);
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '', 'http://fake');
    const [arg = '', second = ''] = url.searchParams.getAll('arg');
    authorizations.push(request.headers.authorization);
    if (state.status !== 0) return void response.writeHead(state.status).end();
    switch (url.pathname.replace('/api/v0/', '')) {
      case 'block/put': {
        const block = await readPart(request);
        if (state.how === 'stall') {
          told.emit('stall');
          return;
        }
        const cid = CID.createV1(
          url.searchParams.get('cid-codec') === 'raw' ? 0x55 : 0x70,
          await sha256.digest(block),
        );
        blocks.set(cid.toString(), block);
        return json(response, { Key: cid.toString(), Size: block.length });
      }
      case 'cat':
      case 'block/get':
        request.resume();
        return sendBlock(response, arg);
      case 'pin/add':
        if (!blocks.has(arg)) return fail(response, `pin: block was not found locally (offline)`);
        pins.set(arg, url.searchParams.get('name') ?? '');
        return json(response, { Pins: [arg] });
      case 'pin/ls':
        return send(
          response,
          [...pins].map(([Cid, Name]) => JSON.stringify({ Cid, Type: 'recursive', Name })),
        );
      case 'pin/rm':
        if (!pins.delete(arg)) return fail(response, 'not pinned or pinned indirectly');
        return json(response, { Pins: [arg] });
      case 'files/cp':
        files.set(second, arg.replace('/ipfs/', ''));
        return send(response, []);
      case 'files/stat':
        if (!files.has(arg)) return fail(response, 'file does not exist');
        return json(response, { Hash: files.get(arg), Size: 1, CumulativeSize: 1, Blocks: 0, Type: 'file' });
      case 'files/ls': {
        const inside = [...files].filter(([path]) => path.startsWith(`${arg}/`));
        if (inside.length === 0) return fail(response, 'file does not exist');
        const entries = inside.map(([path, Hash]) => ({
          Name: path.slice(arg.length + 1),
          Type: 0,
          Size: 1,
          Hash,
        }));
        return json(response, { Entries: entries });
      }
      default:
        return void response.writeHead(404).end();
    }
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const rpc = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    rpc,
    address: { host: null, port: null, url: rpc, token: null },
    blocks,
    authorizations,
    stalled,
    misbehave(how, after = 0) {
      state.how = how;
      state.after = after;
    },
    refuse(status) {
      state.status = status;
    },
  };
}

/** The blocks of a file, as Kubo cuts it with our parameters; gives the CID of the whole. */
export function addBlocks(content: Buffer, blocks: Map<string, Buffer>): string {
  const finder = createCidFinder((cid, bytes) => blocks.set(cid.toString(), Buffer.from(bytes)));
  finder.update(content);
  for (let at = 0; at < Math.max(content.length, 1); at += CHUNK_BYTES) {
    const leaf = content.subarray(at, at + CHUNK_BYTES);
    const own = createCidFinder();
    own.update(leaf);
    blocks.set(own.digest().toString(), leaf);
  }
  return finder.digest().toString();
}

/** The content of the one part of a multipart body. */
async function readPart(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const boundary = /boundary=(.+)$/.exec(request.headers['content-type'] ?? '')?.[1];
  return body.subarray(body.indexOf('\r\n\r\n') + 4, body.lastIndexOf(`\r\n--${boundary}--`));
}

function json(response: ServerResponse, value: unknown): void {
  send(response, [JSON.stringify(value)]);
}

function send(response: ServerResponse, lines: readonly string[]): void {
  response
    .writeHead(200, { 'content-type': 'application/json' })
    .end(lines.map((line) => `${line}\n`).join(''));
}

function fail(response: ServerResponse, message: string): void {
  response
    .writeHead(500, { 'content-type': 'application/json' })
    .end(JSON.stringify({ Message: message, Code: 0, Type: 'error' }));
}

/** A CID of content that nobody has. */
export const ABSENT = CID.parse('bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy');
