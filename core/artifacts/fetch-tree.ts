/** From the index to a `node_modules` in its place: an artifact that is fetched, and what is said when there is none. */
import { ArtifactError } from '../errors.ts';
import type { Artifacts } from './artifacts.ts';
import type { CID } from './cid.ts';
import { fetchContent } from './fetch.ts';
import type { ArtifactTarget } from './key.ts';
import { placeTree } from './staging.ts';
import { createTransferTeller } from './transfer.ts';

export interface FetchedTree {
  readonly cid: string;
  /** Of the artifact. */
  readonly bytes: number;
}

/**
 * Fetches an artifact and puts it in its place. Only for whoever has the install root alone.
 *
 * @throws ArtifactError as `fetchContent` and `placeTree`
 */
export async function fetchTree(options: {
  readonly artifacts: Artifacts;
  readonly root: string;
  readonly cid: CID;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((line: string) => void) | undefined;
}): Promise<FetchedTree> {
  const { artifacts, root, cid, signal, onProgress } = options;
  const tell = createTransferTeller('fetched', onProgress);
  let bytes = 0;
  const content = fetchContent(cid, {
    source: await artifacts.openSource(),
    patience: artifacts.settings.patience,
    signal,
    onProgress: (sofar) => {
      bytes = sofar;
      tell(sofar);
    },
  });
  await placeTree(root, content);
  return { cid: cid.toString(), bytes };
}

/** There is nothing to restore. */
export function createNone({
  root,
  key,
  target,
  artifacts,
}: {
  readonly root: string;
  readonly key: string;
  readonly target: ArtifactTarget;
  readonly artifacts: Artifacts;
}): ArtifactError {
  const { platform, arch, libc, nodeAbi } = target;
  return new ArtifactError(`${root}: there is no artifact for ${key} in ${artifacts.index.label}.`, {
    code: 'artifact/none',
    hint: `Nothing is installed here. Make one where packages are installed: \`npm ci\` there, then \`tracey artifact pack --platform ${platform} --arch ${arch} --libc ${libc} --node-abi ${nodeAbi}\`.`,
  });
}
