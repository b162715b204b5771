/**
 * A repo made ready to be copied into containers, with its dependencies: what lies in the checkout is used as it is; what is
 * missing is restored as an artifact for the image's Node, or installed inside. What that brought is kept, and used again
 * as long as nothing that decides it has changed.
 */
import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { type Dependencies, runReportSchema } from '../../model.ts';
import { findInstallRoot, hasInstalledModules } from '../dependencies/install-root.ts';
import { computeDependenciesKey } from '../dependencies/key.ts';
import type { HostTools } from '../host.ts';
import { findPackageJson, listDependencies, type PackageJson } from '../package-json.ts';
import { type InstallSettings, installInside } from './install.ts';
import type { Ready } from './keeper.ts';
import type { Limits } from './limits.ts';
import type { ContainedNode } from './node.ts';
import { computeFolderHash, copyRepo, makeReadable, moveBelow, type Place } from './place.ts';
import { noteTrace } from './traces.ts';

/** Kept ones are large; those that were not used for longest go. */
const KEPT = 12;
const RECORD = 'complete.json';
const MODULES = 'node_modules';

/** npm's scripts that are run on installing, and may write anywhere in the repo. */
const LIFECYCLE = [
  'preinstall',
  'install',
  'postinstall',
  'prepublish',
  'preprepare',
  'prepare',
  'postprepare',
];

export interface PlaceOptions {
  readonly node: ContainedNode;
  readonly repoFolder: string;
  readonly install: InstallSettings;
  readonly limits: Limits;
  /** Id of the run. */
  readonly run: string;
  /** A private folder, gone after the run. */
  readonly scratchFolder: string;
  readonly bringDependencies: HostTools['bringDependencies'];
  readonly signal: AbortSignal;
  readonly onStep: (text: string) => void;
}

/**
 * Makes a repo ready.
 *
 * @throws JobError, ArtifactError when its dependencies cannot be had
 */
export async function preparePlace(engine: Docker, options: PlaceOptions): Promise<Place> {
  const { repoFolder, install, scratchFolder } = options;
  const root = await findInstallRoot(repoFolder);
  const source = join(scratchFolder, 'source');
  await copyRepo(root, source, { isWritable: false });
  const isThere = (await hasInstalledModules(root)) || (await hasInstalledModules(repoFolder));
  const isWanted = install.command !== null || (!isThere && (await wantsDependencies(root, repoFolder)));
  if (isWanted) return prepareKept(engine, { ...options, root, source });
  return {
    root,
    repoFolder,
    source,
    modules: await findModules(root),
    dependencies: { source: isThere ? 'present' : 'none', packageManager: null, durationMs: null },
  };
}

async function wantsDependencies(root: string, repoFolder: string): Promise<boolean> {
  const found = await Promise.all([root, repoFolder].map((folder) => findPackageJson(folder)));
  return found.some((each) => each !== undefined && listDependencies(each).length > 0);
}

async function findModules(root: string): Promise<string | null> {
  const modules = join(root, MODULES);
  const stats = await stat(modules).catch(() => null);
  return stats?.isDirectory() ? modules : null;
}

type KeptOptions = PlaceOptions & { readonly root: string; readonly source: string };

/** In a folder that is kept, and has the same path inside: what is compiled may have noted where it lies. */
async function prepareKept(engine: Docker, options: KeptOptions): Promise<Place> {
  const { node, root, repoFolder, source, install } = options;
  const isOfContent = install.command !== null || writesIntoRepo(await findPackageJson(root));
  const folder = join(node.treesFolder, await computeKey(options, { isOfContent }));
  const tree = join(folder, 'repo');
  const kept = await findRecord(folder);
  if (kept !== null && !isOfContent) await copyRepo(source, tree, { isWritable: true });
  const dependencies = kept ?? (await makeTree(engine, { ...options, folder, tree }));
  await utimes(join(folder, RECORD), new Date(), new Date());
  await removeOldest(node.treesFolder);
  if (kept !== null) options.onStep('dependencies are those of an earlier run');
  return {
    root: tree,
    repoFolder: moveBelow(repoFolder, { from: root, to: tree }),
    source: tree,
    modules: await findModules(tree),
    dependencies,
  };
}

/** Whether installing does more than filling one `node_modules`, which depends on more than what names the packages. */
function writesIntoRepo(packageJson: PackageJson | undefined): boolean {
  if (packageJson === undefined) return false;
  return packageJson.workspaces !== undefined || LIFECYCLE.some((name) => name in packageJson.scripts);
}

async function computeKey(
  { node, root, source, limits, install }: KeptOptions,
  { isOfContent }: { readonly isOfContent: boolean },
): Promise<string> {
  const parts = [
    node.image.id,
    limits.user,
    install.command,
    await computeDependenciesKey(root),
    isOfContent ? await computeFolderHash(source) : null,
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

async function findRecord(folder: string): Promise<Dependencies | null> {
  try {
    const record = runReportSchema.shape.dependencies.parse(
      JSON.parse(await readFile(join(folder, RECORD), 'utf8')),
    );
    return { ...record, source: 'cache', durationMs: null };
  } catch {
    return null;
  }
}

/** Restores or installs; what is not complete goes, even if this job is killed. */
async function makeTree(
  engine: Docker,
  options: KeptOptions & { readonly folder: string; readonly tree: string },
): Promise<Dependencies> {
  const { node, source, folder, tree, install } = options;
  const forget = noteTrace(node.owner, { folder });
  const remove = () => rm(folder, { recursive: true, force: true, maxRetries: 3 });
  try {
    await remove();
    await mkdir(tree, { recursive: true });
    await chmod(folder, 0o700);
    await copyRepo(source, tree, { isWritable: true });
    const target = install.command === null ? computeTarget(node.ready) : null;
    const dependencies = await options.bringDependencies({
      root: tree,
      target,
      install: (onStatus) => installInside(engine, { ...options, onStatus }),
    });
    await makeReadable(join(tree, MODULES));
    await writeFile(join(folder, RECORD), JSON.stringify(dependencies));
    forget();
    return dependencies;
  } catch (thrown) {
    // Where that does not work, whoever cleans up next tries again.
    await remove().then(forget, () => undefined);
    throw thrown;
  }
}

/** Null for a Node so old that it does not say. */
function computeTarget({ platform, arch, libc, abi }: Ready) {
  return abi === null ? null : { platform, arch, libc: libc ?? 'none', nodeAbi: abi };
}

async function removeOldest(treesFolder: string): Promise<void> {
  const found: { readonly folder: string; readonly usedMs: number }[] = [];
  for (const name of await readdir(treesFolder)) {
    const folder = join(treesFolder, name);
    const record = await stat(join(folder, RECORD)).catch(() => null);
    if (record !== null) found.push({ folder, usedMs: record.mtimeMs });
  }
  found.sort((a, b) => b.usedMs - a.usedMs);
  for (const { folder } of found.slice(KEPT)) {
    // What another user wrote may have to stay.
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}
