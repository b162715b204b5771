/** The Action as GitHub's runner starts it: a copy of the bundle, on repos made for the test. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Report, reportSchema } from '../../core/model.ts';
import { openStore } from '../../core/store/open.ts';
import type { RunSummary } from '../../core/store/store.ts';
import { readSite } from '../dashboard/site.ts';
import { basicError, openApiServer, TEST_TOKEN } from '../github/api-server.ts';
import { serveRepository } from '../github/repository-state.ts';
import { startMailServer } from '../notify/mail-server.ts';
import { receivePackets } from '../notify/statsd-server.ts';
import { isRunning } from '../process-state.ts';
import { startGitServer } from '../repository/git-server.ts';
import { makeRepository, type SampleRepository } from '../repository/sample-repository.ts';
import { readTags } from '../store/read-tags.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import { waitForFile } from '../wait-for-file.ts';
import { buildAction, makeWorkflowRunner, type StepEnd } from './workflow-runner.ts';

const MOCHA = fileURLToPath(new URL('../../node_modules/mocha', import.meta.url));
const TOKEN = 'ghs_0123456789abcdefSECRET';

const PASSING = `describe('numbers', function () { it('adds', function () {}); it('subtracts', function () {}); });`;
const FAILING = `it('fails', function () {\n  throw new Error('three is not four');\n});`;

/** A repo whose second test never ends, and where it writes its process id. */
function makeEndlessRepo() {
  const pidFile = join(makeTemporaryFolder(), 'pid');
  const repo = makeRepo({
    'test/endless.js': `
      it('passes first', function () {});
      it('never ends', function () {
        this.timeout(0);
        require('fs').writeFileSync(${JSON.stringify(pidFile)}, String(process.pid));
        return new Promise(function () { setInterval(function () {}, 1000); });
      });`,
  });
  return { repo, pidFile, readPid: () => Number(readFileSync(pidFile, 'utf8')) };
}

let dist = '';
beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'tracey-action-'));
  dist = buildAction(folder);
  return () => rmSync(folder, { recursive: true, force: true });
});

/** A repo whose commit holds its mocha, so that nothing has to be installed. */
function makeRepo(files: Readonly<Record<string, string>>): SampleRepository & { readonly sha: string } {
  const sample = makeRepository();
  sample.write(
    'package.json',
    JSON.stringify({ name: 'fixture', scripts: { test: 'mocha' }, devDependencies: { mocha: '*' } }),
  );
  mkdirSync(join(sample.folder, 'node_modules'));
  symlinkSync(MOCHA, join(sample.folder, 'node_modules', 'mocha'));
  for (const [path, content] of Object.entries(files)) sample.write(path, content);
  return { ...sample, sha: sample.commit('Begin') };
}

const readReport = (end: StepEnd): Report =>
  reportSchema.parse(JSON.parse(readFileSync(end.outputs['report'] ?? '', 'utf8')));

const findErrors = (end: StepEnd) => end.commands.filter(({ name }) => name === 'error');

/** A pull request's event, as GitHub sends it. */
function makePullRequest(of: {
  readonly head: string;
  readonly base: string;
  readonly from?: string;
  readonly label?: string;
  readonly repository?: string;
}) {
  const repository = of.repository ?? 'sample/fixture';
  return {
    action: of.label === undefined ? 'opened' : 'labeled',
    ...(of.label === undefined ? {} : { label: { name: of.label } }),
    pull_request: {
      number: 7,
      head: { sha: of.head, ref: 'topic', repo: { full_name: of.from ?? repository } },
      base: { sha: of.base, ref: 'main', repo: { full_name: repository } },
    },
  };
}

