import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openPackages } from '../../core/measure/packages.ts';
import { writeNodeScript } from '../executable-script.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';

/** An npm that knows `load` 1.0.0 and 1.2.0, installs them, and writes down how it was called. */
const NPM = `
const { appendFileSync, mkdirSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const [command, ...args] = process.argv.slice(2);
appendFileSync(join(__dirname, 'calls'), [command, ...args].join(' ') + '\\n');
const fail = (code, summary) => {
  console.log(JSON.stringify({ error: { code, summary } }));
  process.exit(1);
};
const names = args.filter((one) => !one.startsWith('-') && one !== 'version');
if (names.some((name) => name.startsWith('offline'))) fail('ENOTFOUND', 'request to the registry failed.');
if (names.some((name) => !/@1/.test(name))) fail('ETARGET', 'No matching version found.');
if (command === 'view') console.log(names[0].endsWith('@1.0.0') ? '"1.0.0"' : '["1.2.0","1.0.0"]');
for (const name of command === 'install' ? names : []) {
  const folder = join('node_modules', name.split('@')[0]);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name }));
}`;

function makePackages(signal?: AbortSignal) {
  const folder = makeTemporaryFolder();
  const bin = join(folder, 'bin');
  writeNodeScript(join(bin, 'npm'), NPM);
  const cacheFolder = join(folder, 'cache');
  const installing: string[] = [];
  return {
    packages: openPackages({
      inherited: { PATH: `${bin}:${process.env['PATH']}` },
      cacheFolder,
      signal,
      onInstall: (names) => installing.push(names.join(' ')),
    }),
    root: join(cacheFolder, 'packages'),
    installing,
    readCalls: () => readFileSync(join(bin, 'calls'), 'utf8').trim().split('\n'),
  };
}

describe('packages for a job type', () => {
  it('are installed once, together, without their scripts, and kept', async () => {
    const { packages, root, installing, readCalls } = makePackages();
    const folder = await packages.install(['load@1.2.0', 'more@1.0.0']);
    expect(await packages.install(['more@1.0.0', 'load@1.2.0'])).toBe(folder);
    expect(readdirSync(join(folder, 'node_modules'))).toEqual(['load', 'more']);
    expect(readCalls()).toEqual([
      expect.stringMatching(/^install load@1\.2\.0 more@1\.0\.0 --ignore-scripts/),
    ]);
    expect(installing).toEqual(['load@1.2.0 more@1.0.0']);
    expect(readdirSync(root)).toEqual(['load@1.2.0,more@1.0.0']);
  });

  it('are there whole or not at all', async () => {
    const { packages, root } = makePackages();
    await expect(packages.install(['load@9.0.0'])).rejects.toMatchObject({
      code: 'packages/install-failed',
      message: 'load@9.0.0: cannot be installed: ETARGET: No matching version found.',
    });
    expect(readdirSync(root)).toEqual([]);
  });

  it('that a killed job left half-installed are removed after a day', async () => {
    const { packages, root } = makePackages();
    const [old, young] = ['.install-old', '.install-young'].map((name) => join(root, name));
    for (const folder of [old, young]) mkdirSync(folder ?? '', { recursive: true });
    utimesSync(old ?? '', new Date(0), new Date(0));
    await packages.install(['load@1.0.0']);
    expect([existsSync(old ?? ''), existsSync(young ?? '')]).toEqual([false, true]);
  });

  it.each([
    ['load'],
    ['load@1'],
    ['load@^1.0.0'],
    ['../x@1.0.0'],
    ['--flag@1.0.0'],
    ['git@github.com:a/b@1.0.0'],
  ])('are refused without an exact version: %s', async (name) => {
    await expect(makePackages().packages.install([name])).rejects.toMatchObject({
      code: 'packages/bad-name',
      message: `Packages: "${name}" is no package with an exact version.`,
    });
  });

  it('have versions that npm tells, oldest first, or none', async () => {
    const { packages } = makePackages();
    expect(await packages.listVersions('load', '1')).toEqual(['1.0.0', '1.2.0']);
    expect(await packages.listVersions('load', '1.0.0')).toEqual(['1.0.0']);
    expect(await packages.listVersions('load', '9')).toEqual([]);
    await expect(packages.listVersions('offline', '1')).rejects.toMatchObject({
      code: 'packages/registry-failed',
      message: 'offline: npm cannot tell its versions: ENOTFOUND: request to the registry failed.',
    });
  });

  it('are given up when the job is interrupted', async () => {
    const { packages, root } = makePackages(AbortSignal.abort());
    await expect(packages.install(['load@1.0.0'])).rejects.toMatchObject({
      code: 'packages/interrupted',
      message: 'load@1.0.0: interrupted while being installed.',
    });
    expect(readdirSync(root)).toEqual([]);
  });

  it('need npm', async () => {
    const cacheFolder = makeTemporaryFolder();
    const { install } = openPackages({ inherited: { PATH: cacheFolder }, cacheFolder });
    await expect(install(['load@1.0.0'])).rejects.toMatchObject({ code: 'packages/no-npm' });
  });

  it('need a cache folder that can be written', async () => {
    const { install } = openPackages({ inherited: {}, cacheFolder: '/dev/null/cache' });
    await expect(install(['load@1.0.0'])).rejects.toMatchObject({ code: 'packages/cache-unwritable' });
  });
});
