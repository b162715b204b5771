/** From a primary to a field device over a real IPFS node, by the command line. */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { describeTree } from '../artifacts/tree.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import { startKubo, type TestKubo } from './kubo-daemon.ts';

const CLI = fileURLToPath(new URL('../../action/cli.ts', import.meta.url));
const MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));

/** Our own mocha with what it brings, as the tree of a repo that locks it. */
function makePrimary(): string {
  const root = makeTemporaryFolder();
  const modules = join(root, 'node_modules');
  const copied = new Set<string>();
  const copy = (name: string) => {
    if (copied.has(name) || !existsSync(join(MODULES, name))) return;
    copied.add(name);
    cpSync(join(MODULES, name), join(modules, name), { recursive: true, verbatimSymlinks: true });
    const manifest = JSON.parse(readFileSync(join(MODULES, name, 'package.json'), 'utf8')) as {
      readonly dependencies?: Readonly<Record<string, string>>;
    };
    for (const dependency of Object.keys(manifest.dependencies ?? {})) copy(dependency);
  };
  copy('mocha');
  mkdirSync(join(modules, '.bin'));
  symlinkSync('../mocha/bin/mocha.js', join(modules, '.bin', 'mocha'));
  writeFileSync(join(root, 'package.json'), JSON.stringify({ dependencies: { mocha: '*' } }));
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify([...copied]));
  return root;
}

/** What comes before a command that is to have no network, where that can be had. */
const OFFLINE = spawnSync('unshare', ['-rn', 'true']).status === 0 ? ['unshare', '-rn'] : ['env'];

function tracey(cwd: string, daemon: TestKubo, ...args: readonly string[]) {
  const flags = args[1] === 'key' ? [] : ['--ipfs', daemon.rpc];
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args, ...flags], {
    cwd,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: cwd, TRACEY_HOME: makeTemporaryFolder() },
  });
  return { status, stdout, stderr };
}

it('a tree is restored as it was, byte by byte, and works without a network', async (context) => {
  const daemon = await startKubo(context);
  const root = makePrimary();
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
  const [program = '', ...args] = [...OFFLINE, process.execPath, join('node_modules', '.bin', 'mocha')];
  expect(spawnSync(program, args, { cwd: field }).status).toBe(0);
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