describe('the Action', () => {
  it('measures the commit of a push, keeps the run, and gives outputs, a report and a summary', async () => {
    const repo = makeRepo({ 'test/numbers.js': PASSING });
    const runner = makeWorkflowRunner(dist);
    const end = await runner.main({ workspace: repo.folder, sha: repo.sha, inputs: { samples: '2' } });
    expect(findErrors(end)).toEqual([]);
    expect(end.exitCode).toBe(0);
    const report = readReport(end);
    expect(report.runs).toHaveLength(1);
    expect(report.runs[0]).toMatchObject({
      repository: 'sample/fixture',
      commit: repo.sha,
      commitDetails: { branch: 'main', modified: false },
      runner: 'test-runner',
      outcome: 'passed',
      samples: 2,
      totals: { files: 1, tests: 2, passed: 2 },
    });
    expect(end.outputs).toMatchObject({
      'run-ids': report.runs[0]?.id,
      outcome: 'passed',
      slower: '0',
      change: '',
      database: join(runner.traceyHome, 'tracey.db'),
    });
    expect(end.summary).toContain('sample/fixture');
    const store = openStore({ file: end.outputs['database'] ?? '', readonly: true });
    expect(await store.findRun(report.runs[0]?.id ?? '')).toMatchObject({ commit: repo.sha });
    await store.close();
    expect(await runner.post({ workspace: repo.folder, sha: repo.sha }, end.state)).toMatchObject({
      exitCode: 0,
      commands: [],
    });
  });

  it('measures the commit, not what lies in the workspace', async () => {
    const repo = makeRepo({ 'test/numbers.js': PASSING });
    repo.write('test/numbers.js', FAILING);
    repo.commit('Break');
    const end = await makeWorkflowRunner(dist).main({ workspace: repo.folder, sha: repo.sha });
    expect(end.outputs['outcome']).toBe('passed');
    expect(readReport(end).runs[0]).toMatchObject({ commit: repo.sha, totals: { tests: 2 } });
  });

  it('fails when tests fail, and annotates the line', async () => {
    const repo = makeRepo({ 'test/bad.js': FAILING });
    const runner = makeWorkflowRunner(dist);
    const end = await runner.main({ workspace: repo.folder, sha: repo.sha });
    expect(end.exitCode).not.toBe(0);
    expect(end.outputs['outcome']).toBe('failed');
    expect(findErrors(end)).toEqual([
      expect.objectContaining({
        properties: expect.objectContaining({ file: 'test/bad.js', line: '2', title: 'test/bad.js > fails' }),
        value: expect.stringContaining('three is not four'),
      }),
      expect.objectContaining({ value: expect.stringContaining('1 test failed') }),
    ]);
    const lenient = { workspace: repo.folder, sha: repo.sha, inputs: { 'fail-on': 'never' } };
    expect(await runner.main(lenient)).toMatchObject({ exitCode: 0, outputs: { outcome: 'failed' } });
  });

  it('says which input is wrong, and does nothing', async () => {
    const repo = makeRepo({ 'test/numbers.js': PASSING });
    const end = await makeWorkflowRunner(dist).main({
      workspace: repo.folder,
      sha: repo.sha,
      inputs: { samples: 'many' },
    });
    expect(end.exitCode).not.toBe(0);
    expect(findErrors(end)).toEqual([
      expect.objectContaining({
        value:
          'Input samples: must be a whole number, 1 or more, got "many".\nCorrect it under `with:` in the workflow.',
      }),
    ]);
  });

  it('compares with the run before, and tells what is slower', async () => {
    const slow = (ms: number) =>
      `module.exports = function () { var end = Date.now() + ${ms}; while (Date.now() < end); };`;
    const test = "var work = require('../lib/work'); it('works', function () { work(); });";
    const repo = makeRepo({ 'lib/work.js': slow(5), 'test/work.js': test });
    const runner = makeWorkflowRunner(dist);
    const inputs = { samples: '3' };
    await runner.main({ workspace: repo.folder, sha: repo.sha, inputs });
    repo.write('lib/work.js', slow(60));
    const head = repo.commit('Slow down');
    const end = await runner.main({
      workspace: repo.folder,
      sha: head,
      inputs: { ...inputs, 'fail-on': 'slowdown' },
    });
    expect(end.outputs['slower']).toBe('1');
    expect(Number(end.outputs['change'])).toBeGreaterThan(0);
    expect(end.exitCode).not.toBe(0);
    expect(findErrors(end)).toEqual([
      expect.objectContaining({ value: expect.stringContaining('1 test slower') }),
    ]);
    expect(end.summary).toContain(repo.sha.slice(0, 7));
  });

  it('tells others of a push that could not be measured, and of no pull request', async () => {
    const { port, mails } = await startMailServer();
    const config = `notify: { recipients: [team@example.org], smtp: { host: 127.0.0.1, port: ${port} } }`;
    const repo = makeRepo({ 'test/numbers.js': PASSING, '.tracey.yml': config });
    repo.git('rm', '--quiet', '-r', '--cached', 'node_modules');
    repo.write('package.json', JSON.stringify({ name: 'x', dependencies: { x: 'file:./nowhere.tgz' } }));
    repo.write('.gitignore', 'node_modules');
    const sha = repo.commit('Depend on nothing');
    const runner = makeWorkflowRunner(dist);
    const pull = { ref: 'refs/pull/7/merge', event: 'pull_request' };
    const payload = makePullRequest({ head: sha, base: repo.sha });
    await runner.main({ workspace: repo.folder, sha: 'f'.repeat(40), ...pull, payload });
    expect(mails).toEqual([]);
    const end = await runner.main({ workspace: repo.folder, sha });
    expect(end.exitCode).not.toBe(0);
    expect(mails.map(({ parsed }) => parsed.subject)).toEqual([
      '[Tracey] sample/fixture: could not be measured (main)',
    ]);
    expect(mails[0]?.parsed.text).toMatch(/`npm install.*` ended with exit code/);
    expect(mails[0]?.parsed.html).toContain(`/sample/fixture/commit/${sha}`);
  });

  it('sends gauges of a push, with a warning when nobody is there', async () => {
    const receiver = await receivePackets();
    const config = (host: string) => `statsd: { host: ${host}, port: ${receiver.port}, style: tags }`;
    const repo = makeRepo({ 'test/numbers.js': PASSING, '.tracey.yml': config('127.0.0.1') });
    const runner = makeWorkflowRunner(dist);
    const end = await runner.main({ workspace: repo.folder, sha: repo.sha });
    expect(end.exitCode).toBe(0);
    expect(await receiver.waitFor('test:subtracts')).toMatch(
      /^tracey\.run\.failed:0\|g\|#repo:sample\/fixture/,
    );
    repo.write('.tracey.yml', config('statsd.invalid'));
    const elsewhere = { workspace: repo.folder, sha: repo.commit('Elsewhere') };
    const other = await runner.main({ ...elsewhere, inputs: { status: 'false' } });
    expect(other.exitCode).toBe(0);
    expect(other.commands.filter(({ name }) => name === 'warning')).toEqual([
      expect.objectContaining({
        value: expect.stringMatching(/^StatsD: statsd\.invalid:\d+ cannot be found\./),
      }),
    ]);
  });

  it('holds a pull request against its merge base, not against what ran last', async () => {
    const repo = makeRepo({ 'test/numbers.js': PASSING });
    const runner = makeWorkflowRunner(dist);
    const baseEnd = await runner.main({ workspace: repo.folder, sha: repo.sha });
    repo.write('other.js', '');
    const later = repo.commit('Go on');
    await runner.main({ workspace: repo.folder, sha: later });
    repo.git('checkout', '--quiet', '-b', 'topic', repo.sha);
    repo.write('topic.js', '');
    const head = repo.commit('Try');
    const end = await runner.main({
      workspace: repo.folder,
      sha: 'f'.repeat(40),
      ref: 'refs/pull/7/merge',
      event: 'pull_request',
      payload: makePullRequest({ head, base: later }),
    });
    expect(readReport(end).runs[0]).toMatchObject({ commit: head, commitDetails: { branch: 'topic' } });
    expect(baseEnd.exitCode).toBe(0);
    expect(end.log).toContain(`Since ${repo.sha.slice(0, 10)} Begin`);
  });

  it('runs nothing of a fork until a maintainer labels it, and says so', async () => {
    const repo = makeRepo({ 'test/numbers.js': PASSING });
    const runner = makeWorkflowRunner(dist);
    const options = { workspace: repo.folder, sha: repo.sha, event: 'pull_request' };
    const fork = { head: repo.sha, base: repo.sha, from: 'mallory/fixture' };
    const end = await runner.main({ ...options, payload: makePullRequest(fork) });
    expect(end.exitCode).toBe(0);
    expect(end.outputs).toMatchObject({ outcome: 'skipped', 'run-ids': '' });
    expect(end.outputs).not.toHaveProperty('report');
    expect(end.commands).toContainEqual(
      expect.objectContaining({ name: 'notice', value: expect.stringContaining('the fork mallory/fixture') }),
    );
    expect(end.summary).toContain('mallory/fixture');
    expect(existsSync(join(runner.traceyHome, 'tracey.db'))).toBe(false);
    const labelled = await runner.main({
      ...options,
      payload: makePullRequest({ ...fork, label: 'tracey' }),
    });
    expect(labelled.outputs['outcome']).toBe('passed');
  });

  it('fetches another repo with the token, at the commit that its branch has', async () => {
    const other = makeRepo({ 'test/numbers.js': PASSING });
    other.git('tag', '--annotate', '--message', 'First', 'v1.0.0');
    const root = makeTemporaryFolder();
    mkdirSync(join(root, 'happner'));
    symlinkSync(join(other.folder, '.git'), join(root, 'happner', 'lib.git'));
    const server = await startGitServer({ root, token: TOKEN });
    const hub = makeRepo({
      '.tracey.yml':
        'repos:\n  - { owner: happner, name: lib, node_js: ["24"], job_type: performance-tracker-lite }\n',
    });
    const runner = makeWorkflowRunner(dist);
    const end = await runner.main({
      workspace: hub.folder,
      repository: 'happner/hub',
      sha: hub.sha,
      event: 'schedule',
      serverUrl: server.url,
      inputs: { repository: 'happner/lib', token: TOKEN, status: 'false' },
    });
    expect(findErrors(end)).toEqual([]);
    expect(readReport(end).runs[0]).toMatchObject({
      repository: 'happner/lib',
      commit: other.sha,
      commitDetails: { branch: 'main' },
      nodeLine: '24',
    });
    expect(existsSync(join(runner.traceyHome, 'repositories', 'happner', 'lib.git'))).toBe(true);
    expect(readTags(end.outputs['database'] ?? '')).toEqual(['v1.0.0']);
  });

  it('fetches what a shallow clone lacks, so that there is a merge base', async () => {
    const origin = makeRepo({ 'test/numbers.js': PASSING });
    const base = origin.sha;
    origin.write('more.js', '');
    const head = origin.commit('More');
    const root = makeTemporaryFolder();
    mkdirSync(join(root, 'sample'));
    symlinkSync(join(origin.folder, '.git'), join(root, 'sample', 'fixture.git'));
    const server = await startGitServer({ root });
    const shallow = join(makeTemporaryFolder(), 'clone');
    origin.git('clone', '--quiet', '--depth', '1', `file://${origin.folder}`, shallow);
    const runner = makeWorkflowRunner(dist);
    await runner.main({ workspace: origin.folder, sha: base });
    const end = await runner.main({ workspace: shallow, sha: head, serverUrl: server.url });
    expect(end.log).toContain(`Since ${base.slice(0, 10)} Begin`);
    const alone = await makeWorkflowRunner(dist).main({ workspace: shallow, sha: head });
    expect(alone.outputs['outcome']).toBe('passed');
    expect(alone.log).toContain('The commit is taken from the workspace');
  });

  it('keeps secrets from the tested process, the log, the report and the database', async () => {
    const file = join(makeTemporaryFolder(), 'environment.json');
    const repo = makeRepo({
      'test/environment.js': `it('looks', function () {
        require('fs').writeFileSync(${JSON.stringify(file)}, JSON.stringify(process.env));
      });`,
    });
    const runner = makeWorkflowRunner(dist);
    const end = await runner.main({
      workspace: repo.folder,
      sha: repo.sha,
      inputs: { token: TOKEN },
      variables: {
        GITHUB_TOKEN: TOKEN,
        ACTIONS_RUNTIME_TOKEN: TOKEN,
        SMTP_PASSWORD: TOKEN,
        NPM_TOKEN: TOKEN,
      },
    });
    expect(end.exitCode).toBe(0);
    const seen = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
    expect(
      Object.keys(seen).filter((name) => /^(GITHUB|INPUT|ACTIONS|RUNNER|STATE|SMTP|NPM)_/.test(name)),
    ).toEqual([]);
    expect(JSON.stringify(seen)).not.toContain(TOKEN);
    expect(end.log).not.toContain(TOKEN);
    expect(end.commands).toContainEqual({ name: 'add-mask', properties: {}, value: TOKEN });
    for (const path of listFiles(runner.traceyHome)) {
      expect(readFileSync(path, 'latin1'), path).not.toContain(TOKEN);
    }
    expect(readFileSync(end.outputs['report'] ?? '', 'utf8')).not.toContain(TOKEN);
  });

  it('lets titles and errors of tests do no harm', async () => {
    const titles = [
      '::error::gotcha',
      '::add-mask::a',
      '##[error]gotcha',
      'first\\n::set-output name=x::1',
      '<img src=x onerror=alert(1)>',
      '| a | b |',
      '@everyone look #1',
    ];
    const tests = [...titles, 'x'.repeat(10_000)]
      .map((title) => {
        const text = JSON.stringify(title).replaceAll('\\\\n', '\\n');
        return `it(${text}, function () { throw new Error(${text}); });`;
      })
      .join('\n');
    const repo = makeRepo({ 'test/hostile.js': tests });
    const end = await makeWorkflowRunner(dist).main({
      workspace: repo.folder,
      sha: repo.sha,
      inputs: { status: 'false' },
    });
    expect(end.commands.filter(({ name }) => name !== 'error')).toEqual([]);
    for (const { properties } of findErrors(end)) {
      const { title } = properties;
      expect(title === 'Tracey' || title?.startsWith('test/hostile.js > ')).toBe(true);
    }
    expect(end.outputs).not.toHaveProperty('x');
  });

  it('goes on when GitHub cannot be reached, with a warning', async () => {
    const repo = makeRepo({ 'test/numbers.js': PASSING });
    const end = await makeWorkflowRunner(dist).main({
      workspace: repo.folder,
      sha: repo.sha,
      inputs: { token: TOKEN },
    });
    expect(end.exitCode).toBe(0);
    expect(end.outputs['outcome']).toBe('passed');
    expect(end.commands.filter(({ name }) => name === 'warning')).toEqual([
      expect.objectContaining({ value: expect.stringMatching(/^Commit status: .*127\.0\.0\.1/) }),
    ]);
  });
});

