/**
 * A release as git has it: a commit on top of the one released, with the same files and `dist/` besides, on no branch; the
 * tag of its version on it, and the tag of its major version (`v1`) moved to it, which is what workflows name. It
 * touches neither the work tree nor the index.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Release {
  readonly version: string;
  /** Of the release commit. */
  readonly sha: string;
  /** `v1.2.3`, and `v1`. */
  readonly tags: readonly [exact: string, major: string];
}

/** Why it cannot be released; the message says what to do. */
export class ReleaseError extends Error {}

/**
 * Makes the release of what is checked out.
 *
 * @param options `repository`: a work tree without changes; `dist`: the built folder, anywhere
 * @throws ReleaseError
 */
export function createRelease({
  repository,
  dist,
}: {
  readonly repository: string;
  readonly dist: string;
}): Release {
  const run = (args: readonly string[], variables: Readonly<Record<string, string>> = {}) =>
    execFileSync('git', args, {
      cwd: variables['GIT_WORK_TREE'] ?? repository,
      encoding: 'utf8',
      env: { ...process.env, ...variables },
    }).trim();
  const changed = run(['status', '--porcelain']);
  if (changed !== '')
    throw new ReleaseError(`There are changes that are not committed: commit them first.\n${changed}`);
  const version = readVersion(repository);
  const exact = `v${version}`;
  const major = `v${version.split('.')[0]}`;
  if (run(['tag', '--list', exact]) !== '') {
    throw new ReleaseError(`${exact} is released already: raise "version" in package.json first.`);
  }
  const folder = mkdtempSync(join(tmpdir(), 'tracey-release-'));
  try {
    const built = {
      GIT_INDEX_FILE: join(folder, 'built'),
      GIT_DIR: run(['rev-parse', '--absolute-git-dir']),
      GIT_WORK_TREE: dist,
    };
    run(['add', '--force', '--all', '.'], built);
    const released = { GIT_INDEX_FILE: join(folder, 'released') };
    run(['read-tree', 'HEAD'], released);
    run(['read-tree', '--prefix=dist/', run(['write-tree'], built)], released);
    const tree = run(['write-tree'], released);
    const sha = run(['commit-tree', tree, '-p', 'HEAD', '-m', `Release ${version}`]);
    run(['tag', '--annotate', '--message', `Tracey ${version}`, exact, sha]);
    run(['tag', '--force', major, sha]);
    return { version, sha, tags: [exact, major] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readVersion(repository: string): string {
  const { version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
    version: string;
  };
  const changelog = readFileSync(join(repository, 'CHANGELOG.md'), 'utf8');
  if (!changelog.split('\n').some((line) => line.startsWith(`## [${version}]`))) {
    throw new ReleaseError(
      `CHANGELOG.md has no section "## [${version}]": give what is under "Unreleased" that title, with the date.`,
    );
  }
  return version;
}
