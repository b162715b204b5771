/**
 * Single requests to a Kubo daemon's RPC, which takes POST only: what is asked block by block, and by devices that have little
 * memory. The whole client takes a quarter of a second to load and some 20 MB; this takes what the bytes take.
 */
import type { IncomingMessage } from 'node:http';
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

export interface KuboRpc {
  /** The bytes of an answer as they come. Whoever stops reading ends the connection. */
  readonly read: (call: RpcCall) => AsyncGenerator<Uint8Array>;
  /** An answer in JSON. */
  readonly ask: (call: RpcCall) => Promise<unknown>;
}

const DEFAULT_PATH = '/api/v0';
const BOUNDARY = '----------tracey-block';
/** More than any answer in words has. */
const ANSWER_LIMIT_BYTES = 64 * 1024;

/**
 * The RPC at an address. Nothing is asked yet; what is asked throws ArtifactError `artifact/unreachable`, `artifact/refused`
 * or `artifact/ipfs-failed`, or the signal's reason.
 */
export function openRpc({ url, authorization }: NodeAccess, label: string): KuboRpc {
  // Not imported: that asks for everything in it, and so loads what `fetch` is made of, which takes longer than a restore.
  const { Agent, request } = process.getBuiltinModule(url.protocol === 'https:' ? 'node:https' : 'node:http');
  const agent = new Agent({ keepAlive: true });
  const base = url.pathname.replace(/\/+$/, '') || DEFAULT_PATH;

  async function* read(call: RpcCall): AsyncGenerator<Uint8Array> {
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
      const answered = new Promise<IncomingMessage>((resolve, reject) => {
        sent.once('response', resolve).on('error', reject);
      });
      for (const part of body) sent.write(part);
      sent.end();
      const answer = await answered;
      const { statusCode: status = 0 } = answer;
      if (status >= 200 && status < 300) yield* answer as AsyncIterable<Buffer>;
      else throw createAnswerFailure(label, { status, said: await readSaid(answer) });
    } catch (thrown) {
      if (signal?.aborted) throw signal.reason;
      throw thrown instanceof ArtifactError ? thrown : createSilence(label, thrown);
    }
  }
  return {
    read,
    async ask(call) {
      const text = await readText(read(call));
      try {
        return JSON.parse(text);
      } catch (cause) {
        throw createAnswerFailure(label, { status: 200, said: text, cause });
      }
    },
  };
}

function createForm(file: Uint8Array): readonly Uint8Array[] {
  const part = `--${BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="block"\r\ncontent-type: application/octet-stream\r\n\r\n`;
  return [Buffer.from(part), file, Buffer.from(`\r\n--${BOUNDARY}--\r\n`)];
}

async function readText(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const kept: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces) {
    kept.push(piece);
    length += piece.length;
    if (length > ANSWER_LIMIT_BYTES) break;
  }
  return Buffer.concat(kept).toString('utf8');
}

/** What a refusal says: Kubo does so in JSON, a proxy before it in whatever. */
async function readSaid(answer: AsyncIterable<Uint8Array>): Promise<string> {
  const text = await readText(answer);
  try {
    const { Message: message } = JSON.parse(text) as { readonly Message?: unknown };
    return typeof message === 'string' ? message : text;
  } catch {
    return text;
  }
}
