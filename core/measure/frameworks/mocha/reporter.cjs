/*
 * Turns what mocha's runner says into events, and times every test and hook around its own body. A reporter for
 * mocha 2 to 12 that prints nothing. ES5, for Node 0.10 to the newest.
 */
'use strict';

var recorder = require('../../probe/recorder.cjs');

var functionText = Function.prototype.toString;

/* Notes something of ours on one of mocha's objects, where nobody who enumerates it sees it. */
function keep(owner, name, value) {
  Object.defineProperty(owner, name, { value: value, writable: true, configurable: true });
}

/* The wall clock is read last at the start and first at the end, so that reading clocks is none of its time. */
function startClocks() {
  return { cpuMs: recorder.cpuMs(), ms: recorder.nowMs() };
}

function stopClocks() {
  return { ms: recorder.nowMs(), cpuMs: recorder.cpuMs() };
}

/* Makes every test and hook of this mocha note how long its body took. */
function timeRunnables(Runnable) {
  if (Runnable.prototype._traceyTimed) return;
  keep(Runnable.prototype, '_traceyTimed', true);
  var run = Runnable.prototype.run;
  Runnable.prototype.run = function (done) {
    var runnable = this;
    var fn = runnable.fn;
    var started = null;
    var returned = null;
    var isInside = true;
    /* From the call of the body itself: what mocha does around it, timers above all, is none of its time. */
    function timed() {
      runnable.fn = fn;
      started = startClocks();
      try {
        return fn.apply(this, arguments);
      } finally {
        returned = stopClocks();
      }
    }
    function finished() {
      /* A body that mocha calls done within its own call has ended with its return, any other just now. */
      var ended = isInside && returned !== null ? returned : stopClocks();
      runnable.fn = fn;
      if (started !== null) {
        keep(runnable, '_traceyMs', ended.ms - started.ms);
        keep(runnable, '_traceyCpuMs', ended.cpuMs === null ? null : ended.cpuMs - started.cpuMs);
      }
      return done.apply(this, arguments);
    }
    if (typeof fn === 'function') runnable.fn = timed;
    var result = run.call(runnable, finished);
    isInside = false;
    return result;
  };
}

/*
 * The text of a test's function; null when it has none to read, undefined when there is no function. Mocha keeps what
 * it was given; where it does not, or somebody has put his own in its place, it is what is to be called.
 */
function readBody(test) {
  if (typeof test.body === 'string' && test.body) return test.body;
  if (typeof test.fn !== 'function') return undefined;
  try {
    return functionText.call(test.fn);
  } catch (_) {
    return null;
  }
}

