import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatTests, makeRepo, measureFiles, measureRepo } from '../../measure-fixture.ts';

const PASSES = `it('passes', () => {});`;
const withScripts = (scripts: Record<string, string>) => ({
  'package.json': JSON.stringify({ scripts, devDependencies: { mocha: '*' } }),
});
const withConfig = (config: unknown) => ({ '.mocharc.json': JSON.stringify(config) });

describe("the repo's own configuration", () => {
  it('requires modules and adds root hooks', async () => {
    const [file] = await measureFiles({
      ...withConfig({ require: ['./support/hooks.js'] }),
      'support/hooks.js': `exports.mochaHooks = { beforeEach() { this.currentTest.ready = true; } };`,
      'test/a.js': `it('is ready', function () { if (!this.test.ready) throw new Error('not ready'); });`,
    });
    expect(file).toMatchObject({ outcome: 'passed', tests: [{ outcome: 'passed' }] });
    expect(file?.tests[0]?.hooksMs).toBeGreaterThan(0);
  });

  it('sets up and tears down around each file', async () => {
    const repo = makeRepo({
      ...withConfig({ require: ['./support/fixtures.js'] }),
      'support/fixtures.js': `
        const note = (text) => require('fs').appendFileSync('notes.txt', text + ' ');
        exports.mochaGlobalSetup = async () => note('up');
        exports.mochaGlobalTeardown = async () => {
          await new Promise((resolve) => setTimeout(resolve, 20));
          note('down');
        };`,
      'test/a.js': PASSES,
      'test/b.js': PASSES,
    });
    const files = await measureRepo(repo);
    expect(files.map((file) => file.outcome)).toEqual(['passed', 'passed']);
    expect(readFileSync(join(repo, 'notes.txt'), 'utf8')).toBe('up down up down ');
  });

  it('that cannot set up makes each file fail before its tests', async () => {
    const [file] = await measureFiles({
      ...withConfig({ require: ['./support/fixtures.js'] }),
      'support/fixtures.js': `exports.mochaGlobalSetup = () => { throw new Error('no database'); };`,
      'test/a.js': PASSES,
    });
    expect(file).toMatchObject({
      outcome: 'failed',
      reason: 'ended with exit code 1 before its tests started',
    });
    expect(file?.output).toContain('no database');
  });

  it('may name the files: each is run alone all the same', async () => {
    const files = await measureFiles({
      ...withConfig({ spec: ['specs/**/*.spec.js'], ignore: ['specs/ignored.spec.js'] }),
      'specs/a.spec.js': `it('a', () => {});`,
      'specs/deep/b.spec.js': `it('b', () => {});`,
      'specs/ignored.spec.js': `it('ignored', () => {});`,
      'test/default.js': `it('not named', () => {});`,
    });
    expect(files.map((file) => [file.path, ...formatTests(file)]).sort()).toEqual([
      ['specs/a.spec.js', 'passed: a'],
      ['specs/deep/b.spec.js', 'passed: b'],
    ]);
  });

  it('may name a setup file: it is loaded first and no test file itself', async () => {
    const files = await measureFiles({
      ...withConfig({ file: ['./test/setup.js'] }),
      'test/setup.js': `global.isSetUp = true;`,
      'test/a.js': `it('is set up', () => { if (!isSetUp) throw new Error('not set up'); });`,
    });
    expect(files.map((file) => [file.path, file.outcome])).toEqual([['test/a.js', 'passed']]);
  });

  it('may ask for parallel and watch mode: files run one by one, once', async () => {
    const files = await measureFiles({
      ...withConfig({ parallel: true, jobs: 4, watch: true }),
      'test/a.js': PASSES,
      'test/b.js': PASSES,
    });
    expect(files.map((file) => [file.path, file.outcome, file.tests.length])).toEqual([
      ['test/a.js', 'passed', 1],
      ['test/b.js', 'passed', 1],
    ]);
  });

  it('may name a reporter that writes files: it does not run', async () => {
    const repo = makeRepo({
      ...withConfig({ reporter: './reporter.js', 'reporter-option': ['output=written.txt'] }),
      'reporter.js': `
        require('fs').writeFileSync('loaded.txt', '');
        module.exports = function () { require('fs').writeFileSync('written.txt', ''); };`,
      'test/a.js': PASSES,
    });
    const [file] = await measureRepo(repo);
    expect(file?.outcome).toBe('passed');
    expect(existsSync(join(repo, 'loaded.txt'))).toBe(false);
    expect(existsSync(join(repo, 'written.txt'))).toBe(false);
  });

  it('may bail: what never ran after the first failure is aborted', async () => {
    const [file] = await measureFiles({
      ...withConfig({ bail: true }),
      'test/a.js': `
        it('first', () => {});
        it('second', () => { throw new Error('no'); });
        it('third', () => {});`,
    });
    expect(file && formatTests(file)).toEqual([
      'passed: first',
      'failed: second (no)',
      'aborted: third (never ran: the suite stops at its first failure (bail))',
    ]);
  });

  it('may forbid .only: the file has failed, and says why', async () => {
    const [file] = await measureFiles({
      ...withConfig({ 'forbid-only': true }),
      'test/a.js': `it.only('alone', () => {});`,
    });
    expect(file?.outcome).toBe('failed');
    expect(file?.reason).toContain('.only');
  });

  it('may delay the root suite', async () => {
    const [file] = await measureFiles({
      ...withConfig({ delay: true }),
      'test/a.js': `setTimeout(() => { it('made later', () => {}); run(); }, 5);`,
    });
    expect(file && formatTests(file)).toEqual(['passed: made later']);
  });

  it('may filter by title: what is left out is not there', async () => {
    const [file] = await measureFiles({
      ...withConfig({ grep: 'fast', invert: true }),
      'test/a.js': `it('fast', () => {}); it('slow', () => {});`,
    });
    expect(file && formatTests(file)).toEqual(['passed: slow']);
  });

  it.each([
    ['a flag of V8', { 'expose-gc': true }, `if (typeof gc !== 'function') throw new Error('no gc');`],
    [
      'a flag of Node',
      { 'node-option': ['no-deprecation'] },
      `if (!process.noDeprecation) throw new Error('no');`,
    ],
  ])('may start Node with %s', async (_, config, check) => {
    const [file] = await measureFiles({
      ...withConfig(config),
      'test/a.js': `it('has it', () => { ${check} });`,
    });
    expect(file && formatTests(file)).toEqual(['passed: has it']);
  });

  it('may load ES modules, with import and without', async () => {
    const files = await measureFiles({
      ...withConfig({ extension: ['js', 'mjs'] }),
      'test/a.mjs': `
        import { strict as assert } from 'node:assert';
        import { one } from '../lib.mjs';
        await null;
        describe('module', () => it('imports', () => assert.equal(one, 1)));`,
      'lib.mjs': 'export const one = 1;',
      'test/b.js': PASSES,
    });
    expect(files.map((file) => [file.path, ...formatTests(file)]).sort()).toEqual([
      ['test/a.mjs', 'passed: module > imports'],
      ['test/b.js', 'passed: passes'],
    ]);
    expect(files.map((file) => file.loadMs)).toEqual([expect.any(Number), expect.any(Number)]);
  });

  it("may load TypeScript through Node's own type stripping", async () => {
    const [file] = await measureFiles({
      ...withConfig({ extension: ['ts'] }),
      'test/a.ts': `const one: number = 1; it('is typed', () => { if (one !== 1) throw new Error('no'); });`,
    });
    expect(file).toMatchObject({ path: 'test/a.ts', outcome: 'passed' });
  });

  it("may load TypeScript through a loader of the repo's own", async () => {
    const [file] = await measureFiles({
      ...withConfig({ extension: ['ts'], require: ['./loader.js'] }),
      'loader.js': `
        require.extensions['.ts'] = (module, filename) => {
          const source = require('fs').readFileSync(filename, 'utf8');
          module._compile(source.replace(/: number/g, '').replace(/enum One .*/, 'const One = { one: 1 };'), filename);
        };`,
      'test/a.ts': `enum One { one = 1 }
        const one: number = One.one; it('is typed', () => { if (one !== 1) throw new Error('no'); });`,
    });
    expect(file && formatTests(file)).toEqual(['passed: is typed']);
  });
});

