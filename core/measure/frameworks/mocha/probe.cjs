/*
 * Drives the repo's own mocha, 2 to 12, from inside the tested process, through mocha's own command line: its
 * configuration, loaders, `--require`s and root hooks act as they do for the repo's people. Only three things differ:
 * the reporter is ours and silent, exactly the asked files are run, and parallel and watch mode are off.
 *
 *   node [flags] probe.cjs <file with {"mocha": folder, "mode": "list"|"run", "args": [], "files": [], "flagged": bool,
 *     "handsOn": bool, "options": text or null}>
 *
 * In `list` mode mocha collects its files, which are told, and loads none of them. When Node must be started with
 * flags that it has not got yet (`flagged` is false), only these are told. With `handsOn` what it made of its options is
 * told besides, if another process can do with that: for its `options`.
 */
'use strict';

var fs = require('fs');
var path = require('path');

var asked = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
var isListing = asked.mode === 'list';
var compiled = require('../../probe/compiled.cjs').openCompiled({
  isListing: isListing,
  keptIn: path.join(path.dirname(process.argv[2]), 'compiled'),
  folders: [fs.realpathSync(asked.mocha), path.join(__dirname, '..', '..')],
});

var recorder = require('../../probe/recorder.cjs');
var reporter = require('./reporter.cjs');
var sparing = require('./sparing.cjs');

var events = recorder.openRecorder(asked.files);
var exit = process.exit;
var later = setTimeout;
/* For so few files it takes longer to keep what is compiled than is spared by it. */
var FEW_FILES = 4;
/* The longest that tests of nothing may take. */
var WARM_UP_MS = 1000;
/* Files of mocha's `--file`: loaded before every test file, and none themselves. */
var setupFiles = [];
/* What mocha made of its options, as text; null as long as that is unknown, or cannot be handed on. */
var formatted = null;
var canHandOn = asked.handsOn === true;

function requireFirst(names) {
  for (var i = 0; i < names.length; i++) {
    var file = path.join(asked.mocha, names[i]);
    if (fs.existsSync(file)) return require(file);
  }
  return undefined;
}

process.argv = [process.argv[0], path.join(asked.mocha, 'bin', '_mocha')].concat(asked.args, asked.files);

/* What of mocha is loaded is all loaded before any code of the repo. */
var spared = sparing.createSparing(asked.mocha);
var reporters = spared.spareReporters();
var reporterName = reporters === null ? 'spec' : reporters.name;
var standIns = Object.create(null);
standIns.glob = function (loadReal) {
  return sparing.standFor(loadReal, ['sync', 'hasMagic']);
};
standIns.minimatch = function (loadReal) {
  return sparing.standFor(loadReal, ['minimatch']);
};
if (!process.env.DEBUG) standIns.debug = sparing.createSilentDebug;
if (!isListing) spareFinders();

var options = null;
var given = asked.options ? require('./options.cjs').parseOptions(asked.options) : null;
spared.loadWith(standIns, function () {
  if (given === null) options = requireModern();
  if (given !== null) provideOptions();
  else if (options) prepareModern();
  else prepareLegacy();
});

/* The framework is there, and nothing of the repo yet. */
function markEarly() {
  events.modules.markEarly();
  compiled.endEarly();
}

/* mocha 6 and newer; what its configuration file is must be known to hand its options on. */
function requireModern() {
  var config = isListing && requireFirst(['lib/cli/config.cjs', 'lib/cli/config.js']);
  if (config && config.loadConfig) {
    var loadConfig = config.loadConfig;
    config.loadConfig = function (file) {
      /* A script may do more than name options: it is run for every file. */
      if (!/\.(json|jsonc|yml|yaml)$/i.test(file)) canHandOn = false;
      return loadConfig.apply(this, arguments);
    };
  }
  return requireFirst(['lib/cli/options.cjs', 'lib/cli/options.js']);
}

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
  if (isListing) {
    tellNodeFlags(split(loadOptions(process.argv.slice(2))).flags);
    noteOptions();
  }
  options.loadOptions = function (argv) {
    var own = split(loadOptions(argv)).own;
    setupFiles = setupFiles.concat(own.file || []);
    own.parallel = own.p = false;
    own.watch = own.w = false;
    own.reporter = own.R = reporterName;
    /* Nothing is to be looked for in the file system when it is known what is to run. */
    if (!isListing) own._ = asked.files.slice();
    markEarly();
    return own;
  };
}