/* A mocha reporter whose events go to the recorder `events`. */
function createReporter(events) {
  return function Reporter(runner) {
    var suites = 0;
    var tests = 0;
    var current = null;
    var suiteStartedMs = {};
    var isOver = false;
    var bodiesLeft = recorder.LIMITS.bodies;

    /* A text goes out as it is: it is hashed where nobody's time is measured. */
    function tellBody(test) {
      var body = readBody(test);
      if (typeof body !== 'string') return body;
      if (body.length > recorder.LIMITS.body) body = body.slice(0, recorder.LIMITS.body) + body.length;
      bodiesLeft -= body.length;
      return bodiesLeft < 0 ? undefined : body;
    }
    function defineSuite(suite, parent, out) {
      keep(suite, '_traceyId', suites++);
      out.push({
        type: 'suite',
        id: suite._traceyId,
        parent: parent,
        title: recorder.cut(suite.title, recorder.LIMITS.title),
        file: suite.file || null,
        bail: typeof suite.bail === 'function' && suite.bail() === true,
      });
    }
    function defineTest(test, suite, out) {
      keep(test, '_traceyId', tests++);
      out.push({
        type: 'test',
        id: test._traceyId,
        suite: suite._traceyId,
        title: recorder.cut(test.title, recorder.LIMITS.title),
        file: test.file || null,
        body: tellBody(test),
      });
    }
    function isWanted(test) {
      if (!runner._grep) return true;
      runner._grep.lastIndex = 0;
      var matches = runner._grep.test(test.fullTitle());
      return runner._invert ? !matches : matches;
    }
    function hasWanted(suite) {
      return suite.tests.some(isWanted) || suite.suites.some(hasWanted);
    }
    /* As mocha does, it passes over suites in which nothing is to run. */
    function define(suite, parent, out) {
      defineSuite(suite, parent, out);
      suite.tests.forEach(function (test) {
        if (isWanted(test)) defineTest(test, suite, out);
      });
      suite.suites.forEach(function (child) {
        if (hasWanted(child)) define(child, suite._traceyId, out);
      });
    }
    function suiteId(suite) {
      if (suite._traceyId === undefined) {
        var parent = suite.parent ? suiteId(suite.parent) : null;
        var out = [];
        defineSuite(suite, parent, out);
        events.write(out);
      }
      return suite._traceyId;
    }
    /* A retried test is a clone of the one before it; a test made while the suite runs is defined when it comes. */
    function testId(test) {
      if (test._traceyId === undefined) {
        if (current && test.currentRetry && test.currentRetry() > 0) {
          keep(test, '_traceyId', current._traceyId);
        } else {
          var out = [];
          suiteId(test.parent);
          defineTest(test, test.parent, out);
          events.write(out);
        }
      }
      return test._traceyId;
    }
    function hookKind(hook) {
      var match = /^"(before all|before each|after all|after each)" hook/.exec(hook.title);
      return match ? match[1] : 'hook';
    }
    function isAround(kind) {
      return kind === 'before each' || kind === 'after each';
    }
    function hookEvent(hook, failed) {
      var kind = hookKind(hook);
      var test = isAround(kind) ? (hook.ctx && hook.ctx.currentTest) || current : null;
      return {
        type: 'hook',
        kind: kind,
        title: recorder.cut(hook.title, recorder.LIMITS.message),
        suite: suiteId(hook.parent),
        test: test ? testId(test) : null,
        ms: hook._traceyMs === undefined ? null : hook._traceyMs,
        failed: failed,
      };
    }

    /* After a test that failed once more when it had passed already, mocha gives up. */
    var abort = runner.abort;
    keep(runner, 'abort', function () {
      events.write([{ type: 'abort' }]);
      return abort.apply(runner, arguments);
    });
    /*
     * While it runs, a mocha that listens to rejections itself hands them on to whoever listens besides, and else
     * forgets them. To listen beside no other would change what Node does about them.
     */
    function onRejection(reason) {
      events.write([{ type: 'rejection', error: recorder.describeError(reason) }]);
    }
    runner.on('start', function () {
      var out = [];
      if (runner.unhandled) process.on('unhandledRejection', onRejection);
      define(runner.suite, null, out);
      out.push({ type: 'start' });
      events.write(out);
    });
    runner.on('suite', function (suite) {
      suiteStartedMs[suiteId(suite)] = recorder.nowMs();
    });
    runner.on('suite end', function (suite) {
      var id = suiteId(suite);
      var startedMs = suiteStartedMs[id];
      events.write([
        { type: 'suite-end', suite: id, ms: startedMs === undefined ? null : recorder.nowMs() - startedMs },
      ]);
    });
    runner.on('test', function (test) {
      var id = testId(test);
      current = test;
      /* Mocha 4 and 5 say that all is over when an exception comes too late, and then go on. */
      if (isOver) events.endSoon();
      events.write([{ type: 'test-start', test: id }]);
    });
    runner.on('pending', function (test) {
      keep(test, '_traceyOutcome', 'skipped');
    });
    runner.on('pass', function (test) {
      keep(test, '_traceyOutcome', 'passed');
    });
    runner.on('fail', function (runnable, error) {
      if (runnable.type === 'hook') {
        var failed = hookEvent(runnable, true);
        failed.error = recorder.describeError(error);
        events.write([failed]);
        return;
      }
      var isTest = runnable.type === 'test' && runnable.parent;
      if (isTest) keep(runnable, '_traceyOutcome', 'failed');
      events.write([
        {
          type: 'fail',
          test: isTest ? testId(runnable) : null,
          title: recorder.cut(runnable.title, recorder.LIMITS.message),
          error: recorder.describeError(error),
        },
      ]);
    });
    runner.on('test end', function (test) {
      var ran = test._traceyMs !== undefined;
      events.write([
        {
          type: 'test-end',
          test: testId(test),
          outcome:
            test._traceyOutcome || (test.pending ? 'skipped' : test.state === 'failed' ? 'failed' : 'passed'),
          ms: ran ? test._traceyMs : null,
          cpuMs: ran ? test._traceyCpuMs : null,
          attempts: (test.currentRetry ? test.currentRetry() || 0 : 0) + 1,
        },
      ]);
    });
    runner.on('hook', function (hook) {
      /* A hook around a test has its test to be known by, and is spared the line. */
      if (!isAround(hookKind(hook))) {
        events.write([{ type: 'hook-start', title: recorder.cut(hook.title, recorder.LIMITS.message) }]);
      }
    });
    runner.on('hook end', function (hook) {
      events.write([hookEvent(hook, false)]);
    });
    runner.on('end', function () {
      isOver = true;
      process.removeListener('unhandledRejection', onRejection);
      events.write([{ type: 'end' }]);
    });
  };
}

module.exports = { createReporter: createReporter, timeRunnables: timeRunnables };
