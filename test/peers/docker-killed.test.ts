/** Tracey killed while it has containers: whoever comes next removes what is left and stores what was measured. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../core/store/open.ts';
import { DOCKER_NODES } from '../../scripts/peers/docker.ts';
import { type DockerEngine, isDockerThere, startDocker } from '../../scripts/peers/docker-engine.ts';
import { buildAction, makeWorkflowRunner } from '../e2e/workflow-runner.ts';
import { makeRepository } from '../repository/sample-repository.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import { requirePeer } from './require-peer.ts';

const [, NODE] = DOCKER_NODES;
const LONG_MS = 180_000;
const ENDLESS = `it('b', function () { this.timeout(0); return new Promise(function () { setInterval(function () {}, 1e6); }); });`;

let engine: DockerEngine;
let folder = '';
let dist = '';
beforeAll(async () => {
  if ((await isDockerThere()) !== true) return;
  engine = await startDocker();
  folder = mkdtempSync(join(tmpdir(), 'tracey-docker-'));
  dist = buildAction(folder);
  // An image whose containers get a volume each.
  const container = await engine.api.createContainer({ Image: `node:${NODE}`, Cmd: ['sh'] });
  await container.commit({ repo: 'voluminous', tag: NODE, changes: 'VOLUME /data' });
  await container.remove();
}, LONG_MS);
afterAll(async () => {
  await engine?.close();
  if (folder !== '') rmSync(folder, { recursive: true, force: true });
}, LONG_MS);
beforeEach((context) => requirePeer(context, { name: 'Docker Engine', isThere: isDockerThere }));

/** A repo whose second file never ends, and a home for Tracey. */
function makeJob(settings: Readonly<Record<string, unknown>> = {}) {
  const sample = makeRepository();
  const image = 'voluminous:{version}';
  const jobType = {
    name: 'performance-tracker',
    settings: { socket: engine.socketPath, image, ...settings },
  };
  sample.write('package.json', '{"devDependencies":{"mocha":"*"}}');
  sample.write('test/a.js', `it('a', function () {});`);
  sample.write('test/b.js', ENDLESS);
  sample.write('.tracey.yml', JSON.stringify({ job_types: [jobType] }));
  cpSync(engine.modules, join(sample.folder, 'node_modules'), { recursive: true });
  const sha = sample.commit('Begin');
  return { repo: sample.folder, sha, home: join(makeTemporaryFolder(), 'home') };
}

type Job = ReturnType<typeof makeJob>;