/* Between reading its options and acting on them, mocha checks whether the reporter exists. */
function noteOptions() {
  var helpers = canHandOn && requireFirst(['lib/cli/run-helpers.cjs', 'lib/cli/run-helpers.js']);
  if (!helpers || !helpers.validateLegacyPlugin) return;
  var validate = helpers.validateLegacyPlugin;
  helpers.validateLegacyPlugin = function (merged) {
    if (formatted === null) formatted = require('./options.cjs').formatOptions(merged);
    return validate.apply(this, arguments);
  };
}

/* mocha 8 and newer, when its options are known: what reads and parses them is not loaded. */
function provideOptions() {
  var file = spared.find(['lib/cli/options.cjs', 'lib/cli/options.js']);
  var isRead = false;
  given.spec = asked.files.slice();
  given._ = asked.files.slice();
  given.reporter = given.R = reporterName;
  setupFiles = setupFiles.concat(given.file || []);
  function readReal() {
    delete require.cache[file];
    return require(file);
  }
  spared.provide(file, {
    loadOptions: function () {
      if (isRead) return readReal().loadOptions.apply(this, arguments);
      isRead = true;
      delete require.cache[file];
      markEarly();
      return given;
    },
    loadRc: function () {
      return readReal().loadRc.apply(this, arguments);
    },
    loadPkgRc: function () {
      return readReal().loadPkgRc.apply(this, arguments);
    },
    YARGS_PARSER_CONFIG: {},
  });
  standIns.yargs = standIns['yargs/yargs'] = function () {
    return function () {
      return require('./options.cjs').createParser(given);
    };
  };
}

/*
 * Mocha's command line loads what watches and what finds files, an eighth of the time of a small test file. It is known
 * what is to run: whoever asks for other files gets the real thing.
 */
function spareFinders() {
  var finder = spared.find(['lib/cli/lookup-files.js']);
  function lookupFiles(file) {
    if (asked.files.indexOf(file) !== -1) return [file];
    delete require.cache[finder];
    var real = require(finder);
    return (real.lookupFiles || real).apply(this, arguments);
  }
  lookupFiles.lookupFiles = lookupFiles;
  if (finder) spared.provide(finder, lookupFiles);
  var watcher = spared.find(['lib/cli/watch-run.cjs', 'lib/cli/watch-run.js']);
  if (watcher) spared.provide(watcher, {});
}

/* mocha 2 to 5: options are words, those of mocha.opts first. */
function prepareLegacy() {
  var getOptions = requireFirst(['bin/options.js']);
  if (getOptions && !process.env.LOADED_MOCHA_OPTS) getOptions();
  var flags = [];
  var words = process.argv.slice(2).filter(function (word, index, all) {
    if (word === '-w' || word === '--watch') return false;
    if (word.slice(0, 7) === '--file=') setupFiles.push(word.slice(7));
    if (all[index - 1] === '--file') setupFiles.push(word);
    /* As in bin/mocha of those versions. */
    var forNode =
      word === '-gc' ||
      /^--(expose-gc|gc-global|es_staging|no-deprecation|no-warnings|prof|log-timer-events|throw-deprecation|use_strict|allow-natives-syntax|perf-basic-prof|napi-modules)(=|$)/.test(
        word
      ) ||
      /^--(harmony|trace|icu-data-dir|max-old-space-size|preserve-symlinks)/.test(word);
    if (forNode) flags.push(word === '-gc' ? '--expose-gc' : word);
    return !forNode;
  });
  /* Any module will do, but one of mocha's reporters would load what the others share. */
  process.argv = process.argv.slice(0, 2).concat(words, '--reporter', require.resolve('./reporter.cjs'));
  if (isListing) tellNodeFlags(flags);
  spared.spareCommander();
  if (!isListing) {
    /* Nothing is to be looked for in the file system when it is known what is to run. */
    requireFirst(['lib/utils.js']).lookupFiles = function () {
      return asked.files.slice();
    };
  }
}

/* Flags of Node itself must be there from the start of the process: told here, given back on the command line. */
function tellNodeFlags(flags) {
  if (asked.flagged || flags.length === 0) return;
  events.write([{ type: 'node-flags', flags: flags }]);
  exit(0);
}

/* Mocha says itself which way it loads a file; only it knows of ES modules that an old Node does not tell. */
function watchImports() {
  if (events.modules.seesImports) return;
  var esm = requireFirst(['lib/nodejs/esm-utils.js', 'lib/esm-utils.js']);
  if (!esm || !esm.requireOrImport) return;
  var requireOrImport = esm.requireOrImport;
  esm.requireOrImport = function (file) {
    var before = events.modules.count();
    var loading = requireOrImport.apply(this, arguments);
    if (!loading || typeof loading.then !== 'function') return loading;
    return loading.then(function (loaded) {
      events.modules.noteLoaded(file, before);
      return loaded;
    });
  };
}

