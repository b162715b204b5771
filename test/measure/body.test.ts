import { describe, expect, it } from 'vitest';
import { computeBodyHash } from '../../core/measure/body.ts';
import type { FileResult } from '../../core/model.ts';
import { measureFile } from './measure-fixture.ts';

function bodies(file: FileResult): Record<string, string | undefined> {
  return Object.fromEntries(file.tests.map(({ title, body }) => [title.join(' > '), body]));
}

describe('the hash of a body', () => {
  it('has twelve hexadecimal digits, and differs with the code', () => {
    const hash = computeBodyHash('function () { work(1); }');
    expect(hash).toMatch(/^[0-9a-f]{12}$/);
    expect(computeBodyHash('function () { work(2); }')).not.toBe(hash);
  });

  it('is the same however the code is laid out', () => {
    expect(computeBodyHash('function () {\n\twork( 1 );\r\n}')).toBe(
      computeBodyHash('function() { work(1); }'),
    );
  });

  it('is the same whatever numbers coverage tools and Babel give to things', () => {
    expect(computeBodyHash('()=>{cov_1ab().f[3]++;cov_1ab().b[0][1]++;work();}')).toBe(
      computeBodyHash('()=>{/* istanbul ignore next */cov_1ab.s[14]++;work();}'),
    );
    expect(computeBodyHash('()=>{_chai2.expect(1)}')).toBe(computeBodyHash('()=>{_chai.expect(1)}'));
  });

  it('does not exist for a function without a text of its own', () => {
    expect(computeBodyHash('function () { [native code] }')).toBeNull();
  });
});

describe('a measured test', () => {
  it('says which body it has, and tests with the same text say the same', async () => {
    const file = await measureFile(`
      it('one', function () { Math.sqrt(1); });
      it('other', () => { Math.sqrt(2); });
      [1, 2].forEach((n) => it('of ' + n, () => Math.sqrt(n)));
      describe('async', () => it('waits', async () => { await null; }));
    `);
    const told = bodies(file);
    expect(Object.values(told).every((body) => /^[0-9a-f]{12}$/.test(body ?? ''))).toBe(true);
    expect(told['of 1']).toBe(told['of 2']);
    expect(new Set(Object.values(told)).size).toBe(4);
  });

  it('has that of its whole file when its function has no text', async () => {
    const text = (end: string) => `it('bound', Math.sqrt.bind(null, 4)); it('plain', () => {});${end}`;
    const [first, again, edited] = [
      bodies(await measureFile(text(''))),
      bodies(await measureFile(text(''))),
      bodies(await measureFile(text('\n// edited'))),
    ];
    expect(first['bound']).toMatch(/^[0-9a-f]{12}$/);
    expect(again['bound']).toBe(first['bound']);
    expect(edited['bound']).not.toBe(first['bound']);
    expect(edited['plain']).toBe(first['plain']);
  });

  it('has none when there is nothing to run, or when it was another in each round', async () => {
    const file = await measureFile(
      `it('to do');
       it('generated', new Function('return ' + JSON.stringify(process.hrtime().join())));`,
      { settings: { samples: 2 } },
    );
    expect(bodies(file)).toEqual({ 'to do': undefined, generated: undefined });
  });

  it('has one, too, when it is made while others run', async () => {
    const file = await measureFile(`
      describe('late', function () {
        before(function () {
          this.test.parent.addTest(new (require('mocha').Test)('made', () => Math.sqrt(5)));
        });
        it('first', () => {});
      });
    `);
    expect(bodies(file)['late > made']).toBe(computeBodyHash('() => Math.sqrt(5)'));
  });

  it('gives no body once the texts of a process are too long for all of them', async () => {
    const file = await measureFile(`
      const long = (n) => new Function('/*' + 'x'.repeat(60000) + '*/ return ' + n);
      for (let n = 0; n < 300; n += 1) it('of ' + n, long(n));
    `);
    const told = Object.values(bodies(file));
    expect(told[0]).toBeDefined();
    expect(told.at(-1)).toBeUndefined();
    expect(file.outcome).toBe('passed');
  });
});
