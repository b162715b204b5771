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
import type { Dependencies } from '../model.ts';
import type { Artifacts } from './artifacts.ts';
import { createNone, fetchTree } from './fetch-tree.ts';
import { type ArtifactTarget, computeArtifactKey } from './key.ts';
import { makeArtifact } from './make-artifact.ts';
import { packTree } from './pack.ts';
import { placeTree, withInstallRoot } from './staging.ts';

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
    await cache.save(key, packTree(root).content);
  } catch (thrown) {
    onNotice(`${cache.label}: ${formatThrown(thrown)}`);
  }
}

function createInterrupted({ root, signal }: Restoring): JobError {
  return new JobError(`${root}: interrupted while restoring dependencies.`, {
    code: 'dependencies/interrupted',
    cause: signal?.reason,
  });
}