describe('the Action, telling GitHub', () => {
  const slow = (ms: number) =>
    `module.exports = function () { var end = Date.now() + ${ms}; while (Date.now() < end); };`;
  const test = "var work = require('../lib/work'); it('works', function () { work(); });";

  /** A pull request that slows a test down, on a machine that has measured its base. */
  async function makeSlowPullRequest() {
    const repo = makeRepo({ 'lib/work.js': slow(5), 'test/work.js': test });
    const api = await openApiServer();
    const state = serveRepository(api);
    const runner = makeWorkflowRunner(dist);
    const options = {
      workspace: repo.folder,
      repository: 'happner/sample',
      sha: repo.sha,
      apiUrl: api.url,
      inputs: { samples: '3', token: TEST_TOKEN },
    };
    await runner.main(options);
    repo.git('checkout', '--quiet', '-b', 'topic');
    repo.write('lib/work.js', slow(60));
    const head = repo.commit('Slow down');
    const payload = makePullRequest({ head, base: repo.sha, repository: 'happner/sample' });
    return { repo, api, state, runner, head, options: { ...options, event: 'pull_request', payload } };
  }

  it('sets the status of the measured commit, pending and then final, and comments once', async () => {
    const { repo, state, runner, head, options } = await makeSlowPullRequest();
    expect(state.statuses).toEqual([
      expect.objectContaining({ sha: repo.sha, state: 'pending' }),
      expect.objectContaining({ sha: repo.sha, state: 'success' }),
    ]);
    expect(state.comments).toEqual([]);
    for (const _ of ['create', 'update']) {
      expect(await runner.main(options)).toMatchObject({ exitCode: 0, commands: [{ name: 'add-mask' }] });
    }
    expect(state.statuses.slice(2)).toEqual([
      expect.objectContaining({ sha: head, state: 'pending' }),
      expect.objectContaining({ sha: head, state: 'success' }),
      expect.objectContaining({ sha: head, state: 'pending' }),
      expect.objectContaining({ sha: head, state: 'success' }),
    ]);
    expect(state.comments).toHaveLength(1);
    expect(state.comments[0]?.body).toContain('1 test slower');
  });

  it('says which permission is missing, and is none the worse for it', async () => {
    const { api, runner, options } = await makeSlowPullRequest();
    const body = basicError('Resource not accessible by integration', '403');
    api.answerNext('issues/create-comment', { status: 403, body });
    const end = await runner.main(options);
    expect(end.exitCode).toBe(0);
    expect(end.outputs['slower']).toBe('1');
    expect(end.commands.filter(({ name }) => name === 'warning')).toEqual([
      expect.objectContaining({
        value: expect.stringMatching(/^Comment: .*`pull-requests: write`/),
      }),
    ]);
  });
});

