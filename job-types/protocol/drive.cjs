'use strict';
/**
 * Drives a scenario, one step after the other, in a process of its own: `node drive.cjs`, with what it needs in the variable
 * TRACEY_PROTOCOL. What is said on the wire, and how each step ends, goes at once as lines of JSON into a file, so that
 * whoever waits knows the step whatever happens. It draws no conclusions. ES2015 without dependencies: it runs on Node 6.
 */
const fs = require('fs');
const net = require('net');
const path = require('path');
const wire = require('./wire.cjs');

const options = JSON.parse(process.env.TRACEY_PROTOCOL);
delete process.env.TRACEY_PROTOCOL;
const file = fs.openSync(options.events, 'a');
const write = (event) => fs.writeSync(file, `${JSON.stringify(event)}\n`);

/** Nothing was said for so long: whatever a step set off is over. */
const SETTLED_MS = 60;
let lastMs = 0;
const gates = [];

/** The folder of the library, or of a package as the library finds it. */
function findPackage(name) {
  if (name === options.library) return options.folder;
  for (let folder = options.folder; ; folder = path.dirname(folder)) {
    const found = path.join(folder, 'node_modules', name);
    if (fs.existsSync(path.join(found, 'package.json'))) return found;
    if (folder === path.dirname(folder)) throw new Error(`${options.library} has no package ${name}`);
  }
}

/** What a scenario gets. */
const scene = {
  /** Loads the library, or a package that it depends on. */
  load: (name) => require(findPackage(name)),
  /** What the package.json of such a package says. */
  readManifest: (name) => JSON.parse(fs.readFileSync(path.join(findPackage(name), 'package.json'), 'utf8')),
  /** A port that is free. */
  findPort: () =>
    new Promise((resolve, reject) => {
      const server = net.createServer();
      server.once('error', reject);
      server.listen(0, '127.0.0.1', () => {
        const port = server.address().port;
        server.close(() => resolve(port));
      });
    }),
  /** A port through which a client reaches the service on `target`, recorded under a name. */
  openGate: (target, connection) =>
    wire
      .openGate({
        target,
        connection,
        tell(message) {
          lastMs = Date.now();
          write({ type: 'message', message });
        },
      })
      .then((gate) => {
        gates.push(gate);
        return gate.port;
      }),
  /** Calls a method that takes a callback last. */
  call: (subject, method, ...args) =>
    new Promise((resolve, reject) => {
      subject[method](...args, (error, ...results) =>
        error ? reject(error) : resolve(results.length > 1 ? results : results[0])
      );
    }),
  /** Fulfilled however a call ends: what came of it is on the wire. */
  attempt: (promise) =>
    promise.then(
      () => undefined,
      () => undefined
    ),
  /** Something that will happen: `happened` is called when it does, `promise` waits for that. */
  expect() {
    const expected = {};
    expected.promise = new Promise((resolve) => {
      expected.happened = resolve;
    });
    return expected;
  },
};

const steps = require(options.scenario)(scene);

function settle() {
  return new Promise((resolve) => {
    lastMs = Date.now();
    const timer = setInterval(() => {
      if (Date.now() - lastMs < SETTLED_MS) return;
      clearInterval(timer);
      resolve();
    }, 10);
  });
}

function formatError(error) {
  return error instanceof Error ? error.stack || error.message : JSON.stringify(error) || String(error);
}

/** Runs a step to its end or its deadline. */
function runStep(step) {
  if (step.isLeftOut && step.isLeftOut()) {
    write({ type: 'left-out', step: step.name, title: step.title, reason: step.reason });
    return Promise.resolve(true);
  }
  write({ type: 'step', step: step.name, title: step.title });
  const startedMs = Date.now();
  let tookMs = 0;
  let timer;
  const late = new Promise((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`no answer within ${options.stepDeadlineMs / 1000} s`)),
      options.stepDeadlineMs
    );
  });
  return Promise.race([Promise.resolve().then(() => step.run()), late])
    .then((told) => {
      tookMs = Date.now() - startedMs;
      return settle().then(() => told);
    })
    .then(
      (told) => {
        clearTimeout(timer);
        write({ type: 'done', step: step.name, ms: tookMs, facts: step.isFacts ? told : {} });
        return true;
      },
      (error) => {
        clearTimeout(timer);
        write({ type: 'failed', step: step.name, ms: Date.now() - startedMs, error: formatError(error) });
        return false;
      }
    );
}

// What is thrown outside of any step belongs to the one that is being done; the process ends, and that is the step's end.
process.on('uncaughtException', (error) => {
  write({ type: 'thrown', error: formatError(error) });
  process.exit(1);
});

steps
  .reduce((before, step) => before.then((goesOn) => (goesOn ? runStep(step) : false)), Promise.resolve(true))
  .then((isDone) => {
    if (isDone) write({ type: 'end' });
    for (const gate of gates) gate.close();
    process.exit(isDone ? 0 : 1);
  });
