/*
 * Which modules a tested process loads, for its fingerprint. It changes nothing about how they are loaded. ES5, for
 * Node 0.10 to the newest.
 *
 * Node tells about ES modules from 22.15 on only, and what tells makes every `require` a third slower: it is asked
 * for only when a test file is an ES module or imports some itself. Otherwise, whatever might have loaded some makes the
 * list `hidden`: known to be incomplete.
 */
'use strict';

var fs = require('fs');
var Module = require('module');
var path = require('path');
var url = require('url');

var major = process.versions.node.charAt(0) === '0' ? 0 : parseInt(process.versions.node, 10);

/* Whether Node takes a file for an ES module, by its name and the nearest package.json. */
function isEsModule(file) {
  var ending = /\.([cm]?)[jt]sx?$/.exec(file);
  if (!ending || ending[1]) return Boolean(ending) && ending[1] === 'm';
  for (var folder = path.dirname(file); ; folder = path.dirname(folder)) {
    try {
      return JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8')).type === 'module';
    } catch (_) {
      /* None here, or none that Node could read: the next one above counts. */
    }
    if (path.dirname(folder) === folder) return false;
  }
}

function mayImport(file) {
  if (isEsModule(file)) return true;
  try {
    return /\bimport\s*\(/.test(fs.readFileSync(file, 'utf8'));
  } catch (_) {
    return true;
  }
}

/* Node's own parts that start processes, by the names under which they are asked for. */
var STARTS_PROCESSES = /^(node:)?(child_process|cluster)$/;

function isLoaded(name) {
  return process.moduleLoadList.indexOf('NativeModule ' + name) !== -1;
}

/* Whether what starts processes may have been loaded. Node loads it with cluster, for every server that listens. */
function hasProcesses() {
  return !process.moduleLoadList || (isLoaded('child_process') && !isLoaded('cluster'));
}

/* The name under which `require` knows a file that may lack its ending, or have links in its path. */
function findSeen(seen, file) {
  var real = file;
  try {
    real = fs.realpathSync(file);
  } catch (_) {
    /* It lacks its ending. */
  }
  return ['', '.js', '.json', '.node', path.sep + 'index.js'].some(function (ending) {
    return seen[file + ending] || seen[real + ending];
  });
}

/* Starts to note every module that is loaded for some test files, what was loaded before the probe included. */
function watchModules(files) {
  var canHook = typeof Module.registerHooks === 'function' && files.some(mayImport);
  var seen = Object.create(null);
  var count = 0;
  var watched = {
    /* Whether it started processes or threads, whose modules nobody sees. */
    children: false,
    /* Whether Node tells about ES modules, or has none. */
    seesImports: canHook || major < 12,
    /* Whether ES modules were loaded that nobody saw. */
    hidden: /(^|\s)--(import|loader|experimental-loader)\b/.test(
      process.execArgv.concat(process.env.NODE_OPTIONS || '').join(' ')
    ),
    read: function () {
      return Object.keys(seen);
    },
    count: function () {
      return count;
    },
    /* How many were loaded before any code of the repo. */
    early: 0,
    /* Told when the framework is there, and nothing of the repo yet. */
    markEarly: function () {
      watched.early = count;
    },
    /* Told of a file that was loaded in some way: unseen means it was an ES module. */
    noteLoaded: function (file, countBefore) {
      var isSeen = path.isAbsolute && path.isAbsolute(file) ? findSeen(seen, file) : count > countBefore;
      if (!isSeen && !watched.seesImports) watched.hidden = true;
    },
  };

  function note(file) {
    if (seen[file]) return;
    seen[file] = true;
    count += 1;
  }
  Object.keys(require.cache).forEach(note);
  var load = Module.prototype.load;
  Module.prototype.load = function (filename) {
    note(filename);
    return load.apply(this, arguments);
  };
  if (canHook) {
    Module.registerHooks({
      resolve: function (specifier, context, nextResolve) {
        var resolved = nextResolve(specifier, context);
        try {
          if (resolved.url.slice(0, 5) === 'file:') note(url.fileURLToPath(resolved.url));
        } catch (_) {
          watched.hidden = true;
        }
        return resolved;
      },
    });
  }

  function wrap(owner, name, noteCall) {
    var original = owner && owner[name];
    if (typeof original !== 'function') return;
    owner[name] = function () {
      noteCall(arguments);
      return original.apply(this, arguments);
    };
  }
  function noteChild() {
    watched.children = true;
  }
  wrap(Module, 'register', function () {
    watched.hidden = true;
  });
  var watchesProcesses = false;
  function watchProcesses() {
    if (watchesProcesses) return;
    watchesProcesses = true;
    var processes = require('child_process');
    if (processes.ChildProcess) wrap(processes.ChildProcess.prototype, 'spawn', noteChild);
    else {
      ['spawn', 'fork', 'exec', 'execFile'].forEach(function (name) {
        wrap(processes, name, noteChild);
      });
    }
    ['spawnSync', 'execSync', 'execFileSync'].forEach(function (name) {
      wrap(processes, name, noteChild);
    });
    if (Module.syncBuiltinESMExports) Module.syncBuiltinESMExports();
  }
  /* It takes milliseconds to load what starts processes: that is watched once somebody else wants it. */
  if (canHook || hasProcesses()) watchProcesses();
  else {
    wrap(Module, '_load', function (args) {
      if (STARTS_PROCESSES.test(args[0])) watchProcesses();
    });
    wrap(process, 'getBuiltinModule', function (args) {
      if (STARTS_PROCESSES.test(args[0])) watchProcesses();
    });
  }
  watched.noteEnd = function () {
    if (!watchesProcesses && hasProcesses()) noteChild();
  };

  /* Node tells of threads from 16.2 on; before, who asks for them is taken to start one. */
  process.on('worker', noteChild);
  if (major < 17) {
    wrap(Module, '_load', function (args) {
      if (/^(node:)?worker_threads$/.test(args[0])) noteChild();
    });
  }
  return watched;
}

module.exports = { watchModules: watchModules };
