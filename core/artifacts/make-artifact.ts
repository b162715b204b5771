/** From what is installed to an artifact that the index names. */
import { ArtifactError, formatThrown } from '../errors.ts';
import type { DependencyOptions, PreparedDependencies } from '../measure/dependencies/prepare.ts';
import { findExecutables } from '../measure/executables.ts';
import { readNodeAbi } from '../measure/node-versions/abi.ts';
import { formatUntrusted } from '../text.ts';
import type { Artifacts } from './artifacts.ts';
import { type ArtifactTarget, computeArtifactKey, formatTarget, readOwnTarget } from './key.ts';
import type { PackedTree } from './pack.ts';
import { formatPinPrefix } from './pin-name.ts';
import { createTransferTeller } from './transfer.ts';
import { checkPortable, type UploadedArtifact, uploadTree } from './upload.ts';

export interface MakeOptions extends Pick<DependencyOptions, 'inherited' | 'signal' | 'onProgress'> {
  readonly artifacts: Artifacts;
  /** Where the packages will run. */
  readonly target: ArtifactTarget;
  /** What installed them, when that was not the package manager of this machine. */
  readonly install?: () => Promise<PreparedDependencies>;
  /** Hears of what did not work and was done another way. */
  readonly onNotice: (text: string) => void;
  readonly root: string;
  readonly repoFolder: string;
  /** Recorded for these, too, when nothing native is in it; told when something is. */
  readonly targets: readonly ArtifactTarget[];
}

/**
 * Packs what is installed, uploads it, and records it for the target and for others.
 *
 * @throws ArtifactError as `uploadTree` and the index, and `artifact/native` when it does not fit the target
 */
export async function makeArtifact(
  options: MakeOptions,
): Promise<UploadedArtifact & { readonly key: string }> {
  const { artifacts, root, repoFolder, target, signal, onProgress, onNotice } = options;
  const key = await computeArtifactKey(repoFolder, target);
  const uploaded = await uploadTree({
    root,
    node: await artifacts.openNode(),
    pinName: `${formatPinPrefix(artifacts.settings.repository)}${key}`,
    accept: (packed) => checkFits(packed, options),
    patience: artifacts.settings.patience,
    signal,
    onProgress: createTransferTeller('sent', onProgress),
  });
  const others = options.targets.filter((each) => formatTarget(each) !== formatTarget(target));
  const targets = [target];
  try {
    checkPortable(uploaded, others);
    targets.push(...others);
  } catch (thrown) {
    onNotice(formatThrown(thrown));
  }
  const keys = await Promise.all(targets.map((each) => computeArtifactKey(repoFolder, each)));
  await artifacts.index.record([...new Set(keys)].map((each) => ({ key: each, cid: uploaded.cid })));
  return { ...uploaded, key };
}

/** What is native fits this kind of machine, and the Node that package managers run on, whatever Node will load it. */
async function checkFits(
  packed: PackedTree,
  { target, install, inherited, signal }: MakeOptions,
): Promise<void> {
  const { native } = packed;
  if (native === null || install !== undefined) return;
  const own = readOwnTarget();
  if (formatTarget({ ...own, nodeAbi: target.nodeAbi }) !== formatTarget(target))
    checkPortable(packed, [target]);
  const [executable] = findExecutables('node', inherited['PATH']);
  const abi = executable === undefined ? own.nodeAbi : await readNodeAbi(executable, { inherited, signal });
  if (abi === target.nodeAbi) return;
  throw new ArtifactError(
    `For ${formatTarget(target)} nothing can be packed here: ${formatUntrusted(native.path)} is native (${native.why}), and the Node on PATH has the ABI ${abi}.`,
    {
      code: 'artifact/native',
      hint: `Put a Node of the ABI ${target.nodeAbi} first on PATH, and install again.`,
    },
  );
}