function startTracey({ repo, home }: Job, args = ['--job-type', 'performance-tracker']) {
  mkdirSync(home, { recursive: true });
  const child = spawn(process.execPath, [join(dist, 'cli.js'), 'run', repo, '--node', NODE, ...args], {
    cwd: home,
    env: {
      PATH: [dirname(process.execPath), process.env['PATH']].join(':'),
      HOME: home,
      TRACEY_HOME: home,
      TRACEY_LOCK: basename(dirname(home)),
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let printed = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  return { child, readPrinted: () => printed };
}

async function kill(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const ended = once(child, 'close');
  child.kill(signal);
  const [exitCode] = (await ended) as [number | null];
  return exitCode;
}

/** Whatever comes next cleans up: it needs no containers itself. */
async function startNext(job: Job): Promise<string> {
  const next = startTracey(job, ['--job-type', 'performance-tracker-lite', '--spec', 'test/a.js']);
  await once(next.child, 'close');
  return next.readPrinted();
}

/** Listens from now on for the n-th time that something happens to a container. */
async function listen(action: string, times: number): Promise<() => Promise<void>> {
  const news = await engine.api.getEvents({ filters: { type: ['container'], event: [action] } });
  const happened = Promise.withResolvers<void>();
  let seen = 0;
  news.on('data', () => {
    seen += 1;
    if (seen === times) happened.resolve();
  });
  return async () => {
    await happened.promise;
    (news as unknown as { destroy(): void }).destroy();
  };
}

/** Waits until the second file has begun, of which the probe tells this machine. */
function waitForSecondFile(home: string): Promise<void> {
  const find = () => globSync(join(home, 'jobs', '**', 'events-1.jsonl'))[0] ?? '';
  return expect
    .poll(() => find() !== '' && readFileSync(find(), 'utf8'), { timeout: LONG_MS })
    .toContain('"b"');
}

/** Everything that there may be besides the engine's images and what Tracey is to keep. */
async function findLeft({ home }: Job) {
  const { Volumes: volumes } = await engine.api.listVolumes();
  const folders = ['jobs', 'cache/containers'].map((name) => join(home, name)).filter(existsSync);
  return {
    containers: await engine.listContainers(),
    volumes: volumes ?? [],
    folders: folders.flatMap((each) => readdirSync(each)).filter((name) => name !== '.containers'),
  };
}

const NOTHING = { containers: [], volumes: [], folders: [] };

describe('a job that was killed', () => {
  it.each([
    ['while the image is asked for its Node', 'create', 1, {}],
    ['when that has answered', 'die', 1, {}],
    ['while it installs', 'start', 2, { install: 'mkdir node_modules; sleep 1000' }],
    ['while its container is made', 'create', 2, {}],
    ['while its container starts', 'start', 2, {}],
    ['while its container is removed', 'die', 2, { spec: ['test/a.js'] }],
  ])('%s leaves nothing to the next one', { timeout: LONG_MS }, async (_, action, times, settings) => {
    const job = makeJob(settings);
    const happened = await listen(action, times);
    const { child } = startTracey(job);
    await happened();
    await kill(child, 'SIGKILL');
    const printed = await startNext(job);
    expect(printed).not.toContain('not removed');
    expect(await findLeft(job)).toEqual(NOTHING);
  });

  it('while it pulls leaves nothing to the next one', { timeout: LONG_MS }, async () => {
    const asked = Promise.withResolvers<void>();
    const registry = createServer((request, response) => {
      if (request.url?.includes('/manifests/')) asked.resolve();
      else response.end('{}');
    }).listen(0, '127.0.0.1');
    await once(registry, 'listening');
    const { port } = registry.address() as AddressInfo;
    const job = makeJob({ image: `127.0.0.1:${port}/node:{version}` });
    const { child } = startTracey(job);
    await asked.promise;
    await kill(child, 'SIGKILL');
    await startNext(job);
    registry.closeAllConnections();
    registry.close();
    expect(await findLeft(job)).toEqual(NOTHING);
  });

  it('while it measures has what it measured stored by the next one, with how it was measured', {
    timeout: LONG_MS,
  }, async () => {
    const job = makeJob();
    const { child } = startTracey(job);
    await waitForSecondFile(job.home);
    await kill(child, 'SIGKILL');
    expect(await startNext(job)).toMatch(/stored what a killed job had measured: \S+, 1 finished test/);
    expect(await findLeft(job)).toEqual(NOTHING);
    const store = openStore({ file: join(job.home, 'tracey.db'), readonly: true });
    const [, killed] = await store.listRuns({ limit: 2 });
    const { run } = await store.readRun(killed?.id ?? '');
    expect(run).toMatchObject({ interrupted: true, dependencies: { source: 'present' } });
    expect(run.documents.map(({ name }) => name)).toEqual(['container']);
    await store.close();
  });

  it('by Ctrl-C leaves nothing itself', { timeout: LONG_MS }, async () => {
    const job = makeJob();
    const { child } = startTracey(job);
    await waitForSecondFile(job.home);
    expect(await kill(child, 'SIGINT')).toBe(130);
    expect(await findLeft(job)).toEqual(NOTHING);
  });

  it('in a step of a workflow leaves nothing to the post step', { timeout: LONG_MS }, async () => {
    const job = makeJob();
    const runner = makeWorkflowRunner(dist);
    const home = runner.traceyHome;
    const options = {
      workspace: job.repo,
      sha: job.sha,
      inputs: { 'job-type': 'performance-tracker', 'node-version': NODE },
    };
    const main = runner.startMain(options);
    await waitForSecondFile(home);
    main.kill('SIGKILL');
    const { state } = await main.ended;
    const end = await runner.post(options, state);
    expect(end).toMatchObject({ exitCode: 0, commands: [] });
    expect(end.log).toContain('stored what a killed job had measured: sample/fixture, 1 finished test');
    expect(await findLeft({ ...job, home })).toEqual(NOTHING);
  });
});
