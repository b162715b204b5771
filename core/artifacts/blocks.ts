/**
 * Content addressed by CIDs, as blocks: what a block's bytes must hash to, what a block says of the file that it is part of,
 * and the CID that a file has when Kubo adds it with our parameters. Pure.
 */
import { createHash } from 'node:crypto';
import { createNode, decode, encode, type PBLink } from '@ipld/dag-pb';
import { UnixFS } from 'ipfs-unixfs';
import { create as createDigest } from 'multiformats/hashes/digest';
import { CID } from './cid.ts';

const RAW = 0x55;
const DAG_PB = 0x70;
const SHA2_256 = 0x12;

/** As in Kubo's `add`, pinned: another value is another CID for the same bytes. */
export const CHUNK_BYTES = 1024 * 1024;
const LINKS_PER_NODE = 174;

/** Whether blocks of this CID can be checked and understood here: files by SHA2-256. */
export function isKnownKind(cid: CID): boolean {
  return cid.multihash.code === SHA2_256 && (cid.code === RAW || cid.code === DAG_PB);
}

/** Whether the CID addresses a leaf whose bytes are the file's. */
export function isLeaf(cid: CID): boolean {
  return cid.code === RAW;
}

/** Whether bytes are what the CID promises. */
export function isBlockOf(cid: CID, bytes: Uint8Array): boolean {
  return createHash('sha256').update(bytes).digest().equals(cid.multihash.digest);
}

/** A block of a file: bytes of its own, and the blocks whose bytes come after them. */
export interface FileBlock {
  /** Of a leaf: a view of the block. */
  readonly content: Uint8Array;
  readonly next: readonly CID[];
}

/** What a block that was checked says; undefined when it is no part of a file. */
export function findFileBlock(cid: CID, bytes: Uint8Array): FileBlock | undefined {
  if (isLeaf(cid)) return { content: bytes, next: [] };
  try {
    // A copy: what is decoded are views of what it is decoded from.
    const { Data, Links } = decode(Uint8Array.from(bytes));
    const unixfs = UnixFS.unmarshal(Data ?? new Uint8Array());
    if (unixfs.type !== 'file' && unixfs.type !== 'raw') return undefined;
    return { content: unixfs.data ?? new Uint8Array(), next: Links.map(({ Hash }) => Hash) };
  } catch {
    return undefined;
  }
}

/** The CID of a leaf with these bytes, at most a chunk of them. */
export function computeLeafCid(bytes: Uint8Array): CID {
  return createCid(RAW, createHash('sha256').update(bytes).digest());
}

/** Finds the CID of a file while its bytes go by. */
export interface CidFinder {
  readonly update: (bytes: Uint8Array) => void;
  /** Of everything that went by. To be called once. */
  readonly digest: () => CID;
}

interface Node {
  readonly cid: CID;
  /** Of the file's bytes under it, and of its block with all blocks under it. */
  readonly fileBytes: number;
  readonly blockBytes: number;
}

/**
 * The CID that Kubo gives a file that is added with CIDv1, raw leaves, chunks of 1 MiB, SHA2-256 and a balanced DAG. Keeps
 * a link for each MiB, and no content.
 *
 * @param onBlock hears of every block with its bytes, leaves apart
 */
export function createCidFinder(onBlock: (cid: CID, bytes: Uint8Array) => void = () => {}): CidFinder {
  const leaves: Node[] = [];
  let hash = createHash('sha256');
  let filled = 0;
  const closeLeaf = () => {
    leaves.push({ cid: createCid(RAW, hash.digest()), fileBytes: filled, blockBytes: filled });
    hash = createHash('sha256');
    filled = 0;
  };
  return {
    update(bytes) {
      for (let at = 0; at < bytes.length; ) {
        const piece = bytes.subarray(at, at + CHUNK_BYTES - filled);
        hash.update(piece);
        at += piece.length;
        filled += piece.length;
        if (filled === CHUNK_BYTES) closeLeaf();
      }
    },
    digest() {
      if (filled > 0 || leaves.length === 0) closeLeaf();
      let layer = leaves;
      while (layer.length > 1) layer = groupNodes(layer).map((group) => createParent(group, onBlock));
      return (layer[0] as Node).cid;
    },
  };
}

function groupNodes(nodes: readonly Node[]): Node[][] {
  const groups: Node[][] = [];
  for (let at = 0; at < nodes.length; at += LINKS_PER_NODE) groups.push(nodes.slice(at, at + LINKS_PER_NODE));
  return groups;
}

function createParent(children: readonly Node[], onBlock: (cid: CID, bytes: Uint8Array) => void): Node {
  const unixfs = new UnixFS({ type: 'file', blockSizes: children.map(({ fileBytes }) => BigInt(fileBytes)) });
  const links: PBLink[] = children.map(({ cid, blockBytes }) => ({ Name: '', Hash: cid, Tsize: blockBytes }));
  const bytes = encode(createNode(unixfs.marshal(), links));
  const cid = createCid(DAG_PB, createHash('sha256').update(bytes).digest());
  onBlock(cid, bytes);
  return {
    cid,
    fileBytes: children.reduce((sum, child) => sum + child.fileBytes, 0),
    blockBytes: children.reduce((sum, child) => sum + child.blockBytes, bytes.length),
  };
}

function createCid(code: number, digest: Uint8Array): CID {
  return CID.createV1(code, createDigest(SHA2_256, digest));
}
