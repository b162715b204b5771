/** Which artifact fits which key: the contract that the ways of keeping such an index share, and the way into it. */
import type { CID } from './cid.ts';
import type { IndexEntry } from './index-file.ts';

export interface ArtifactIndex {
  /** For messages. */
  readonly label: string;
  /** The artifact that fits a key. */
  readonly find: (key: string) => Promise<CID | undefined>;
  readonly list: () => Promise<readonly IndexEntry[]>;
  /** Adds entries, each in place of what its key had; several machines may do so at once. */
  readonly record: (entries: readonly IndexEntry[]) => Promise<void>;
}

/** Where the index of a repo is kept. */
export type IndexPlace =
  | { readonly kind: 'file' /** Relative to the repo's root. */; readonly path: string }
  | { readonly kind: 'ipfs' /** In the node's mutable file system. */; readonly folder: string };

const DEFAULT_FILE = 'artifact_hashes.txt';
const DEFAULT_FOLDER = '/tracey/artifacts';

/** What `artifacts.index` means: `ipfs`, a path in the node's mutable file system, or a file in the repo. */
export function computeIndexPlace(index: string | null): IndexPlace {
  if (index === 'ipfs') return { kind: 'ipfs', folder: DEFAULT_FOLDER };
  if (index?.startsWith('/')) return { kind: 'ipfs', folder: index.replace(/\/+$/, '') };
  return { kind: 'file', path: index ?? DEFAULT_FILE };
}
