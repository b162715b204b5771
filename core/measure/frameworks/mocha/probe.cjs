/*
 * Drives the repo's own mocha, 2 to 12, from inside the tested process, through mocha's own command line: its
 * configuration, loaders, `--require`s and root hooks act as they do for the repo's people. Only three things differ:
 * the reporter is ours and silent, other files than the asked ones are left out, and parallel and watch mode are off.
 *
 *   node [flags] probe.cjs '{"mocha": folder, "mode": "list"|"run", "args": [...], "files": [...], "flagged": bool}'
 *
 * In `list` mode mocha collects its files, which are told, and nothing is loaded.
 */
'use strict';

var recorder = require('../../probe/recorder.cjs');
var fs = require('fs');
var path = require('path');

var asked = JSON.parse(process.argv[2]);
var events = recorder.openRecorder();
var exit = process.exit;

function requireFirst(names) {
  for (var i = 0; i < names.length; i++) {
    var file = path.join(asked.mocha, names[i]);
    if (fs.existsSync(file)) return require(file);
  }
  return undefined;
}

process.argv = [process.argv[0], path.join(asked.mocha, 'bin', '_mocha')].concat(asked.args, asked.files);

var options = requireFirst(['lib/cli/options.cjs', 'lib/cli/options.js']);
if (options) prepareModern();
else prepareLegacy();

/* mocha 6 and newer: options are merged by mocha itself and handed on as an object. */
function prepareModern() {
  var nodeFlags = requireFirst(['lib/cli/node-flags.cjs', 'lib/cli/node-flags.js']);
  var loadOptions = options.loadOptions;
  function split(merged) {
    var own = {};
    var node = {};
    Object.keys(merged).forEach(function (name) {
      if (nodeFlags.isNodeFlag(name)) node[name.replace(/^v8-(?!options$)/, '')] = merged[name];
      else own[name] = merged[name];
    });
    var flags = own['node-option']
      ? [].concat(own['node-option']).map(function (flag) {
          return '--' + flag;
        })
      : nodeFlags.unparseNodeFlags(node);
    delete own['node-option'];
    delete own.n;
    return { own: own, flags: flags };
  }
  tellNodeFlags(split(loadOptions(process.argv.slice(2))).flags);
  options.loadOptions = function (argv) {
    var own = split(loadOptions(argv)).own;
    own.parallel = own.p = false;
    own.watch = own.w = false;
    return own;
  };
}

/* mocha 2 to 5: options are words, those of mocha.opts first. */
function prepareLegacy() {
  var getOptions = requireFirst(['bin/options.js']);
  if (getOptions && !process.env.LOADED_MOCHA_OPTS) getOptions();
  var flags = [];
  var words = process.argv.slice(2).filter(function (word) {
    if (/^(-w|--watch)$/.test(word)) return false;
    var forNode =
      /^--(harmony|es_staging|use[-_]strict|expose[-_]gc|gc[-_]global|no-deprecation|no-warnings|throw-deprecation|trace|preserve-symlinks|allow-natives-syntax|max[-_]old[-_]space[-_]size|max[-_]semi|stack[-_]size|perf|napi-modules|icu-data-dir|opt|always[-_]opt)/.test(
        word
      ) || word === '-gc';
    if (forNode) flags.push(word === '-gc' ? '--expose-gc' : word);
    return !forNode;
  });
  process.argv = process.argv.slice(0, 2).concat(words);
  tellNodeFlags(flags);
}

/* Flags of Node itself must be there from the start of the process: told once, given back on the command line. */
function tellNodeFlags(flags) {
  if (asked.mode !== 'list' || asked.flagged) return;
  events.write([{ type: 'node-flags', flags: flags }]);
  if (flags.length > 0) exit(0);
}

var Mocha = requireFirst(['lib/mocha.cjs', 'lib/mocha.js']);
Mocha = Mocha.default || Mocha;
var Runnable = Mocha.Runnable;

/* Notes something of ours on one of mocha's objects, where nobody who enumerates it sees it. */
function keep(owner, name, value) {
  Object.defineProperty(owner, name, { value: value, writable: true, configurable: true });
}

/* ------------------------------------------------------------------ which files */

Mocha.prototype.reporter = function () {
  this._reporter = Reporter;
  return this;
};

