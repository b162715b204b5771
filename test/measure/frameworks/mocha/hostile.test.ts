import { describe, expect, it } from 'vitest';
import { runReportSchema, TEXT_LIMITS } from '../../../../core/model.ts';
import {
  computePlainTests,
  formatTests,
  makeRepo,
  measureFile,
  measureRepo,
  runPlainMocha,
} from '../../measure-fixture.ts';

const fileResultSchema = runReportSchema.shape.files.element;

describe('titles', () => {
  it('of any text stay themselves', async () => {
    const titles = [
      'two\nlines',
      'tab\tand \u0001 control',
      '😀 and "quotes" \\',
      '__proto__',
      'x'.repeat(10_000),
    ];
    const text = titles.map((title) => `it(${JSON.stringify(title)}, () => {});`).join('\n');
    const repo = makeRepo({ 'test/a.js': text });
    const [file] = await measureRepo(repo);
    expect(file?.tests.map((test) => test.title)).toEqual(titles.map((title) => [title]));
    expect(file && computePlainTests(file)).toEqual(runPlainMocha(repo, 'test/a.js'));
  });

  it('that are not valid Unicode become valid', async () => {
    const file = await measureFile(`it('half \\uD83D an emoji', () => {}); it('\\uDE00', () => {});`);
    expect(file.tests.map((test) => test.title)).toEqual([['half \uFFFD an emoji'], ['\uFFFD']]);
  });

  it('longer than the limit are cut and still told apart', async () => {
    const file = await measureFile(`
      const long = 'x'.repeat(50000);
      it(long + 'a', () => {});
      it(long + 'b', () => {});`);
    const [first, second] = file.tests.map((test) => test.title[0] ?? '');
    expect(first?.length).toBeLessThanOrEqual(TEXT_LIMITS.title);
    expect(first).not.toBe(second);
    expect(file.tests.every((test) => test.occurrence === undefined)).toBe(true);
  });
});

