/*
 * What a test process need not load of mocha: most of the time of a small test file is mocha's own start. Everything
 * stays where it was for whoever asks for it, and is loaded then. It knows mocha 2 to 12 by what their files say: one
 * that is written otherwise loads all it wants. ES5, for Node 0.10 to the newest.
 */
'use strict';

var fs = require('fs');
var Module = require('module');
var path = require('path');

/* A reporter's name that is known before any reporter is loaded. */
var SILENT = 'tracey-silent';

/* For the mocha in a folder. */
function createSparing(folder) {
  var realFolder = fs.realpathSync(folder);
  var inside = [folder, realFolder].map(function (one) {
    return one + path.sep;
  });

  /* As `require` knows it: links followed. */
  function find(names) {
    for (var i = 0; i < names.length; i++) {
      var file = path.join(realFolder, names[i]);
      if (fs.existsSync(file)) return file;
    }
    return null;
  }

  /* Lets `require` find a module as if it had been loaded. */
  function provide(file, exported) {
    var provided = new Module(file, null);
    provided.filename = file;
    provided.exports = exported;
    provided.loaded = true;
    require.cache[file] = provided;
  }

  /*
   * While `load` runs, mocha's own modules get stand-ins for what they ask for by these names. `standIns`, an object
   * without a prototype, has a function for each, which is given a function that loads the real thing.
   */
  function loadWith(standIns, load) {
    return replaceWhile(load, standIns, function (parent) {
      return inside.some(function (prefix) {
        return parent.filename.slice(0, prefix.length) === prefix;
      });
    });
  }

  function replaceWhile(load, standIns, isOurs) {
    var original = Module._load;
    var isOver = false;
    function loadSpared(request, parent) {
      var self = this;
      var args = arguments;
      function loadReal() {
        return original.apply(self, args);
      }
      var isSpared = !isOver && standIns[request] && parent && parent.filename && isOurs(parent);
      return isSpared ? standIns[request](loadReal) : loadReal();
    }
    Module._load = loadSpared;
    try {
      return load();
    } finally {
      isOver = true;
      if (Module._load === loadSpared) Module._load = original;
    }
  }

  /*
   * The parser of arguments of mocha 2 to 5 could start processes, and loads what that takes, which is as much as all
   * the rest of it. Whoever calls that gets the real thing.
   */
  function spareCommander() {
    var binary = new Module(path.join(realFolder, 'bin', '_mocha'), null);
    binary.filename = binary.id;
    binary.paths = Module._nodeModulePaths(path.dirname(binary.filename));
    var standIns = Object.create(null);
    standIns.child_process = function (loadReal) {
      return { spawn: standFor(loadReal, ['spawn']).spawn };
    };
    function isCommander(parent) {
      return /[\\/]commander[\\/]index\.js$/.test(parent.filename);
    }
    replaceWhile(
      function () {
        try {
          binary.require('commander');
        } catch (_) {
          /* Mocha itself will say so. */
        }
      },
      standIns,
      isCommander
    );
  }

  /* Each reporter of mocha's list is loaded when somebody asks for it; null where the list is written in a way not known. */
  function spareReporters() {
    var file = find(['lib/reporters/index.cjs', 'lib/reporters/index.js']);
    var entries = file === null ? null : parseReporters(fs.readFileSync(file, 'utf8'));
    if (entries === null) return null;
    /* What mocha sets on the base of all reporters when it starts, without anybody wanting that. */
    var settings = {};
    var isStarting = false;
    var reporters = {};
    entries.forEach(function (entry) {
      function load() {
        var loaded = require(path.join(path.dirname(file), entry.file));
        var reporter = entry.member ? loaded[entry.member] : loaded;
        entry.names.forEach(function (name) {
          define(name, { value: reporter, writable: true });
        });
        if (entry.names[0] === 'Base') {
          Object.keys(settings).forEach(function (name) {
            reporter[name] = settings[name];
          });
        }
        return reporter;
      }
      function define(name, property) {
        property.enumerable = property.configurable = true;
        Object.defineProperty(reporters, name, property);
      }
      entry.names.forEach(function (name) {
        define(name, {
          get: function () {
            return isStarting && entry.names[0] === 'Base' ? settings : load();
          },
          set: function (value) {
            define(name, { value: value, writable: true });
          },
        });
      });
    });
    Object.defineProperty(reporters, SILENT, { value: function () {} });
    provide(file, reporters);
    return {
      name: SILENT,
      /* Runs something of mocha's start in which none of the repo's code runs, or the other way round. */
      during: function (starting, run) {
        var before = isStarting;
        isStarting = starting;
        try {
          return run();
        } finally {
          isStarting = before;
        }
      },
    };
  }

  return {
    find: find,
    provide: provide,
    loadWith: loadWith,
    spareCommander: spareCommander,
    spareReporters: spareReporters,
  };
}

/* The list as mocha 2 to 11 write it, and as mocha 12 does; null if there is anything else in it. */
function parseReporters(text) {
  var entries = [];
  var rest = text
    .replace(/^\s*(\/\/.*|\/\*[\s\S]*?\*\/)$/gm, '')
    .replace(
      /(?:const \{ (\w+) \} = require\("(\.\/[\w-]+\.js)"\);\s*)?exports\.(\w+) = exports(?:\.(\w+)|\[["']([\w-]+)["']\]) = (?:require\(["'](\.\/[\w-]+)["']\)|(\w+));/g,
      function (_, member, file, name, plain, quoted, required, used) {
        if (member !== used) return 'unknown';
        entries.push({ member: member, file: file || required, names: [name, plain || quoted] });
        return '';
      }
    )
    .replace(/["']use strict["'];/, '');
  var isBase = entries.length > 0 && entries[0].names[0] === 'Base';
  return isBase && /^\s*$/.test(rest) ? entries : null;
}

/* A function that stands for the real one, and for those of its methods that are named. */
function standFor(loadReal, names) {
  function late() {
    return loadReal().apply(this, arguments);
  }
  names.forEach(function (name) {
    late[name] = function () {
      var real = loadReal();
      return real[name].apply(real, arguments);
    };
  });
  return late;
}

/* `debug` when nobody wants to be told anything. */
function createSilentDebug() {
  function silent() {}
  silent.enabled = false;
  return function () {
    return silent;
  };
}

module.exports = {
  createSparing: createSparing,
  standFor: standFor,
  createSilentDebug: createSilentDebug,
};
