/** From a primary to a field device over a real IPFS node, by the Action as a release holds it: a copy of its bundle. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { type Report, reportSchema } from '../../core/model.ts';
import { buildAction, makeWorkflowRunner, type StepEnd } from '../e2e/workflow-runner.ts';
import { openApiServer, TEST_TOKEN } from '../github/api-server.ts';
import { serveIndexFile } from '../github/index-file.ts';
import { serveRepository } from '../github/repository-state.ts';
import { makeRepository } from '../repository/sample-repository.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import { startKubo, type TestKubo } from './kubo-daemon.ts';
import { requirePeer } from './require-peer.ts';

/** With what they bring, some 140 packages. */
const PACKAGES = { express: '4.21.2', mocha: '10.8.2' };
const LEAST_PACKAGES = 90;
const NPM_FLAGS = ['--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund'];

/** A suite that works with its packages, and notes what they are: every path with kind, mode and content. */
function computeSuite(noted: string): string {
  return `
    const { createHash } = require('node:crypto');
    const fs = require('node:fs');
    const http = require('node:http');
    const express = require('express');
    function describeTree(folder) {
      return fs.readdirSync(folder).sort().flatMap((name) => {
        const path = folder + '/' + name;
        const stat = fs.lstatSync(path);
        const mode = (stat.mode & 0o7777).toString(8);
        if (stat.isSymbolicLink()) return [path + ' -> ' + fs.readlinkSync(path)];
        if (stat.isDirectory()) return [path + '/ ' + mode].concat(describeTree(path));
        return [path + ' ' + mode + ' ' + createHash('sha256').update(fs.readFileSync(path)).digest('hex')];
      });
    }
    it('serves', function (done) {
      const app = express().get('/', (request, response) => response.json({ works: true }));
      const server = app.listen(0, '127.0.0.1', () => {
        http.get({ port: server.address().port }, (response) => {
          response.resume();
          server.close();
          done(response.statusCode === 200 ? undefined : new Error('no'));
        });
      });
    });
    it('notes its packages', function () {
      fs.appendFileSync(${JSON.stringify(noted)}, JSON.stringify(describeTree('node_modules')) + '\\n');
    });`;
}

/** A repo that locks its packages, and whose artifacts are in a node. */
function makeRepo(daemon: TestKubo, noted: string) {
  const repo = makeRepository();
  const manifest = { name: 'sample', scripts: { test: 'mocha' }, dependencies: PACKAGES };
  repo.write('package.json', JSON.stringify(manifest));
  repo.write('.tracey.yml', `artifacts:\n  ipfs: { url: '${daemon.rpc}' }\n`);
  repo.write('.gitignore', 'node_modules\n');
  repo.write('test/serves.js', computeSuite(noted));
  execFileSync('npm', ['install', ...NPM_FLAGS], { cwd: repo.folder, stdio: 'pipe' });
  return { ...repo, sha: repo.commit('Begin') };
}

/** What npm needs to get at its registry, as on this machine. */
function pickNpmVariables(): Record<string, string> {
  const found = Object.entries(process.env).flatMap(([name, value]) =>
    value !== undefined && /^(npm_config_|NODE_EXTRA_CA_CERTS$|https?_proxy$)/i.test(name)
      ? [[name, value] as const]
      : [],
  );
  return { npm_config_cache: join(homedir(), '.npm'), ...Object.fromEntries(found) };
}

/** No package manager on PATH, and no way out. */
function makeFieldVariables(): Record<string, string> {
  const bin = makeTemporaryFolder();
  for (const program of ['git', 'node', 'sh']) {
    symlinkSync(
      execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim(),
      join(bin, program),
    );
  }
  const nowhere = 'http://127.0.0.1:9';
  return { PATH: bin, npm_config_registry: nowhere, http_proxy: nowhere, https_proxy: nowhere };
}

const readReport = (end: StepEnd): Report =>
  reportSchema.parse(JSON.parse(readFileSync(end.outputs['report'] ?? '', 'utf8')));

let dist = '';
beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'tracey-action-'));
  dist = buildAction(folder);
  return () => rmSync(folder, { recursive: true, force: true });
});

it('what a primary installed is on a field device as it was, byte by byte, and works there without a network', async (context) => {
  const daemon = await startKubo(context);
  const noted = join(makeTemporaryFolder(), 'noted');
  await requirePeer(context, {
    name: 'the npm registry',
    isThere: async () => {
      try {
        execFileSync('npm', ['view', `mocha@${PACKAGES.mocha}`, 'version'], { stdio: 'pipe' });
        return true;
      } catch (thrown) {
        return String(thrown);
      }
    },
  });
  const repo = makeRepo(daemon, noted);
  const api = await openApiServer();
  serveRepository(api);
  const index = serveIndexFile(api, null);
  const measure = async (role: string, variables: Readonly<Record<string, string>>) => {
    const workspace = join(makeTemporaryFolder(), 'sample');
    repo.git('clone', '--quiet', repo.folder, workspace);
    const end = await makeWorkflowRunner(dist).main({
      workspace,
      repository: 'happner/sample',
      sha: repo.sha,
      apiUrl: api.url,
      inputs: { role, token: TEST_TOKEN },
      variables,
    });
    expect(end.exitCode, end.log).toBe(0);
    const [run] = readReport(end).runs;
    expect(run).toMatchObject({ role, outcome: 'passed', totals: { tests: 2, passed: 2 } });
    return run?.dependencies;
  };
  const made = await measure('primary', pickNpmVariables());
  expect(made).toMatchObject({ source: 'installed', packageManager: 'npm' });
  const { key, cid } = made?.artifact ?? {};
  expect(index).toMatchObject({
    text: `${key}:${cid}\n`,
    messages: [`Record artifact ${key} [skip ci]`],
  });
  const restored = await measure('field', makeFieldVariables());
  expect(restored).toMatchObject({ source: 'artifact', packageManager: null, artifact: made?.artifact });
  const [primary = [], field = [], ...others] = readFileSync(noted, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as string[]);
  expect(others).toEqual([]);
  expect(field).toEqual(primary);
  const manifests = primary.filter((line) => /^node_modules\/(@[^/]+\/)?[^/]+\/package\.json /.test(line));
  expect(manifests.length).toBeGreaterThanOrEqual(LEAST_PACKAGES);
  expect(primary.some((line) => line.startsWith('node_modules/.bin/mocha -> '))).toBe(true);
}, 300_000);