describe('the Action on a machine that is busy', () => {
  it('waits for the other job, says so, and gets in when that is killed', async () => {
    const { repo, pidFile, readPid } = makeEndlessRepo();
    const quick = makeRepo({ 'test/numbers.js': PASSING });
    const runner = makeWorkflowRunner(dist);
    const first = runner.startMain({ workspace: repo.folder, sha: repo.sha });
    await waitForFile(pidFile);
    const second = runner.startMain({ workspace: quick.folder, sha: quick.sha, repository: 'sample/quick' });
    await second.told('waiting for the machine: process');
    first.kill('SIGKILL');
    const end = await second.ended;
    expect(end.outputs['outcome']).toBe('passed');
    expect(end.log).toContain('sample/fixture');
    await first.ended;
    expect(isRunning(readPid())).toBe(false);
  });

  it('gives up after wait-minutes', async () => {
    const { repo, pidFile } = makeEndlessRepo();
    const runner = makeWorkflowRunner(dist);
    const first = runner.startMain({ workspace: repo.folder, sha: repo.sha });
    await waitForFile(pidFile);
    const end = await runner.main({ workspace: repo.folder, sha: repo.sha, inputs: { 'wait-minutes': '0' } });
    expect(end.exitCode).not.toBe(0);
    expect(findErrors(end)[0]?.value).toContain('sample/fixture');
    first.kill('SIGINT');
    await first.ended;
  });
});

