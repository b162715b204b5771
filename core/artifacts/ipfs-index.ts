/**
 * An index in the mutable file system of an IPFS node: for each key a file of that name, which is the artifact itself. Each
 * is put there in one step of the node's, so that two writers lose nothing of each other's.
 */
import { posix } from 'node:path';
import type { ArtifactIndex } from './artifact-index.ts';
import type { IpfsNode } from './kubo.ts';

/**
 * An index of one repo.
 *
 * @param options `repository` is `owner/name`; `openNode` is called when the index is first used
 */
export function openIpfsIndex(options: {
  readonly openNode: () => Promise<IpfsNode>;
  readonly folder: string;
  readonly repository: string;
}): ArtifactIndex {
  const { openNode, repository } = options;
  const segments = repository.split('/').map((segment) => encodeURIComponent(segment).replace(/^\.+$/, '_'));
  const folder = posix.join(options.folder, ...segments);
  return {
    label: `IPFS ${folder}`,
    find: async (key) => (await openNode()).findFile(posix.join(folder, key)),
    list: async () =>
      (await (await openNode()).listFiles(folder)).map(({ name, cid }) => ({ key: name, cid })),
    async record(entries) {
      const node = await openNode();
      for (const { key, cid } of entries) await node.putFile(posix.join(folder, key), cid);
    },
  };
}
