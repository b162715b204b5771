import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type DependencyOptions, prepareDependencies } from '../../../core/measure/dependencies/prepare.ts';
import { writeNodeScript, writeShellScript } from '../../executable-script.ts';
import { makeTemporaryFolder } from '../../temporary-folder.ts';

/** Writes files below a folder; an object becomes JSON. */
function writeFiles(folder: string, files: Readonly<Record<string, unknown>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), typeof content === 'string' ? content : JSON.stringify(content));
  }
}

/** A repo with one dependency, and a PATH on which nothing is but what the test puts there. */
function makeRepo(files: Readonly<Record<string, unknown>> = {}) {
  const folder = makeTemporaryFolder();
  const repoFolder = join(folder, 'repo');
  writeFiles(repoFolder, { '.git/HEAD': '', 'package.json': { dependencies: { tiny: '1' } }, ...files });
  const progress: string[] = [];
  const options: DependencyOptions = {
    repoFolder,
    logFile: join(folder, 'logs', 'install.log'),
    inherited: { PATH: join(folder, 'bin') },
    deadlineMs: 60_000,
    onProgress: (line) => progress.push(line),
  };
  return { folder, repoFolder, options, progress, bin: join(folder, 'bin') };
}

/** A package manager that says how it was called and places one package. */
const WORKING = `
const fs = require('node:fs');
console.log('called with', process.argv.slice(2).join(' '));
fs.mkdirSync('node_modules/tiny', { recursive: true });
`;

describe('dependencies that are there', () => {
  it('are used as they are', async () => {
    const { options, repoFolder } = makeRepo({ 'node_modules/tiny/package.json': {} });
    expect(await prepareDependencies(options)).toEqual({
      dependencies: { source: 'present', packageManager: null, durationMs: null },
      folder: repoFolder,
      logFile: null,
    });
  });

  it('may be an install that had nothing to place', async () => {
    const { options } = makeRepo({ 'node_modules/.package-lock.json': {} });
    expect((await prepareDependencies(options)).dependencies.source).toBe('present');
  });

  it('are not a folder in which only a cache is', async () => {
    const { options, bin } = makeRepo({ 'node_modules/.cache/babel/1': '' });
    writeNodeScript(join(bin, 'npm'), WORKING);
    expect((await prepareDependencies(options)).dependencies.source).toBe('installed');
  });

  it.each([
    ['npm', { 'package.json': { workspaces: ['packages/*'] } }],
    ['yarn', { 'package.json': { workspaces: { packages: ['./packages/**/'] } } }],
    ['pnpm', { 'package.json': {}, 'pnpm-workspace.yaml': 'packages:\n  - "packages/*"\n' }],
  ])('are found at the root of the %s workspace above', async (_manager, files) => {
    const { options, repoFolder } = makeRepo({
      ...files,
      'node_modules/tiny/package.json': {},
      'packages/one/package.json': { dependencies: { tiny: '1' } },
    });
    const member = { ...options, repoFolder: join(repoFolder, 'packages', 'one') };
    expect(await prepareDependencies(member)).toMatchObject({
      dependencies: { source: 'present' },
      folder: repoFolder,
    });
  });

  it.each([
    ['is no workspace', {}],
    ['has other members', { workspaces: ['libraries/*'] }],
    ['takes this member out', { workspaces: ['packages/*', '!packages/one'] }],
  ])('are not those of a folder above that %s', async (_what, root) => {
    const { options, repoFolder } = makeRepo({
      'package.json': root,
      'node_modules/other/package.json': {},
      'packages/one/package.json': {},
    });
    const member = { ...options, repoFolder: join(repoFolder, 'packages', 'one') };
    expect((await prepareDependencies(member)).dependencies.source).toBe('none');
  });

  it('are not looked for above the root of the checkout', async () => {
    const { options, folder } = makeRepo({ 'package.json': {} });
    writeFiles(folder, { 'package.json': { workspaces: ['*'] }, 'node_modules/other/package.json': {} });
    expect((await prepareDependencies(options)).dependencies.source).toBe('none');
  });
});

describe('a repo without dependencies', () => {
  it.each([
    ['no section', {}],
    ['empty sections', { dependencies: {}, devDependencies: {} }],
    ['sections of another kind', { dependencies: 'none', workspaces: 7 }],
  ])('that has %s needs nothing', async (_what, packageJson) => {
    const { options } = makeRepo({ 'package.json': packageJson });
    expect((await prepareDependencies(options)).dependencies).toEqual({
      source: 'none',
      packageManager: null,
      durationMs: null,
    });
    expect(existsSync(options.logFile)).toBe(false);
  });

  it('needs no package.json either', async () => {
    const folder = makeTemporaryFolder();
    const { options } = makeRepo();
    expect((await prepareDependencies({ ...options, repoFolder: folder })).dependencies.source).toBe('none');
  });
});