describe('the Action when it is cancelled', () => {
  it('ends the tested process at once, keeps what finished, and leaves nothing', async () => {
    const { repo, pidFile, readPid } = makeEndlessRepo();
    const runner = makeWorkflowRunner(dist);
    const main = runner.startMain({ workspace: repo.folder, sha: repo.sha });
    await waitForFile(pidFile);
    main.kill('SIGINT');
    const end = await main.ended;
    expect(end.exitCode).toBe(130);
    expect(isRunning(readPid())).toBe(false);
    expect(end.outputs['outcome']).toBe('aborted');
    expect(readReport(end).runs[0]).toMatchObject({ interrupted: true, totals: { passed: 1 } });
    expect(readdirSync(join(runner.traceyHome, 'jobs'))).toEqual([]);
  });

  it('has its post step store what a killed main step measured, say so on the commit, and remove the rest', async () => {
    const { repo, pidFile, readPid } = makeEndlessRepo();
    const api = await openApiServer();
    const github = serveRepository(api);
    const runner = makeWorkflowRunner(dist);
    const options = {
      workspace: repo.folder,
      repository: 'happner/sample',
      sha: repo.sha,
      apiUrl: api.url,
      inputs: { token: TEST_TOKEN, database: 'kept/history.db' },
    };
    const main = runner.startMain(options);
    await waitForFile(pidFile);
    main.kill('SIGKILL');
    const { state } = await main.ended;
    const tested = readPid();
    expect(listFiles(join(runner.traceyHome, 'jobs'))).not.toEqual([]);
    const end = await runner.post(options, state);
    expect(end).toMatchObject({ exitCode: 0, commands: [] });
    expect(isRunning(tested)).toBe(false);
    expect(listFiles(join(runner.traceyHome, 'jobs'))).toEqual([]);
    expect(end.log).toContain(
      'stored what a killed job had measured: happner/sample, 1 finished test in 1 file',
    );
    const runs = await listRuns(join(repo.folder, 'kept', 'history.db'));
    expect(runs).toEqual([
      expect.objectContaining({
        commit: repo.sha,
        outcome: 'aborted',
        reason: 'interrupted: the job was killed',
        interrupted: true,
        totals: expect.objectContaining({ files: 1, tests: 2, passed: 1, aborted: 1 }),
      }),
    ]);
    expect(github.statuses).toEqual([
      expect.objectContaining({ sha: repo.sha, state: 'pending' }),
      expect.objectContaining({
        sha: repo.sha,
        state: 'error',
        description: 'Interrupted: the job ended before it could say what came of it',
        context: github.statuses[0]?.['context'],
      }),
    ]);
  });

  it('has its post step keep what it cannot store, with a warning, and never fail', async () => {
    const { repo, pidFile } = makeEndlessRepo();
    const runner = makeWorkflowRunner(dist);
    const inputs = { database: join(runner.temp, 'history.db'), token: TOKEN };
    const options = { workspace: repo.folder, sha: repo.sha, inputs };
    const main = runner.startMain(options);
    await waitForFile(pidFile);
    main.kill('SIGKILL');
    const { state } = await main.ended;
    for (const file of listFiles(runner.temp)) rmSync(file);
    writeFileSync(inputs.database, 'this is no database, but something that somebody else keeps here');
    const end = await runner.post(options, state);
    expect(end.exitCode).toBe(0);
    expect(end.commands).toEqual([
      expect.objectContaining({
        name: 'warning',
        value: expect.stringMatching(
          /^Cleaning up: what a killed job had measured cannot be stored, and stays in \S+\.journal /,
        ),
      }),
      expect.objectContaining({ name: 'warning', value: expect.stringMatching(/^Commit status: /) }),
    ]);
    rmSync(inputs.database);
    const quick = makeRepo({ 'test/numbers.js': PASSING });
    const next = await runner.main({
      workspace: quick.folder,
      sha: quick.sha,
      inputs: { database: inputs.database },
    });
    expect(next.log).toContain('stored what a killed job had measured: sample/fixture, 1 finished test');
    expect((await listRuns(inputs.database)).map(({ outcome }) => outcome)).toEqual(['passed', 'aborted']);
    expect(listFiles(join(runner.traceyHome, 'jobs'))).toEqual([]);
  });

  it('owes no status any more when it told what came of it', async () => {
    const repo = makeRepo({ 'test/numbers.js': PASSING });
    const api = await openApiServer();
    const github = serveRepository(api);
    const runner = makeWorkflowRunner(dist);
    const options = {
      workspace: repo.folder,
      repository: 'happner/sample',
      sha: repo.sha,
      apiUrl: api.url,
      inputs: { token: TEST_TOKEN },
    };
    const { state } = await runner.main(options);
    expect(await runner.post(options, state)).toMatchObject({ exitCode: 0, commands: [] });
    expect(github.statuses.map((status) => status['state'])).toEqual(['pending', 'success']);
  });
});