function wanted(mocha) {
  var collected = mocha.files.map(function (file) {
    return path.resolve(file);
  });
  if (asked.mode === 'list') {
    events.write([{ type: 'files', files: collected }]);
    exit(0);
  }
  var extra = [].concat((mocha.options && mocha.options.file) || []).map(function (file) {
    return path.resolve(file);
  });
  return collected.filter(function (file) {
    return asked.files.indexOf(file) !== -1 || extra.indexOf(file) !== -1;
  });
}

function watchLoading(mocha) {
  if (mocha.suite._traceyWatched) return;
  keep(mocha.suite, '_traceyWatched', true);
  var startedMs = 0;
  mocha.suite.on('pre-require', function () {
    startedMs = recorder.nowMs();
  });
  mocha.suite.on('post-require', function (_, file) {
    events.write([{ type: 'load', file: file, ms: recorder.nowMs() - startedMs }]);
  });
}

function tellLoadError(error) {
  events.write([{ type: 'load-error', error: recorder.describeError(error) }]);
  throw error;
}

var loadFiles = Mocha.prototype.loadFiles;
Mocha.prototype.loadFiles = function () {
  this.files = wanted(this);
  watchLoading(this);
  try {
    return loadFiles.apply(this, arguments);
  } catch (error) {
    return tellLoadError(error);
  }
};

var loadFilesAsync = Mocha.prototype.loadFilesAsync;
if (loadFilesAsync) {
  Mocha.prototype.loadFilesAsync = function () {
    this.files = wanted(this);
    watchLoading(this);
    return loadFilesAsync.apply(this, arguments).then(undefined, tellLoadError);
  };
}

var run = Mocha.prototype.run;
Mocha.prototype.run = function () {
  if (asked.mode === 'list') wanted(this);
  return run.apply(this, arguments);
};

/* ------------------------------------------------------------------ time */

var runRunnable = Runnable.prototype.run;
Runnable.prototype.run = function (done) {
  var runnable = this;
  function finished() {
    var endedMs = recorder.nowMs();
    var cpuEnded = recorder.cpuMs();
    keep(runnable, '_traceyMs', endedMs - startedMs);
    keep(runnable, '_traceyCpuMs', cpuEnded === null ? null : cpuEnded - cpuStarted);
    return done.apply(this, arguments);
  }
  var cpuStarted = recorder.cpuMs();
  var startedMs = recorder.nowMs();
  return runRunnable.call(this, finished);
};

/* ------------------------------------------------------------------ what happens */

function Reporter(runner) {
  var suites = 0;
  var tests = 0;
  var current = null;
  var suiteStartedMs = {};

  function defineSuite(suite, parent, out) {
    keep(suite, '_traceyId', suites++);
    keep(suite, '_traceyParent', parent);
    out.push({
      type: 'suite',
      id: suite._traceyId,
      parent: parent,
      title: recorder.cut(suite.title, recorder.LIMITS.title),
      file: suite.file || null,
      bail: suite.bail && suite.bail() === true,
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
    });
  }
  function isWanted(test) {
    if (!runner._grep) return true;
    runner._grep.lastIndex = 0;
    var matches = runner._grep.test(test.fullTitle());
    return runner._invert ? !matches : matches;
  }
  function define(suite, parent, out) {
    defineSuite(suite, parent, out);
    suite.tests.forEach(function (test) {
      if (isWanted(test)) defineTest(test, suite, out);
    });
    suite.suites.forEach(function (child) {
      define(child, suite._traceyId, out);
    });
  }
  function suiteId(suite) {
    if (suite._traceyId === undefined) {
      var out = [];
      defineSuite(suite, suite.parent ? suiteId(suite.parent) : null, out);
      events.write(out);
    }
    return suite._traceyId;
  }
  /* A retried test is a clone of the one before it; a test made while the suite runs is defined when it comes. */
  function testId(test) {
    if (test._traceyId === undefined) {
      if (current && test.currentRetry && test.currentRetry() > 0) keep(test, '_traceyId', current._traceyId);
      else {
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
  function hookEvent(hook, failed) {
    var kind = hookKind(hook);
    var each = kind === 'before each' || kind === 'after each';
    var test = each ? (hook.ctx && hook.ctx.currentTest) || current : null;
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

  runner.on('start', function () {
    var out = [];
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
  runner.on('hook end', function (hook) {
    events.write([hookEvent(hook, false)]);
  });
  runner.on('end', function () {
    events.write([{ type: 'end' }]);
    events.endSoon();
  });
}

/* ------------------------------------------------------------------ go */

if (options) requireFirst(['lib/cli/cli.js']).main(process.argv.slice(2));
else require(path.join(asked.mocha, 'bin', '_mocha'));
