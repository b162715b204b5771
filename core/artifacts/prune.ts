/** Artifacts that the index of their repo no longer names: which they are, and letting them go. */
import type { ArtifactIndex } from './artifact-index.ts';
import { isSameCid } from './cid.ts';
import type { IpfsNode, Pin } from './kubo.ts';
import { formatPinPrefix } from './pin-name.ts';

/** The pins of a repo's artifacts that its index does not name. */
export async function findUnnamedPins(options: {
  readonly node: IpfsNode;
  readonly index: ArtifactIndex;
  readonly repository: string;
}): Promise<readonly Pin[]> {
  const { node, index, repository } = options;
  const named = await index.list();
  const pins = await node.listPins(formatPinPrefix(repository));
  return pins.filter((pin) => !named.some(({ cid }) => isSameCid(cid, pin.cid)));
}

/** Unpins; the node's next garbage collection takes what nothing else holds. */
export async function removePins(node: IpfsNode, pins: readonly Pin[]): Promise<void> {
  for (const { cid } of pins) await node.unpin(cid);
}
