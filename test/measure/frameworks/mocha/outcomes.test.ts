import { describe, expect, it } from 'vitest';
import { formatTests, measureBeside, measureFile } from '../../measure-fixture.ts';

describe('a test', () => {
  it('is known by its file and its titles, inside suites or outside of all', async () => {
    const file = await measureBeside(`
      it('at the root', () => {});
      describe('outer', () => {
        it('first', () => {});
        describe('inner', () => it('second', () => {}));
      });`);
    expect(formatTests(file)).toEqual([
      'passed: at the root',
      'passed: outer > first',
      'passed: outer > inner > second',
    ]);
    expect(file).toMatchObject({ path: 'test/a.js', outcome: 'passed', exitCode: 0, signal: null });
    expect(file.suites.map((suite) => suite.title)).toEqual([['outer'], ['outer', 'inner']]);
  });

  it('is told from its namesakes by their order', async () => {
    const file = await measureBeside(`
      describe('suite', () => { it('test', () => {}); it('test', () => { throw new Error('second'); }); });
      describe('suite', () => { it('test', () => {}); });`);
    expect(formatTests(file)).toEqual([
      'passed: suite > test',
      'failed: suite > test #2 (second)',
      'passed: suite > test #3',
    ]);
    expect(file.suites).toMatchObject([{ title: ['suite'] }, { title: ['suite'], occurrence: 2 }]);
  });

  it('may return a promise or call back', async () => {
    const file = await measureBeside(`
      it('resolves', () => Promise.resolve());
      it('rejects', () => Promise.reject(new TypeError('rejected')));
      it('calls back', (done) => { setTimeout(done, 1); });
      it('calls back with an error', (done) => { setTimeout(() => done(new Error('told')), 1); });
      it('throws in a timer', (done) => { setTimeout(() => { throw new Error('late'); }, 1); });`);
    expect(formatTests(file)).toEqual([
      'passed: resolves',
      'failed: rejects (TypeError: rejected)',
      'passed: calls back',
      'failed: calls back with an error (told)',
      'failed: throws in a timer (late)',
    ]);
    expect(file).toMatchObject({ outcome: 'failed', reason: '3 of 5 tests failed', exitCode: 3 });
  });

  it('is skipped when pending, skipped, or skipping itself, now or later', async () => {
    const file = await measureBeside(`
      it('pending');
      it.skip('skipped', () => {});
      it('skips', function () { this.skip(); });
      it('skips later', function (done) { setTimeout(() => this.skip(), 1); });
      describe.skip('suite', () => it('inside', () => {}));`);
    expect(file.tests.map((test) => test.outcome)).toEqual(Array(5).fill('skipped'));
    expect(file.tests.map((test) => test.durationMs)).toEqual(Array(5).fill(null));
    expect(file).toMatchObject({ outcome: 'skipped', reason: 'all its tests are skipped' });
  });

  it('is not there when another one is chosen with .only, however deep', async () => {
    const file = await measureBeside(`
      it('out', () => {});
      describe('outer', () => {
        it('out', () => {});
        describe('inner', () => { it.only('in', () => {}); it('out', () => {}); });
      });
      describe('empty when filtered', () => { it('out', () => {}); });
      describe.only('chosen', () => { it('in', () => {}); describe('below', () => it('in', () => {})); });`);
    expect(formatTests(file)).toEqual([
      'passed: outer > inner > in',
      'passed: chosen > in',
      'passed: chosen > below > in',
    ]);
    expect(file.suites.map((suite) => suite.title.join(' > '))).toEqual([
      'outer',
      'outer > inner',
      'chosen',
      'chosen > below',
    ]);
  });

  it('that is retried tells how often, and takes the outcome of its last attempt', async () => {
    const file = await measureBeside(`
      describe('retries', function () {
        this.retries(3);
        let tries = 0;
        beforeEach(() => {});
        it('third time', () => { if (++tries < 3) throw new Error('try ' + tries); });
        it('never', () => { throw new Error('never'); });
        it('at once', () => {});
      });`);
    expect(file.tests).toMatchObject([
      { outcome: 'passed', attempts: 3 },
      { outcome: 'failed', attempts: 4, reason: 'never' },
      { outcome: 'passed', attempts: 1 },
    ]);
    expect(file.tests.map((test) => test.samplesMs.length)).toEqual([1, 0, 1]);
  });

  it('that calls done twice has failed, although it had passed', async () => {
    const file = await measureBeside(`
      it('twice', (done) => { done(); done(); });
      it('next', () => {});`);
    expect(file.tests).toMatchObject([
      { outcome: 'failed', reason: expect.stringContaining('done() called multiple times') },
      { outcome: 'passed' },
    ]);
    expect(file.outcome).toBe('failed');
  });

  it('that takes longer than its timeout has failed', async () => {
    const file = await measureBeside(`
      it('waits', function (done) { this.timeout(20); });
      it('next', () => {});`);
    expect(file.tests).toMatchObject([
      { outcome: 'failed', reason: expect.stringContaining('Timeout of 20ms exceeded') },
      { outcome: 'passed' },
    ]);
    expect(file.tests[0]?.durationMs).toBeGreaterThanOrEqual(19);
  });

  it('that throws after it has passed has failed, and those never run after it are told so', async () => {
    const file = await measureBeside(`
      it('late', () => { process.nextTick(() => { throw new Error('too late'); }); });
      it('next', () => {});`);
    expect(formatTests(file)).toEqual([
      'failed: late (too late)',
      'aborted: next (never ran: the run was given up after an earlier failure)',
    ]);
  });

  it('that leaves a rejected promise behind keeps its outcome, as mocha says, but the file tells of it', async () => {
    const file = await measureBeside(`
      it('leaves one behind', (done) => { Promise.reject(new Error('nobody listens')); setTimeout(done, 5); });
      it('next', () => {});`);
    expect(file).toMatchObject({
      outcome: 'passed',
      reason: 'a rejected promise was not handled in "leaves one behind": nobody listens',
    });
  });

  it('made while others run is there, too', async () => {
    const file = await measureFile(`
      describe('outer', () => {
        before(function () {
          this.test.parent.addTest(new (require('mocha').Test)('made later', () => {}));
        });
        it('first', () => {});
      });`);
    expect(formatTests(file)).toEqual(['passed: outer > first', 'passed: outer > made later']);
  });
});

describe('times', () => {
  it('are the body alone, with hooks and CPU time beside it', async () => {
    const file = await measureFile(`
      const spin = (ms) => { const end = performance.now() + ms; while (performance.now() < end); };
      describe('suite', () => {
        before(() => spin(30));
        beforeEach(() => spin(20));
        afterEach(() => spin(20));
        it('works', () => spin(10));
        it('waits', (done) => { setTimeout(done, 10); });
      });`);
    const [works, waits] = file.tests;
    const [suite] = file.suites;
    expect(works?.durationMs).toBeGreaterThanOrEqual(10);
    expect(works?.hooksMs).toBeGreaterThanOrEqual(40);
    expect(works?.cpuMs).toBeGreaterThan(0);
    expect(waits?.cpuMs).toBeLessThan(waits?.durationMs ?? 0);
    expect(suite?.hooksMs).toBeGreaterThanOrEqual(30);
    expect(suite?.durationMs).toBeGreaterThanOrEqual(
      (suite?.hooksMs ?? 0) + (works?.durationMs ?? 0) + (works?.hooksMs ?? 0),
    );
    expect(file.durationMs).toBeGreaterThan((suite?.durationMs ?? 0) + (file.loadMs ?? 0));
    expect(file.peakRssBytes).toBeGreaterThan(10_000_000);
  });
});
