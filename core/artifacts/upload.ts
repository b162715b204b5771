/** Making an artifact of a tree: pack, add, compare, pin, record. What is recorded is there as a whole. */
import { ArtifactError } from '../errors.ts';
import { formatUntrusted } from '../text.ts';
import { createCidFinder } from './blocks.ts';
import { type CID, isSameCid } from './cid.ts';
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

/** Pins of Tracey's begin so; the repo's name follows, and a space. */
const PIN_PREFIX = 'tracey ';

/** Under which name the artifacts of a repo are pinned. */
export function formatPinPrefix(repository: string): string {
  return `${PIN_PREFIX}${repository} `;
}

/**
 * Packs the `node_modules` of an install root, adds them to a node and pins them.
 *
 * @throws ArtifactError as `packTree`, as the node, and `artifact/wrong-cid`, `artifact/deadline`, `artifact/stalled`
 */
export async function uploadTree(options: UploadOptions): Promise<UploadedArtifact> {
  const { root, node, pinName, signal, onProgress } = options;
  const watch = openWatch({
    what: `Adding the packages of ${root} to IPFS at ${node.label}`,
    patience: { ...PATIENCE, ...options.patience },
    signal,
  });
  const packing = packTree(root);
  const finder = createCidFinder();
  let failure: unknown = null;
  let bytes = 0;
  // The client ends the upload as if it were whole when the content fails: its failure is told, and nothing is pinned.
  async function* watchContent(): AsyncGenerator<Uint8Array> {
    try {
      for await (const piece of packing.stream as AsyncIterable<Buffer>) {
        finder.update(piece);
        bytes += piece.length;
        watch.touch();
        onProgress?.(bytes);
        yield piece;
      }
    } catch (thrown) {
      failure = thrown;
      throw thrown;
    }
  }
  try {
    const cid = await watch.during(
      node.add(watchContent(), { signal: watch.signal, onProgress: watch.touch }),
    );
    if (failure !== null) throw failure;
    const expected = finder.digest();
    if (!isSameCid(cid, expected)) throw createWrongCid(node, cid, expected);
    await options.accept?.(packing.computePacked());
    await watch.during(node.pin({ cid, name: pinName }, watch.signal));
    return { ...packing.computePacked(), cid, bytes };
  } catch (thrown) {
    throw failure ?? watch.explain(thrown);
  } finally {
    packing.stream.destroy();
    watch.close();
  }
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

function createWrongCid(node: IpfsNode, cid: CID, expected: CID): ArtifactError {
  return new ArtifactError(`IPFS at ${node.label}: took in ${cid}, not the ${expected} that was sent.`, {
    code: 'artifact/wrong-cid',
    hint: 'Bytes were changed or lost on the way, or something before the node changes requests. Try again.',
  });
}
