/**
 * A test suite that every mocha from 2 on and every Node from 0.10 on can run: ES5, every way in which a test, a
 * hook or a file can end.
 */

/** Files that plain mocha can report on, too. */
export const COMPARABLE: Readonly<Record<string, string>> = {
  'test/outcomes.js': `
    it('at the root', function () {});
    it('pending at the root');
    describe('outer', function () {
      it('passes', function () {});
      it('calls back', function (done) { setTimeout(done, 1); });
      it('calls back with an error', function (done) { setTimeout(function () { done(new Error('told')); }, 1); });
      it('throws', function () { throw new Error('thrown'); });
      it('throws a string', function () { throw 'text'; });
      it('throws undefined', function () { throw undefined; });
      it('throws null', function () { throw null; });
      it('throws in a timer', function (done) { setTimeout(function () { throw new Error('late'); }, 1); });
      it('never calls back', function (done) {});
      it('is pending');
      it.skip('is skipped', function () {});
      it('skips itself', function () { this.skip(); });
      it('calls a namesake', function () {});
      it('calls a namesake', function () { throw new Error('the second'); });
      describe('inner', function () {
        it('passes', function () {});
        describe('innermost', function () { it('passes', function () {}); });
      });
      describe('inner', function () { it('passes', function () {}); });
      describe('empty', function () {});
      describe.skip('skipped suite', function () { it('is skipped', function () {}); });
      context('by another word', function () { specify('passes', function () {}); });
    });
    if (typeof Promise === 'function') describe('promises', function () {
      it('resolve', function () { return Promise.resolve(); });
      it('reject', function () { return Promise.reject(new Error('rejected')); });
    });
    describe('titles', function () {
      it('with\\nnewlines\\tand \\u0001 control', function () {});
      it('with emoji \\uD83D\\uDE00 and "quotes"', function () {});
      it('with length ' + new Array(10001).join('x'), function () {});
    });`,
  'test/done-twice.js': `
    describe('done', function () {
      it('is called twice', function (done) { done(); done(); });
      it('comes after it', function () {});
    });`,
  'test/hooks.js': `
    describe('before fails', function () {
      it('runs before', function () {});
      describe('broken', function () {
        before(function () { throw new Error('no ground'); });
        it('is taken down', function () {});
        describe('deeper', function () { it('is taken down', function () {}); });
      });
      describe('beside it', function () { it('runs', function () {}); });
    });
    describe('beforeEach fails', function () {
      var runs = 0;
      beforeEach('set up', function () { if (++runs === 2) throw new Error('no second'); });
      it('first', function () {});
      it('second', function () {});
      it('third', function () {});
      describe('inner', function () { it('fourth', function () {}); });
    });
    describe('afterEach fails', function () {
      afterEach(function () { throw new Error('no end'); });
      it('first', function () {});
      it('second', function () {});
    });
    describe('after fails', function () {
      after(function (done) { done(new Error('no close')); });
      it('first', function () {});
    });
    describe('before skips', function () {
      before(function () { this.skip(); });
      it('first', function () {});
      describe('inner', function () { it('second', function () {}); });
    });
    describe('beforeEach skips', function () {
      beforeEach(function () { this.skip(); });
      it('first', function () {});
      it('second', function () {});
    });
    describe('after them', function () { it('runs', function () {}); });`,
  'test/only.js': `
    describe('outer', function () {
      it('is left out', function () { throw new Error('not to be run'); });
      describe('inner', function () {
        it.only('runs', function () {});
        it('is left out, too', function () { throw new Error('not to be run'); });
      });
    });
    describe('other', function () { it('is left out', function () { throw new Error('not to be run'); }); });`,
  'test/retries.js': `
    describe('retries', function () {
      this.retries(3);
      var tries = 0;
      var hooks = 0;
      beforeEach(function () { hooks++; });
      it('passes the third time', function () { if (++tries < 3) throw new Error('try ' + tries); });
      it('never passes', function () { throw new Error('never'); });
      it('needs none', function () {});
    });`,
  'test/throws-late.js': `
    describe('late', function () {
      var isNextRunning = false;
      it('passes, and throws while the next runs', function () {
        (function wait() {
          if (isNextRunning) throw new Error('too late');
          setTimeout(wait, 1);
        })();
      });
      it('is hit', function (done) { isNextRunning = true; });
      it('comes after it', function () {});
    });`,
  'test/throws-at-once.js': `
    describe('at once', function () {
      it('passes, and throws before the next', function () {
        process.nextTick(function () { throw new Error('too late'); });
      });
      it('comes after it', function () {});
    });`,
  'test/support-is-there.js': `
    it('requires what the configuration names', function () {
      if (!global.supportIsThere) throw new Error('not there');
    });`,
  'test/made-while-running.js': `
    describe('outer', function () {
      before(function () {
        describe('made later', function () { it('runs', function () {}); });
      });
      it('first', function () {});
    });`,
  'test/empty.js': `
    describe('nothing', function () {});`,
};

/** Files whose process ends before mocha can report. */
export const BREAKING: Readonly<Record<string, string>> = {
  'test/exit.js': `
    describe('exit', function () {
      it('is before it', function () {});
      it('leaves', function () { process.exit(0); });
      it('is after it', function () {});
    });`,
  'test/killed.js': `
    describe('killed', function () {
      it('is before it', function () {});
      it('dies', function (done) { process.kill(process.pid, 'SIGKILL'); });
      it('is after it', function () {});
    });`,
  'test/broken.js': `describe('broken', function () {`,
  'test/missing.js': `require('./nowhere');`,
};

const SUPPORT = { 'support/env.js': 'global.supportIsThere = true;' };

/** The configuration that a mocha of this major version reads: its own, or `mocha.opts` before there was one. */
export function computeConfiguration(mochaMajor: number): Readonly<Record<string, string>> {
  if (mochaMajor < 6) {
    return { ...SUPPORT, 'test/mocha.opts': '--timeout 150\n--require ./support/env\n--expose-gc\n' };
  }
  const settings = { timeout: 150, require: ['./support/env.js'], 'expose-gc': true, reporter: 'nyan' };
  return { ...SUPPORT, '.mocharc.json': JSON.stringify(settings) };
}