describe('the Action, collecting', () => {
  it('takes reports of other machines in, once', async () => {
    const repo = makeRepo({ 'test/numbers.js': PASSING });
    const field = makeWorkflowRunner(dist);
    const measured = await field.main({ workspace: repo.folder, sha: repo.sha, inputs: { role: 'field' } });
    const workspace = makeTemporaryFolder();
    mkdirSync(join(workspace, 'reports', 'field-1'), { recursive: true });
    const report = readFileSync(measured.outputs['report'] ?? '', 'utf8');
    writeFileSync(join(workspace, 'reports', 'field-1', 'report.json'), report);
    const primary = makeWorkflowRunner(dist);
    const options = { workspace, sha: repo.sha, inputs: { command: 'collect' } };
    const first = await primary.main(options);
    expect(first.exitCode).toBe(0);
    expect(first.log).toContain('1 run stored, 0 known already');
    expect((await primary.main(options)).log).toContain('0 runs stored, 1 known already');
    const store = openStore({ file: first.outputs['database'] ?? '', readonly: true });
    expect(await store.listRuns({ limit: 10 })).toEqual([
      expect.objectContaining({ role: 'field', commit: repo.sha }),
    ]);
    await store.close();
  });

  it('gets from a device the runs of the last days, too, whose reports may never have arrived', async () => {
    const repo = makeRepo({ 'test/numbers.js': PASSING });
    const field = makeWorkflowRunner(dist);
    const options = { workspace: repo.folder, sha: repo.sha, inputs: { role: 'field' } };
    const lost = await field.main(options);
    const arrived = await field.main(options);
    const workspace = makeTemporaryFolder();
    mkdirSync(join(workspace, 'reports'));
    const report = readFileSync(arrived.outputs['report'] ?? '', 'utf8');
    writeFileSync(join(workspace, 'reports', 'report.json'), report);
    const first = await makeWorkflowRunner(dist).main({
      workspace,
      sha: repo.sha,
      inputs: { command: 'collect' },
    });
    expect(first.log).toContain('2 runs stored, 0 known already');
    const ids = (JSON.parse(report) as { runs: { id: string }[] }).runs.map(({ id }) => id);
    // The job's own come first.
    expect(ids).toEqual([arrived.outputs['run-ids'], lost.outputs['run-ids']]);
  });

  it('refuses a report that does not fit, and takes the others in', async () => {
    const repo = makeRepo({ 'test/numbers.js': PASSING });
    const runner = makeWorkflowRunner(dist);
    const measured = await runner.main({ workspace: repo.folder, sha: repo.sha });
    const workspace = makeTemporaryFolder();
    mkdirSync(join(workspace, 'reports'));
    const report = readFileSync(measured.outputs['report'] ?? '', 'utf8');
    writeFileSync(
      join(workspace, 'reports', 'a.json'),
      report.replace('"outcome":"passed"', '"outcome":"great"'),
    );
    writeFileSync(join(workspace, 'reports', 'b.json'), report);
    const end = await makeWorkflowRunner(dist).main({
      workspace,
      sha: repo.sha,
      inputs: { command: 'collect' },
    });
    expect(end.exitCode).not.toBe(0);
    expect(end.log).toContain('1 run stored');
    expect(findErrors(end).map(({ value }) => value)).toEqual([
      expect.stringContaining('outcome'),
      '1 of 2 reports refused',
    ]);
  });

  it('says that there are no reports', async () => {
    const workspace = makeTemporaryFolder();
    const end = await makeWorkflowRunner(dist).main({
      workspace,
      sha: 'a'.repeat(40),
      inputs: { command: 'collect' },
    });
    expect(findErrors(end)[0]?.value).toBe(
      'Input reports: no report is there: "reports".\nDownload the workflow artifacts first (actions/download-artifact), and name their folder.',
    );
  });
});

