/** What V8 made of a framework's files, kept by one process and taken by the next: see probe/compiled.cjs. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { makeTemporaryFolder } from '../../temporary-folder.ts';
import { formatTests, measureFiles, writeFiles } from '../measure-fixture.ts';

const COMPILED = fileURLToPath(new URL('../../../core/measure/probe/compiled.cjs', import.meta.url));

const FRAMEWORK = `
exports.text = 'one';
exports.first = (function () { return require.main === module.parent && require.cache[__filename] === module; })();
exports.resolved = require.resolve('./other.js');
exports.where = new Error('here').stack.split('\\n')[1];
exports.found = require('./part').name;
exports.load = function () { return require('./loading.js')(); };
/** @type {import('./other.js')} */
exports.other = null;
`;

/** A framework of two files, something of a repo, and a process for each side. */
function makePlace() {
  const folder = makeTemporaryFolder();
  writeFiles(folder, {
    'framework/index.js': FRAMEWORK,
    'framework/other.js': `exports.name = 'other';`,
    'framework/loading.js': `module.exports = () => import('./other.js');`,
    'framework/part/index.js': `exports.name = 'a folder';`,
    'repo/a.js': `
      const Module = require('module');
      exports.left = String(Module.prototype._compile) + String(Module._resolveFilename);`,
    'run.js': `
      const vm = require('vm');
      const { relative } = require('path');
      const scripts = {};
      vm.Script = class extends vm.Script {
        constructor(text, options) {
          super(text, options);
          scripts[relative(__dirname + '/framework', options.filename)] = options.cachedData ? !this.cachedDataRejected : 'none';
        }
      };
      const isListing = process.argv[2] === 'list';
      const compiled = require(${JSON.stringify(COMPILED)}).openCompiled({
        isListing, keptIn: __dirname + '/kept', folders: [__dirname + '/framework'],
      });
      const framework = require('./framework/index.js');
      compiled.endEarly();
      const repo = require('./repo/a.js');
      if (compiled.keep) compiled.keep();
      framework.load().then(({ default: { name } }) => {
        const { text, first, resolved, where, found } = framework;
        console.log(JSON.stringify({ scripts, text, first, resolved, where, found, name, left: repo.left }));
      });
    `,
  });
  const run = (side: 'list' | 'run', flags: readonly string[] = []) => {
    const ended = spawnSync(process.execPath, [...flags, join(folder, 'run.js'), side], { encoding: 'utf8' });
    expect(ended.stderr).toBe('');
    return JSON.parse(ended.stdout) as {
      readonly scripts: Readonly<Record<string, boolean | 'none'>>;
      readonly text: string;
      readonly first: boolean;
      readonly resolved: string;
      readonly where: string;
      readonly found: string;
      readonly name: string;
      readonly left: string;
    };
  };
  return { folder, kept: join(folder, 'kept'), run };
}

describe('what V8 made of a framework', () => {
  it('is taken by the next process, and nothing of the repo with it', () => {
    const { run, kept } = makePlace();
    expect(run('list').scripts).toEqual({ 'index.js': 'none', 'part/index.js': 'none' });
    expect(existsSync(kept)).toBe(true);
    expect(readFileSync(kept, 'latin1')).not.toContain('repo/a.js');
    expect(run('run').scripts).toEqual({ 'index.js': true, 'part/index.js': true });
  });

  it('finds what Node gives to every module', () => {
    const { run, folder } = makePlace();
    const plain = run('run');
    expect(plain.scripts).toEqual({});
    run('list');
    const { scripts, ...given } = run('run');
    expect(scripts).toEqual({ 'index.js': true, 'part/index.js': true });
    const { scripts: _, ...expected } = plain;
    expect(given).toEqual(expected);
    expect(given.where).toContain(`${folder}/framework/index.js:5:`);
  });

  it('is found where the listing found it, without looking again', () => {
    const { run, folder } = makePlace();
    run('list');
    writeFiles(folder, { 'framework/part.js': `exports.name = 'a file';` });
    expect(run('run').found).toBe('a folder');
    writeFiles(folder, { kept: 'nothing' });
    expect(run('run').found).toBe('a file');
  });

  it("leaves the repo's files to Node, with nothing of it left to see", () => {
    const { run } = makePlace();
    run('list');
    const { left, scripts } = run('run');
    expect(scripts['index.js']).toBe(true);
    expect(left).toContain('wrapSafe');
    expect(left).not.toContain('Ours');
  });

  it('is not taken for another text of the same length', () => {
    const { run, folder } = makePlace();
    run('list');
    writeFiles(folder, { 'framework/index.js': FRAMEWORK.replace("'one'", "'two'") });
    expect(run('run')).toMatchObject({ text: 'two', scripts: { 'part/index.js': true } });
  });

  it('is refused by a Node with other flags, which compiles as ever', () => {
    const { run } = makePlace();
    run('list');
    expect(run('run', ['--no-lazy'])).toMatchObject({ text: 'one', scripts: { 'index.js': false } });
  });

  it('is nothing when its end is missing', () => {
    const { run, kept } = makePlace();
    run('list');
    truncateSync(kept, 500);
    expect(run('run')).toMatchObject({ text: 'one', scripts: {} });
  });

  it('is neither kept nor taken where something was loaded before, which may change how files are compiled', () => {
    const { run, kept, folder } = makePlace();
    const flags = ['--require', join(folder, 'framework/other.js')];
    expect(run('list', flags).scripts).toEqual({});
    expect(existsSync(kept)).toBe(false);
    run('list');
    expect(run('run', flags).scripts).toEqual({});
  });
});

describe('a suite of which mocha is kept', () => {
  const FILES = ['a', 'b', 'c', 'd', 'e'].map((name) => `test/${name}.js`);
  const TEXT = `
    const compiling = String(require('module').prototype._compile);
    describe('a suite', () => {
      it('sees nothing of it', () => { if (!/wrapSafe/.test(compiling)) throw new Error(compiling); });
      it('fails', () => { throw new Error('no'); });
      it('waits', (done) => { setTimeout(done, 1); });
    });`;

  it('gives the same tests, with the same fingerprints, as one that is too short for that', async () => {
    const texts = Object.fromEntries(FILES.map((file) => [file, TEXT]));
    const many = await measureFiles(texts);
    const few = await measureFiles({ 'test/a.js': TEXT });
    expect(many.map(({ path }) => path)).toEqual(FILES);
    for (const file of many) {
      expect(formatTests(file)).toEqual([
        'passed: a suite > sees nothing of it',
        'failed: a suite > fails (no)',
        'passed: a suite > waits',
      ]);
      expect(file.fingerprint).not.toBeNull();
    }
    expect(few.map(formatTests)).toEqual([formatTests(many[0] as (typeof many)[0])]);
  });

  it('leaves what the repo loads before its tests to Node', async () => {
    const texts = Object.fromEntries(FILES.map((file) => [file, `it('runs', () => {});`]));
    const files = await measureFiles({
      ...texts,
      '.mocharc.json': JSON.stringify({ require: './before.js' }),
      'before.js': `
        const compiling = String(require('module').prototype._compile);
        exports.mochaHooks = {
          beforeAll() { if (!/wrapSafe/.test(compiling)) throw new Error(compiling); },
        };`,
    });
    expect(files.map(({ outcome }) => outcome)).toEqual(FILES.map(() => 'passed'));
  });
});
