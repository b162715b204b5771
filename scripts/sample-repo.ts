/** Makes the sample repo: a git history from `examples/sample-library`, whose folders are its commits. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const STEPS = fileURLToPath(new URL('../examples/sample-library/', import.meta.url));

/**
 * Writes the repo to `folder`, replacing what is there. Dates and author are fixed, so its commits have the same
 * SHAs everywhere.
 *
 * @returns the commits' SHAs, oldest first
 */
export function createSampleRepo(folder: string): string[] {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const git = (args: readonly string[], date = '') =>
    execFileSync('git', ['-c', 'core.hooksPath=/dev/null', '-c', 'commit.gpgsign=false', ...args], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_AUTHOR_NAME: 'Robin Sample',
        GIT_AUTHOR_EMAIL: 'robin@example.invalid',
        GIT_COMMITTER_NAME: 'Robin Sample',
        GIT_COMMITTER_EMAIL: 'robin@example.invalid',
        GIT_AUTHOR_DATE: date,
        GIT_COMMITTER_DATE: date,
      },
    }).trim();
  git(['init', '--quiet', '--initial-branch=main']);
  const steps = readdirSync(STEPS).sort();
  const shas = steps.map((step, index) => {
    const from = join(STEPS, step);
    cpSync(from, folder, { recursive: true, filter: (path) => !path.endsWith('COMMIT') });
    git(['add', '--all']);
    const message = readFileSync(join(from, 'COMMIT'), 'utf8').trim();
    git(['commit', '--quiet', '--message', message], `2026-01-0${index + 1}T12:00:00Z`);
    return git(['rev-parse', 'HEAD']);
  });
  git(['tag', 'v1.0.0', shas[0] ?? 'HEAD']);
  return shas;
}