describe('installing', () => {
  it.each([
    ['npm', 'package-lock.json', 'ci --include=dev --no-audit --no-fund'],
    ['yarn', 'yarn.lock', 'install --frozen-lockfile --non-interactive'],
    ['pnpm', 'pnpm-lock.yaml', 'install --frozen-lockfile'],
    ['bun', 'bun.lock', 'install --frozen-lockfile'],
  ])('is done with %s when there is %s, its output kept', async (manager, lockfile, args) => {
    const { options, bin, repoFolder, progress } = makeRepo({ [lockfile]: '' });
    writeNodeScript(join(bin, manager), WORKING);
    const { dependencies, logFile, folder } = await prepareDependencies(options);
    expect(dependencies).toEqual({
      source: 'installed',
      packageManager: manager,
      durationMs: expect.any(Number),
    });
    expect(folder).toBe(repoFolder);
    expect(logFile).toBe(options.logFile);
    expect(readFileSync(options.logFile, 'utf8')).toBe(`called with ${args}\n`);
    expect(statSync(options.logFile).mode & 0o777).toBe(0o600);
    expect(progress).toEqual([`called with ${args}`]);
    expect(readdirSync(join(repoFolder, 'node_modules'))).toEqual(['tiny']);
  });

  it('of a workspace member is done at the root, where the lockfile is', async () => {
    const { options, bin, repoFolder } = makeRepo({
      'package.json': { workspaces: ['packages/*'] },
      'pnpm-lock.yaml': '',
      'packages/one/package.json': { devDependencies: { tiny: '1' } },
    });
    writeNodeScript(join(bin, 'pnpm'), WORKING);
    const member = { ...options, repoFolder: join(repoFolder, 'packages', 'one') };
    const { dependencies, folder } = await prepareDependencies(member);
    expect(dependencies).toMatchObject({ source: 'installed', packageManager: 'pnpm' });
    expect(folder).toBe(repoFolder);
    expect(existsSync(join(repoFolder, 'node_modules', 'tiny'))).toBe(true);
  });

  it('shows what was printed last, without colours, control characters and passwords, and not at length', async () => {
    const { options, bin, progress } = makeRepo();
    writeNodeScript(
      join(bin, 'npm'),
      `process.stdout.write('one\\r\\x1b[32mfrom https://me:secret@host/\\x07 ' + 'x'.repeat(500) + '\\n\\n')`,
    );
    await prepareDependencies(options);
    expect(progress).toEqual([`from https://***@host/  ${'x'.repeat(175)}…`]);
  });

  it('hands the package manager no secret of the job, and asks it no questions', async () => {
    const { options, bin } = makeRepo();
    writeShellScript(join(bin, 'npm'), '/usr/bin/env');
    const inherited = { ...options.inherited, GITHUB_TOKEN: 'secret' };
    await prepareDependencies({ ...options, inherited });
    const printed = readFileSync(options.logFile, 'utf8');
    expect(printed).not.toContain('secret');
    expect(printed).toContain('COREPACK_ENABLE_DOWNLOAD_PROMPT=0\n');
    expect(printed).toContain('HUSKY=0\n');
  });

  it('works with the real npm and writes no lockfile', async () => {
    const { options, repoFolder } = makeRepo({
      'package.json': { name: 'app', version: '1.0.0', devDependencies: { tiny: 'file:tiny' } },
      'package-lock.json': {
        name: 'app',
        version: '1.0.0',
        lockfileVersion: 3,
        packages: {
          '': { name: 'app', version: '1.0.0', devDependencies: { tiny: 'file:tiny' } },
          'node_modules/tiny': { resolved: 'tiny', link: true },
          tiny: { version: '2.0.0', dev: true },
        },
      },
      'tiny/package.json': { name: 'tiny', version: '2.0.0' },
    });
    const before = readFileSync(join(repoFolder, 'package-lock.json'), 'utf8');
    const { dependencies } = await prepareDependencies({ ...options, inherited: process.env });
    expect(dependencies).toMatchObject({ source: 'installed', packageManager: 'npm' });
    const installed = readFileSync(join(repoFolder, 'node_modules', 'tiny', 'package.json'), 'utf8');
    expect(JSON.parse(installed)).toEqual({ name: 'tiny', version: '2.0.0' });
    expect(readFileSync(join(repoFolder, 'package-lock.json'), 'utf8')).toBe(before);
    expect((await prepareDependencies(options)).dependencies.source).toBe('present');
  });
});

