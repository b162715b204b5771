import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, linkSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packTree } from '../../core/artifacts/pack.ts';
import { placeTree } from '../../core/artifacts/staging.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import { describeTree, makeTree, packWhole, stream } from './tree.ts';

const LONG = `${'a-long-folder-name-'.repeat(8)}/${'and-a-long-file-name-'.repeat(8)}.js`;
const TREE = {
  'node_modules/.bin/run': '->../run/cli.js',
  'node_modules/.package-lock.json': '{}',
  'node_modules/run/cli.js*': '#!/usr/bin/env node\n',
  'node_modules/run/empty.js': '',
  'node_modules/run/große Dateien/ünï.js': 'x'.repeat(700_000),
  [`node_modules/run/${LONG}`]: 'long',
  'node_modules/run/node_modules/nested/index.js': 'nested',
  'node_modules/one': '->../packages/one',
  'packages/one/package.json': '{}',
  'packages/one/node_modules/own/index.js': 'own',
  'packages/one/node_modules/run': '->../../../node_modules/run',
};

describe('packing', () => {
  it('and placing give the same tree again, modes and links included, and nothing but node_modules', async () => {
    const root = makeTree(makeTemporaryFolder(), TREE);
    const other = makeTree(makeTemporaryFolder(), { 'packages/one/package.json': '{}' });
    await placeTree(other, stream(await packWhole(root)));
    expect(describeTree(other)).toEqual(describeTree(root));
  });

  it('keeps modes whatever the umask of who restores', async () => {
    const root = makeTree(makeTemporaryFolder(), TREE);
    const packed = await packWhole(root);
    const other = makeTree(makeTemporaryFolder(), { 'packages/one/package.json': '{}' });
    const umask = process.umask(0o077);
    try {
      await placeTree(other, stream(packed));
    } finally {
      process.umask(umask);
    }
    const files = (lines: string[]) =>
      lines.filter((line) => line.includes('node_modules') && !/\/ \d+$/.test(line));
    expect(files(describeTree(other))).toEqual(files(describeTree(root)));
  });

  it('gives the same bytes for the same tree: other times, modes, order and hard links', async () => {
    const root = makeTree(makeTemporaryFolder(), TREE);
    const other = makeTemporaryFolder();
    makeTree(other, Object.fromEntries(Object.entries(TREE).reverse()));
    for (const name of readdirSync(join(other, 'node_modules/run'))) {
      utimesSync(join(other, 'node_modules/run', name), 1, 1);
    }
    chmodSync(join(other, 'node_modules/run/cli.js'), 0o700);
    chmodSync(join(other, 'node_modules/run/empty.js'), 0o660);
    linkSync(join(other, 'node_modules/run/cli.js'), join(other, 'hard-link'));
    expect((await packWhole(other)).equals(await packWhole(root))).toBe(true);
  });

  it('gives the same bytes to another user', async ({ skip }) => {
    if (process.getuid?.() !== 0) skip('only root can give files away');
    const root = makeTree(makeTemporaryFolder(), TREE);
    const other = makeTemporaryFolder();
    cpSync(root, other, { recursive: true, verbatimSymlinks: true });
    execFileSync('chown', ['-hR', '12345:54321', other]);
    expect((await packWhole(other)).equals(await packWhole(root))).toBe(true);
  });

  it('makes what tar and zstd can read', async ({ skip }) => {
    try {
      execFileSync('tar', ['--zstd', '--version'], { stdio: 'ignore' });
      execFileSync('zstd', ['--version'], { stdio: 'ignore' });
    } catch {
      skip('tar or zstd is not there');
    }
    const root = makeTree(makeTemporaryFolder(), TREE);
    const other = makeTemporaryFolder();
    writeFileSync(join(other, 'a.tar.zst'), await packWhole(root));
    const names = execFileSync('tar', ['--zstd', '-tf', 'a.tar.zst'], { cwd: other, encoding: 'utf8' });
    expect(names).toContain(`node_modules/run/${LONG}`);
  });

  it('leaves out what tools keep in node_modules/.cache', async () => {
    const root = makeTree(makeTemporaryFolder(), { 'node_modules/a/i.js': 'a' });
    const packed = await packWhole(root);
    makeTree(root, { 'node_modules/.cache/tool/x': 'x' });
    expect((await packWhole(root)).equals(packed)).toBe(true);
  });

  it.each(['/etc/passwd', '../../outside', '../a/../../x'])(
    'refuses a link out of the tree: %s',
    async (target) => {
      const root = makeTree(makeTemporaryFolder(), {
        'node_modules/a/index.js': 'a',
        'node_modules/b': `->${target}`,
      });
      await expect(packWhole(root)).rejects.toMatchObject({
        code: 'artifact/outside-link',
        message: `node_modules/b: links to ${target}, which is outside of the tree.`,
      });
    },
  );

  it('says that there is nothing to pack', () => {
    const root = makeTemporaryFolder();
    expect(() => packTree(root)).toThrow(`${root}: there is no node_modules to pack.`);
  });

  it('says what cannot be read', async () => {
    const root = makeTree(makeTemporaryFolder(), { 'node_modules/a/index.js': 'a' });
    const packing = packTree(root);
    execFileSync('rm', ['-r', join(root, 'node_modules')]);
    const read = async () => {
      for await (const _ of packing.content);
    };
    await expect(read()).rejects.toMatchObject({ code: 'artifact/unreadable' });
  });

  it.each([
    ['a compiled add-on', { 'node_modules/a/build/a.node': 'x' }],
    ['its package is compiled when it is installed', { 'node_modules/a/binding.gyp': '{}' }],
    ['a compiled library or program', { 'node_modules/a/liba.so.1': 'x' }],
    ['a compiled program', { 'node_modules/a/bin/tool*': '\u007fELF…' }],
    [
      'its package names the systems that it is for',
      { 'node_modules/a/package.json': '{"name":"a","os":["linux"]}' },
    ],
  ])('sees what is native: %s', async (why, tree) => {
    const packing = packTree(makeTree(makeTemporaryFolder(), { 'node_modules/a/i.js': 'a', ...tree }));
    for await (const _ of packing.content);
    expect(packing.computePacked().native).toEqual({ path: Object.keys(tree)[0]?.replace('*', ''), why });
  });

  it('takes scripts for what they are', async () => {
    const packing = packTree(makeTree(makeTemporaryFolder(), TREE));
    for await (const _ of packing.content);
    expect(packing.computePacked()).toMatchObject({ native: null });
  });
});
