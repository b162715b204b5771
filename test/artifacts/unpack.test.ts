import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Header } from 'tar';
import { describe, expect, it, onTestFinished } from 'vitest';
import { placeTree } from '../../core/artifacts/staging.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import {
  type ArchiveEntry,
  compress,
  describeTree,
  makeArchive,
  makeTree,
  packWhole,
  stream,
} from './tree.ts';

const SOUND: ArchiveEntry = { path: 'node_modules/a/index.js', content: 'sound' };
const link = (path: string, linkpath: string): ArchiveEntry => ({ path, linkpath, type: 'SymbolicLink' });

/** Places an archive in a fresh folder; whatever comes of it, the folder must be as it was when it is refused. */
async function place(archive: Buffer, limits?: { entries: number; contentBytes: number }) {
  const outer = makeTemporaryFolder();
  const root = join(outer, 'a/checkout');
  makeTree(root, { 'package.json': '{}', 'packages/one/package.json': '{}' });
  const before = describeTree(outer);
  try {
    return { tree: await placeTree(root, stream(archive), limits), root };
  } catch (thrown) {
    expect(describeTree(outer)).toEqual(before);
    throw thrown;
  }
}

describe('an archive is refused as a whole', () => {
  it.each<[string, readonly ArchiveEntry[], string]>([
    [
      'an absolute path',
      [{ path: '/tmp/node_modules/x', content: 'x' }],
      '/tmp/node_modules/x is an absolute path',
    ],
    [
      'a path that climbs',
      [{ path: 'node_modules/../../x', content: 'x' }],
      'node_modules/../../x is a path that leads elsewhere',
    ],
    [
      'a path outside of node_modules',
      [{ path: '.git/hooks/pre-commit', content: 'x' }],
      '.git/hooks/pre-commit is not inside a node_modules',
    ],
    ['an absolute link', [link('node_modules/x', '/etc')], 'node_modules/x links to /etc'],
    ['a link that climbs out', [link('node_modules/x', '../../etc')], 'node_modules/x links to ../../etc'],
    [
      'a link that climbs out through another',
      [
        { path: 'node_modules/a/b/c/', type: 'Directory' },
        link('node_modules/a/b/c/up', '../../../..'),
        link('node_modules/x', 'a/b/c/up/../../etc'),
      ],
      'node_modules/x links to a/b/c/up/../../etc',
    ],
    [
      'a file through a link',
      [link('node_modules/x', '../packages'), { path: 'node_modules/x/one/package.json', content: 'x' }],
      'node_modules/x leads through a link or a file',
    ],
    [
      'a folder in place of a link',
      [link('node_modules/x', '../packages'), { path: 'node_modules/x/', type: 'Directory' }],
      'node_modules/x leads through a link or a file',
    ],
    [
      'a file over a link',
      [link('node_modules/x', 'y'), { path: 'node_modules/x', content: 'x' }],
      'node_modules/x is there twice',
    ],
    ['a file twice', [SOUND, SOUND], 'node_modules/a/index.js is there twice'],
    [
      'a hard link',
      [{ path: 'node_modules/x', type: 'Link', linkpath: '/etc/passwd' }],
      'node_modules/x is a hard link',
    ],
    [
      'a character device',
      [{ path: 'node_modules/x', type: 'CharacterDevice' }],
      'node_modules/x is a character device',
    ],
    ['a block device', [{ path: 'node_modules/x', type: 'BlockDevice' }], 'node_modules/x is a block device'],
    ['a pipe', [{ path: 'node_modules/x', type: 'FIFO' }], 'node_modules/x is a pipe'],
    [
      'control characters in a name',
      [link('node_modules/\u001b[2J', '/')],
      'node_modules/\\u001b[2J links to /',
    ],
  ])('that holds %s', async (_, entries, message) => {
    const first = { path: 'node_modules/first/index.js', content: 'sound' };
    await expect(place(await makeArchive([first, ...entries]))).rejects.toMatchObject({
      code: 'artifact/hostile',
      message: `The artifact is refused: ${message}.`,
    });
  });

  it('that says it is a sparse file of 8 TB', async () => {
    const archive = makeArchive([SOUND, { path: 'node_modules/x', size: 8e12 }]);
    await expect(place(await archive)).rejects.toMatchObject({
      code: 'artifact/too-big',
      message: 'The artifact is refused: it holds more than 8.00 GB of files.',
    });
  });

  it('that holds a sparse file in the manner of GNU tar', async () => {
    const folder = makeTree(makeTemporaryFolder(), { 'node_modules/a/index.js': 'x' });
    writeFileSync(join(folder, 'node_modules/a/sparse'), '');
    truncateSync(join(folder, 'node_modules/a/sparse'), 1e9);
    const tar = execFileSync('tar', ['--sparse', '--format=gnu', '-c', 'node_modules'], { cwd: folder });
    await expect(place(await compress([tar]))).rejects.toMatchObject({ code: 'artifact/hostile' });
  });

  it('that holds a million entries', async () => {
    const block = Buffer.alloc(512);
    new Header({ path: 'node_modules/a/', type: 'Directory', mode: 0o755, size: 0 }).encode(block);
    const thousand = Buffer.concat(Array.from({ length: 1000 }, () => block));
    await expect(place(await compress(Array.from({ length: 1000 }, () => thousand)))).rejects.toMatchObject({
      code: 'artifact/too-big',
      message: 'The artifact is refused: it holds more than 500000 entries.',
    });
  }, 120_000);

  it('that decompresses to more than there may be', async () => {
    function* write(): Generator<Buffer> {
      const zeros = Buffer.alloc(1024 * 1024);
      for (let index = 0; index < 64; index += 1) yield zeros;
    }
    const bomb = await makeArchive([{ path: 'node_modules/x', content: 'x'.repeat(50_000_000) }]);
    const limits = { entries: 10, contentBytes: 10_000_000 };
    await expect(place(bomb, limits)).rejects.toMatchObject({ code: 'artifact/too-big' });
    await expect(place(await compress(write()))).rejects.toMatchObject({ code: 'artifact/broken' });
  });

  it.each([
    ['no archive at all', async () => Buffer.from('x'.repeat(1000))],
    ['an archive of nothing', async () => compress([Buffer.alloc(10_240)])],
    ['without its end', async () => makeArchive([SOUND], Buffer.alloc(0))],
    ['an empty file', async () => Buffer.alloc(0)],
    [
      'cut off',
      async () =>
        (
          await packWhole(makeTree(makeTemporaryFolder(), { 'node_modules/a/i.js': 'x'.repeat(9999) }))
        ).subarray(0, -9),
    ],
  ])('that is broken: %s', async (_, make) => {
    await expect(place(await make())).rejects.toMatchObject({ code: 'artifact/broken' });
  });

  it('that belongs to another checkout', async () => {
    const archive = await makeArchive([{ path: 'packages/two/node_modules/a/index.js', content: 'x' }]);
    const thrown = place(archive);
    await expect(thrown).rejects.toMatchObject({ code: 'artifact/misfit' });
    await expect(thrown).rejects.toThrow(
      'the artifact holds packages/two/node_modules, for which there is no folder.',
    );
  });

  it('that would be placed through a link of the checkout', async () => {
    const outside = makeTemporaryFolder();
    mkdirSync(join(outside, 'one'));
    const root = makeTree(makeTemporaryFolder(), { packages: `->${outside}` });
    const archive = await makeArchive([{ path: 'packages/one/node_modules/a/index.js', content: 'x' }]);
    await expect(placeTree(root, stream(archive))).rejects.toMatchObject({ code: 'artifact/misfit' });
    expect(readdirSync(join(outside, 'one'))).toEqual([]);
  });

  it.each([0, 1, 2, 3])('with one byte changed, wherever it is (%i)', async (which) => {
    const packed = await packWhole(
      makeTree(makeTemporaryFolder(), { 'node_modules/a/i.js': 'x'.repeat(999) }),
    );
    const changed = Buffer.from(packed);
    const at = Math.floor(((which + 0.5) / 4) * changed.length);
    changed[at] = (changed[at] ?? 0) ^ 0x10;
    await expect(place(changed)).rejects.toMatchObject({ code: 'artifact/broken' });
  });
});

