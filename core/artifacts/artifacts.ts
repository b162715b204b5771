/** What a job, or a command, needs to use artifacts, opened from what the configuration says. Nothing is asked before its use. */
import { join } from 'node:path';
import type { NodeAddress } from './address.ts';
import type { ArtifactIndex, IndexPlace } from './artifact-index.ts';
import type { BlockSource } from './fetch.ts';
import type { ArtifactTarget } from './key.ts';
import type { IpfsNode } from './kubo.ts';
import type { Patience } from './patience.ts';
import type { ArtifactIndexWriter } from './repo-index.ts';

/** Artifacts, as far as they are the same for everything that is measured of a repo. */
export interface ArtifactSettings {
  /** `owner/name`. */
  readonly repository: string;
  readonly address: NodeAddress;
  /** Fetched from in place of the node. */
  readonly gateway: string | null;
  readonly indexPlace: IndexPlace;
  /** Whether packages are installed here, and made into artifacts; else they are only fetched. */
  readonly upload: boolean;
  /** Machines of other kinds that what is made here is recorded for, too, when nothing native is in it. */
  readonly targets: readonly ArtifactTarget[];
  /** Where the file of the index is written when that is not the checkout. */
  readonly writer: ArtifactIndexWriter | null;
  readonly cache: ArtifactCache | null;
  readonly patience?: Partial<Patience>;
}

/** A second place for artifacts, by exact key. */
export interface ArtifactCache {
  /** For messages. */
  readonly label: string;
  /** What is kept under exactly this key, and how many bytes it has. */
  readonly find: (
    key: string,
  ) => Promise<{ readonly content: AsyncIterable<Uint8Array>; readonly bytes: number } | undefined>;
  readonly save: (key: string, content: AsyncIterable<Uint8Array>) => Promise<void>;
}

/** Artifacts of one checkout. */
export interface Artifacts {
  readonly settings: ArtifactSettings;
  readonly index: ArtifactIndex;
  readonly openSource: () => Promise<BlockSource>;
  readonly openNode: () => Promise<IpfsNode>;
}

/**
 * Opens the artifacts of a checkout.
 *
 * @param options `checkout` is its root, `onNotice` hears what is wrong with the index, `indexRoot` is where a file of an
 *   index without a writer is written: the checkout, unless that is a private one
 */
export async function openArtifacts(
  settings: ArtifactSettings,
  options: {
    readonly checkout: string;
    readonly indexRoot?: string;
    readonly onNotice: (text: string) => void;
  },
): Promise<Artifacts> {
  const { checkout, indexRoot = checkout, onNotice } = options;
  const { indexPlace, repository, gateway } = settings;
  let node: Promise<IpfsNode> | null = null;
  const openNode = () => {
    node ??= import('./kubo.ts').then(({ openKubo }) => openKubo(settings.address));
    return node;
  };
  const openIndex = async () => {
    if (indexPlace.kind === 'ipfs') {
      const { openIpfsIndex } = await import('./ipfs-index.ts');
      return openIpfsIndex({ openNode, folder: indexPlace.folder, repository });
    }
    const { openFileWriter, openRepoIndex } = await import('./repo-index.ts');
    const writer = settings.writer ?? openFileWriter(join(indexRoot, indexPlace.path));
    return openRepoIndex({ writer, file: join(checkout, indexPlace.path), onNotice });
  };
  return {
    settings,
    index: await openIndex(),
    openNode,
    openSource: async () =>
      gateway === null ? openNode() : (await import('./gateway.ts')).openGateway(gateway),
  };
}
