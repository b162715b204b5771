/** Making an artifact of a tree: pack, add, compare, pin, record. What is recorded is there as a whole. */
import { ArtifactError } from '../errors.ts';
import { formatUntrusted } from '../text.ts';
import { CHUNK_BYTES, computeLeafCid, createCidFinder } from './blocks.ts';
import type { CID } from './cid.ts';
import { type ArtifactTarget, formatTarget } from './key.ts';
import type { IpfsNode } from './kubo.ts';
import { type PackedTree, packTree } from './pack.ts';
import { openWatch, PATIENCE, type Patience } from './patience.ts';

export interface UploadedArtifact extends PackedTree {
  readonly cid: CID;
  /** Of the artifact. */
  readonly bytes: number;
}

export interface UploadOptions {
  /** The install root, whose `node_modules` are packed. */
  readonly root: string;
  readonly node: IpfsNode;
  readonly pinName: string;
  /** Throws when what was packed is not to be kept; nothing is pinned then. */
  readonly accept?: (packed: PackedTree) => Promise<void>;
  readonly signal?: AbortSignal | undefined;
  readonly patience?: Partial<Patience> | undefined;
  /** Told how many bytes went out. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/** Fewer blocks than this are on their way at a time: the node writes each to its disk before it answers, several at once. */
const AHEAD = 8;

/**
 * Packs the `node_modules` of an install root, adds them to a node and pins them.
 *
 * @throws ArtifactError as `packTree`, as the node, and `artifact/wrong-cid`, `artifact/deadline`, `artifact/stalled`
 */
export async function uploadTree(options: UploadOptions): Promise<UploadedArtifact> {
  const { root, node, pinName, signal, onProgress } = options;
  const packing = packTree(root);
  const watch = openWatch({
    what: `Adding the packages of ${root} to IPFS at ${node.label}`,
    patience: { ...PATIENCE, ...options.patience },
    signal,
  });
  let bytes = 0;
  try {
    const cid = await addContent(node, packing.content, {
      signal: watch.signal,
      wait: watch.during,
      onSent: (count) => {
        bytes += count;
        watch.touch();
        onProgress?.(bytes);
      },
    });
    await options.accept?.(packing.computePacked());
    await watch.during(node.pin({ cid, name: pinName }, watch.signal));
    return { ...packing.computePacked(), cid, bytes };
  } catch (thrown) {
    throw watch.explain(thrown);
  } finally {
    await packing.content.return(undefined);
    watch.close();
  }
}

export interface AddOptions {
  readonly signal: AbortSignal;
  /** Waits for the node. */
  readonly wait?: <Result>(waiting: Promise<Result>) => Promise<Result>;
  /** Told of bytes of the content that the node has taken in. */
  readonly onSent?: (bytes: number) => void;
}

/**
 * Adds content to a node as one file, unpinned, block by block: cut here as Kubo's own `add` cuts it with the parameters of
 * `blocks.ts`, whatever the daemon's configuration says. The CID is ours; the node has to agree block by block.
 *
 * @throws ArtifactError as the node, and `artifact/wrong-cid`
 */
export async function addContent(
  node: IpfsNode,
  content: AsyncIterable<Uint8Array>,
  { signal, wait = (waiting) => waiting, onSent }: AddOptions,
): Promise<CID> {
  const parents: (readonly [CID, Uint8Array])[] = [];
  const finder = createCidFinder((cid, block) => parents.push([cid, block]));
  const underway: Promise<void>[] = [];
  const send = async (leaf: Uint8Array) => {
    finder.update(leaf);
    const put = node.putBlock(computeLeafCid(leaf), leaf, signal).then(() => onSent?.(leaf.length));
    put.catch(() => undefined);
    underway.push(put);
    if (underway.length === AHEAD) await wait(underway.shift() as Promise<void>);
  };
  let count = 0;
  for await (const leaf of cutLeaves(content)) {
    count += 1;
    await send(leaf);
  }
  if (count === 0) await send(new Uint8Array());
  for (const put of underway) await wait(put);
  const cid = finder.digest();
  for (const [parent, block] of parents) await wait(node.putBlock(parent, block, signal));
  return cid;
}

/** Content in pieces of a chunk each, the last one shorter. Each lies where the one taken `AHEAD` before it lay. */
async function* cutLeaves(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const rooms = Array.from({ length: AHEAD }, () => Buffer.allocUnsafeSlow(CHUNK_BYTES));
  let [leaf] = rooms as [Buffer];
  let count = 0;
  let filled = 0;
  for await (const piece of content) {
    for (let at = 0; at < piece.length; ) {
      const part = piece.subarray(at, at + CHUNK_BYTES - filled);
      leaf.set(part, filled);
      at += part.length;
      filled += part.length;
      if (filled < CHUNK_BYTES) continue;
      yield leaf;
      count += 1;
      leaf = rooms[count % AHEAD] as Buffer;
      filled = 0;
    }
  }
  if (filled > 0) yield leaf.subarray(0, filled);
}

/**
 * Checks that what was packed here fits targets of other kinds.
 *
 * @throws ArtifactError `artifact/native` when something in it runs on one kind of machine only
 */
export function checkPortable({ native }: PackedTree, targets: readonly ArtifactTarget[]): void {
  if (native === null || targets.length === 0) return;
  throw new ArtifactError(
    `For ${targets.map(formatTarget).join(', ')} nothing can be packed here: ${formatUntrusted(native.path)} is native (${native.why}).`,
    {
      code: 'artifact/native',
      hint: 'Pack it on a machine of that kind: `npm ci`, then `tracey artifact pack`.',
    },
  );
}
