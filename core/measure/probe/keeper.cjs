/*
 * Keeps a container: copies the repo to where it is measured, starts the processes that it is told to start, and sees
 * each to its end as spawn.ts does outside. ES5 without dependencies, for the Node of whatever image; it lives as long as its
 * stdin is open, so a killed Tracey leaves no container running.
 *
 * Orders and answers are lines of JSON on stdin and stdout.
 */
'use strict';

var childProcess = require('child_process');
var fs = require('fs');
var path = require('path');

/* As in spawn.ts. */
var TERMINATION_GRACE_MS = 500;
var DRAIN_GRACE_MS = 500;
/* What must still fit where tests may write, or it is full. */
var ROOM_BYTES = 65536;

function tell(answer) {
  process.stdout.write(JSON.stringify(answer) + '\n');
}

function toBuffer(length) {
  if (typeof Buffer.alloc === 'function') return Buffer.alloc(length);
  var buffer = new Buffer(length);
  buffer.fill(0);
  return buffer;
}

function attempt(work) {
  try {
    return work();
  } catch (_) {
    return undefined;
  }
}

/* ------------------------------------------------------------------ what the kernel counted */

function readCount(files, pattern) {
  for (var i = 0; i < files.length; i++) {
    try {
      var found = pattern.exec(fs.readFileSync(files[i], 'utf8'));
      if (found) return parseInt(found[1], 10);
    } catch (_) {
      /* The other version of control groups has it. */
    }
  }
  return 0;
}

function readCounts() {
  return {
    oomKills: readCount(
      ['/sys/fs/cgroup/memory.events', '/sys/fs/cgroup/memory/memory.oom_control'],
      /oom_kill (\d+)/
    ),
    refusedProcesses: readCount(
      ['/sys/fs/cgroup/pids.events', '/sys/fs/cgroup/pids/pids.events'],
      /max (\d+)/
    ),
  };
}

function isFull(folder) {
  var file = path.join(folder, '.tracey-room-' + process.pid);
  try {
    fs.writeFileSync(file, toBuffer(ROOM_BYTES));
    return false;
  } catch (error) {
    return error.code === 'ENOSPC';
  } finally {
    attempt(function () {
      fs.unlinkSync(file);
    });
  }
}

/* ------------------------------------------------------------------ processes */

var running = null;

/* Everything but the container's init and this process. */
function endAll() {
  attempt(function () {
    process.kill(-1, 'SIGKILL');
  });
}

function createTail(limit) {
  var kept = [];
  var bytes = 0;
  var dropped = false;
  function shorten() {
    var all = Buffer.concat(kept);
    if (all.length > limit) {
      dropped = true;
      all = all.slice(all.length - limit);
    }
    kept = [all];
    bytes = all.length;
    return all;
  }
  return {
    add: function (chunk) {
      kept.push(chunk);
      bytes += chunk.length;
      if (bytes >= 4 * limit) shorten();
    },
    read: function () {
      var text = shorten().toString('utf8');
      return dropped ? '\u2026' + text.replace(/^\uFFFD+/, '') : text;
    },
  };
}

function stop(why) {
  if (!running || running.stopped !== null) return;
  running.stopped = why;
  var pid = running.child.pid;
  attempt(function () {
    process.kill(-pid, 'SIGTERM');
  });
  running.timers.push(setTimeout(endAll, TERMINATION_GRACE_MS));
}

function run(order) {
  var before = readCounts();
  var tail = createTail(order.outputBytes);
  var started = process.hrtime();
  var child;
  try {
    child = childProcess.spawn(order.command, order.args, {
      cwd: order.cwd,
      env: order.env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    tell({ type: 'refused', id: order.id, message: String(error.message) });
    return;
  }
  var durationMs = 0;
  running = { child: child, stopped: null, timers: [] };
  child.on('error', function (error) {
    if (child.pid) return;
    running = null;
    tell({ type: 'refused', id: order.id, message: String(error.message) });
  });
  if (!child.pid) return;
  /* When memory runs out it is a tested process that goes, never this one. */
  attempt(function () {
    fs.writeFileSync('/proc/' + child.pid + '/oom_score_adj', '1000');
  });
  function listen(chunk) {
    tail.add(chunk);
    if (order.tellsOutput) tell({ type: 'output', id: order.id, text: chunk.toString('utf8') });
  }
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  if (order.deadlineMs !== null) {
    running.timers.push(
      setTimeout(function () {
        stop('deadline');
      }, order.deadlineMs)
    );
  }
  var draining = null;
  child.on('exit', function () {
    var took = process.hrtime(started);
    durationMs = took[0] * 1e3 + took[1] / 1e6;
    running.timers.forEach(clearTimeout);
    endAll();
    draining = setTimeout(function () {
      child.stdout.destroy();
      child.stderr.destroy();
    }, DRAIN_GRACE_MS);
  });
  child.on('close', function (exitCode, signal) {
    var ended = running;
    clearTimeout(draining);
    running = null;
    /* A process that was just starting another may have been missed. */
    endAll();
    var after = readCounts();
    tell({
      type: 'ended',
      id: order.id,
      exitCode: exitCode,
      signal: signal,
      stopped: ended.stopped,
      durationMs: durationMs,
      output: tail.read(),
      oomKills: after.oomKills - before.oomKills,
      refusedProcesses: after.refusedProcesses - before.refusedProcesses,
      full: order.rooms.some(isFull),
    });
  });
}

/* ------------------------------------------------------------------ copying the repo */

function copy(from, to, skipped) {
  fs.readdirSync(from).forEach(function (name) {
    if (skipped.indexOf(name) !== -1) return;
    var source = path.join(from, name);
    var target = path.join(to, name);
    var stats = fs.lstatSync(source);
    if (stats.isSymbolicLink()) fs.symlinkSync(fs.readlinkSync(source), target);
    else if (stats.isDirectory()) {
      fs.mkdirSync(target, stats.mode & 511);
      copy(source, target, []);
    } else if (stats.isFile()) {
      if (fs.copyFileSync) fs.copyFileSync(source, target);
      else fs.writeFileSync(target, fs.readFileSync(source), { mode: stats.mode & 511 });
    } else return;
    if (stats.isFile()) fs.utimesSync(target, stats.atime, stats.mtime);
  });
}

function obey(order) {
  if (order.type === 'run') run(order);
  else if (order.type === 'stop') stop(order.why);
  else if (order.type === 'copy') {
    try {
      copy(order.from, order.to, order.skipped);
      tell({ type: 'copied', id: order.id });
    } catch (error) {
      tell({ type: 'refused', id: order.id, message: String(error.message) });
    }
  }
}

/* ------------------------------------------------------------------ orders */

var rest = '';
process.stdin.setEncoding('utf8');
process.stdin.on('data', function (chunk) {
  var lines = (rest + chunk).split('\n');
  rest = lines.pop();
  lines.forEach(function (line) {
    obey(JSON.parse(line));
  });
});
function leave() {
  endAll();
  process.exit(0);
}
process.stdin.on('end', leave);
process.stdin.on('close', leave);
process.stdin.resume();

function readLibc() {
  if (process.report && process.report.getReport) {
    return process.report.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl';
  }
  return fs.existsSync('/lib64/ld-linux-x86-64.so.2') ? 'glibc' : null;
}

tell({
  type: 'ready',
  nodeVersion: process.versions.node,
  executable: process.execPath,
  abi: process.versions.modules || null,
  platform: process.platform,
  arch: process.arch,
  libc: attempt(readLibc) || null,
  uid: process.getuid(),
  gid: process.getgid(),
});
