/** Confirming in containers of a real Docker Engine: each commit in one of its own, alive at the same time. */
import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Confirmation, confirmSuspects } from '../../core/confirm/confirm.ts';
import performanceTracker from '../../job-types/performance-tracker/index.ts';
import { DOCKER_NODES } from '../../scripts/peers/docker.ts';
import { type DockerEngine, isDockerThere, startDocker } from '../../scripts/peers/docker-engine.ts';
import { makeRepository } from '../repository/sample-repository.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import { requirePeer } from './require-peer.ts';

const [, NEWER] = DOCKER_NODES;
const LONG_MS = 300_000;
const LOCK_SCOPE = 'test-docker-confirm';

let engine: DockerEngine;
beforeAll(async () => {
  if ((await isDockerThere()) === true) engine = await startDocker();
}, LONG_MS);
afterAll(() => engine?.close(), LONG_MS);
beforeEach((context) => requirePeer(context, { name: 'Docker Engine', isThere: isDockerThere }));

function makeLibrary(times: number): string {
  return `exports.sum = function sum(count) {
  var value = 0;
  for (var n = 0; n < ${times} * count; n += 1) value = (value * 31 + n) % 65521;
  return value;
};
`;
}

describe('confirming in containers', () => {
  it('proves a slow-down, and leaves neither containers nor files behind', { timeout: LONG_MS }, async () => {
    const repository = makeRepository();
    repository.write('package.json', '{"devDependencies":{"mocha":"*"}}');
    repository.write('lib/sum.js', makeLibrary(1));
    repository.write('test/sum.js', 'it("adds", function () { require("../lib/sum.js").sum(2e5); });');
    // Part of the commits, so that nothing is to be installed.
    cpSync(engine.modules, join(repository.folder, 'node_modules'), { recursive: true });
    const base = repository.commit('Begin');
    repository.write('lib/sum.js', makeLibrary(20));
    const head = repository.commit('Slow it down');

    const home = makeTemporaryFolder();
    const signal = new AbortController().signal;
    const settings = performanceTracker.parseSettings({ socket: engine.socketPath });
    const listener = { onStep: () => {}, onStatus: () => {}, onPairs: () => {} };
    const node = await performanceTracker.resolveNode?.(NEWER, settings, {
      lockScope: LOCK_SCOPE,
      jobsFolder: home,
      cacheFolder: join(home, 'cache'),
      variables: {},
      signal,
      ...listener,
    });
    if (node === undefined) throw new Error('performance-tracker brings no Node');
    const folder = join(home, 'experiments');
    const confirmations: Confirmation[] = [];
    const suspect = {
      subject: { file: 'test/sum.js', titles: ['adds'], occurrence: 1 },
      beforeMs: 1,
      nowMs: 20,
      base,
      head,
    };
    for await (const confirmation of confirmSuspects([suspect], {
      repository: await repository.open(),
      repositoryName: 'sample/sample',
      jobType: performanceTracker,
      settings,
      testFolder: null,
      node,
      folder,
      installedIn: [],
      logsFolder: join(home, 'logs'),
      variables: process.env,
      artifacts: null,
      lockScope: LOCK_SCOPE,
      signal,
      budget: { durationMs: LONG_MS, pairs: 60, level: 0.9 },
      listener,
    })) {
      confirmations.push(confirmation);
    }
    expect(confirmations).toMatchObject([
      { verdict: { kind: 'confirmed', base, head, reason: null }, profile: null },
    ]);
    expect(await engine.listContainers()).toEqual([]);
    expect(existsSync(folder)).toBe(false);
  });
});
