import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { computeArtifactKey, formatTarget, parseTarget, readOwnTarget } from '../../core/artifacts/key.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';

const ARM = parseTarget('linux-arm64-musl-node115');

describe('the key of an artifact', () => {
  it.each(['package-lock.json', 'npm-shrinkwrap.json', 'yarn.lock', 'pnpm-lock.yaml'])(
    'is the target and the SHA-256 of %s',
    async (lockfile) => {
      const folder = makeTemporaryFolder();
      writeFileSync(join(folder, 'package.json'), '{}');
      writeFileSync(join(folder, lockfile), 'locked');
      const sha = createHash('sha256').update('locked').digest('hex');
      expect(await computeArtifactKey(folder, ARM)).toBe(`linux-arm64-musl-node115-${sha}`);
    },
  );

  it('changes with the dependency sections alone where there is no lockfile', async () => {
    const folder = makeTemporaryFolder();
    const computeKey = async (content: object) => {
      writeFileSync(join(folder, 'package.json'), JSON.stringify(content));
      return computeArtifactKey(folder, ARM);
    };
    const key = await computeKey({ dependencies: { a: '1' } });
    expect(await computeKey({ dependencies: { a: '1' }, version: '2.0.0', scripts: { test: 'x' } })).toBe(
      key,
    );
    expect(await computeKey({ dependencies: { a: '2' } })).not.toBe(key);
    expect(await computeKey({ devDependencies: { a: '1' } })).not.toBe(key);
  });

  it('is there without a package.json, too', async () => {
    expect(await computeArtifactKey(makeTemporaryFolder(), ARM)).toMatch(
      /^linux-arm64-musl-node115-[0-9a-f]{64}$/,
    );
  });

  it.each([
    ['package.json', { workspaces: ['./packages/*', '!packages/left-out'] }],
    ['pnpm-workspace.yaml', { packages: ['packages/**', '!packages/left-out'] }],
  ])('of a workspace without a lockfile changes with each member that %s names', async (file, content) => {
    const root = makeTemporaryFolder();
    const write = (folder: string, packageJson: object) => {
      mkdirSync(join(root, folder), { recursive: true });
      writeFileSync(join(root, folder, 'package.json'), JSON.stringify(packageJson));
    };
    const compute = () => computeArtifactKey(root, ARM);
    write('.', {});
    writeFileSync(join(root, file), JSON.stringify(content));
    const keys = [await compute()];
    const one = { name: 'one', dependencies: { a: '1' } };
    for (const changed of [one, { ...one, dependencies: { a: '2' } }, { ...one, version: '2.0.0' }]) {
      write('packages/one', changed);
      keys.push(await compute());
    }
    write('packages/two', one);
    keys.push(await compute());
    expect(new Set(keys).size).toBe(keys.length);
    write('packages/one', { ...one, version: '2.0.0', scripts: { test: 'mocha' } });
    for (const folder of ['packages/left-out', 'packages/one/node_modules/b', 'elsewhere'])
      write(folder, one);
    expect(await compute()).toBe(keys.at(-1));
    expect(await computeArtifactKey(join(root, 'packages/one'), ARM)).toBe(keys.at(-1));
  });

  it('of a member of a workspace is that of the workspace', async () => {
    const root = makeTemporaryFolder();
    const member = join(root, 'packages/one');
    mkdirSync(member, { recursive: true });
    writeFileSync(join(root, 'package.json'), JSON.stringify({ workspaces: ['packages/*'] }));
    writeFileSync(join(root, 'package-lock.json'), 'locked');
    writeFileSync(join(member, 'package.json'), '{}');
    expect(await computeArtifactKey(member, ARM)).toBe(await computeArtifactKey(root, ARM));
  });

  it('names this machine as Node does', () => {
    const own = readOwnTarget();
    expect(own).toMatchObject({
      platform: process.platform,
      arch: process.arch,
      nodeAbi: process.versions.modules,
    });
    expect(parseTarget(formatTarget(own))).toEqual(own);
  });

  it.each(['arm64', 'linux-arm64-glibc-137', 'linux-arm64-glibc-node137-', '../x-a-b-node1', ''])(
    'takes no target that is none: "%s"',
    (text) => {
      expect(() => parseTarget(text)).toThrow(
        `An artifact's target must be platform-arch-libc-node<ABI>, got "${text}".`,
      );
    },
  );
});