describe("the repo's own test script", () => {
  it('gives its words and variables to mocha', async () => {
    const files = await measureFiles({
      ...withScripts({ test: 'NODE_ENV=test cross-env "NOTE=a b" mocha --expose-gc --timeout 1234 specs' }),
      'specs/a.js': `
        it('has them', function () {
          if (process.env.NODE_ENV !== 'test' || process.env.NOTE !== 'a b') throw new Error('no variables');
          if (this.timeout() !== 1234) throw new Error('no timeout');
          if (typeof gc !== 'function') throw new Error('no gc');
        });`,
    });
    expect(files.map((file) => [file.path, ...formatTests(file)])).toEqual([
      ['specs/a.js', 'passed: has them'],
    ]);
  });

  it('is followed through other scripts and wrappers', async () => {
    const files = await measureFiles({
      ...withScripts({
        test: 'npm run lint && nyc npm run unit -- --timeout 77',
        lint: 'eslint .',
        unit: 'c8 mocha --recursive specs',
      }),
      'specs/deep/a.js': `it('has them', function () { if (this.timeout() !== 77) throw new Error('no'); });`,
    });
    expect(files.map((file) => [file.path, ...formatTests(file)])).toEqual([
      ['specs/deep/a.js', 'passed: has them'],
    ]);
  });

  it('may start mocha several times: each file runs once, as the first that covers it', async () => {
    const files = await measureFiles({
      ...withScripts({ test: 'KIND=unit mocha unit && KIND=all mocha unit integration' }),
      'unit/a.js': `it('is ' + process.env.KIND, () => {});`,
      'integration/b.js': `it('is ' + process.env.KIND, () => {});`,
    });
    expect(files.map((file) => [file.path, ...formatTests(file)])).toEqual([
      ['unit/a.js', 'passed: is unit'],
      ['integration/b.js', 'passed: is all'],
    ]);
  });

  it('means by a bare glob what the shell makes of it, and by a quoted one what mocha does', async () => {
    const files = { 'test/a.js': PASSES, 'test/one/b.js': PASSES, 'test/one/two/c.js': PASSES };
    const bare = await measureFiles({ ...withScripts({ test: 'mocha test/**/*.js' }), ...files });
    const quoted = await measureFiles({ ...withScripts({ test: "mocha 'test/**/*.js'" }), ...files });
    expect(bare.map((file) => file.path)).toEqual(['test/one/b.js']);
    expect(quoted.map((file) => file.path).sort()).toEqual(Object.keys(files).sort());
  });
});
