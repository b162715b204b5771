/*
 * A few tests of nothing, which the listing process runs when it has told its files: of a function V8 compiles no more than
 * its outline until it is called, and what every test calls is worth keeping (see probe/compiled.cjs). Nobody is told of
 * them. ES5, for Node 0.10 to the newest.
 */
'use strict';

function nothing() {}

/* Runs them with a mocha of their own; `createReporter` is that of reporter.cjs. `done` is called when they are over. */
function warmUp(Mocha, createReporter, done) {
  var mocha = new Mocha({ reporter: createReporter({ write: nothing, endSoon: nothing }) });
  var names = {};
  mocha.suite.emit('pre-require', names, '', mocha);
  names.describe('tests of nothing', function () {
    names.before(nothing);
    names.beforeEach(nothing);
    names.afterEach(nothing);
    names.after(nothing);
    names.it('returns', nothing);
    names.it('calls back', function (over) {
      setTimeout(over, 0);
    });
    names.it('resolves', function () {
      return Promise.resolve();
    });
  });
  mocha.run(done);
}

module.exports = { warmUp: warmUp };
