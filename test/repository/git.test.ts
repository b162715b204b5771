import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openRepository, readGit, runGit } from '../../core/repository/git.ts';
import { writeShellScript } from '../executable-script.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import { makeRepository } from './sample-repository.ts';

describe('a folder', () => {
  it('in a work tree knows the root of it', async () => {
    const { folder, open, write } = makeRepository();
    write('packages/one/index.js', '');
    const below = join(folder, 'packages', 'one');
    expect(await open()).toMatchObject({ folder, root: folder });
    expect(await open(below)).toMatchObject({ folder: below, root: folder });
  });

  it('that does not exist, or is a file, is refused', async () => {
    const { folder, open, write } = makeRepository();
    write('file', '');
    await expect(open(join(folder, 'nowhere'))).rejects.toMatchObject({
      code: 'repository/no-folder',
      message: `${folder}/nowhere: there is no such folder.`,
    });
    await expect(open(join(folder, 'file'))).rejects.toMatchObject({
      code: 'repository/no-folder',
      message: `${folder}/file: is not a folder.`,
    });
  });

  it('outside of every work tree is refused with what to do', async () => {
    const folder = makeTemporaryFolder();
    await expect(openRepository(folder, { inherited: process.env })).rejects.toMatchObject({
      code: 'repository/not-a-work-tree',
      message: `${folder}: is not in a git work tree.`,
      hint: expect.stringContaining('git init'),
    });
  });

  it('of a bare repository is refused', async () => {
    const { git, folder, open } = makeRepository();
    git('clone', '--quiet', '--bare', '.', 'bare');
    await expect(open(join(folder, 'bare'))).rejects.toMatchObject({
      code: 'repository/not-a-work-tree',
      message: `${folder}/bare: is a git repository without a work tree.`,
    });
  });

  it('of another user is refused in clear words', async () => {
    const { folder, inherited } = makeRepository();
    const bin = makeTemporaryFolder();
    // The switch with which git tests its own refusal.
    writeShellScript(
      join(bin, 'git'),
      `PATH='${inherited['PATH']}' GIT_TEST_ASSUME_DIFFERENT_OWNER=1 exec git "$@"`,
    );
    await expect(openRepository(folder, { inherited: { ...inherited, PATH: bin } })).rejects.toMatchObject({
      code: 'repository/dubious-ownership',
      message: `${folder}: git refuses to read it because it belongs to another user.`,
      hint: expect.stringContaining(`safe.directory '${folder}'`),
    });
  });
});

describe('git', () => {
  it('that is not installed is asked for', async () => {
    const folder = makeTemporaryFolder();
    await expect(openRepository(folder, { inherited: { PATH: folder } })).rejects.toMatchObject({
      code: 'repository/no-git',
      hint: expect.stringContaining('Install git'),
    });
  });

  it('that fails is told in its own words, without control characters and passwords', async () => {
    const folder = makeTemporaryFolder();
    writeShellScript(
      join(folder, 'git'),
      `echo 'fatal: \u001b[31mhttps://me:secret@host is gone.' >&2; exit 128`,
    );
    await expect(readGit(['log'], { folder, git: { inherited: { PATH: folder } } })).rejects.toMatchObject({
      code: 'repository/git-failed',
      message: `${folder}: git log failed: fatal: https://***@host is gone.`,
      hint: expect.stringContaining('git fsck'),
    });
  });

  it('that is killed has failed', async () => {
    const folder = makeTemporaryFolder();
    writeShellScript(join(folder, 'git'), 'kill -9 $$');
    await expect(runGit(['log'], { folder, git: { inherited: { PATH: folder } } })).rejects.toMatchObject({
      code: 'repository/git-failed',
      message: `${folder}: git log failed: it printed nothing.`,
    });
  });

  it('is ended when the job is called off', async () => {
    const { folder, inherited } = makeRepository();
    const git = { inherited, signal: AbortSignal.abort() };
    await expect(openRepository(folder, git)).rejects.toMatchObject({
      code: 'repository/interrupted',
      message: `${folder}: interrupted while running git.`,
    });
  });

  it('runs no program that the repository names, and sees no secret', async () => {
    const { folder, git, inherited, commit, open, write } = makeRepository();
    commit('First');
    const trace = join(folder, '.git', 'trace');
    const hooks = join(folder, '.git', 'own-hooks');
    mkdirSync(hooks);
    for (const hook of ['post-index-change', 'post-checkout', 'reference-transaction']) {
      writeShellScript(join(hooks, hook), `echo ${hook} >> '${trace}'`);
    }
    writeShellScript(join(hooks, 'monitor'), `echo monitor >> '${trace}'`);
    git('config', 'core.hooksPath', hooks);
    git('config', 'core.fsmonitor', join(hooks, 'monitor'));
    git('config', 'core.pager', join(hooks, 'monitor'));
    write('file', 'changed');
    const options = { folder, git: { inherited: { ...inherited, GITHUB_TOKEN: 'secret' } } };
    await open();
    expect(await readGit(['status', '--porcelain'], options)).toContain('file');
    expect(existsSync(trace)).toBe(false);
    const bin = makeTemporaryFolder();
    writeShellScript(join(bin, 'git'), '/usr/bin/env');
    const printed = await readGit([], { folder, git: { inherited: { PATH: bin, GITHUB_TOKEN: 'secret' } } });
    expect(printed).not.toContain('secret');
    expect(printed).toContain('GIT_OPTIONAL_LOCKS=0');
  });
});