describe('a test that replaces what the probe needs', () => {
  it.each([
    ['the clock', `process.hrtime = () => [0, 0]; performance.now = () => 0; Date.now = () => 0;`],
    ['timers', `global.setTimeout = global.setImmediate = global.setInterval = () => {};`],
    ['the file system', `const fs = require('fs'); for (const name of Object.keys(fs)) fs[name] = () => {};`],
    ['the module cache', `for (const name of Object.keys(require.cache)) delete require.cache[name];`],
    ['process.exit', `process.exit = () => {};`],
    ['listeners', `process.removeAllListeners('exit');`],
    ['JSON', `JSON.stringify = () => 'nothing';`],
    ['the environment', `for (const name of Object.keys(process.env)) delete process.env[name];`],
    ['console', `console.log = process.stdout.write = () => { throw new Error('silence'); };`],
  ])('replaces %s and is measured all the same', async (_, replace) => {
    const file = await measureFile(`
      it('replaces', () => { ${replace} });
      it('works', () => { let sum = 0; for (let i = 0; i < 1e6; i += 1) sum += i; });`);
    expect(formatTests(file)).toEqual(['passed: replaces', 'passed: works']);
    expect(file.tests[1]?.durationMs).toBeGreaterThan(0);
    expect(file.outcome).toBe('passed');
    expect(file.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  });

  it('makes mochas of its own, which are left alone', async () => {
    const file = await measureFile(`
      const Mocha = require('mocha');
      it('runs another', (done) => {
        const inner = new Mocha({ reporter: 'min' });
        inner.suite.addTest(new Mocha.Test('inside', () => {}));
        inner.run((failures) => done(failures ? new Error('inner failed') : undefined));
      });
      it('comes after it', () => {});`);
    expect(formatTests(file)).toEqual(['passed: runs another', 'passed: comes after it']);
  });
});

describe('whatever a test throws', () => {
  it('fails it with a bounded text', async () => {
    const repo = makeRepo({
      'test/a.js': `
        it('null', () => { throw null; });
        it('undefined', () => { throw undefined; });
        it('a string', () => { throw 'text'; });
        it('a symbol', () => { throw Symbol('sign'); });
        it('an object', () => { throw { some: 'thing' }; });
        it('an array', (done) => { done(['one']); });
        it('getters that throw', () => {
          const error = new Error('plain');
          Object.defineProperty(error, 'name', { get() { throw new Error('no name'); } });
          throw error;
        });
        it('a huge message', () => { throw new Error('x'.repeat(1e7)); });
        it('half an emoji', () => { throw new Error('half \\uD83D'); });`,
    });
    const [file] = await measureRepo(repo);
    expect(file && computePlainTests(file)).toEqual(runPlainMocha(repo, 'test/a.js'));
    expect(file?.tests.map((test) => test.outcome)).toEqual(Array(9).fill('failed'));
    for (const test of file?.tests ?? []) {
      expect(test.error?.message.length).toBeLessThanOrEqual(TEXT_LIMITS.message);
      expect(test.error?.message.length).toBeGreaterThan(0);
      expect(test.error?.stack?.length ?? 0).toBeLessThanOrEqual(TEXT_LIMITS.stack);
      expect(test.reason?.length).toBeLessThanOrEqual(200);
      expect(test.error?.message.isWellFormed()).toBe(true);
    }
    expect(fileResultSchema.safeParse(file).error).toBeUndefined();
  });
});

describe('a great amount', () => {
  it('of output is drained, and its end kept', async () => {
    const file = await measureFile(`
      for (let index = 0; index < 20; index += 1) {
        it('prints ' + index, () => { console.log('x'.repeat(1e6)); });
      }
      it('fails', () => { console.log('the end of it'); throw new Error('no'); });`);
    expect(file.tests).toHaveLength(21);
    expect(file.output?.length).toBeLessThanOrEqual(TEXT_LIMITS.output + 1);
    expect(file.output).toContain('the end of it');
  });

  it('of tests is measured whole', async () => {
    const file = await measureFile(`
      for (let suite = 0; suite < 50; suite += 1) describe('suite ' + suite, () => {
        for (let index = 0; index < 100; index += 1) it('test ' + index, () => {});
      });`);
    expect(file.tests).toHaveLength(5000);
    expect(file.suites).toHaveLength(50);
    expect(file.tests.every((test) => test.outcome === 'passed' && test.durationMs !== null)).toBe(true);
  });

  it('of failures keeps the texts of the first ones whole, and a line of the others', async () => {
    const file = await measureFile(`
      for (let index = 0; index < 1000; index += 1) {
        it('fails ' + index, () => { throw new Error('line one\\n' + 'x'.repeat(8000)); });
      }`);
    expect(file.tests).toHaveLength(1000);
    expect(file.tests[0]?.error?.message.length).toBeGreaterThan(8000);
    expect(file.tests[999]?.error).toEqual({ message: 'line one' });
  });
});

describe('an event file that the test writes to itself', () => {
  /** Finds the probe's event file among the open ones. */
  const find = `
    const fs = require('fs');
    const file = fs.readdirSync('/proc/self/fd').map((fd) => {
      try { return fs.readlinkSync('/proc/self/fd/' + fd); } catch { return ''; }
    }).find((path) => /events-\\d+\\.jsonl$/.test(path));`;

  it('with garbage is not believed from there on', async () => {
    const file = await measureFile(`${find}
      it('finishes', () => {});
      it('writes', () => { fs.appendFileSync(file, 'garbage\\n'); });
      it('comes after it', () => {});`);
    expect(file.outcome).toBe('aborted');
    expect(file.reason).toMatch(/^its results cannot be read: line \d+ is not JSON$/);
    expect(file.tests.map((test) => test.outcome)).toEqual(['passed', 'aborted', 'aborted']);
  });

  it('with events that make no sense is survived', async () => {
    const file = await measureFile(`${find}
      it('writes', () => {
        const events = [
          { type: 'suite', id: 900, parent: 901, title: 'one', file: null, bail: false },
          { type: 'suite', id: 901, parent: 900, title: 'two', file: null, bail: false },
          { type: 'test', id: 900, suite: 900, title: 'in a circle', file: null },
          { type: 'test-end', test: 12345, outcome: 'passed', ms: 1, cpuMs: 1, attempts: 1 },
          { type: 'hook', kind: 'before each', title: 'x', suite: 77, test: 78, ms: 1, failed: true },
          { type: 'suite-end', suite: 55, ms: 1 },
        ];
        for (const event of events) fs.appendFileSync(file, JSON.stringify(event) + '\\n');
      });`);
    expect(fileResultSchema.safeParse(file).error).toBeUndefined();
    expect(file.tests.map((test) => test.title.at(-1))).toEqual(['writes', 'in a circle']);
  });
});
