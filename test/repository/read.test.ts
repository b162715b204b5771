import { readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openRepository } from '../../core/repository/git.ts';
import { findRepositoryName, listCommits, readCommit } from '../../core/repository/read.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import { makeRepository } from './sample-repository.ts';

describe('a commit', () => {
  it('is read with who made it, when, and on which branch', async () => {
    const { commit, open } = makeRepository();
    const first = commit('First');
    const second = commit('Second: ünïcödé\nover two lines\n\nand a body');
    expect(await readCommit(await open())).toEqual({
      sha: second,
      branch: 'main',
      author: 'Ada Lovelace',
      committedAt: '2026-03-04T03:06:07.000Z',
      subject: 'Second: ünïcödé over two lines',
      parents: [first],
      modified: false,
    });
  });

  it('has no parents when it is the first, and two when it is a merge', async () => {
    const { git, commit, open } = makeRepository();
    const first = commit('First');
    git('checkout', '--quiet', '-b', 'side');
    const side = commit('Side');
    git('checkout', '--quiet', 'main');
    const main = commit('Main');
    git('merge', '--quiet', '--no-ff', '-m', 'Merge', 'side');
    const repository = await open();
    expect((await readCommit(repository)).parents).toEqual([main, side]);
    expect((await readCommit(repository, first)).parents).toEqual([]);
  });

  it('has no branch when HEAD is detached, and that of the revision when it names one', async () => {
    const { git, commit, open } = makeRepository();
    const first = commit('First');
    git('branch', 'feature/one');
    git('tag', 'v1');
    git('checkout', '--quiet', '--detach');
    const repository = await open();
    const branchOf = async (revision?: string) => (await readCommit(repository, revision)).branch;
    expect(await branchOf()).toBeNull();
    expect(await branchOf('feature/one')).toBe('feature/one');
    expect(await branchOf('main')).toBe('main');
    expect(await branchOf('v1')).toBeNull();
    expect(await branchOf(first)).toBeNull();
  });

  it('may have a branch that looks like an option, and a subject that looks like output', async () => {
    const { git, commit, open } = makeRepository();
    const sha = commit('--format=%H \u001b[31m \t"quoted"\r$(touch evil)');
    git('update-ref', 'refs/heads/--all', sha);
    git('update-ref', 'refs/heads/-x', sha);
    git('symbolic-ref', 'HEAD', 'refs/heads/--all');
    const repository = await open();
    expect(await readCommit(repository)).toMatchObject({
      branch: '--all',
      subject: '--format=%H \u001b[31m \t"quoted"\r$(touch evil)',
    });
    expect(await readCommit(repository, '-x')).toMatchObject({ sha, branch: '-x' });
  });

  it('may have a date beyond every calendar, and a subject beyond every measure', async () => {
    const { git, folder, open } = makeRepository();
    const tree = git('write-tree');
    const file = join(folder, '.git', 'raw');
    writeFileSync(
      file,
      `tree ${tree}\nauthor A <a@b> 1 +0000\ncommitter B <a@b> 99999999999999 +0000\n\n${'x'.repeat(1_000_000)}\n`,
    );
    const sha = git('hash-object', '-t', 'commit', '-w', '--literally', file);
    const commit = await readCommit(await open(), sha);
    expect(commit.committedAt).toBe('9999-12-31T23:59:59.000Z');
    expect(commit.subject).toHaveLength(16_384);
    expect(commit.subject.endsWith('x…')).toBe(true);
  });
});

describe('a work tree', () => {
  it.each([
    ['a changed file', 'src/index.js', true],
    ['a new file', 'new.js', true],
    ['an ignored file', 'debug.log', false],
    ['installed dependencies', 'node_modules/tiny/index.js', false],
    ['installed dependencies of a member', 'packages/one/node_modules/tiny/index.js', false],
    ['a new file with a name like an option', '--porcelain', true],
    ['a new file with a line break in its name', 'a\nb', true],
  ])('with %s: modified is not guessed', async (_what, path, modified) => {
    const { commit, open, write } = makeRepository();
    write('src/index.js', '1');
    write('packages/one/index.js', '1');
    write('.gitignore', '*.log\n');
    commit('First');
    const repository = await open();
    expect((await readCommit(repository)).modified).toBe(false);
    write(path, 'changed');
    expect((await readCommit(repository)).modified).toBe(modified);
  });

  it('is modified when files are staged or deleted, whatever is configured to be shown', async () => {
    const { folder, git, commit, open, write } = makeRepository();
    write('one', '1');
    write('two', '2');
    commit('First');
    git('config', 'status.showUntrackedFiles', 'no');
    const repository = await open();
    const isModified = async () => (await readCommit(repository)).modified;
    write('three', '3');
    expect(await isModified()).toBe(true);
    git('add', 'three');
    expect(await isModified()).toBe(true);
    git('reset', '--quiet', '--hard');
    expect(await isModified()).toBe(false);
    rmSync(join(folder, 'two'));
    expect(await isModified()).toBe(true);
  });

  it('is modified above the folder that is measured, too', async () => {
    const { folder, commit, open, write } = makeRepository();
    write('packages/one/index.js', '1');
    commit('First');
    write('packages/two/index.js', '1');
    expect((await readCommit(await open(join(folder, 'packages', 'one')))).modified).toBe(true);
  });

  it('is modified when its changes are too many to list', async () => {
    const { commit, open, write } = makeRepository();
    commit('First');
    for (let file = 0; file < 400; file += 1) write(`${'long'.repeat(50)}-${file}`, '');
    expect((await readCommit(await open())).modified).toBe(true);
  });

  it('says nothing about another commit than the one checked out', async () => {
    const { commit, open, write } = makeRepository();
    const first = commit('First');
    write('new', '');
    expect((await readCommit(await open(), first)).modified).toBe(false);
  });

  it('is only read', async () => {
    const { folder, commit, open, write } = makeRepository();
    write('one', '1');
    commit('First');
    // A file whose time alone has changed makes git want to refresh its index.
    utimesSync(join(folder, 'one'), new Date(0), new Date(0));
    const readState = () => [
      readFileSync(join(folder, '.git', 'index')).toString('hex'),
      statSync(join(folder, '.git', 'index')).mtimeMs,
      readdirSync(join(folder, '.git')).sort(),
    ];
    const before = readState();
    const repository = await open();
    expect((await readCommit(repository)).modified).toBe(false);
    await findRepositoryName(repository);
    await listCommits(repository, 'HEAD');
    expect(readState()).toEqual(before);
  });
});

