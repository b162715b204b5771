/**
 * A Kubo daemon, as far as artifacts need one: blocks, pins, and its mutable file system. What packing and restoring need
 * is asked for by single requests; the client, for the rest, is loaded when it is first used.
 */
import type { KuboRPCClient } from 'kubo-rpc-client';
import { ArtifactError, formatThrown } from '../errors.ts';
import { formatUntrusted } from '../text.ts';
import { z } from '../zod.ts';
import { formatAddress, type NodeAccess, type NodeAddress, parseNodeAddress } from './address.ts';
import { isLeaf } from './blocks.ts';
import { type CID, findCid, isSameCid } from './cid.ts';
import type { BlockSource } from './fetch.ts';
import { createAnswerFailure, createSilence, isAbsence } from './kubo-failure.ts';
import { openRpc } from './kubo-rpc.ts';

export interface Pin {
  readonly cid: CID;
  readonly name: string;
}

/** An IPFS node that content is added to and fetched from. Everything it throws is an ArtifactError. */
export interface IpfsNode extends BlockSource {
  /** Takes a block in, unpinned. */
  readonly putBlock: (cid: CID, bytes: Uint8Array, signal: AbortSignal) => Promise<void>;
  /** Keeps content from being collected as garbage, under a name. The node has to have all of it. */
  readonly pin: (pin: Pin, signal?: AbortSignal) => Promise<void>;
  /** The pins whose name begins so. */
  readonly listPins: (prefix: string) => Promise<readonly Pin[]>;
  readonly unpin: (cid: CID) => Promise<void>;
  /** What a path of the mutable file system addresses; undefined when there is none. */
  readonly findFile: (path: string) => Promise<CID | undefined>;
  /** Names and contents of a folder of the mutable file system; empty when there is none. */
  readonly listFiles: (path: string) => Promise<readonly Pin[]>;
  /** Lets a path of the mutable file system address something, in place of what it did; folders above it are made. */
  readonly putFile: (path: string, cid: CID) => Promise<void>;
}

const putSchema = z.object({ Key: z.string() });
const pinSchema = z.object({ Pins: z.array(z.string()) });
const statSchema = z.object({ Hash: z.string() });

/**
 * A node by its address. Nothing is asked yet.
 *
 * @throws ArtifactError `artifact/bad-address`
 */
export function openKubo(address: NodeAddress): IpfsNode {
  const { url, authorization } = parseNodeAddress(address);
  const label = formatAddress(url.href);
  const rpc = openRpc({ url, authorization }, label);
  let opened: Promise<KuboRPCClient> | null = null;
  const ask = async <Result>(asking: (client: KuboRPCClient) => Promise<Result>): Promise<Result> => {
    opened ??= openClient({ url, authorization });
    try {
      return await asking(await opened);
    } catch (thrown) {
      throw createFailure(label, thrown);
    }
  };
  return {
    label,
    readBlock: (cid, { signal, take }) =>
      rpc.read({ path: 'block/get', query: { arg: cid.toString() }, signal }, take),
    async putBlock(cid, file, signal) {
      const query = { 'cid-codec': isLeaf(cid) ? 'raw' : 'dag-pb', mhtype: 'sha2-256', pin: 'false' };
      const { Key: key } = parseAnswer(
        putSchema,
        await rpc.ask({ path: 'block/put', query, file, signal }),
        label,
      );
      const given = findCid(key);
      if (given === undefined || !isSameCid(given, cid))
        throw createWrongCid({ label, given: key, expected: cid });
    },
    async pin({ cid, name }, signal) {
      const query = { arg: cid.toString(), recursive: 'true', name };
      parseAnswer(pinSchema, await rpc.ask({ path: 'pin/add', query, signal }), label);
    },
    listPins: (prefix) => ask((client) => listPins(client, prefix)),
    unpin: (cid) =>
      ask(async (client) => {
        await client.pin.rm(cid, { recursive: true });
      }),
    async findFile(path) {
      try {
        const { Hash: hash } = parseAnswer(
          statSchema,
          await rpc.ask({ path: 'files/stat', query: { arg: path } }),
          label,
        );
        return findCid(hash);
      } catch (thrown) {
        if (isAbsence(thrown)) return undefined;
        throw thrown;
      }
    },
    listFiles: (path) => ask((client) => listFiles(client, path)),
    putFile: (path, cid) => ask((client) => putFile(client, path, cid)),
  };
}

async function openClient({ url, authorization }: NodeAccess): Promise<KuboRPCClient> {
  const { create } = await import('kubo-rpc-client');
  return create({ url, ...(authorization === null ? {} : { headers: { authorization } }) });
}

function parseAnswer<Answer>(schema: z.ZodType<Answer>, value: unknown, label: string): Answer {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  throw createAnswerFailure(label, { status: 200, said: JSON.stringify(value), cause: error });
}

async function listPins(client: KuboRPCClient, prefix: string): Promise<Pin[]> {
  const pins: Pin[] = [];
  for await (const { cid, name } of client.pin.ls({ type: 'recursive', name: prefix })) {
    if (name?.startsWith(prefix)) pins.push({ cid, name });
  }
  return pins;
}

async function listFiles(client: KuboRPCClient, path: string): Promise<Pin[]> {
  const files: Pin[] = [];
  try {
    for await (const { name, cid, type } of client.files.ls(path)) {
      const found = type === 'file' ? findCid(cid.toString()) : undefined;
      if (found !== undefined) files.push({ name, cid: found });
    }
    return files;
  } catch (thrown) {
    if (isAbsence(createFailure('', thrown))) return [];
    throw thrown;
  }
}

/** One step of the daemon's, which does them one after the other. */
async function putFile(client: KuboRPCClient, path: string, cid: CID): Promise<void> {
  const options = { parents: true, flush: true, force: true };
  await client.files.cp(`/ipfs/${cid}`, path, options);
}

function createWrongCid(of: {
  readonly label: string;
  readonly given: string;
  readonly expected: CID;
}): ArtifactError {
  const { label, given, expected } = of;
  return new ArtifactError(
    `IPFS at ${label}: took in ${formatUntrusted(given)}, not the ${expected} that was sent.`,
    {
      code: 'artifact/wrong-cid',
      hint: 'Bytes were changed or lost on the way, or something before the node changes requests. Try again.',
    },
  );
}

/** What the client threw, in our words. */
function createFailure(label: string, cause: unknown): ArtifactError {
  if (cause instanceof ArtifactError) return cause;
  const response: unknown = cause instanceof Error ? Reflect.get(cause, 'response') : undefined;
  if (!(response instanceof Response)) return createSilence(label, cause);
  return createAnswerFailure(label, { status: response.status, said: formatThrown(cause), cause });
}
