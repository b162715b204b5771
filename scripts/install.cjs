/*
 * Installs Tracey's own dependencies when they are missing or not those of package-lock.json. It runs before
 * `npm start` and `npm test`, on whatever Node the machine has, so it is plain old JavaScript; the Node that
 * Tracey itself needs is among the dependencies. `npm install --no-save` keeps to the lockfile and leaves it as it
 * is; `npm ci` would refuse it on a registry that does not serve every platform's optional packages.
 */
'use strict';

var childProcess = require('child_process');
var crypto = require('crypto');
var fs = require('fs');
var path = require('path');

var root = path.join(__dirname, '..');
var stamp = path.join(root, 'node_modules', '.tracey-installed');

function readText(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (_) {
    return null;
  }
}

function computeWanted() {
  return crypto
    .createHash('sha256')
    .update(readText(path.join(root, 'package-lock.json')) || '')
    .digest('hex');
}

function fail(what) {
  process.stderr.write('tracey: ' + what + '\n');
  process.exit(1);
}

var wanted = computeWanted();
if (readText(stamp) !== wanted) {
  process.stderr.write('Installing what Tracey needs, its own Node among it (npm install) ...\n');
  var npm = process.env.npm_execpath;
  var isScript = npm && /\.[cm]?js$/.test(npm);
  var installed = childProcess.spawnSync(
    isScript ? process.execPath : 'npm',
    (isScript ? [npm] : []).concat(['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error']),
    { cwd: root, stdio: ['ignore', 2, 2] }
  );
  if (installed.error) fail('npm could not be started: ' + installed.error.message);
  if (installed.status !== 0) {
    fail(
      '"npm install" failed. Check that this machine reaches the npm registry, then run the same command again.'
    );
  }
  fs.writeFileSync(stamp, wanted);
}

var own = path.join(root, 'node_modules', '.bin', 'node');
var asked = childProcess.spawnSync(own, ['--version'], { encoding: 'utf8' });
var major = asked.stdout ? parseInt(asked.stdout.slice(1), 10) : 0;
if (!(major >= 24)) {
  fail(
    'the Node that was installed does not run here (' +
      (asked.error ? asked.error.message : asked.stderr || asked.stdout) +
      ').\n' +
      'If install scripts are switched off, run: npm rebuild node'
  );
}
