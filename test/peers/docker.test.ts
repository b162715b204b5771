/** Suites in containers of a real Docker Engine: the same results as natively, and nothing that gets out or stays. */
import { cpSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { computeIndexPlace } from '../../core/artifacts/artifact-index.ts';
import { JobError } from '../../core/errors.ts';
import type { FileResult } from '../../core/model.ts';
import { DOCKER_NODES } from '../../scripts/peers/docker.ts';
import { type DockerEngine, isDockerThere, startDocker } from '../../scripts/peers/docker-engine.ts';
import { startFakeKubo } from '../artifacts/fake-kubo.ts';
import { measureRepo } from '../measure/measure-fixture.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import {
  type ContainedEnd,
  type ContainedOptions,
  makeContainedRepo,
  measureContained,
} from './docker-fixture.ts';
import { startPackageRegistry } from './docker-registry.ts';
import { COMPARABLE } from './mocha-matrix-fixture.ts';
import { requirePeer } from './require-peer.ts';

const [OLDER, NEWER] = DOCKER_NODES;
const LONG_MS = 300_000;

let engine: DockerEngine;
beforeAll(async () => {
  if ((await isDockerThere()) === true) engine = await startDocker();
}, LONG_MS);
afterAll(() => engine?.close(), LONG_MS);
beforeEach((context) => requirePeer(context, { name: 'Docker Engine', isThere: isDockerThere }));
afterEach(async () => {
  if (engine !== undefined) expect(await engine.listContainers()).toEqual([]);
});

function measure(repo: string, options: Partial<ContainedOptions> = {}): Promise<ContainedEnd> {
  return measureContained(repo, { socketPath: engine.socketPath, node: NEWER, ...options });
}

function makeRepo(files: Readonly<Record<string, string>>): string {
  return makeContainedRepo(files, engine.modules);
}

/** What does not depend on when and where it ran. */
function computeOutcomes(files: readonly FileResult[]) {
  return files.map(({ path, outcome, reason, tests }) => ({
    path,
    outcome,
    reason,
    tests: tests.map((test) => [test.title, test.occurrence, test.outcome, test.reason, test.attempts]),
  }));
}

function find(end: ContainedEnd, path: string): FileResult {
  const file = end.run.files.find((each) => each.path === path);
  if (file === undefined) throw new Error(`${path} was not measured: ${JSON.stringify(end.failure)}`);
  return file;
}

const ACTIVE = `
  const assert = require('assert');
  const childProcess = require('child_process');
  const fs = require('fs');
  const http = require('http');
  const path = require('path');
  describe('what suites do', function () {
    this.timeout(60000);
    it('forks', function (done) {
      const child = childProcess.fork(path.join(__dirname, '..', 'child.js'));
      child.once('message', function (said) { assert.equal(said, 'hello'); done(); });
    });
    it('listens on loopback', function (done) {
      const server = http.createServer(function (_, response) { response.end('served'); });
      server.listen(0, 'localhost', function () {
        http.get({ host: 'localhost', port: server.address().port }, function (response) {
          response.on('data', function (chunk) { assert.equal(String(chunk), 'served'); });
          response.on('end', function () { server.close(done); });
        });
      });
    });
    it('writes files, in the repo and where temporary ones go', function () {
      for (const folder of [path.join(__dirname, '..', 'made'), path.join(require('os').tmpdir(), 'made')]) {
        fs.mkdirSync(folder);
        fs.writeFileSync(path.join(folder, 'file'), 'text');
        assert.equal(fs.readFileSync(path.join(folder, 'file'), 'utf8'), 'text');
        fs.rmSync(folder, { recursive: true });
      }
      fs.writeFileSync(path.join(__dirname, '..', 'left.txt'), 'left');
    });
  });`;