describe('an install that fails', () => {
  const FAILING = `
    const fs = require('node:fs');
    for (const folder of ['node_modules/half', 'packages/one/node_modules/half']) {
      fs.mkdirSync(folder, { recursive: true });
    }
    for (let line = 1; line <= 20; line += 1) console.log('line ' + line);
    process.exit(7);
  `;

  it('is told with the last it printed, where the rest is, and what was run', async () => {
    const { options, bin, repoFolder } = makeRepo({ 'yarn.lock': '' });
    writeNodeScript(join(bin, 'yarn'), FAILING);
    const lines = Array.from({ length: 8 }, (_, index) => `\n  line ${index + 13}`).join('');
    await expect(prepareDependencies(options)).rejects.toMatchObject({
      code: 'dependencies/install-failed',
      message:
        `${repoFolder}: \`yarn install --frozen-lockfile --non-interactive\` ended with exit code 7; ` +
        `the last it printed:${lines}`,
      hint: `Everything it printed is in ${options.logFile}. Run the command by hand in that folder.`,
    });
    expect(readFileSync(options.logFile, 'utf8')).toMatch(/^line 1\n/);
  });

  it('says so when nothing was printed, and names the signal', async () => {
    const { options, bin } = makeRepo();
    writeShellScript(join(bin, 'npm'), 'kill -9 $$');
    await expect(prepareDependencies(options)).rejects.toThrow('ended by SIGKILL; it printed nothing.');
  });

  it('leaves no half node_modules, of workspace members neither', async () => {
    const { options, bin, repoFolder } = makeRepo({ 'packages/one/package.json': {} });
    writeNodeScript(join(bin, 'npm'), FAILING);
    await expect(prepareDependencies(options)).rejects.toThrow('exit code 7');
    expect(readdirSync(repoFolder).sort()).toEqual(['.git', 'package.json', 'packages']);
    expect(readdirSync(join(repoFolder, 'packages', 'one'))).toEqual(['package.json']);
  });

  it('leaves what was there before', async () => {
    const { options, bin, repoFolder } = makeRepo({ 'node_modules/.cache/1': 'kept' });
    writeNodeScript(join(bin, 'npm'), FAILING);
    await expect(prepareDependencies(options)).rejects.toThrow('exit code 7');
    expect(readdirSync(join(repoFolder, 'node_modules'))).toEqual(['.cache']);
    expect(readFileSync(join(repoFolder, 'node_modules', '.cache', '1'), 'utf8')).toBe('kept');
  });

  it('is ended when it takes too long', async () => {
    const { options, bin } = makeRepo();
    writeNodeScript(join(bin, 'npm'), 'setInterval(() => {}, 1000);');
    await expect(prepareDependencies({ ...options, deadlineMs: 50 })).rejects.toMatchObject({
      code: 'dependencies/deadline',
      message: expect.stringContaining('was not done after 50.0 ms; it printed nothing.'),
      hint: expect.stringContaining(options.logFile),
    });
  });

  it('is ended with all its processes when the job is called off', async () => {
    const { folder, options, bin, repoFolder } = makeRepo();
    const abort = new AbortController();
    const socket = join(folder, 'socket');
    const server = createServer();
    onTestFinished(() => void server.close());
    const childGone = new Promise<void>((resolve) => {
      server.on('connection', (connection) => {
        connection.on('error', () => undefined).once('close', () => resolve());
        abort.abort();
      });
    });
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    const grandchild = `require('node:net').connect(${JSON.stringify(socket)})`;
    writeNodeScript(
      join(bin, 'npm'),
      `require('node:fs').mkdirSync('node_modules/half', { recursive: true });
       process.on('SIGTERM', () => {});
       require('node:child_process').spawnSync(process.execPath, ['-e', ${JSON.stringify(grandchild)}]);`,
    );
    await expect(prepareDependencies({ ...options, signal: abort.signal })).rejects.toMatchObject({
      code: 'dependencies/interrupted',
      message: `${repoFolder}: interrupted while installing dependencies.`,
    });
    await childGone;
    expect(existsSync(join(repoFolder, 'node_modules'))).toBe(false);
  });
});

describe('an install that cannot begin', () => {
  it.each([
    ['npm', 'package-lock.json', 'Install Node.js with npm'],
    ['yarn', 'yarn.lock', 'corepack enable yarn'],
    ['pnpm', 'pnpm-lock.yaml', 'corepack enable pnpm'],
    ['bun', 'bun.lockb', 'npm install --global bun'],
  ])('because %s is missing says how to get it', async (manager, lockfile, hint) => {
    const { options, repoFolder } = makeRepo({ [lockfile]: '' });
    await expect(prepareDependencies(options)).rejects.toMatchObject({
      code: 'dependencies/no-package-manager',
      message: `${repoFolder}: its dependencies are installed with ${manager}, which is not on PATH.`,
      hint: expect.stringContaining(hint),
    });
  });

  it.each([
    ['broken JSON', '{"dependencies":'],
    ['no object', '[1]'],
  ])('because package.json is %s names the file', async (_what, text) => {
    const { options, repoFolder } = makeRepo({ 'package.json': text });
    await expect(prepareDependencies(options)).rejects.toMatchObject({
      code: 'package-json/unreadable',
      message: expect.stringContaining(`${join(repoFolder, 'package.json')}: cannot be read: `),
      hint: expect.stringContaining('npm pkg get name'),
    });
  });

  it('because the log cannot be written names the log', async () => {
    const { folder, options, bin } = makeRepo();
    writeNodeScript(join(bin, 'npm'), WORKING);
    const logFile = join(folder, 'repo', 'package.json', 'install.log');
    await expect(prepareDependencies({ ...options, logFile })).rejects.toMatchObject({
      code: 'dependencies/no-log-file',
      message: expect.stringContaining(`${logFile}: cannot be written: `),
    });
  });
});
