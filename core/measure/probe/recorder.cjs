/*
 * The part of the probe that no framework is known to: clocks, the event file, how the process ends. It runs inside
 * the tested process, on Node 0.10 to the newest, beside code that may replace timers, `fs` or anything else: so it
 * is ES5 without dependencies, and takes what it needs before any tested code runs.
 *
 * Events are lines of JSON appended to the file that TRACEY_EVENTS names, each written before the call
 * returns: whatever finished survives a crash of the process.
 */
'use strict';

var fs = require('fs');
var watchModules = require('./modules.cjs').watchModules;

var hrtime = process.hrtime;
var cpuUsage = process.cpuUsage;
var writeSync = fs.writeSync;
var readFileSync = fs.readFileSync;
var stringify = JSON.stringify;
var exit = process.exit;
var later = setTimeout;
var notLater = clearTimeout;

/* Characters of each text; `bodies` of all bodies together, which are in memory several times when they are told. */
var LIMITS = { title: 65536, message: 8192, stack: 16384, body: 65536, bodies: 4194304 };
/* How long a process may stay alive after its last test before it is ended. */
var LINGER_MS = 2000;
/* Long lists go out in lines of this many entries. */
var LIST_LENGTH = 1000;

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
    var isNamed = name && String(message).slice(0, name.length) === name;
    described.message = cut(isNamed ? message : name + String(message), LIMITS.message);
    if (isObject && thrown.stack) described.stack = cut(thrown.stack, LIMITS.stack);
  } catch (_) {
    described.message = described.message || '(an error that cannot be printed)';
  }
  return described;
}

/* One event per LIST_LENGTH entries, made by `create`; one with an empty list when there are none. */
function createListEvents(entries, create) {
  var events = [];
  for (var from = 0; from === 0 || from < entries.length; from += LIST_LENGTH) {
    events.push(create(entries.slice(from, from + LIST_LENGTH)));
  }
  return events;
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

/* What keeps the process alive, by kind. Its own output streams do not. */
function countHandles() {
  var names;
  if (process.getActiveResourcesInfo) names = process.getActiveResourcesInfo();
  else {
    names = (process._getActiveHandles ? process._getActiveHandles() : []).map(function (handle) {
      var isOutput = handle === process.stdout || handle === process.stderr || (handle && handle.fd <= 2);
      return isOutput ? 'PipeWrap' : (handle && handle.constructor && handle.constructor.name) || 'handle';
    });
  }
  var counts = {};
  names.forEach(function (name) {
    if (!/^(PipeWrap|TTYWrap)$/.test(name)) counts[name] = (counts[name] || 0) + 1;
  });
  return counts;
}

/* Opens the event file and starts watching the process. Call it once, before any tested code; `files` are the test
 * files that it is asked to run, absolute. */
function openRecorder(files) {
  var fd = fs.openSync(process.env.TRACEY_EVENTS, 'a');
  delete process.env.TRACEY_EVENTS;
  var waiting = [];
  var cause = null;
  var lingering = null;
  var modules = watchModules(files);

  /* What cannot be written now, because a test has replaced the file system, goes out with the next event. */
  function write(events) {
    try {
      for (var i = 0; i < events.length; i++) waiting.push(stringify(events[i]));
      var buffer = toBuffer(waiting.join('\n') + '\n');
      for (var offset = 0; offset < buffer.length; ) {
        offset += writeSync.call(fs, fd, buffer, offset, buffer.length - offset, null);
      }
      waiting = [];
    } catch (_) {
      if (waiting.length > 100000) waiting = waiting.slice(-1000);
    }
  }

  process.exit = function () {
    cause = 'called';
    return exit.apply(process, arguments);
  };
  process.on('beforeExit', function () {
    cause = 'drained';
  });
  function onExit(code) {
    modules.noteEnd();
    write(
      createListEvents(modules.read(), function (files) {
        return {
          type: 'modules',
          files: files,
          early: modules.early,
          seesImports: modules.seesImports,
          hidden: modules.hidden,
          children: modules.children,
        };
      })
    );
    write([
      {
        type: 'exit',
        code: typeof code === 'number' ? code : null,
        cause: cause,
        peakRssBytes: readPeakRssBytes(),
      },
    ]);
  }
  process.on('exit', onExit);

  return {
    write: write,
    modules: modules,
    /* The tests are over: a process that does not end by itself now is ended, and what kept it is told. */
    endSoon: function () {
      /* A test may have removed every listener there was. */
      if (process.listeners('exit').indexOf(onExit) === -1) process.on('exit', onExit);
      if (lingering !== null) notLater(lingering);
      var startedMs = nowMs();
      lingering = later(function () {
        write([{ type: 'lingering', handles: countHandles(), ms: nowMs() - startedMs }]);
        exit.call(process);
      }, LINGER_MS);
      if (lingering && lingering.unref) lingering.unref();
    },
  };
}

module.exports = {
  openRecorder: openRecorder,
  createListEvents: createListEvents,
  nowMs: nowMs,
  cpuMs: cpuMs,
  describeError: describeError,
  cut: cut,
  LIMITS: LIMITS,
};
