import { describe, expect, it } from 'vitest';
import { formatTests, measureBeside } from '../../measure-fixture.ts';

describe('a hook that fails', () => {
  it('before all tests takes down those of its suite and below, and no others', async () => {
    const file = await measureBeside(`
      describe('broken', () => {
        before(() => { throw new Error('no ground'); });
        it('first', () => {});
        describe('deeper', () => it('second', () => {}));
      });
      describe('beside', () => it('third', () => {}));`);
    const reason = '"before all" hook for "first" failed: no ground';
    expect(formatTests(file)).toEqual([
      `aborted: broken > first (${reason})`,
      `aborted: broken > deeper > second (${reason})`,
      'passed: beside > third',
    ]);
    expect(file).toMatchObject({ outcome: 'failed', reason, error: { message: 'no ground' } });
  });

  it('before each test takes down the test it was for and all that follow in its suite', async () => {
    const file = await measureBeside(`
      describe('broken', () => {
        let runs = 0;
        beforeEach('set up', () => { if (++runs === 2) throw new Error('no second'); });
        it('first', () => {});
        it('second', () => {});
        describe('deeper', () => it('third', () => {}));
      });
      it('beside', () => {});`);
    const reason = '"before each" hook: set up for "second" failed: no second';
    expect(formatTests(file)).toEqual([
      'passed: beside',
      'passed: broken > first',
      `aborted: broken > second (${reason})`,
      `aborted: broken > deeper > third (${reason})`,
    ]);
    expect(file).toMatchObject({ outcome: 'failed', reason });
  });

  it('after each test leaves that test as it was, and takes down those that follow', async () => {
    const file = await measureBeside(`
      describe('broken', () => {
        afterEach(() => { throw new Error('no end'); });
        it('first', () => {});
        it('second', () => {});
      });`);
    const reason = '"after each" hook for "first" failed: no end';
    expect(formatTests(file)).toEqual(['passed: broken > first', `aborted: broken > second (${reason})`]);
    expect(file).toMatchObject({ outcome: 'failed', reason });
  });

  it('after all tests takes down none, but the file has failed', async () => {
    const file = await measureBeside(`
      describe('broken', () => {
        after((done) => { done(new Error('no close')); });
        it('first', () => {});
      });
      describe('beside', () => it('second', () => {}));`);
    expect(formatTests(file)).toEqual(['passed: broken > first', 'passed: beside > second']);
    expect(file).toMatchObject({
      outcome: 'failed',
      reason: '"after all" hook for "first" failed: no close',
    });
  });

  it('outside every suite takes down the whole file', async () => {
    const file = await measureBeside(`
      before(() => Promise.reject(new Error('no world')));
      it('first', () => {});
      describe('suite', () => it('second', () => {}));`);
    expect(file.tests.map((test) => test.outcome)).toEqual(['aborted', 'aborted']);
    expect(file).toMatchObject({
      outcome: 'failed',
      reason: '"before all" hook for "first" failed: no world',
    });
  });

  it('by taking too long is named, too', async () => {
    const file = await measureBeside(`
      describe('slow', () => {
        before(function (done) { this.timeout(20); });
        it('first', () => {});
      });`);
    expect(file.reason).toContain('"before all" hook for "first" failed: Timeout of 20ms');
    expect(file.tests).toMatchObject([{ outcome: 'aborted' }]);
  });
});

describe('a hook that skips', () => {
  it('skips the tests of its suite and no others', async () => {
    const file = await measureBeside(`
      describe('all', () => {
        before(function () { this.skip(); });
        it('first', () => {});
        describe('deeper', () => it('second', () => {}));
      });
      describe('each', () => {
        beforeEach(function () { this.skip(); });
        it('third', () => {});
        it('fourth', () => {});
      });
      describe('beside', () => it('fifth', () => {}));`);
    expect(formatTests(file)).toEqual([
      'skipped: all > first',
      'skipped: all > deeper > second',
      'skipped: each > third',
      'skipped: each > fourth',
      'passed: beside > fifth',
    ]);
    expect(file.outcome).toBe('passed');
  });
});
