/** What a test process does not load of mocha, and how nobody notices: see sparing.cjs and options.cjs there. */
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { formatTests, makeRepo, measureFiles, measureRepo, runPlainMocha } from '../../measure-fixture.ts';

const { formatOptions, parseOptions } = createRequire(import.meta.url)(
  '../../../../core/measure/frameworks/mocha/options.cjs',
) as {
  readonly formatOptions: (options: Readonly<Record<string, unknown>>) => string | null;
  readonly parseOptions: (text: string) => Record<string, unknown>;
};

/** Tests of one text, as plain mocha runs them and as Tracey does. */
async function runBoth(text: string, files: Readonly<Record<string, string>> = {}) {
  const repo = makeRepo({ ...files, 'test/a.js': text });
  const [file] = await measureRepo(repo);
  const plain = runPlainMocha(repo, 'test/a.js').map(({ title, outcome }) => `${outcome}: ${title}`);
  return { plain, measured: file === undefined ? [] : formatTests(file).toSorted() };
}

describe("mocha's reporters", () => {
  it('are all there, by all their names, for whoever asks', async () => {
    const { plain, measured } = await runBoth(`
      const { reporters } = require('mocha');
      for (const name of Object.keys(reporters)) it(name + ' ' + reporters[name].name, () => {});
      it('share a base', () => {
        if (!(reporters.Spec.prototype instanceof reporters.Base)) throw new Error('of another base');
      });
      it('can be replaced', () => {
        reporters.Dot = 'mine';
        if (reporters.Dot !== 'mine' || reporters.dot === 'mine') throw new Error('not replaced');
      });`);
    expect(measured.length).toBeGreaterThan(30);
    expect(measured).toEqual(plain.toSorted());
  });

  it('know what mocha was told about them before anybody asked', async () => {
    const { plain, measured } = await runBoth(
      `it('settings', () => {});
       const { Base } = require('mocha').reporters;
       describe('later', () => {
         it('hides differences', () => { if (Base.hideDiff !== true) throw new Error(String(Base.hideDiff)); });
         it('is inline', () => { if (Base.inlineDiffs !== true) throw new Error(String(Base.inlineDiffs)); });
       });`,
      { '.mocharc.json': JSON.stringify({ diff: false, 'inline-diffs': true }) },
    );
    expect(measured).toContain('passed: later > is inline');
    expect(measured).toHaveLength(plain.length);
  });

  it('know it also when asked only once tests run', async () => {
    const [file] = await measureFiles({
      '.mocharc.json': JSON.stringify({ diff: false }),
      'test/a.js': `it('hides', () => {
        if (require('mocha').reporters.Base.hideDiff !== true) throw new Error('it shows them');
      });`,
    });
    expect(file?.outcome).toBe('passed');
  });
});

describe("mocha's options", () => {
  it('are read anew by whoever asks for them in a test', async () => {
    const [file] = await measureFiles({
      '.mocharc.json': JSON.stringify({ timeout: 4321 }),
      'test/a.js': `it('reads', () => {
        const folder = require('path').dirname(require.resolve('mocha/package.json'));
        const { loadOptions } = require(folder + '/lib/cli/options.cjs');
        if (loadOptions(['--slow', '17']).slow !== '17') throw new Error('not read');
        if (loadOptions([]).timeout !== 4321) throw new Error('of another file');
      });`,
    });
    expect(file?.tests).toMatchObject([{ outcome: 'passed' }]);
  });

  it.each([
    ['cjs', `module.exports = { timeout: 1234 };`],
    ['js', `module.exports = { timeout: 1234 };`],
    ['mjs', `export default { timeout: 1234 };`],
  ])('that a script gives, .mocharc.%s, come from it in each process', async (ending, text) => {
    const [file] = await measureFiles({
      [`.mocharc.${ending}`]: `globalThis.configured = true;\n${text}`,
      'test/a.js': `it('is configured', function () {
        if (globalThis.configured !== true) throw new Error('the script did not run');
        if (this.timeout() !== 1234) throw new Error('timeout ' + this.timeout());
      });`,
    });
    expect(file?.tests).toMatchObject([{ outcome: 'passed' }]);
  });

  it.each([
    ['.mocharc.json', JSON.stringify({ timeout: 1234, ui: 'tdd', require: 'assert,path', global: ['a,b'] })],
    ['.mocharc.yml', 'timeout: 1234\nui: tdd\nrequire: assert,path\nglobal:\n  - a,b\n'],
    [
      'package.json',
      JSON.stringify({ devDependencies: { mocha: '*' }, mocha: { timeout: 1234, ui: 'tdd' } }),
    ],
    [
      'package.json',
      JSON.stringify({ devDependencies: { mocha: '*' }, scripts: { test: 'mocha -t 1234 --ui=tdd' } }),
    ],
  ])('that %s gives are the same in each process', async (name, text) => {
    const [file] = await measureFiles({
      [name]: text,
      'test/a.js': `test('has them', function () {
        if (this.timeout() !== 1234) throw new Error('timeout ' + this.timeout());
      });`,
    });
    expect(file?.tests).toMatchObject([{ outcome: 'passed' }]);
  });

  it('say the same after being told from one process to another', () => {
    const options = { a: 1, b: [true, 'x', null], c: { d: -0.5 }, e: undefined, _: [] };
    const text = formatOptions(options);
    expect(text).not.toBeNull();
    const parsed = parseOptions(text ?? '');
    expect(parsed).toEqual(options);
    expect('e' in parsed).toBe(true);
  });

  it.each([
    ['a function', () => {}],
    ['an expression', /a/],
    ['no number', Number.NaN],
    ['a hole', [undefined]],
    ['a deep function', { rootHooks: [{ beforeEach() {} }] }],
    ['an instance', new Map()],
  ])('are not told when they hold %s', (_, value) => {
    expect(formatOptions({ fine: 1, value })).toBeNull();
  });
});

describe("mocha's debug messages", () => {
  it('are printed for whoever wants them', async () => {
    const printed: Buffer[] = [];
    const files = {
      'test/a.js': `it('a', () => {});`,
    };
    const settings = { env: { DEBUG: 'mocha:runner' } };
    const repo = makeRepo(files);
    await measureRepo(repo, { settings, onOutput: (chunk) => printed.push(chunk) });
    expect(Buffer.concat(printed).toString()).toMatch(/mocha:runner/);
    printed.length = 0;
    await measureRepo(repo, { onOutput: (chunk) => printed.push(chunk) });
    expect(Buffer.concat(printed).toString()).toBe('');
  });

  it("are none of the tests' own", async () => {
    const [file] = await measureFiles({
      'test/a.js': `it('has the real one', () => {
        const folder = require('path').dirname(require.resolve('mocha/package.json'));
        const debug = require(require.resolve('debug', { paths: [folder] }));
        debug.enable('own');
        if (!debug('own').enabled) throw new Error('a stand-in');
      });`,
    });
    expect(file?.tests).toMatchObject([{ outcome: 'passed' }]);
  });
});
