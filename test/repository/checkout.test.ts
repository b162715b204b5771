import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openCheckout } from '../../core/repository/checkout.ts';
import { readCommit } from '../../core/repository/read.ts';
import { writeShellScript } from '../executable-script.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import { makeRepository, type SampleRepository } from './sample-repository.ts';

/** A repository of two commits, and a folder for a checkout of it. */
async function makeSource(sample: SampleRepository = makeRepository()) {
  sample.write('.gitignore', 'node_modules\nbuild\n');
  sample.write('index.js', 'one');
  sample.write('only-in-first.js', '');
  const first = sample.commit('First');
  sample.git('rm', '--quiet', 'only-in-first.js');
  sample.write('index.js', 'two');
  const second = sample.commit('Second');
  const source = await sample.open();
  return { sample, first, second, source, folder: join(makeTemporaryFolder(), 'job', 'checkout') };
}

const listFiles = (folder: string) => readdirSync(folder).filter((name) => name !== '.git');

describe('a private checkout', () => {
  it('holds the files of the commit asked for, one after the other', async () => {
    const { source, folder, first, second } = await makeSource();
    const checkout = await openCheckout({ source, folder });
    expect(listFiles(folder)).toEqual([]);
    await checkout.checkOut(first);
    expect(listFiles(folder)).toEqual(['.gitignore', 'index.js', 'only-in-first.js']);
    expect(await readCommit(checkout.repository)).toMatchObject({
      sha: first,
      branch: null,
      modified: false,
    });
    await checkout.checkOut(second);
    expect(listFiles(folder)).toEqual(['.gitignore', 'index.js']);
    expect(readFileSync(join(folder, 'index.js'), 'utf8')).toBe('two');
    expect(await readCommit(checkout.repository)).toMatchObject({ sha: second, parents: [first] });
  });

  it('is cleaned of everything but node_modules', async () => {
    const { source, folder, first, second } = await makeSource();
    const checkout = await openCheckout({ source, folder });
    await checkout.checkOut(first);
    for (const path of [
      'node_modules/tiny',
      'packages/one/node_modules/tiny',
      'build/deep',
      'clone/.git/objects',
    ]) {
      mkdirSync(join(folder, path), { recursive: true });
      writeFileSync(join(folder, path, 'file'), '');
    }
    writeFileSync(join(folder, 'index.js'), 'changed by a test');
    symlinkSync('/nowhere', join(folder, 'link'));
    await checkout.checkOut(second);
    expect(listFiles(folder)).toEqual(['.gitignore', 'index.js', 'node_modules', 'packages']);
    expect(existsSync(join(folder, 'packages', 'one', 'node_modules', 'tiny', 'file'))).toBe(true);
    expect(readFileSync(join(folder, 'index.js'), 'utf8')).toBe('two');
  });

  it('can be cleaned of installed dependencies, and keeps those that are part of the commit', async () => {
    const { sample, source, folder } = await makeSource();
    sample.write('node_modules/kept/index.js', 'kept');
    sample.git('add', '--force', 'node_modules');
    const first = sample.commit('Keep what is installed');
    const checkout = await openCheckout({ source, folder });
    await checkout.checkOut(first);
    mkdirSync(join(folder, 'node_modules', 'installed'));
    await checkout.clean();
    expect(readdirSync(join(folder, 'node_modules'))).toEqual(['kept']);
  });

  it('is for its owner only, borrows its objects, and knows no remote', async () => {
    const { sample, source, folder, second } = await makeSource();
    sample.git('remote', 'add', 'origin', 'https://me:secret@github.com/happner/tracey.git');
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    const checkout = await openCheckout({ source, folder });
    await checkout.checkOut(second);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    const options = { cwd: folder, encoding: 'utf8' } as const;
    expect(execFileSync('git', ['remote'], options)).toBe('');
    expect(execFileSync('git', ['count-objects'], options)).toMatch(/^0 objects/);
    expect(execFileSync('git', ['rev-parse', 'HEAD'], options).trim()).toBe(second);
    expect(() => execFileSync('grep', ['-r', 'secret', folder])).toThrow();
  });

  it('leaves the work tree it came from as it was', async () => {
    const { sample, source, folder, first } = await makeSource();
    sample.write('index.js', 'work in progress');
    const readState = () => [
      sample.git('status', '--porcelain', '--branch'),
      readFileSync(join(sample.folder, '.git', 'index')).toString('hex'),
      readdirSync(join(sample.folder, '.git')).sort(),
    ];
    const before = readState();
    const checkout = await openCheckout({ source, folder });
    await checkout.checkOut(first);
    await checkout.close();
    expect(readState()).toEqual(before);
    expect(readFileSync(join(sample.folder, 'index.js'), 'utf8')).toBe('work in progress');
  });

  it('is gone when it is closed, and may be closed twice', async () => {
    const { source, folder, first } = await makeSource();
    const checkout = await openCheckout({ source, folder });
    await checkout.checkOut(first);
    await checkout.close();
    expect(existsSync(folder)).toBe(false);
    await checkout.close();
  });

  it('runs no hook of the user', async () => {
    const { sample, source, folder, first } = await makeSource();
    const home = String(sample.inherited['HOME']);
    const trace = join(home, 'trace');
    writeShellScript(join(home, 'template', 'hooks', 'post-checkout'), `echo ran >> '${trace}'`);
    writeFileSync(
      join(home, '.gitconfig'),
      `[init]\n\ttemplateDir = ${home}/template\n[core]\n\thooksPath = ${home}/template/hooks\n`,
    );
    const checkout = await openCheckout({ source, folder });
    await checkout.checkOut(first);
    expect(existsSync(trace)).toBe(false);
    expect(existsSync(join(folder, '.git', 'hooks'))).toBe(false);
  });

  it.each([
    ['a folder with a line break in its name', 'line\nbreak'],
    ['a folder with quotes in its name', '"quoted" \\folder'],
    ['a folder with a name like an option', '--upload-pack=evil'],
  ])('can be made of %s', async (_what, name) => {
    const { source, folder, first } = await makeSource(makeRepository(name));
    const checkout = await openCheckout({ source, folder });
    await checkout.checkOut(first);
    expect(readFileSync(join(folder, 'index.js'), 'utf8')).toBe('one');
  });

  it('can be made of a linked work tree, of a shallow clone, of a folder below the root', async () => {
    const { sample, second } = await makeSource();
    const places = makeTemporaryFolder();
    sample.git('worktree', 'add', '--quiet', '--detach', join(places, 'linked'));
    sample.git('clone', '--quiet', '--depth=1', `file://${sample.folder}`, join(places, 'shallow'));
    mkdirSync(join(sample.folder, 'below'));
    for (const place of [join(places, 'linked'), join(places, 'shallow'), join(sample.folder, 'below')]) {
      const folder = join(makeTemporaryFolder(), 'checkout');
      const checkout = await openCheckout({ source: await sample.open(place), folder });
      await checkout.checkOut(second);
      expect(readFileSync(join(folder, 'index.js'), 'utf8')).toBe('two');
      execFileSync('git', ['log', '--oneline'], { cwd: folder });
    }
  });

  it('can be made of a repository with SHA-256 names', async () => {
    const sample = makeRepository();
    sample.git('init', '--quiet', '--object-format=sha256', '--initial-branch=main', 'newer');
    const inNewer = (...args: readonly string[]) => sample.git('-C', 'newer', ...args);
    inNewer('commit', '--quiet', '--allow-empty', '--message', 'First');
    const sha = inNewer('rev-parse', 'HEAD');
    const source = await sample.open(join(sample.folder, 'newer'));
    const checkout = await openCheckout({ source, folder: join(makeTemporaryFolder(), 'checkout') });
    await checkout.checkOut(sha);
    expect((await readCommit(checkout.repository)).sha).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('a checkout that cannot be had', () => {
  it('because there is no such commit says so', async () => {
    const { source, folder } = await makeSource();
    const checkout = await openCheckout({ source, folder });
    await expect(checkout.checkOut('0'.repeat(40))).rejects.toMatchObject({
      code: 'repository/unknown-revision',
    });
  });

  it('because the folder is in use leaves the folder alone', async () => {
    const { source, folder } = await makeSource();
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'mine'), '');
    await expect(openCheckout({ source, folder })).rejects.toMatchObject({
      code: 'repository/checkout-folder',
      message: `${folder}: cannot be used for a checkout: it is not empty.`,
    });
    expect(readdirSync(folder)).toEqual(['mine']);
  });

  it('because the folder cannot be made says why', async () => {
    const { sample, source } = await makeSource();
    const folder = join(sample.folder, 'index.js', 'checkout');
    await expect(openCheckout({ source, folder })).rejects.toMatchObject({
      code: 'repository/checkout-folder',
      message: expect.stringContaining(`${folder}: cannot be made for a checkout: ENOTDIR`),
      hint: expect.stringContaining('may write'),
    });
  });

  it('because git fails leaves nothing behind', async () => {
    const { source, folder } = await makeSource();
    const git = { ...source.git, signal: AbortSignal.abort() };
    await expect(openCheckout({ source: { ...source, git }, folder })).rejects.toMatchObject({
      code: 'repository/interrupted',
    });
    expect(existsSync(folder)).toBe(false);
  });
});
