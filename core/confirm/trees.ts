/**
 * The two work trees of an experiment, `base` and `head`: each holds a commit with its own dependencies, and runs single
 * test files of it. Their paths are of the same length, as is everything else about them that is not of the commit.
 */
import { cp, lstat, mkdir, realpath, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { bringDependencies } from '../job-needs.ts';
import type { Job } from '../job-type.ts';
import { readModulesSnapshot } from '../measure/dependencies/created-modules.ts';
import { computeDependenciesKey } from '../measure/dependencies/key.ts';
import { findDependencies } from '../measure/dependencies/prepare.ts';
import type { OpenSuite } from '../measure/suite.ts';
import { type Checkout, openCheckout } from '../repository/checkout.ts';
import { readCommit } from '../repository/read.ts';
import type { ExperimentOptions } from './options.ts';
import type { SideName } from './pairs.ts';
import type { TestedProcesses } from './processes.ts';

/** A commit on its side, ready to run. */
export interface PlacedCommit {
  /** What is measured, absolute. */
  readonly repoFolder: string;
  readonly suite: OpenSuite;
}

/** A file that is put into a work tree over what the commit has there. */
export interface LentFile {
  /** Relative to what is measured. */
  readonly path: string;
  readonly text: string;
}

export interface Trees {
  /**
   * Puts a commit on a side, in place of the one that was there.
   *
   * @throws ArtifactError, JobError when it cannot be had, its dependencies neither, or there is no suite in it
   */
  place(side: SideName, sha: string, lent: LentFile | null): Promise<PlacedCommit>;
  close(): Promise<void>;
}

interface Tree {
  readonly checkout: Checkout;
  readonly repoFolder: string;
  /** Key of the dependencies that are there; null for none. */
  key: string | null;
  suite: OpenSuite | null;
}

/** Prepares two work trees below `options.folder`; they are filled when they are first needed. */
export function openTrees(options: ExperimentOptions, processes: TestedProcesses): Trees {
  const { repository, jobType, signal } = options;
  const below = relative(repository.root, repository.folder);
  const trees = new Map<SideName, Tree>();
  let installations = 0;

  async function openTree(side: SideName): Promise<Tree> {
    const known = trees.get(side);
    if (known !== undefined) return known;
    const source = { ...repository, git: { ...repository.git, signal } };
    const checkout = await openCheckout({ source, folder: join(options.folder, side) });
    const tree: Tree = { checkout, repoFolder: join(checkout.folder, below), key: null, suite: null };
    trees.set(side, tree);
    return tree;
  }

  /** As a job would; what is installed elsewhere for the same key is copied, so that both sides have the very same. */
  async function provideDependencies(tree: Tree): Promise<void> {
    if (jobType.resolveNode !== undefined) return;
    const key = await computeDependenciesKey(tree.repoFolder);
    if (tree.key === key) return;
    tree.key = null;
    await tree.checkout.clean();
    const others = [...trees.values()].filter((other) => other.key === key);
    const installed = others[0]?.checkout.folder ?? (await findInstalled(key, below, options.installedIn));
    if (installed === null || !(await copyModules(installed, tree, signal))) {
      installations += 1;
      await bringDependencies(
        { repoFolder: tree.repoFolder, checkout: tree.checkout.folder },
        {
          ...options,
          indexRoot: repository.root,
          logFile: join(options.logsFolder, `${options.id}-install-${installations}.log`),
        },
      );
    }
    tree.key = key;
  }

  return {
    async place(side, sha, lent) {
      const tree = await openTree(side);
      await tree.suite?.close();
      tree.suite = null;
      await tree.checkout.checkOut(sha);
      await provideDependencies(tree);
      if (lent !== null) await putFile(tree.repoFolder, lent);
      const job: Job<unknown> = {
        id: options.id,
        repository: options.repositoryName,
        repoFolder: tree.repoFolder,
        commit: { ...(await readCommit(repository, sha)), branch: null, modified: lent !== null },
        node: options.node,
        settings: options.settings,
        testFolder: options.testFolder,
      };
      const suite = await jobType.openSuite?.(
        job,
        await processes.openHost(side, { repoFolder: tree.repoFolder, checkout: tree.checkout.folder }),
      );
      if (suite === undefined) throw new Error(`${jobType.name} has no suite`);
      tree.suite = suite;
      return { repoFolder: tree.repoFolder, suite };
    },
    async close() {
      for (const { suite, checkout } of trees.values()) {
        await suite?.close();
        await checkout.close();
      }
    },
  };
}

/** A checkout in which the dependencies of this key are installed. */
async function findInstalled(key: string, below: string, folders: readonly string[]): Promise<string | null> {
  for (const folder of folders) {
    const repoFolder = join(folder, below);
    try {
      if ((await computeDependenciesKey(repoFolder)) !== key) continue;
      if ((await findDependencies(repoFolder))?.dependencies.source === 'present') return folder;
    } catch {
      // It cannot be read, and is of no use.
    }
  }
  return null;
}

/** Copies every `node_modules` of a checkout to where it belongs in another; false when that brought nothing. */
async function copyModules(from: string, to: Tree, signal: AbortSignal): Promise<boolean> {
  const linked = join(from, 'node_modules');
  if (await isLink(linked)) await symlink(await realpath(linked), join(to.checkout.folder, 'node_modules'));
  for (const folder of (await readModulesSnapshot(from)).keys()) {
    signal.throwIfAborted();
    const target = join(to.checkout.folder, relative(from, folder));
    if (!(await isFolder(dirname(target)))) continue;
    // Links stay as they are: those inside lead to what was copied with them.
    // Links that are committed are there already, and cannot be copied onto themselves.
    const filter = async (_: string, at: string) => !(await isLink(at));
    await cp(folder, target, { recursive: true, verbatimSymlinks: true, force: false, filter });
  }
  return (await findDependencies(to.repoFolder)) !== undefined;
}

async function isLink(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => null))?.isSymbolicLink() ?? false;
}

async function putFile(repoFolder: string, { path, text }: LentFile): Promise<void> {
  const target = join(repoFolder, path);
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, text);
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() ?? false;
}
