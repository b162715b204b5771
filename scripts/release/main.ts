/**
 * `npm run release`: builds `dist/`, makes the release commit and its tags, and with `--push` sends the tags to `origin`.
 * Without it nothing leaves this machine: look at the commit first, and take the tags back with `git tag --delete`.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRelease, ReleaseError } from './create-release.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const USAGE = `Usage: npm run release -- [--push]

Builds the Action, puts it on a release commit, tags that with the version of package.json and moves the tag of
its major version to it.

  --push   send both tags to origin
  --help   show this

Example:
  npm run release            look: git show --stat v1.0.0
  npm run release -- --push`;

const flags = process.argv.slice(2);
const unknown = flags.find((flag) => !['--push', '--help'].includes(flag));
if (unknown !== undefined) {
  process.stderr.write(`release: unknown argument ${unknown}\n${USAGE}\n`);
  process.exitCode = 2;
} else if (flags.includes('--help')) process.stdout.write(`${USAGE}\n`);
else process.exitCode = release();

function release(): number {
  const folder = mkdtempSync(join(tmpdir(), 'tracey-dist-'));
  try {
    const build = { cwd: ROOT, stdio: ['ignore', 2, 2] as ['ignore', 2, 2] };
    execFileSync(process.execPath, [join(ROOT, 'scripts/build.ts'), folder], build);
    // The types for authors of job types.
    const types = ['-p', 'tsconfig.types.json', '--outDir', join(folder, 'types')];
    execFileSync(join(ROOT, 'node_modules/.bin/tsc'), types, build);
    const { version, sha, tags } = createRelease({ repository: ROOT, dist: folder });
    process.stdout.write(`Release ${version} is commit ${sha}, tagged ${tags.join(' and ')}.\n`);
    if (!flags.includes('--push')) return 0;
    const [exact, major] = tags;
    // The exact tag is never moved; the major one is there to be.
    execFileSync('git', ['push', 'origin', `refs/tags/${exact}`, `+refs/tags/${major}`], {
      cwd: ROOT,
      stdio: ['ignore', 2, 2],
    });
    process.stdout.write('Both tags are pushed.\n');
    return 0;
  } catch (thrown) {
    if (!(thrown instanceof ReleaseError)) throw thrown;
    process.stderr.write(`release: ${thrown.message}\n`);
    return 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