var Mocha = spared.loadWith(standIns, function () {
  watchImports();
  return requireFirst(['lib/mocha.cjs', 'lib/mocha.js']);
});
Mocha = Mocha.default || Mocha;
var Reporter = reporter.createReporter(events);
reporter.timeRunnables(Mocha.Runnable);

/* ------------------------------------------------------------------ which files */

/* The instance of the command line; tests may make others of their own, which are left alone. */
var ours = null;

var setReporter = Mocha.prototype.reporter;
Mocha.prototype.reporter = function () {
  if (ours === null) ours = this;
  if (this !== ours) return setReporter.apply(this, arguments);
  this._reporter = Reporter;
  return this;
};

function resolveFile(file) {
  return path.resolve(file);
}

var isTold = false;

/* Tells the files, and ends: after it nothing more of mocha's own start is to happen. */
function tellFiles() {
  if (isTold) return;
  isTold = true;
  var setup = setupFiles.map(resolveFile);
  var collected = ours.files.map(resolveFile);
  var tests = collected.filter(function (file) {
    return setup.indexOf(file) === -1;
  });
  /* A repo that names all of its tests with --file means them. */
  var files = tests.length > 0 ? tests : collected;
  var told = recorder.createListEvents(files, function (some) {
    return { type: 'files', files: some };
  });
  if (canHandOn && formatted !== null) told.push({ type: 'options', options: formatted });
  events.write(told);
  if (compiled.keep === null || files.length < FEW_FILES) exit(0);
  try {
    later(exit, WARM_UP_MS, 0);
    require('./warm-up.cjs').warmUp(Mocha, reporter.createReporter, function () {
      compiled.keep();
      exit(0);
    });
  } catch (_) {
    /* The repo has made something else of mocha: what is compiled is not kept. */
    exit(0);
  }
}

function computeFiles() {
  var setup = setupFiles.map(resolveFile);
  return setup.concat(
    asked.files.filter(function (file) {
      return setup.indexOf(file) === -1;
    })
  );
}

/* ------------------------------------------------------------------ loading */

var loading = null;

function prepareLoading() {
  compiled.end();
  ours.files = computeFiles();
  var startedMs = 0;
  ours.suite.on('pre-require', function (_, file) {
    loading = file;
    startedMs = recorder.nowMs();
  });
  ours.suite.on('post-require', function (_, file) {
    loading = null;
    events.write([{ type: 'load', file: resolveFile(file), ms: recorder.nowMs() - startedMs }]);
  });
}

function tellLoadError(error) {
  events.write([
    {
      type: 'load-error',
      file: loading === null ? null : resolveFile(loading),
      error: recorder.describeError(error),
    },
  ]);
  throw error;
}

var loadFiles = Mocha.prototype.loadFiles;
Mocha.prototype.loadFiles = function () {
  if (this !== ours) return loadFiles.apply(this, arguments);
  if (isListing) return tellFiles();
  prepareLoading();
  var self = this;
  var args = arguments;
  try {
    return inReposCode(function () {
      return loadFiles.apply(self, args);
    });
  } catch (error) {
    return tellLoadError(error);
  }
};

var loadFilesAsync = Mocha.prototype.loadFilesAsync;
if (loadFilesAsync) {
  Mocha.prototype.loadFilesAsync = function () {
    if (this !== ours) return loadFilesAsync.apply(this, arguments);
    if (isListing) return new Promise(tellFiles);
    prepareLoading();
    return loadFilesAsync.apply(this, arguments).then(undefined, tellLoadError);
  };
}

var run = Mocha.prototype.run;
Mocha.prototype.run = function (done) {
  if (this !== ours) return run.apply(this, arguments);
  if (isListing) return tellFiles();
  var self = this;
  return inMochasStart(function () {
    return run.call(self, function () {
      /* Only now are global teardowns over, too. */
      events.endSoon();
      return done ? done.apply(this, arguments) : undefined;
    });
  });
};

function inMochasStart(start) {
  return reporters === null ? start() : reporters.during(true, start);
}

function inReposCode(load) {
  return reporters === null ? load() : reporters.during(false, load);
}

/* ------------------------------------------------------------------ go */

if (options || given !== null) {
  var cli = spared.loadWith(standIns, function () {
    return requireFirst(['lib/cli/cli.js']);
  });
  cli.main(process.argv.slice(2));
} else {
  markEarly();
  require(path.join(asked.mocha, 'bin', '_mocha'));
}
