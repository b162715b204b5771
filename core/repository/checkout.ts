/**
 * A private checkout in which given commits are measured, so that the user's own work tree is never touched. It
 * borrows the objects of the repository it was made from and has no remote: no address, no credentials. Submodules
 * and the files of Git LFS are not fetched.
 */
import { chmod, copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { findSystemCode, formatThrown, JobError } from '../errors.ts';
import { type Repository, readGit } from './git.ts';
import { resolveRevision } from './read.ts';

export interface Checkout {
  readonly folder: string;
  /** The checkout as a repository of its own, for {@link import('./read.ts').readCommit}. */
  readonly repository: Repository;
  /**
   * Makes the files those of a commit; everything else goes, except what is installed in `node_modules`.
   *
   * @throws JobError `repository/unknown-revision`, `repository/git-failed`, `repository/interrupted`
   */
  checkOut(sha: string): Promise<void>;
  /**
   * Removes what is not part of the commit, installed dependencies too.
   *
   * @throws JobError `repository/git-failed`, `repository/interrupted`
   */
  clean(): Promise<void>;
  /** Removes the checkout with everything in it; a second call does nothing. */
  close(): Promise<void>;
}

/**
 * Makes a checkout without files; `checkOut` fills it.
 *
 * @param options `folder` is made, with mode 0700, and must not hold anything yet
 * @throws JobError `repository/checkout-folder`, `repository/git-failed`, `repository/interrupted`
 */
export async function openCheckout(options: {
  readonly source: Repository;
  readonly folder: string;
}): Promise<Checkout> {
  const { source } = options;
  const folder = resolve(options.folder);
  await makePrivateFolder(folder);
  const close = () => rm(folder, { recursive: true, force: true, maxRetries: 3 });
  try {
    await borrowObjects(source, folder);
  } catch (thrown) {
    await close();
    throw thrown;
  }
  const repository: Repository = { folder, root: folder, git: source.git };
  return {
    folder,
    repository,
    checkOut: (sha) => checkOut(sha, { source, repository }),
    clean: () => clean(repository, []),
    close,
  };
}

async function checkOut(
  sha: string,
  { source, repository }: { readonly source: Repository; readonly repository: Repository },
): Promise<void> {
  const commit = await resolveRevision(source, sha);
  await readGit(['checkout', '--force', '--detach', '--quiet', commit, '--'], repository);
  await clean(repository, ['--exclude=node_modules']);
}

async function clean(repository: Repository, exceptions: readonly string[]): Promise<void> {
  await readGit(['clean', '-ffdx', '--quiet', ...exceptions], repository);
}

async function makePrivateFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    if ((await readdir(folder)).length === 0) {
      // It may have been there before, open to others.
      await chmod(folder, 0o700);
      return;
    }
  } catch (cause) {
    throw new JobError(`${folder}: cannot be made for a checkout: ${formatThrown(cause)}.`, {
      code: 'repository/checkout-folder',
      hint: 'Name a job folder in which Tracey may write.',
      cause,
    });
  }
  throw new JobError(`${folder}: cannot be used for a checkout: it is not empty.`, {
    code: 'repository/checkout-folder',
    hint: 'Name another folder, or remove this one if no job uses it.',
  });
}

/** The objects stay where they are and are named as alternates, as `git clone --shared` does. */
async function borrowObjects(source: Repository, folder: string): Promise<void> {
  const findPath = async (name: string) =>
    resolve(source.folder, (await readGit(['rev-parse', '--git-path', name], source)).replace(/\n$/, ''));
  const objects = await findPath('objects');
  const format = (await readGit(['rev-parse', '--show-object-format'], source)).trim();
  await readGit(['init', '--quiet', '--template=', `--object-format=${format}`], { folder, git: source.git });
  const information = join(folder, '.git', 'objects', 'info');
  await mkdir(information, { recursive: true });
  await writeFile(join(information, 'alternates'), `${quotePath(objects)}\n`);
  // Without it git would miss the parents of a shallow clone's oldest commits.
  await copyFile(await findPath('shallow'), join(folder, '.git', 'shallow')).catch((thrown) => {
    if (findSystemCode(thrown) !== 'ENOENT') throw thrown;
  });
}

/** A path as git reads it from its files: in quotes where it would be taken for something else. */
function quotePath(path: string): string {
  if (!/^["#]|\n/.test(path)) return path;
  return `"${path.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}
