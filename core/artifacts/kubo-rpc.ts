/**
 * Single requests to a Kubo daemon's RPC, which takes POST only: what is asked block by block, and by devices that have little
 * memory. The whole client takes a quarter of a second to load and some 20 MB; this takes what the bytes take. What comes is
 * read into the same memory again and again, so that none of it waits for the garbage to be collected.
 */
import type { Agent, IncomingMessage } from 'node:http';
import type { Socket, TcpNetConnectOpts } from 'node:net';
import { finished } from 'node:stream/promises';
import { ArtifactError } from '../errors.ts';
import type { NodeAccess } from './address.ts';
import { createAnswerFailure, createSilence } from './kubo-failure.ts';

export interface RpcCall {
  /** `block/get` */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Sent as the one file of a form. */
  readonly file?: Uint8Array;
  readonly signal?: AbortSignal | undefined;
}

/** Takes bytes, which are good only meanwhile. */
export type TakeBytes = (piece: Uint8Array) => void;

export interface KuboRpc {
  /** Hands over the bytes of an answer as they come. What `take` throws ends the connection, and is thrown. */
  readonly read: (call: RpcCall, take: TakeBytes) => Promise<void>;
  /** An answer in JSON. */
  readonly ask: (call: RpcCall) => Promise<unknown>;
}

const DEFAULT_PATH = '/api/v0';
const BOUNDARY = '----------tracey-block';
/** More than any answer in words has. */
const ANSWER_LIMIT_BYTES = 64 * 1024;
/** So much is read at a time. */
const READ_BYTES = 64 * 1024;

/**
 * The RPC at an address. Nothing is asked yet; what is asked throws ArtifactError `artifact/unreachable`, `artifact/refused`
 * or `artifact/ipfs-failed`, or the signal's reason.
 */
export function openRpc({ url, authorization }: NodeAccess, label: string): KuboRpc {
  // Not imported: that asks for everything in it, and so loads what `fetch` is made of, which takes longer than a restore.
  const { Agent, request } = process.getBuiltinModule(url.protocol === 'https:' ? 'node:https' : 'node:http');
  const agent = new Agent({ keepAlive: true });
  if (url.protocol !== 'https:') reuseMemory(agent);
  const base = url.pathname.replace(/\/+$/, '') || DEFAULT_PATH;

  async function read(call: RpcCall, take: TakeBytes): Promise<void> {
    const { path, query, file, signal } = call;
    const body = file === undefined ? [] : createForm(file);
    const headers = {
      'content-length': body.reduce((sum, { length }) => sum + length, 0),
      ...(file === undefined ? {} : { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` }),
      ...(authorization === null ? {} : { authorization }),
    };
    try {
      const target = new URL(`${base}/${path}?${new URLSearchParams(query)}`, url);
      const sent = request(target, { method: 'POST', agent, headers, ...(signal ? { signal } : {}) });
      const answered = new Promise<void>((resolve, reject) => {
        sent.once('error', reject);
        // Read from the first byte on: what waited would be written over.
        sent.once('response', (answer) => resolve(readAnswer(answer, { label, take })));
      });
      for (const part of body) sent.write(part);
      sent.end();
      await answered;
    } catch (thrown) {
      if (signal?.aborted) throw signal.reason;
      throw thrown instanceof ArtifactError ? thrown : createSilence(label, thrown);
    }
  }
  return {
    read,
    async ask(call) {
      const said = createText();
      await read(call, said.take);
      try {
        return JSON.parse(said.read());
      } catch (cause) {
        throw createAnswerFailure(label, { status: 200, said: said.read(), cause });
      }
    },
  };
}

/** All connections read into one piece of memory: what comes is used before the next is read. */
function reuseMemory(agent: Agent): void {
  const { connect } = process.getBuiltinModule('node:net');
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  agent.createConnection = (options) => {
    const callback = (bytes: number): boolean => socket.push(buffer.subarray(0, bytes));
    const socket: Socket = connect({ ...(options as TcpNetConnectOpts), onread: { buffer, callback } });
    return socket;
  };
}

async function readAnswer(
  answer: IncomingMessage,
  { label, take }: { readonly label: string; readonly take: TakeBytes },
): Promise<void> {
  const { statusCode: status = 0 } = answer;
  const isFine = status >= 200 && status < 300;
  const said = createText();
  const accept = isFine ? take : said.take;
  answer.on('data', (piece: Buffer) => {
    try {
      accept(piece);
    } catch (thrown) {
      answer.destroy(thrown as Error);
    }
  });
  await finished(answer);
  if (!isFine) throw createAnswerFailure(label, { status, said: parseSaid(said.read()) });
}

function createForm(file: Uint8Array): readonly Uint8Array[] {
  const part = `--${BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="block"\r\ncontent-type: application/octet-stream\r\n\r\n`;
  return [Buffer.from(part), file, Buffer.from(`\r\n--${BOUNDARY}--\r\n`)];
}

/** What is said in words; of more than anybody says the beginning. */
function createText(): { readonly take: TakeBytes; readonly read: () => string } {
  const kept: Uint8Array[] = [];
  let length = 0;
  return {
    take(piece) {
      if (length > ANSWER_LIMIT_BYTES) return;
      kept.push(Uint8Array.from(piece));
      length += piece.length;
    },
    read: () => Buffer.concat(kept).toString('utf8'),
  };
}

/** What a refusal says: Kubo does so in JSON, a proxy before it in whatever. */
function parseSaid(text: string): string {
  try {
    const { Message: message } = JSON.parse(text) as { readonly Message?: unknown };
    return typeof message === 'string' ? message : text;
  } catch {
    return text;
  }
}
