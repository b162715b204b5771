import { describe, expect, it } from 'vitest';
import { selectInstallCommand } from '../../../core/measure/dependencies/package-manager.ts';

const select = (files: readonly string[], packageManager?: string) => {
  const { manager, args } = selectInstallCommand({ packageManager }, files);
  return [manager, ...args].join(' ').replace(' --include=dev --no-audit --no-fund', '');
};

describe('the package manager', () => {
  it.each([
    [['package-lock.json'], undefined, 'npm ci'],
    [['npm-shrinkwrap.json'], undefined, 'npm ci'],
    [['yarn.lock'], undefined, 'yarn install --frozen-lockfile --non-interactive'],
    [['yarn.lock', '.yarnrc.yml'], undefined, 'yarn install --immutable'],
    [['yarn.lock'], 'yarn@4.5.0', 'yarn install --immutable'],
    [['yarn.lock', '.yarnrc.yml'], 'yarn@1.22.22', 'yarn install --frozen-lockfile --non-interactive'],
    [['pnpm-lock.yaml'], undefined, 'pnpm install --frozen-lockfile'],
    [['bun.lock'], undefined, 'bun install --frozen-lockfile'],
    [['bun.lockb'], undefined, 'bun install --frozen-lockfile'],
    [['package-lock.json', 'yarn.lock'], undefined, 'npm ci'],
    [['package-lock.json', 'yarn.lock'], 'yarn@1.22.22', 'yarn install --frozen-lockfile --non-interactive'],
    [['package-lock.json', 'pnpm-lock.yaml'], 'pnpm@9.0.0+sha512.abc', 'pnpm install --frozen-lockfile'],
    [['package-lock.json'], 'pnpm@9.0.0', 'npm ci'],
    [['package-lock.json'], 'nonsense', 'npm ci'],
    [[], undefined, 'npm install --no-package-lock --no-save'],
    [[], 'yarn@1.22.22', 'yarn install --no-lockfile --non-interactive'],
    [[], 'yarn@4.5.0', 'npm install --no-package-lock --no-save'],
    [[], 'pnpm@9.0.0', 'pnpm install --no-lockfile'],
    [[], 'bun@1.2.0', 'bun install --no-save'],
  ])('of a repo with %j that declares %j is run as `%s`', (files, packageManager, command) => {
    expect(select(files, packageManager)).toBe(command);
  });

  it('installs development dependencies with npm whatever its configuration says', () => {
    expect(selectInstallCommand({}, []).args).toContain('--include=dev');
    expect(selectInstallCommand({}, ['package-lock.json']).args).toContain('--include=dev');
  });

  it('is told to make a node_modules where it would not, in newer versions of yarn', () => {
    const { variables } = selectInstallCommand({}, ['yarn.lock', '.yarnrc.yml']);
    expect(variables).toEqual({ YARN_NODE_LINKER: 'node-modules' });
  });
});
