/*
 * What V8 makes of a framework's own files, and where Node found them, kept by the process that lists the tests for those
 * that run them: to compile and to look for them anew is a quarter of the time of a small test file. How tested files and
 * whatever they load are found and compiled is never touched: all of this is over when the first file comes that is neither the framework's nor ours, or the framework begins to
 * load tests. ES5, for Node 0.10 to the newest; it does something from Node 12 on.
 *
 * Whoever can write the file could put other code into the framework, and so could whoever can write the framework: the
 * file lies in the job's private folder, where tested code harms nobody but its own job. V8 refuses what another
 * version, or the same with other flags, has made, and then compiles as ever. It would not notice another text of the same
 * length: so the text is kept, too, and must be the same.
 */
'use strict';

var fs = require('fs');
var Module = require('module');
var path = require('path');
var vm = require('vm');

var has = Object.prototype.hasOwnProperty;

/* Begins with the number of bytes of a list in JSON, which comes next. */
var NUMBER_BYTES = 4;
/* V8 copies what does not begin at a multiple of this. */
var ALIGNMENT = 8;

/* Whether this Node can, and nothing was loaded before us that might want a part in how files are compiled. */
function isPossible() {
  var flags = process.execArgv.concat(process.env.NODE_OPTIONS || '').join(' ');
  var isNewEnough = !/^(0|[1-9]|1[01])\./.test(process.versions.node);
  var isAlone = !/(^|\s)(-r|--require|--import|--loader|--experimental-loader)\b/.test(flags);
  return isNewEnough && isAlone && !process.env.NODE_V8_COVERAGE;
}

/* As Node's own. */
function createRequire(owner) {
  function require(id) {
    return owner.require(id);
  }
  require.resolve = function (request, options) {
    return Module._resolveFilename(request, owner, false, options);
  };
  require.resolve.paths = function (request) {
    return Module._resolveLookupPaths(request, owner);
  };
  require.main = process.mainModule;
  require.extensions = Module._extensions;
  require.cache = Module._cache;
  return require;
}