describe('command: publish', () => {
  it('publishes what the database holds, with its pages, and gives the folder', async () => {
    const repo = makeRepo({ 'test/numbers.js': PASSING });
    const runner = makeWorkflowRunner(dist);
    const measured = await runner.main({ workspace: repo.folder, sha: repo.sha });
    const workspace = makeTemporaryFolder();
    const options = { workspace, sha: repo.sha, inputs: { command: 'publish', site: 'pages' } };
    const first = await runner.main(options);
    expect(findErrors(first)).toEqual([]);
    expect(first.exitCode).toBe(0);
    const site = join(workspace, 'pages');
    expect(first.outputs).toMatchObject({ site, database: measured.outputs['database'] });
    expect(readFileSync(join(site, 'index.html'), 'utf8')).toMatch(/^<!doctype html>/i);
    expect(readSite(site).repositories).toMatchObject([{ name: 'sample/fixture', environments: [{}] }]);
    expect(first.summary).toContain('1 run published');
    expect((await runner.main(options)).log).toContain('1 run published: 0 files written');
  });

  it('says that there is no database yet', async () => {
    const workspace = makeTemporaryFolder();
    const end = await makeWorkflowRunner(dist).main({
      workspace,
      sha: 'a'.repeat(40),
      inputs: { command: 'publish' },
    });
    expect(findErrors(end)[0]?.value).toContain('there is no database here.');
    expect(existsSync(join(workspace, 'site'))).toBe(false);
  });
});

async function listRuns(database: string): Promise<readonly RunSummary[]> {
  const store = openStore({ file: database, readonly: true });
  const runs = await store.listRuns({ limit: 10 });
  await store.close();
  return runs;
}

function listFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