describe('a suite in a container', () => {
  it('has on each Node version the tests and outcomes that it has natively', {
    timeout: LONG_MS,
  }, async () => {
    const files = { ...COMPARABLE, 'test/active.js': ACTIVE, 'child.js': `process.send('hello');` };
    const repo = makeRepo(files);
    const native = computeOutcomes(await measureRepo(repo));
    for (const node of [OLDER, NEWER]) {
      const { run, failure } = await measure(repo, { node });
      expect(failure).toBeNull();
      expect(run.nodeVersion).toBe(node);
      expect(computeOutcomes(run.files)).toEqual(native);
      expect(native.length).toBeGreaterThan(3);
    }
  });

  it('has the fingerprints that it has natively, and the same when it runs again', {
    timeout: LONG_MS,
  }, async () => {
    const repo = makeRepo({
      'lib/a.js': 'module.exports = 1;',
      'test/a.js': `it('a', function () { require('../lib/a'); });`,
    });
    const [native] = await measureRepo(repo);
    const ends = [await measure(repo), await measure(repo)];
    expect(native?.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    for (const end of ends) expect(find(end, 'test/a.js').fingerprint).toBe(native?.fingerprint);
  });

  it('leaves the checkout as it was', { timeout: LONG_MS }, async () => {
    const repo = makeRepo({ 'test/active.js': ACTIVE, 'child.js': `process.send('hello');` });
    const before = readdirSync(repo, { recursive: true }).sort();
    const end = await measure(repo);
    expect(find(end, 'test/active.js').outcome).toBe('passed');
    expect(readdirSync(repo, { recursive: true }).sort()).toEqual(before);
  });

  it('has nothing of this machine but its repo: no rights, no network, no socket, no secret', {
    timeout: LONG_MS,
  }, async () => {
    const repo = makeRepo({
      '.git/config': 'token',
      'test/look.js': `
        const fs = require('fs');
        it('looks', function () {
          const status = fs.readFileSync('/proc/self/status', 'utf8');
          const write = function (file) { try { fs.writeFileSync(file, ''); return 'written'; } catch (e) { return e.code; } };
          throw new Error(JSON.stringify({
            uid: process.getuid(),
            capabilities: /CapEff:\\s*(\\w+)/.exec(status)[1],
            bounding: /CapBnd:\\s*(\\w+)/.exec(status)[1],
            noNewPrivileges: /NoNewPrivs:\\s*(\\d)/.exec(status)[1],
            network: Object.keys(require('os').networkInterfaces()),
            root: write('/file'),
            home: write('/usr/local/file'),
            modules: write(__dirname + '/../node_modules/file'),
            sockets: ['/var/run/docker.sock', ${JSON.stringify(engine.socketPath)}].filter(fs.existsSync),
            git: fs.existsSync(__dirname + '/../.git'),
            env: JSON.stringify(process.env).includes('SECRET'),
            ci: process.env.CI + process.env.TRACEY,
            own: process.env.OWN,
          }));
        });`,
    });
    const end = await measure(repo, {
      variables: { GITHUB_TOKEN: 'SECRET', NPM_TOKEN: 'SECRET', HTTP_PROXY: 'http://SECRET@proxy' },
      settings: { env: { OWN: 'own' }, memory: '512m', pids: 200, cpus: '0' },
    });
    const seen = JSON.parse(find(end, 'test/look.js').tests[0]?.error?.message ?? '{}');
    expect(seen).toEqual({
      uid: 1000,
      capabilities: '0000000000000000',
      bounding: '0000000000000000',
      noNewPrivileges: '1',
      network: ['lo'],
      root: 'EROFS',
      home: 'EROFS',
      modules: 'EROFS',
      sockets: [],
      git: false,
      env: false,
      ci: 'truetrue',
      own: 'own',
    });
  });

  it('is told with its image, its Node and the limits that the engine says were in force', {
    timeout: LONG_MS,
  }, async () => {
    const repo = makeRepo({ 'test/a.js': `it('a', function () {});` });
    const { run } = await measure(repo, {
      settings: { memory: '512m', pids: 200, cpus: '0', user: '1234:1234' },
    });
    const { Id: id } = await engine.api.getImage(`node:${NEWER}`).inspect();
    const document = run.documents.find(({ name }) => name === 'container');
    expect(JSON.parse(document?.content ?? '')).toEqual({
      image: { reference: `node:${NEWER}`, id, digest: null },
      node: { version: NEWER, abi: '137', platform: 'linux', arch: process.arch, libc: 'glibc' },
      limits: {
        cpus: '0',
        memoryBytes: 512 * 1024 ** 2,
        swapBytes: 0,
        pids: 200,
        network: 'none',
        user: '1234:1234',
        readOnlyRoot: true,
        capabilities: [],
        droppedCapabilities: ['ALL'],
        securityOptions: ['no-new-privileges'],
        privileged: false,
      },
    });
  });
});

describe('a suite that wants too much', () => {
  const AFTER = `
    it('still has room', function () {
      require('fs').writeFileSync(require('path').join(__dirname, 'room'), Buffer.alloc(1e6));
      require('child_process').execFileSync('sleep', ['0']);
    });`;

  it('and eats all memory is ended, with the reason; the next file has its memory', {
    timeout: LONG_MS,
  }, async () => {
    const end = await measure(
      makeRepo({
        'test/a.js': `
          it('is there', function () {});
          it('eats', function () {
            this.timeout(0);
            const eaten = [];
            for (;;) eaten.push(Buffer.alloc(1e7, 1));
          });`,
        'test/b.js': AFTER,
      }),
      { settings: { memory: '160m' } },
    );
    const file = find(end, 'test/a.js');
    expect(file.outcome).toBe('aborted');
    expect(file.reason).toBe('ended by SIGKILL in "eats": its container ran out of memory (168 MB)');
    expect(file.tests.map(({ outcome }) => outcome)).toEqual(['passed', 'aborted']);
    expect(find(end, 'test/b.js').outcome).toBe('passed');
  });

  it('and forks without end is refused, and ended at its deadline with all of them', {
    timeout: LONG_MS,
  }, async () => {
    const end = await measure(
      makeRepo({
        'test/a.js': `
          it('forks', function () {
            this.timeout(0);
            return new Promise(function () {
              setInterval(function () {
                for (let n = 0; n < 20; n += 1) {
                  try {
                    require('child_process')
                      .spawn('sh', ['-c', 'while :; do sleep 1000 & sleep 1000 & done'], { detached: true, stdio: 'ignore' })
                      .on('error', function () {});
                  } catch (_) {}
                }
              }, 5);
            });
          });`,
        'test/b.js': AFTER,
      }),
      { settings: { pids: 100, deadlineSeconds: 5 } },
    );
    expect(find(end, 'test/a.js').reason).toBe(
      'did not end within 5.00 s in "forks": it wanted more than 100 processes',
    );
    expect(find(end, 'test/b.js').outcome).toBe('passed');
  });

  it('and never ends is ended at its deadline', { timeout: LONG_MS }, async () => {
    const end = await measure(
      makeRepo({
        'test/a.js': `it('loops', function () { process.on('SIGTERM', function () {}); for (;;); });`,
        'test/b.js': AFTER,
      }),
      { settings: { deadlineSeconds: 3 } },
    );
    expect(find(end, 'test/a.js').reason).toBe('did not end within 3.00 s in "loops"');
    expect(find(end, 'test/b.js').outcome).toBe('passed');
  });

  it.each([
    ['in the repo', '__dirname'],
    ['where temporary files go', `'/tmp'`],
  ])('and fills the disk %s fails; the next file has room again', { timeout: LONG_MS }, async (_, folder) => {
    const end = await measure(
      makeRepo({
        'test/a.js': `
          it('fills', function () {
            this.timeout(0);
            for (let n = 0; ; n += 1) {
              require('fs').writeFileSync(require('path').join(${folder}, 'big' + n), Buffer.alloc(1e6, 1));
            }
          });`,
        'test/b.js': AFTER,
      }),
      { settings: { disk: '20m' } },
    );
    const file = find(end, 'test/a.js');
    expect(file.outcome).toBe('failed');
    expect(file.tests[0]?.reason).toMatch(/^ENOSPC/);
    expect(end.log).toContain('the container is replaced: what it wrote filled its disk (21.0 MB)');
    expect(find(end, 'test/b.js').outcome).toBe('passed');
  });

  it('and leaves processes behind has them ended before the next file', { timeout: LONG_MS }, async () => {
    const end = await measure(
      makeRepo({
        'test/a.js': `
          it('leaves one', function () {
            require('child_process').spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' }).unref();
          });`,
        'test/b.js': `
          it('finds none', function () {
            const fs = require('fs');
            const running = fs.readdirSync('/proc').filter(Number).map(function (pid) {
              return fs.readFileSync('/proc/' + pid + '/cmdline', 'utf8');
            });
            if (running.some(function (line) { return line.startsWith('sleep'); })) throw new Error(running.join());
          });`,
      }),
    );
    expect(computeOutcomes(end.run.files).map(({ outcome }) => outcome)).toEqual(['passed', 'passed']);
  });

  it('and is interrupted ends at once, with what was done', { timeout: LONG_MS }, async () => {
    const stop = new AbortController();
    const repo = makeRepo({
      'test/a.js': `it('a', function () {});`,
      'test/b.js': `it('b', function () { this.timeout(0); return new Promise(function () { setInterval(function () {}, 1e6); }); });`,
    });
    const end = await measure(repo, {
      signal: stop.signal,
      onProgress: ({ done }) => done === 1 && stop.abort(),
    });
    expect(end.run.interrupted).toBe(true);
    expect(find(end, 'test/a.js').outcome).toBe('passed');
  });
});

/** Fails with the Node by which its dependencies were installed, and the text of a file of the repo. */
const TELLING = `it('tells', function () { throw new Error(require('marker') + ' ' + require('../mark')); });`;

describe('dependencies', () => {
  it("are installed inside by the repo's package manager, for each image, and used again by later runs", {
    timeout: LONG_MS,
  }, async () => {
    const cacheFolder = makeTemporaryFolder();
    const registry = await startPackageRegistry(engine.api, engine.modules);
    const measureText = async (node: string, text: string) => {
      // Where the checkout lies is another place every time.
      const files = { ...registry.files, 'mark.js': `module.exports = '${text}';`, 'test/a.js': TELLING };
      const repo = makeContainedRepo(files, null);
      const end = await measure(repo, { node, cacheFolder });
      expect(end.failure).toBeNull();
      expect(readdirSync(repo)).not.toContain('node_modules');
      const { source, packageManager } = end.run.dependencies;
      return [source, packageManager, find(end, 'test/a.js').tests[0]?.reason];
    };
    expect(await measureText(OLDER, 'first')).toEqual(['installed', 'npm', `v${OLDER} first`]);
    expect(await measureText(NEWER, 'second')).toEqual(['installed', 'npm', `v${NEWER} second`]);
    const requests = registry.countRequests();
    expect(await measureText(NEWER, 'third')).toEqual(['cache', 'npm', `v${NEWER} third`]);
    expect(registry.countRequests()).toBe(requests);
  });

  it("are made into an artifact for the image's Node, and restored from it where nothing is installed", {
    timeout: LONG_MS,
  }, async () => {
    const kubo = await startFakeKubo();
    const registry = await startPackageRegistry(engine.api, engine.modules);
    const files = { ...registry.files, 'mark.js': `module.exports = '';`, 'test/a.js': TELLING };
    const repo = makeContainedRepo(files, null);
    const measureWith = (node: string, upload: boolean) =>
      measure(repo, {
        node,
        artifacts: {
          repository: 'happner/sample',
          address: kubo.address,
          gateway: null,
          indexPlace: computeIndexPlace('ipfs'),
          upload,
          targets: [],
          writer: null,
          cache: null,
        },
      });
    const made = await measureWith(OLDER, true);
    expect(made.run.dependencies).toMatchObject({
      source: 'installed',
      artifact: { key: expect.stringMatching(/-glibc-node127-/), cid: expect.any(String) },
    });
    const requests = registry.countRequests();
    const restored = await measureWith(OLDER, false);
    expect(restored.run.dependencies.source).toBe('artifact');
    expect(find(restored, 'test/a.js').tests[0]?.reason).toContain(`v${OLDER}`);
    expect(registry.countRequests()).toBe(requests);
    const { failure } = await measureWith(NEWER, false);
    expect(failure).toMatchObject({ code: 'artifact/none', message: expect.stringContaining('-node137-') });
  });

  it('come from a command that may write into the repo, and then again for each content of it', {
    timeout: LONG_MS,
  }, async () => {
    const cacheFolder = makeTemporaryFolder();
    const repo = makeContainedRepo({ 'mark.js': `module.exports = 'first';`, 'test/a.js': TELLING }, null);
    cpSync(engine.modules, join(repo, 'vendor'), { recursive: true });
    const command =
      'cp -R vendor node_modules && mkdir node_modules/marker && ' +
      'echo "module.exports = require(\'../../built\')" > node_modules/marker/index.js && ' +
      "node -e \"fs.writeFileSync('built.js', 'module.exports =' + JSON.stringify(process.env.BY))\"";
    const install = { command, env: { BY: 'build' }, network: 'none' };
    const measureNow = async () => {
      const end = await measure(repo, { cacheFolder, settings: { install, spec: ['test/*.js'] } });
      return [end.run.dependencies.source, find(end, 'test/a.js').tests[0]?.reason];
    };
    expect(await measureNow()).toEqual(['installed', 'build first']);
    expect(await measureNow()).toEqual(['cache', 'build first']);
    writeFileSync(join(repo, 'mark.js'), `module.exports = 'second';`);
    expect(await measureNow()).toEqual(['installed', 'build second']);
  });

  it('that cannot be installed are told with what was printed, and not taken for installed', {
    timeout: LONG_MS,
  }, async () => {
    const cacheFolder = makeTemporaryFolder();
    const repo = makeContainedRepo({ 'test/a.js': `it('a', function () {});` }, null);
    for (let time = 1; time <= 2; time += 1) {
      const { failure } = await measure(repo, {
        cacheFolder,
        settings: { install: 'mkdir node_modules; echo it broke; exit 3' },
      });
      expect(failure).toBeInstanceOf(JobError);
      expect((failure as JobError).code).toBe('container/install-failed');
      expect((failure as JobError).message).toBe(
        `node:${NEWER}: \`sh -c mkdir node_modules; echo it broke; exit 3\` ended with exit code 3:\n  it broke`,
      );
    }
  });
});

describe('a Node version', () => {
  it('is a line when a line was asked for, and the exact version is known', {
    timeout: LONG_MS,
  }, async () => {
    await engine.api.getImage(`node:${OLDER}`).tag({ repo: 'node', tag: '22' });
    const { run } = await measure(makeRepo({ 'test/a.js': `it('a', function () {});` }), { node: '22' });
    expect([run.nodeLine, run.nodeVersion]).toEqual(['22', OLDER]);
  });

  it('is never another one than was asked for', { timeout: LONG_MS }, async () => {
    const measuring = measure(makeRepo({}), { node: '20', settings: { image: `node:${NEWER}` } });
    await expect(measuring).rejects.toThrow(
      `node:${NEWER}: its Node is ${NEWER}, and Node 20 was asked for.`,
    );
  });

  it('without an image that may be pulled is an error that says so', { timeout: LONG_MS }, async () => {
    const never = measure(makeRepo({}), { node: '18', settings: { pull: 'never' } });
    await expect(never).rejects.toThrow(
      'node:18: there is no such image on this machine, and none may be pulled.',
    );
    const offline = measure(makeRepo({}), { settings: { image: '127.0.0.1:1/node:{version}' } });
    await expect(offline).rejects.toThrow(/^127\.0\.0\.1:1\/node:\S+: the image cannot be pulled: .*refused/);
  });

  it('whose image has no node is an error that says so', { timeout: LONG_MS }, async () => {
    const container = await engine.api.createContainer({ Image: `node:${NEWER}`, Cmd: ['sh'] });
    const image = await container.commit({ repo: 'empty', tag: '1', changes: 'ENV PATH=/nowhere' });
    await container.remove();
    const measuring = measure(makeRepo({}), { settings: { image: 'empty:1' } });
    await expect(measuring).rejects.toThrow(
      /^empty:1: a container of it cannot be started: it printed:\n.*\bnode\b/,
    );
    expect(image).toBeDefined();
  });
});

/** A run that has come to a file which never ends. */
function measureEndless() {
  const repo = makeRepo({
    'test/a.js': `it('a', function () {});`,
    'test/b.js': `it('b', function () { this.timeout(0); return new Promise(function () { setInterval(function () {}, 1e6); }); });`,
  });
  const reached = Promise.withResolvers<void>();
  const measuring = measure(repo, { onProgress: ({ done }) => done === 1 && reached.resolve() });
  return { reached: reached.promise, measuring };
}

describe('an engine', () => {
  it('that is restarted in the middle ends the run, keeps what was measured, and has nothing left on it', {
    timeout: LONG_MS,
  }, async () => {
    const { reached, measuring } = measureEndless();
    await reached;
    await engine.crash();
    await engine.start();
    const end = await measuring;
    expect(find(end, 'test/a.js').outcome).toBe('passed');
    expect((end.failure as JobError).code).toBe('container/engine-lost');
    expect((end.failure as JobError).message).toBe(
      `${engine.socketPath}: the container engine went away while tests were running.`,
    );
  });

  it('that is stopped in the middle ends the file, or the run', { timeout: LONG_MS }, async () => {
    const { reached, measuring } = measureEndless();
    await reached;
    await engine.stop();
    await engine.start();
    const end = await measuring;
    expect(find(end, 'test/a.js').outcome).toBe('passed');
    // It depends on whether it still answers while it stops.
    const said = end.failure === null ? find(end, 'test/b.js').reason : (end.failure as JobError).message;
    expect(said).toMatch(/its container ended with exit code \d+|went away while tests were running/);
  });
});

it('what is printed is bounded, and the engine keeps no log of it', { timeout: LONG_MS }, async () => {
  const end = await measure(
    makeRepo({
      'test/a.js': `it('prints', function () { console.log('x'.repeat(1e6)); throw new Error('no'); });`,
    }),
  );
  expect(find(end, 'test/a.js').output?.length).toBeLessThan(20_000);
});
