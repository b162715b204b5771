/*
 * The part of the probe that no framework is known to: clocks, the event file, which modules were loaded.
 * It runs inside the tested process, on Node 0.10 to the newest, beside code that may replace timers, `fs` or
 * anything else: so it is ES5 without dependencies, and takes what it needs before any tested code runs.
 *
 * Events are lines of JSON appended to the file that TRACEY_EVENTS names, each written before the call
 * returns: whatever finished survives a crash of the process.
 */
'use strict';

var fs = require('fs');
var Module = require('module');
var url = require('url');

var hrtime = process.hrtime;
var cpuUsage = process.cpuUsage;
var writeSync = fs.writeSync;
var readFileSync = fs.readFileSync;
var stringify = JSON.stringify;
var exit = process.exit;
var later = setTimeout;

var LIMITS = { title: 65536, message: 8192, stack: 16384, depth: 100 };
/* How long a process may stay alive after its last test before it is ended. */
var LINGER_MS = 2000;

function toBuffer(text) {
  return typeof Buffer.alloc === 'function' ? Buffer.from(text, 'utf8') : new Buffer(text, 'utf8');
}

function cut(value, limit) {
  var text;
  try {
    text = String(value);
  } catch (_) {
    text = '(unprintable)';
  }
  return text.length > limit ? text.slice(0, limit - 1) + '\u2026' : text;
}

/* Milliseconds on the monotonic clock, with its full resolution. */
function nowMs() {
  var now = hrtime.call(process);
  return now[0] * 1e3 + now[1] / 1e6;
}

/* CPU time of this process so far, user and system, in ms; null before Node 6.1. */
function cpuMs() {
  if (!cpuUsage) return null;
  var used = cpuUsage.call(process);
  return (used.user + used.system) / 1e3;
}

/* Anything thrown, as bounded text; never throws itself. */
function describeError(thrown) {
  var described = { message: '' };
  try {
    var isObject = thrown !== null && (typeof thrown === 'object' || typeof thrown === 'function');
    var message = isObject && thrown.message !== undefined ? thrown.message : thrown;
    var name = isObject && thrown.name && thrown.name !== 'Error' ? thrown.name + ': ' : '';
    described.message = cut(
      name && String(message).indexOf(name) !== 0 ? name + message : message,
      LIMITS.message
    );
    if (isObject && thrown.stack) described.stack = cut(thrown.stack, LIMITS.stack);
  } catch (_) {
    described.message = described.message || '(an error that cannot be printed)';
  }
  return described;
}

/* Notes every module that is loaded from now on; `complete` says whether ES modules can be seen too. */
function watchModules() {
  var seen = Object.create(null);
  var watched = { seen: seen, complete: parseInt(process.versions.node, 10) < 12, children: false };

  var load = Module.prototype.load;
  Module.prototype.load = function (filename) {
    seen[filename] = true;
    return load.apply(this, arguments);
  };
  if (typeof Module.registerHooks === 'function') {
    Module.registerHooks({
      resolve: function (specifier, context, nextResolve) {
        var resolved = nextResolve(specifier, context);
        if (resolved && typeof resolved.url === 'string' && resolved.url.slice(0, 5) === 'file:') {
          seen[url.fileURLToPath(resolved.url)] = true;
        }
        return resolved;
      },
    });
    watched.complete = true;
  }

  var processes = require('child_process');
  function noteChildren(owner, name) {
    var original = owner && owner[name];
    if (typeof original !== 'function') return;
    owner[name] = function () {
      watched.children = true;
      return original.apply(this, arguments);
    };
  }
  noteChildren(processes.ChildProcess && processes.ChildProcess.prototype, 'spawn');
  noteChildren(processes, 'spawnSync');
  noteChildren(processes, 'execSync');
  noteChildren(processes, 'execFileSync');
  return watched;
}

function readPeakRssBytes() {
  try {
    var match = /VmHWM:\s+(\d+) kB/.exec(readFileSync.call(fs, '/proc/self/status', 'utf8'));
    if (match) return Number(match[1]) * 1024;
  } catch (_) {
    /* not Linux, or a mocked fs */
  }
  return process.resourceUsage ? process.resourceUsage().maxRSS * 1024 : null;
}

function findActiveHandles() {
  var names = [];
  if (process.getActiveResourcesInfo) names = process.getActiveResourcesInfo();
  else if (process._getActiveHandles) {
    names = process._getActiveHandles().map(function (handle) {
      return (handle && handle.constructor && handle.constructor.name) || 'handle';
    });
  }
  var counts = {};
  names.forEach(function (name) {
    counts[name] = (counts[name] || 0) + 1;
  });
  return counts;
}

/* Opens the event file and starts watching the process. Call it once, before any tested code. */
function openRecorder() {
  var path = process.env.TRACEY_EVENTS;
  var fd = fs.openSync(path, 'a');
  delete process.env.TRACEY_EVENTS;
  var waiting = [];
  var modules = watchModules();

  /* What cannot be written now, because a test has replaced the file system, goes out with the next event. */
  function write(events) {
    for (var i = 0; i < events.length; i++) waiting.push(stringify(events[i]));
    try {
      var buffer = toBuffer(waiting.join('\n') + '\n');
      for (var offset = 0; offset < buffer.length; ) {
        offset += writeSync.call(fs, fd, buffer, offset, buffer.length - offset, null);
      }
      waiting = [];
    } catch (_) {
      if (waiting.length > 100000) waiting = waiting.slice(-1000);
    }
  }

  process.on('exit', function (code) {
    write([
      {
        type: 'modules',
        files: Object.keys(modules.seen),
        complete: modules.complete,
        children: modules.children,
      },
      { type: 'exit', code: code === undefined ? null : code, peakRssBytes: readPeakRssBytes() },
    ]);
  });

  return {
    write: write,
    /* The tests are over: a process that does not end by itself now is ended, and what kept it is told. */
    endSoon: function () {
      var timer = later(function () {
        write([{ type: 'lingering', handles: findActiveHandles() }]);
        exit.call(process);
      }, LINGER_MS);
      if (timer && timer.unref) timer.unref();
    },
  };
}

module.exports = {
  openRecorder: openRecorder,
  nowMs: nowMs,
  cpuMs: cpuMs,
  describeError: describeError,
  cut: cut,
  LIMITS: LIMITS,
};