/* An `import()` would need more than can be kept. In comments it names a type. */
function canCompile(text) {
  return !/\bimport\s*\(/.test(text.replace(/^[ \t]*(\/\/.*|\/\*[\s\S]*?\*\/)[ \t]*$/gm, ''));
}

/* What V8 makes of a module's text, from what it made of it before. */
function compile(text, file, known) {
  var options = { filename: file };
  if (known) options.cachedData = known;
  return new vm.Script(Module.wrap(text.replace(/^#!/, '//')), options);
}

function evaluate(script, owner, file) {
  var wrapper = script.runInThisContext();
  return wrapper.call(owner.exports, owner.exports, createRequire(owner), owner, file, path.dirname(file));
}

/*
 * Replaces how modules are compiled. `take` is given the module, its text and its file, and returns what to evaluate, or null
 * for what is to be compiled as ever.
 */
function replaceCompiling(take) {
  var original = Module.prototype._compile;
  var isOver = false;
  function compileOurs(text, file, format) {
    var script = isOver || (format && format !== 'commonjs') ? null : take(text, file);
    return script === null ? original.apply(this, arguments) : evaluate(script, this, file);
  }
  Module.prototype._compile = compileOurs;
  return function () {
    isOver = true;
    if (Module.prototype._compile === compileOurs) Module.prototype._compile = original;
  };
}

/*
 * Replaces where modules are found. `resolve` is given what is asked for, the file that asks, and a function that looks for
 * it as ever.
 */
function replaceResolving(resolve) {
  var original = Module._resolveFilename;
  function resolveOurs(request, parent, _isMain, options) {
    var self = this;
    var args = arguments;
    function look() {
      return original.apply(self, args);
    }
    return !options && parent && parent.filename ? resolve(request, parent.filename, look) : look();
  }
  Module._resolveFilename = resolveOurs;
  return function () {
    if (Module._resolveFilename === resolveOurs) Module._resolveFilename = original;
  };
}

/* Of the listing process: notes what is found and compiled, and keeps it at last. */
function record(keptIn, isOurs) {
  var scripts = [];
  var found = Object.create(null);
  var isEarly = true;
  function isKept(file) {
    return isEarly || isOurs(file);
  }
  var endResolving = replaceResolving(function (request, parent, look) {
    var file = look();
    if (path.isAbsolute(file) && isKept(parent) && isKept(file)) {
      found[parent] = found[parent] || Object.create(null);
      found[parent][request] = file;
    }
    return file;
  });
  var endCompiling = replaceCompiling(function (text, file) {
    if (!isKept(file) || !canCompile(text)) return null;
    try {
      var script = compile(text, file, null);
      scripts.push({ file: file, text: text, script: script });
      return script;
    } catch (_) {
      /* Node itself says what is wrong with it. */
      return null;
    }
  });
  function end() {
    endResolving();
    endCompiling();
  }
  return {
    /* From here on files may be the repo's. */
    endEarly: function () {
      isEarly = false;
    },
    end: end,
    keep: function () {
      end();
      try {
        write(keptIn, { scripts: scripts, found: found });
      } catch (_) {
        /* A disk that is full, a folder that cannot be written to: then everything is compiled as ever. */
      }
    },
  };
}

function write(keptIn, kept) {
  var list = [];
  var parts = [];
  var bytes = 0;
  function add(part) {
    var from = bytes;
    var padding = (ALIGNMENT - (part.length % ALIGNMENT)) % ALIGNMENT;
    parts.push(part, Buffer.alloc(padding));
    bytes += part.length + padding;
    return [from, from + part.length];
  }
  kept.scripts.forEach(function (one) {
    list.push({ file: one.file, text: add(Buffer.from(one.text)), made: add(one.script.createCachedData()) });
  });
  var header = JSON.stringify({ node: process.version, bytes: bytes, list: list, found: kept.found });
  while ((Buffer.byteLength(header) + NUMBER_BYTES) % ALIGNMENT !== 0) header += ' ';
  var number = Buffer.alloc(NUMBER_BYTES);
  number.writeUInt32LE(Buffer.byteLength(header), 0);
  fs.writeFileSync(keptIn + '.part', Buffer.concat([number, Buffer.from(header)].concat(parts)), {
    mode: 384,
  });
  fs.renameSync(keptIn + '.part', keptIn);
}

/* Of the testing processes: takes what was kept, and nothing from the first file on that is neither that nor ours. */
function reuse(keptIn, isOurs) {
  var kept = read(keptIn);
  if (kept === null) return NOTHING;
  var endResolving = replaceResolving(function (request, parent, look) {
    var known = kept.found[parent];
    return known && has.call(known, request) ? known[request] : look();
  });
  var endCompiling = replaceCompiling(function (text, file) {
    var entry = kept.entries[file];
    if (entry === undefined) {
      if (!isOurs(file)) end();
      return null;
    }
    if (kept.slice(entry.text).toString() !== text) return null;
    return compile(text, file, kept.slice(entry.made));
  });
  function end() {
    endResolving();
    endCompiling();
  }
  return { endEarly: function () {}, end: end, keep: null };
}

/* What was kept; null if there is nothing, or it is another Node's. */
function read(keptIn) {
  try {
    var content = fs.readFileSync(keptIn);
    var start = NUMBER_BYTES + content.readUInt32LE(0);
    var header = JSON.parse(content.slice(NUMBER_BYTES, start).toString());
    if (header.node !== process.version || content.length !== start + header.bytes) return null;
    var entries = Object.create(null);
    header.list.forEach(function (entry) {
      entries[entry.file] = entry;
    });
    return {
      entries: entries,
      found: header.found,
      slice: function (extent) {
        return content.subarray(start + extent[0], start + extent[1]);
      },
    };
  } catch (_) {
    return null;
  }
}

var NOTHING = { endEarly: function () {}, end: function () {}, keep: null };

/*
 * Begins to keep what is compiled (`isListing`), or to use what was kept. `folders` are the framework's and ours. What is
 * returned has `endEarly`, to be called when the framework is there and nothing of the repo yet, `end`, before tests are
 * loaded, and `keep`: null where nothing can be kept.
 */
function openCompiled(asked) {
  if (!isPossible()) return NOTHING;
  function isOurs(file) {
    return asked.folders.some(function (folder) {
      return file.slice(0, folder.length + 1) === folder + path.sep;
    });
  }
  return asked.isListing ? record(asked.keptIn, isOurs) : reuse(asked.keptIn, isOurs);
}

module.exports = { openCompiled: openCompiled };
