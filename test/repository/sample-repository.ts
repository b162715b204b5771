/** Real repositories for tests, made with the real git and no configuration of this machine. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openRepository, type Repository } from '../../core/repository/git.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';

export interface SampleRepository {
  readonly folder: string;
  /** Environment in which git knows no configuration but the repository's. */
  readonly inherited: Readonly<Record<string, string | undefined>>;
  git(...args: readonly string[]): string;
  write(path: string, content: string): void;
  /** Commits everything, and returns the SHA. */
  commit(message: string): string;
  open(folder?: string): Promise<Repository>;
}

/** An empty repository on branch `main`. */
export function makeRepository(name = 'sample'): SampleRepository {
  const home = makeTemporaryFolder();
  const folder = join(home, name);
  const inherited = { PATH: process.env['PATH'], HOME: home };
  const identity = {
    GIT_AUTHOR_NAME: 'Ada Lovelace',
    GIT_AUTHOR_EMAIL: 'ada@example.org',
    GIT_COMMITTER_NAME: 'Charles Babbage',
    GIT_COMMITTER_EMAIL: 'charles@example.org',
    GIT_COMMITTER_DATE: '2026-03-04T05:06:07+02:00',
  };
  const git = (...args: readonly string[]) =>
    execFileSync('git', args, { cwd: folder, env: { ...inherited, ...identity }, encoding: 'utf8' }).trim();
  mkdirSync(folder);
  git('init', '--quiet', '--initial-branch=main');
  const write = (path: string, content: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  };
  return {
    folder,
    inherited,
    git,
    write,
    commit: (message) => {
      git('add', '--all');
      git('commit', '--quiet', '--allow-empty', '--message', message);
      return git('rev-parse', 'HEAD');
    },
    open: (below = folder) => openRepository(below, { inherited }),
  };
}
