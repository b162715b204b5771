import { describe, expect, it } from 'vitest';
import { createFingerprints } from '../../core/measure/fingerprint.ts';
import { makeRepo, measureRepo, writeFiles } from './measure-fixture.ts';

const REPO = {
  'index.js': `module.exports = require('./lib/one');`,
  'lib/one.js': 'module.exports = 1;',
  'lib/unused.js': 'module.exports = 2;',
  'test/a.js': `require('..'); it('passes', () => {});`,
};

async function read(repo: string): Promise<string | null | undefined> {
  const [file] = await measureRepo(repo);
  return file?.fingerprint;
}

describe('a fingerprint', () => {
  it('is the same for the same modules, wherever they are', async () => {
    const first = await read(makeRepo(REPO));
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(await read(makeRepo(REPO))).toBe(first);
  });

  it('changes with a module that the test loaded, and with nothing else', async () => {
    const repo = makeRepo(REPO);
    const first = await read(repo);
    writeFiles(repo, { 'test/a.js': `${REPO['test/a.js']} it('is new', () => {});`, 'lib/unused.js': '' });
    expect(await read(repo)).toBe(first);
    writeFiles(repo, { 'lib/one.js': 'module.exports = 11;' });
    expect(await read(repo)).not.toBe(first);
  });

  it('is unknown when a required ES module may have imported others, which nobody watched', async () => {
    const repo = makeRepo({
      'lib/one.mjs': "export { two } from './two.mjs';",
      'lib/two.mjs': 'export const two = 2;',
      'test/a.js': "require('../lib/one.mjs'); it('works', () => {});",
    });
    expect(await read(repo)).toBeNull();
  });

  it('sees modules that are imported, required while tests run, and JSON', async () => {
    const repo = makeRepo({
      'lib/one.mjs': 'export default 1;',
      'lib/late.js': '',
      'lib/data.json': '{}',
      'test/a.js': `
        it('loads', async () => { await import('../lib/one.mjs'); require('../lib/late'); require('../lib/data'); });`,
    });
    const seen = new Set([await read(repo)]);
    for (const [name, text] of [
      ['lib/one.mjs', 'export default 2;'],
      ['lib/late.js', '1;'],
      ['lib/data.json', '[]'],
    ] as const) {
      writeFiles(repo, { [name]: text });
      seen.add(await read(repo));
    }
    expect(seen.size).toBe(4);
    expect(seen.has(null)).toBe(false);
  });

  it.each([
    ['another process', `require('child_process').execFileSync('true');`],
    [
      'another process, by import',
      `const { spawnSync } = await import('node:child_process'); spawnSync('true');`,
    ],
    [
      'another process, by a name of its own',
      `process.getBuiltinModule('child_process').execFileSync('true');`,
    ],
    [
      'a worker of its cluster, after a server',
      `const server = require('http').createServer();
       await new Promise((resolve) => server.listen(0, resolve));
       server.close();
       const cluster = require('cluster');
       cluster.setupPrimary({ exec: '/dev/null' });
       await new Promise((resolve) => cluster.fork().once('exit', resolve));`,
    ],
    ['a thread', `const { Worker } = require('worker_threads'); new Worker('', { eval: true });`],
    ['a loader', `require('module').register('data:text/javascript,');`],
  ])('is unknown when the test starts %s', async (_, start) => {
    expect(await read(makeRepo({ 'test/a.js': `it('starts', async () => { ${start} });` }))).toBeNull();
  });

  it('is known of a test with a server, though Node could start processes for it', async () => {
    const serves = `
      it('serves', (done) => {
        const server = require('http').createServer().listen(0, () => server.close(done));
      });`;
    expect(await read(makeRepo({ 'test/a.js': serves }))).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is known where the configuration requires modules, named with or without their ending', async () => {
    for (const name of ['./support/env', './support/env.js', './support']) {
      const repo = makeRepo({
        '.mocharc.json': JSON.stringify({ require: [name] }),
        'support/env.js': '',
        'support/index.js': '',
        'test/a.js': `it('works', () => {});`,
      });
      expect.soft(await read(repo), name).toMatch(/^[0-9a-f]{64}$/);
    }
  });

  it('is unknown when the process never came to tell', async () => {
    expect(
      await read(makeRepo({ 'test/a.js': `it('dies', () => process.kill(process.pid, 'SIGKILL'));` })),
    ).toBe(null);
  });
});

describe('on a Node that does not tell about ES modules', () => {
  const compute = (repo: string, names: readonly string[], told = {}) =>
    createFingerprints({ repoFolder: repo, frameworkFolder: `${repo}/framework` }).compute(
      `${repo}/test/a.js`,
      {
        files: names.map((name) => `${repo}/${name}`),
        early: 0,
        seesImports: false,
        hidden: false,
        children: false,
        ...told,
      },
    );

  it('it is known as long as nothing that was loaded imports', () => {
    const repo = makeRepo({
      ...REPO,
      'comments.js': `/** @type {import('./x')} */\n// import('./x')\n * import('./x')`,
      'framework/loads.js': `exports.load = (file) => import(file);`,
    });
    const names = [...Object.keys(REPO), 'comments.js', 'framework/loads.js'];
    expect(compute(repo, names)).toMatch(/^[0-9a-f]{64}$/);
  });

  it('it is unknown when something does, be it the test file', () => {
    const repo = makeRepo({
      'lazy.js': `exports.load = () => import ('./x.mjs');`,
      'test/a.js': `import('../x')`,
    });
    expect(compute(repo, ['lazy.js'])).toBeNull();
    expect(compute(repo, ['test/a.js'])).toBeNull();
    expect(compute(repo, ['lazy.js'], { seesImports: true })).not.toBeNull();
  });

  it('it is unknown when an ES module was loaded that nobody saw', () => {
    expect(compute(makeRepo(REPO), Object.keys(REPO), { hidden: true })).toBeNull();
  });

  it('a module that is gone again does not count', () => {
    const repo = makeRepo(REPO);
    expect(compute(repo, ['index.js', 'gone.js'])).toBe(compute(repo, ['index.js']));
  });
});
