/** What a job needs: Nodes, the dependencies of what is measured, and what a job type may have brought besides. */
import { type ArtifactSettings, openArtifacts } from './artifacts/artifacts.ts';
import { type ArtifactTarget, readOwnTarget } from './artifacts/key.ts';
import type { RestoreOptions } from './artifacts/restore.ts';
import type { JobType } from './job-type.ts';
import {
  type DependencyOptions,
  type PreparedDependencies,
  prepareDependencies,
} from './measure/dependencies/prepare.ts';
import type { Variables } from './measure/environment.ts';
import type { DependencyRequest, HostTools } from './measure/host.ts';
import { readNodeAbi } from './measure/node-versions/abi.ts';
import { type ResolvedNode, resolveNode } from './measure/node-versions/resolve.ts';
import { openPackages } from './measure/packages.ts';
import type { Dependencies } from './model.ts';
import { openEarlierFiles } from './output-folder.ts';
import { formatBytes, formatDuration } from './units.ts';

const INSTALL_DEADLINE_MS = 30 * 60_000;

interface Listener {
  readonly onStep: (text: string) => void;
  readonly onStatus: (text: string) => void;
}

export interface NodeNeeds {
  readonly jobType: JobType;
  readonly settings: unknown;
  /** Scope of the machine's lock, which the job holds. */
  readonly lockScope: string;
  readonly jobsFolder: string;
  readonly cacheFolder: string;
  readonly toolCacheFolder: string | undefined;
  readonly variables: Variables;
  readonly signal: AbortSignal;
  readonly listener: Listener;
}

/**
 * The Node that was asked for: the job type's, else one of this machine.
 *
 * @throws ConfigError, JobError when it cannot be had
 */
export async function bringNode(requested: string, needs: NodeNeeds): Promise<ResolvedNode> {
  const { jobType, settings, listener } = needs;
  const brought = await jobType.resolveNode?.(requested, settings, { ...needs, ...listener });
  return brought ?? resolveOwnNode(requested, needs);
}

/** A Node of this machine. */
function resolveOwnNode(
  requested: string,
  needs: Pick<NodeNeeds, 'variables' | 'toolCacheFolder' | 'cacheFolder' | 'signal' | 'listener'>,
): Promise<ResolvedNode> {
  const { listener } = needs;
  return resolveNode(requested, {
    inherited: needs.variables,
    toolCacheFolder: needs.toolCacheFolder,
    cacheFolder: needs.cacheFolder,
    platform: process.platform,
    arch: process.arch,
    now: new Date(),
    signal: needs.signal,
    onFetch: ({ version }) => listener.onStep(`fetching Node ${version}`),
    onNotice: listener.onStep,
  });
}

/** What a job type may have brought while it runs. */
export function createHostTools(
  needs: DependencyNeeds & {
    readonly checkout: string;
    readonly toolCacheFolder: string | undefined;
    readonly cacheFolder: string;
    readonly outputFolder: string;
  },
): HostTools {
  const { variables, cacheFolder, signal, listener } = needs;
  return {
    bringDependencies: (request) => bringForeignDependencies(request, needs),
    resolveNode: (requested) => resolveOwnNode(requested, needs),
    packages: openPackages({
      inherited: variables,
      cacheFolder,
      signal,
      onInstall: (packages) => listener.onStep(`installing ${packages.join(', ')}`),
    }),
    earlierFiles: openEarlierFiles(needs.outputFolder),
  };
}

export interface Place {
  /** What is measured, in a checkout whose root is the other. */
  readonly repoFolder: string;
  readonly checkout: string;
}

export interface DependencyNeeds {
  /** Null: from the repo's package manager. */
  readonly artifacts: ArtifactSettings | null;
  /** Root of the repository that keeps the index of artifacts. */
  readonly indexRoot: string;
  /** What is native in packages fits this Node. */
  readonly node: ResolvedNode | undefined;
  /** Gets everything that a package manager prints. */
  readonly logFile: string;
  readonly variables: Variables;
  readonly signal: AbortSignal;
  readonly listener: Listener;
}

/**
 * Makes sure that the dependencies of a checkout are there, and tells where they came from.
 *
 * @throws ArtifactError, JobError when they cannot be had
 */
export async function bringDependencies(place: Place, needs: DependencyNeeds): Promise<Dependencies> {
  const { artifacts, listener, node, variables, signal } = needs;
  const options = computeOptions(place.repoFolder, needs);
  const bring = async () => {
    if (artifacts === null) return prepareDependencies(options);
    const executable = node?.executable ?? process.execPath;
    const nodeAbi = await readNodeAbi(executable, { inherited: variables, signal });
    const target = { ...readOwnTarget(), nodeAbi };
    return restore(options, { artifacts, target, checkout: place.checkout, needs });
  };
  const { dependencies } = await bring();
  tellDependencies(dependencies, listener);
  return dependencies;
}

/**
 * The same for a Node that is not this machine's.
 *
 * @throws ArtifactError, JobError when they cannot be had
 */
export async function bringForeignDependencies(
  { root, target, install }: DependencyRequest,
  needs: DependencyNeeds & { readonly checkout: string },
): Promise<Dependencies> {
  const { artifacts, listener, checkout } = needs;
  const options = computeOptions(root, needs);
  const installInPlace = () => install(options.onProgress);
  const bring = async () => {
    if (artifacts === null || target === null) return installInPlace();
    const prepare = async () => ({ dependencies: await installInPlace(), folder: root, logFile: null });
    const restored = await restore({ ...options, install: prepare }, { artifacts, target, checkout, needs });
    return restored.dependencies;
  };
  const dependencies = await bring();
  tellDependencies(dependencies, listener);
  return dependencies;
}

function computeOptions(repoFolder: string, { logFile, variables, signal, listener }: DependencyNeeds) {
  return {
    repoFolder,
    logFile,
    inherited: variables,
    deadlineMs: INSTALL_DEADLINE_MS,
    signal,
    onProgress: (line: string) => listener.onStatus(`dependencies: ${line}`),
  } satisfies DependencyOptions;
}

function tellDependencies(dependencies: Dependencies, listener: Listener): void {
  const { source, packageManager, durationMs, artifact } = dependencies;
  const took = formatDuration(durationMs);
  const installer = packageManager ?? 'the install command';
  if (source === 'installed') listener.onStep(`installed dependencies with ${installer} in ${took}`);
  if (source === 'artifact' || source === 'cache') {
    const from = source === 'artifact' ? 'IPFS' : 'the cache';
    listener.onStep(`restored dependencies from ${from}: ${formatBytes(artifact?.bytes ?? null)} in ${took}`);
  }
}

async function restore(
  options: DependencyOptions & Pick<RestoreOptions, 'install'>,
  of: {
    readonly artifacts: ArtifactSettings;
    readonly target: ArtifactTarget;
    readonly checkout: string;
    readonly needs: DependencyNeeds;
  },
): Promise<PreparedDependencies> {
  const { target, checkout, needs } = of;
  const onNotice = needs.listener.onStep;
  const artifacts = await openArtifacts(of.artifacts, { checkout, indexRoot: needs.indexRoot, onNotice });
  // What fetches and unpacks takes its time to load, and is not always wanted.
  const { restoreDependencies } = await import('./artifacts/restore.ts');
  return restoreDependencies({ ...options, artifacts, target, onNotice });
}
