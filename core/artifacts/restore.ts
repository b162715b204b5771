/**
 * The repo's `node_modules`, where artifacts are used: what is there, else the artifact of the index from IPFS, else the
 * cache's, else installed and made into an artifact; on a machine that only fetches, a failure that says what is missing.
 */
import { performance } from 'node:perf_hooks';
import { ArtifactError, formatThrown, JobError, TraceyError } from '../errors.ts';
import { findInstallRoot } from '../measure/dependencies/install-root.ts';
import {
  type DependencyOptions,
  findDependencies,
  type PreparedDependencies,
  prepareDependencies,
} from '../measure/dependencies/prepare.ts';
import { findExecutables } from '../measure/executables.ts';
import { readNodeAbi } from '../measure/node-versions/abi.ts';
import type { Dependencies } from '../model.ts';
import { formatUntrusted } from '../text.ts';
import { formatBytes } from '../units.ts';
import type { Artifacts } from './artifacts.ts';
import type { CID } from './cid.ts';
import { fetchContent } from './fetch.ts';
import { type ArtifactTarget, computeArtifactKey, formatTarget, readOwnTarget } from './key.ts';
import type { PackedTree } from './pack.ts';
import { placeTree, withInstallRoot } from './staging.ts';
import { checkPortable, formatPinPrefix, type UploadedArtifact, uploadTree } from './upload.ts';

export interface RestoreOptions extends DependencyOptions {
  readonly artifacts: Artifacts;
  /** Where the packages will run. */
  readonly target: ArtifactTarget;
  /** Installs for exactly the target, in place of the package manager of this machine. */
  readonly install?: () => Promise<PreparedDependencies>;
  /** Hears of what did not work and was done another way. */
  readonly onNotice: (text: string) => void;
}

interface Restoring extends RestoreOptions {
  readonly root: string;
  readonly key: string;
}

type Restored = Pick<Dependencies, 'source' | 'artifact'>;

/**
 * Makes sure that the repo's dependencies are there.
 *
 * @throws ArtifactError `artifact/none` and whatever made fetching fail, where nothing is installed; JobError as
 *   `prepareDependencies`
 */
export async function restoreDependencies(options: RestoreOptions): Promise<PreparedDependencies> {
  const root = await findInstallRoot(options.repoFolder);
  return withInstallRoot(root, options.signal, async () => {
    const present = await findDependencies(options.repoFolder);
    if (present !== undefined) return present;
    const key = await computeArtifactKey(options.repoFolder, options.target);
    const restoring = { ...options, root, key };
    const startedMs = performance.now();
    const { restored, failure } = await findRestored(restoring);
    if (restored !== undefined) {
      const durationMs = performance.now() - startedMs;
      return { dependencies: { ...restored, packageManager: null, durationMs }, folder: root, logFile: null };
    }
    if (!options.artifacts.settings.upload) throw failure ?? createNone(restoring);
    const installed = await (options.install ?? (() => prepareDependencies(options)))();
    return { ...installed, dependencies: { ...installed.dependencies, artifact: await keep(restoring) } };
  });
}

/** From the first place that has the artifact whole; what failed on the way is told, and given back. */
async function findRestored(
  restoring: Restoring,
): Promise<{ readonly restored: Restored | undefined; readonly failure: ArtifactError | undefined }> {
  let failure: ArtifactError | undefined;
  for (const attempt of [restoreFromIpfs, restoreFromCache]) {
    try {
      const restored = await attempt(restoring);
      if (restored !== undefined) return { restored, failure };
    } catch (thrown) {
      if (restoring.signal?.aborted) throw createInterrupted(restoring);
      if (!(thrown instanceof ArtifactError)) throw thrown;
      restoring.onNotice(thrown.message);
      failure ??= thrown;
    }
  }
  return { restored: undefined, failure };
}

async function restoreFromIpfs(restoring: Restoring): Promise<Restored | undefined> {
  const { artifacts, key, root } = restoring;
  const cid = await artifacts.index.find(key);
  return cid && { source: 'artifact', artifact: { key, ...(await fetchTree({ ...restoring, cid, root })) } };
}

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
export async function fetchTree(
  options: Pick<RestoreOptions, 'artifacts' | 'signal' | 'onProgress'> & {
    readonly root: string;
    readonly cid: CID;
  },
): Promise<FetchedTree> {
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

async function restoreFromCache({ artifacts, key, root }: Restoring): Promise<Restored | undefined> {
  const { cache } = artifacts.settings;
  const found = await cache?.find(key);
  if (found === undefined) return undefined;
  await placeTree(root, found.content);
  return { source: 'cache', artifact: { key, cid: null, bytes: found.bytes } };
}

/** Makes an artifact of what was installed. That it cannot be made is no reason not to measure. */
async function keep(restoring: Restoring): Promise<NonNullable<Dependencies['artifact']>> {
  const { artifacts, key, onNotice, signal } = restoring;
  try {
    const { cid, bytes } = await makeArtifact({ ...restoring, targets: artifacts.settings.targets });
    return { key, cid: cid.toString(), bytes };
  } catch (thrown) {
    if (signal?.aborted) throw createInterrupted(restoring);
    if (!(thrown instanceof TraceyError)) throw thrown;
    onNotice(`No artifact was made: ${thrown.message}`);
    await saveToCache(restoring);
    return { key, cid: null, bytes: null };
  }
}

async function saveToCache({ artifacts, key, root, onNotice }: Restoring): Promise<void> {
  const { cache } = artifacts.settings;
  if (cache === null) return;
  try {
    const { packTree } = await import('./pack.ts');
    await cache.save(key, packTree(root).content);
  } catch (thrown) {
    onNotice(`${cache.label}: ${formatThrown(thrown)}`);
  }
}

export interface MakeOptions
  extends Pick<
    RestoreOptions,
    'artifacts' | 'target' | 'install' | 'inherited' | 'signal' | 'onProgress' | 'onNotice'
  > {
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
  const [executable] = await findExecutables('node', inherited['PATH']);
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

/** Tells `fetched 12.4 MB, 8.10 MB/s`. */
function createTransferTeller(
  verb: string,
  tell: ((text: string) => void) | undefined,
): (bytes: number) => void {
  const startedMs = performance.now();
  return (bytes) => {
    const rate = (bytes * 1000) / Math.max(performance.now() - startedMs, 1);
    tell?.(`${verb} ${formatBytes(bytes)}, ${formatBytes(Math.round(rate))}/s`);
  };
}

/** There is nothing to restore. */
export function createNone({
  root,
  key,
  target,
  artifacts,
}: Pick<Restoring, 'root' | 'key' | 'target' | 'artifacts'>): ArtifactError {
  const { platform, arch, libc, nodeAbi } = target;
  return new ArtifactError(`${root}: there is no artifact for ${key} in ${artifacts.index.label}.`, {
    code: 'artifact/none',
    hint: `Nothing is installed here. Make one where packages are installed: \`npm ci\` there, then \`tracey artifact pack --platform ${platform} --arch ${arch} --libc ${libc} --node-abi ${nodeAbi}\`.`,
  });
}

function createInterrupted({ root, signal }: Restoring): JobError {
  return new JobError(`${root}: interrupted while restoring dependencies.`, {
    code: 'dependencies/interrupted',
    cause: signal?.reason,
  });
}
