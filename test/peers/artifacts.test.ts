/** From a primary to a field device over a real IPFS node, by the command line. */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { describeTree } from '../artifacts/tree.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import { startKubo, type TestKubo } from './kubo-daemon.ts';

const CLI = fileURLToPath(new URL('../../action/cli.ts', import.meta.url));
const MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));
const LEAST_PACKAGES = 90;

/** Packages of our own that run anywhere, as a tree of a repo that locks them. */
function makePrimary(): { readonly root: string; readonly packages: number } {
  const root = makeTemporaryFolder();
  const modules = join(root, 'node_modules');
  mkdirSync(modules);
  const listed = execFileSync('npm', ['ls', '--all', '--parseable', '--omit=optional'], {
    cwd: dirname(MODULES),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const names = new Set(
    listed
      .split('\n')
      .filter((path) => path.startsWith(`${MODULES}/`))
      .map((path) => path.slice(MODULES.length + 1).split('/node_modules/')[0] ?? ''),
  );
  let packages = 0;
  for (const name of names) {
    const manifest = readFileSync(join(MODULES, name, 'package.json'), 'utf8');
    const isNative =
      /"(os|cpu|libc|gypfile)"\s*:/.test(manifest) || ['node', 'better-sqlite3'].includes(name);
    if (isNative || name.includes('typescript')) continue;
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    execFileSync('cp', ['-R', join(MODULES, name), join(modules, name)]);
    packages += 1;
  }
  execFileSync('cp', ['-R', join(MODULES, '.bin'), join(modules, '.bin')]);
  writeFileSync(join(root, 'package.json'), JSON.stringify({ dependencies: { mocha: '*' } }));
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify([...names]));
  return { root, packages };
}

function tracey(cwd: string, daemon: TestKubo, ...args: readonly string[]) {
  const flags = args[1] === 'key' ? [] : ['--ipfs', daemon.rpc];
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args, ...flags], {
    cwd,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: cwd, TRACEY_HOME: makeTemporaryFolder() },
  });
  return { status, stdout, stderr };
}

it('a tree of many packages is restored as it was, byte by byte, and works', async (context) => {
  const daemon = await startKubo(context);
  const { root, packages } = makePrimary();
  expect(packages).toBeGreaterThanOrEqual(LEAST_PACKAGES);
  const packed = tracey(root, daemon, 'artifact', 'pack', '--json');
  expect(packed.status, packed.stderr).toBe(0);
  const again = tracey(root, daemon, 'artifact', 'pack', '--json');
  const { cid, key } = JSON.parse(packed.stdout) as Record<string, string>;
  expect(JSON.parse(again.stdout)).toMatchObject({ cid, key });
  const field = makeTemporaryFolder();
  for (const name of ['package.json', 'package-lock.json', 'artifact_hashes.txt']) {
    copyFileSync(join(root, name), join(field, name));
  }
  const restored = tracey(field, daemon, 'artifact', 'restore', '--json');
  expect(restored.status, restored.stderr).toBe(0);
  expect(JSON.parse(restored.stdout)).toMatchObject({ cid, key });
  expect(describeTree(join(field, 'node_modules'))).toEqual(describeTree(join(root, 'node_modules')));
  mkdirSync(join(field, 'test'));
  writeFileSync(join(field, 'test/a.js'), "it('passes', () => {});");
  const mocha = join('node_modules', 'mocha', 'bin', 'mocha.js');
  expect(spawnSync(process.execPath, [mocha], { cwd: field }).status).toBe(0);
}, 300_000);

it('a daemon that is gone leaves nothing behind and is named', async (context) => {
  const daemon = await startKubo(context);
  const root = makeTemporaryFolder();
  mkdirSync(join(root, 'node_modules/a'), { recursive: true });
  writeFileSync(join(root, 'node_modules/a/index.js'), 'a');
  writeFileSync(join(root, 'package.json'), JSON.stringify({ dependencies: { a: '1' } }));
  expect(tracey(root, daemon, 'artifact', 'pack').status).toBe(0);
  await daemon.kill();
  const field = makeTemporaryFolder();
  copyFileSync(join(root, 'package.json'), join(field, 'package.json'));
  copyFileSync(join(root, 'artifact_hashes.txt'), join(field, 'artifact_hashes.txt'));
  const { status, stderr } = tracey(field, daemon, 'artifact', 'restore');
  expect(stderr).toMatch(/^tracey: IPFS at http:\/\/127\.0\.0\.1:\d+.*: cannot be reached, or went away: /m);
  expect(status).toBe(3);
  expect(readdirSync(field).sort()).toEqual(['artifact_hashes.txt', 'package.json']);
});