describe('a disk', () => {
  it('that is full is told of, and nothing is kept on it', async ({ skip }) => {
    const root = makeTemporaryFolder();
    const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', root], {
      stdio: 'ignore',
    });
    if (status !== 0) skip('a small disk takes the right to mount');
    onTestFinished(() => void spawnSync('umount', [root]));
    const tree = makeTree(makeTemporaryFolder(), { 'node_modules/a/i.js': 'x'.repeat(3_000_000) });
    await expect(placeTree(root, stream(await packWhole(tree)))).rejects.toMatchObject({
      code: 'artifact/disk-full',
      message: expect.stringMatching(/: the disk is full, or a limit is reached \(ENOSPC\)\.$/),
    });
    expect(readdirSync(root)).toEqual([]);
  });

  it('on which files may not grow is told of, and nothing is kept on it', async () => {
    const root = makeTemporaryFolder();
    const archive = join(makeTemporaryFolder(), 'archive');
    const tree = makeTree(makeTemporaryFolder(), { 'node_modules/a/i.js': 'x'.repeat(3_000_000) });
    writeFileSync(archive, await packWhole(tree));
    const script = fileURLToPath(new URL('place-file.ts', import.meta.url));
    const { stderr } = spawnSync(
      'sh',
      ['-c', `ulimit -f 100; exec "$0" "$@"`, process.execPath, script, root, archive],
      {
        encoding: 'utf8',
      },
    );
    expect(stderr).toContain('artifact/disk-full');
    expect(readdirSync(root)).toEqual([]);
  });
});
