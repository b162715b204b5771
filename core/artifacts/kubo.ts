/**
 * A Kubo daemon, as far as artifacts need one: blocks, pins, and its mutable file system. The only place that knows
 * its RPC. The client is loaded when a daemon is first spoken to.
 */
import type { KuboRPCClient } from 'kubo-rpc-client';
import { ArtifactError, formatThrown } from '../errors.ts';
import { formatUntrusted } from '../text.ts';
import { formatAddress, type NodeAddress, parseNodeAddress } from './address.ts';
import { isLeaf } from './blocks.ts';
import { type CID, findCid, isSameCid } from './cid.ts';
import type { BlockSource } from './fetch.ts';

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

/**
 * A node by its address. Nothing is asked yet.
 *
 * @throws ArtifactError `artifact/bad-address`
 */
export async function openKubo(address: NodeAddress): Promise<IpfsNode> {
  const { url, authorization } = parseNodeAddress(address);
  const label = formatAddress(url.href);
  const { create } = await import('kubo-rpc-client');
  const client = create({ url, ...(authorization === null ? {} : { headers: { authorization } }) });
  const ask = async <Result>(asking: Promise<Result>): Promise<Result> => {
    try {
      return await asking;
    } catch (thrown) {
      throw createFailure(label, thrown);
    }
  };
  return {
    label,
    readBlock: (cid, signal) => readBlock({ client, label, cid, signal }),
    putBlock: async (cid, bytes, signal) => {
      const format = isLeaf(cid) ? 'raw' : 'dag-pb';
      const given = await ask(
        client.block.put(bytes, { format, mhtype: 'sha2-256', version: 1, pin: false, signal }),
      );
      if (!isSameCid(given, cid)) throw createWrongCid(label, given, cid);
    },
    pin: async ({ cid, name }, signal) => {
      await ask(client.pin.add(cid, { recursive: true, name, ...(signal ? { signal } : {}) }));
    },
    listPins: (prefix) => ask(listPins(client, prefix)),
    unpin: async (cid) => {
      await ask(client.pin.rm(cid, { recursive: true }));
    },
    findFile: (path) => ask(findFile(client, path)),
    listFiles: (path) => ask(listFiles(client, path)),
    putFile: (path, cid) => ask(putFile(client, path, cid)),
  };
}

/** A leaf comes in pieces, so that a slow line is told from a silent one. */
async function* readBlock(reading: {
  readonly client: KuboRPCClient;
  readonly label: string;
  readonly cid: CID;
  readonly signal: AbortSignal;
}): AsyncGenerator<Uint8Array> {
  const { client, label, cid, signal } = reading;
  try {
    if (isLeaf(cid)) yield* client.cat(cid, { signal });
    else yield await client.block.get(cid, { signal });
  } catch (thrown) {
    throw signal.aborted ? thrown : createFailure(label, thrown);
  }
}

async function listPins(client: KuboRPCClient, prefix: string): Promise<Pin[]> {
  const pins: Pin[] = [];
  for await (const { cid, name } of client.pin.ls({ type: 'recursive', name: prefix })) {
    if (name?.startsWith(prefix)) pins.push({ cid, name });
  }
  return pins;
}

async function findFile(client: KuboRPCClient, path: string): Promise<CID | undefined> {
  try {
    return (await client.files.stat(path)).cid;
  } catch (thrown) {
    if (isAbsent(thrown)) return undefined;
    throw thrown;
  }
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
    if (isAbsent(thrown)) return [];
    throw thrown;
  }
}

/** One step of the daemon's, which does them one after the other. */
async function putFile(client: KuboRPCClient, path: string, cid: CID): Promise<void> {
  const options = { parents: true, flush: true, force: true };
  await client.files.cp(`/ipfs/${cid}`, path, options);
}

function createWrongCid(label: string, given: CID, expected: CID): ArtifactError {
  return new ArtifactError(`IPFS at ${label}: took in ${given}, not the ${expected} that was sent.`, {
    code: 'artifact/wrong-cid',
    hint: 'Bytes were changed or lost on the way, or something before the node changes requests. Try again.',
  });
}

function isAbsent(thrown: unknown): boolean {
  return /does not exist|not found|no link named/i.test(formatThrown(thrown)) && findStatus(thrown) === 500;
}

function findStatus(thrown: unknown): number | undefined {
  const response: unknown = thrown instanceof Error ? Reflect.get(thrown, 'response') : undefined;
  return response instanceof Response ? response.status : undefined;
}

function createFailure(label: string, cause: unknown): ArtifactError {
  if (cause instanceof ArtifactError) return cause;
  const status = findStatus(cause);
  if (status === 401 || status === 403) {
    return new ArtifactError(`IPFS at ${label}: refused with HTTP status ${status}.`, {
      code: 'artifact/refused',
      hint: 'Set artifacts.ipfs.token in .tracey.yml to a token that the node, or what is before it, accepts.',
      cause,
    });
  }
  if (status !== undefined) {
    const said = formatUntrusted(formatThrown(cause).trim().slice(0, 300));
    return new ArtifactError(`IPFS at ${label}: answered with HTTP status ${status}: ${said || 'no text'}.`, {
      code: 'artifact/ipfs-failed',
      hint: 'Its own log says more; `ipfs version` must be 0.37 or newer.',
      cause,
    });
  }
  const inner = cause instanceof Error ? (cause.cause ?? cause) : cause;
  return new ArtifactError(`IPFS at ${label}: cannot be reached, or went away: ${formatReason(inner)}.`, {
    code: 'artifact/unreachable',
    hint: 'See whether its daemon runs, and whether artifacts.ipfs in .tracey.yml is right.',
    cause,
  });
}

function formatReason(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) return formatReason(cause.errors[0]);
  return formatUntrusted(formatThrown(cause)) || 'no reason given';
}