describe('revisions', () => {
  it('are listed oldest first', async () => {
    const { commit, open } = makeRepository();
    const [one, two, three, four] = ['1', '2', '3', '4'].map(commit) as [string, string, string, string];
    const repository = await open();
    expect(await listCommits(repository, `${one}..${four}`)).toEqual([two, three, four]);
    expect(await listCommits(repository, `HEAD~2..`)).toEqual([three, four]);
    expect(await listCommits(repository, '..HEAD')).toEqual([]);
    expect(await listCommits(repository, 'main~1')).toEqual([three]);
    expect(await listCommits(repository, 'HEAD')).toEqual([four]);
  });

  it.each(['nowhere', '', '--all', 'HEAD..nowhere', 'HEAD...HEAD', 'HEAD:file', 'a\0b', '\u001b[31m'])(
    '%j is unknown',
    async (revision) => {
      const { folder, commit, open } = makeRepository();
      commit('First');
      await expect(listCommits(await open(), revision)).rejects.toMatchObject({
        code: 'repository/unknown-revision',
        message: expect.stringContaining(`${folder}: git knows no revision "`),
        hint: expect.stringContaining('git log'),
      });
    },
  );

  it('that a shallow checkout lacks are told how to fetch', async () => {
    const { folder, git, commit, open } = makeRepository();
    const first = commit('First');
    commit('Second');
    git('clone', '--quiet', '--depth=1', `file://${folder}`, 'shallow');
    const shallow = await open(join(folder, 'shallow'));
    await expect(readCommit(shallow, first)).rejects.toMatchObject({
      code: 'repository/unknown-revision',
      hint: expect.stringContaining('fetch-depth: 0'),
    });
  });

  it('do not exist before the first commit', async () => {
    const { folder, open } = makeRepository();
    await expect(readCommit(await open())).rejects.toMatchObject({
      code: 'repository/no-commits',
      message: `${folder}: the repository has no commits yet.`,
      hint: expect.stringContaining('git commit'),
    });
  });
});

describe('the name of a repository', () => {
  it('is that of its remote, without credentials', async () => {
    const { git, open } = makeRepository();
    git('remote', 'add', 'origin', 'https://x-access-token:secret@github.com/happner/tracey.git');
    expect(await findRepositoryName(await open())).toBe('happner/tracey');
  });

  it('is that of its remote behind an abbreviation', async () => {
    const { git, open } = makeRepository();
    git('config', 'url.https://me:secret@github.com/.insteadOf', 'gh:');
    git('remote', 'add', 'origin', 'gh:happner/tracey');
    expect(await findRepositoryName(await open())).toBe('happner/tracey');
  });

  it('is else that of package.json, the nearest first', async () => {
    const { folder, git, open, write } = makeRepository();
    git('remote', 'add', 'origin', '/srv/git/elsewhere.git');
    write('package.json', JSON.stringify({ repository: 'happner/root' }));
    write('packages/one/package.json', '{broken');
    expect(await findRepositoryName(await open(join(folder, 'packages', 'one')))).toBe('happner/root');
    write('packages/one/package.json', JSON.stringify({ repository: 'happner/one' }));
    expect(await findRepositoryName(await open(join(folder, 'packages', 'one')))).toBe('happner/one');
  });

  it('is else that of the folder', async () => {
    const { open } = makeRepository('my-library');
    expect(await findRepositoryName(await open())).toBe('my-library');
  });

  it('does not depend on where the checkout is, when it has a remote', async () => {
    const { folder, git, commit, inherited } = makeRepository();
    git('remote', 'add', 'origin', 'git@github.com:happner/tracey.git');
    commit('First');
    const elsewhere = join(makeTemporaryFolder(), 'other name');
    renameSync(folder, elsewhere);
    expect(await findRepositoryName(await openRepository(elsewhere, { inherited }))).toBe('happner/tracey');
  });
});
