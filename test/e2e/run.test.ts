import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openStore } from '../../core/store/open.ts';
import { isRunning } from '../process-state.ts';
import { readTags } from '../store/read-tags.ts';
import { readWhole } from '../store/temporary.ts';
import { waitForFile } from '../wait-for-file.ts';
import { commit, makeRepo, makeUser, writeFiles } from './command-line.ts';

const PASSING = `
describe('numbers', function () {
  it('adds', function () { if (1 + 1 !== 2) throw new Error('no'); });
  it('waits', function (done) { setImmediate(done); });
});
it('stands alone', function () {});
`;
const FAILING = `it('fails', function () { throw new Error('three is not four'); });`;

describe('tracey run', () => {
  it('measures a repo and gives the report as JSON, with nothing else on stdout', async () => {
    const user = makeUser();
    makeRepo(join(user.folder, 'repo'), { 'test/numbers.js': PASSING });
    const { ended, report } = await user.runJson(['repo', '--samples', '3']);
    expect(ended.exitCode).toBe(0);
    const [run] = report.runs;
    expect(report.runs).toHaveLength(1);
    expect(run).toMatchObject({
      repository: 'sample/fixture',
      runner: 'test-runner',
      role: 'primary',
      jobType: 'performance-tracker-lite',
      isolation: 'file',
      outcome: 'passed',
      interrupted: false,
      samples: 3,
      nodeVersion: process.versions.node,
      nodeLine: String(process.versions.node.split('.')[0]),
      totals: { files: 1, tests: 3, passed: 3, failed: 0, skipped: 0, aborted: 0 },
      commitDetails: { branch: 'main', subject: 'Begin', modified: false, parents: [] },
      dependencies: { source: 'present' },
    });
    expect(run?.machine.before?.calibration?.cpuMs).toBeGreaterThan(0);
    expect(run?.machine.after).not.toBeNull();
    const titles = run?.files[0]?.tests.map((test) => test.title);
    expect(titles).toEqual(
      expect.arrayContaining([['numbers', 'adds'], ['numbers', 'waits'], ['stands alone']]),
    );
    for (const test of run?.files[0]?.tests ?? []) expect(test.samplesMs).toHaveLength(3);
  });

  it('keeps every run in the history, where show, history and compare find it', async () => {
    const user = makeUser();
    const repo = join(user.folder, 'repo');
    makeRepo(repo, { 'test/numbers.js': PASSING });
    await user.tracey(['run', 'repo']);
    // A release is named after its commit was measured.
    execFileSync('git', ['tag', 'v1.0.0'], { cwd: repo });
    const second = await user.tracey(['run', 'repo']);
    expect(readTags(user.database)).toEqual(['v1.0.0']);
    expect(second.exitCode).toBe(0);
    expect(second.stdout).toContain('Since ');

    const shown = await user.tracey(['show', '--json']);
    const runs = JSON.parse(shown.stdout) as { id: string }[];
    expect(runs).toHaveLength(2);
    const one = await user.tracey(['show', runs[1]?.id ?? '']);
    expect(one.stdout).toContain('test/numbers.js > numbers > adds');

    const history = await user.tracey(['history', 'test/numbers.js > numbers > adds', '--json']);
    const [found] = JSON.parse(history.stdout) as { series: { kind: string }; points: unknown[] }[];
    expect(found?.series.kind).toBe('test');
    expect(found?.points).toHaveLength(2);

    const compared = await user.tracey(['compare', runs[1]?.id ?? '', 'latest', '--json']);
    expect(JSON.parse(compared.stdout)).toMatchObject({
      base: runs[1]?.id,
      head: runs[0]?.id,
      added: [],
      removed: [],
    });
  });

  it('exits with 3 when tests fail, and says which and why', async () => {
    const user = makeUser();
    makeRepo(join(user.folder, 'repo'), { 'test/a.js': PASSING, 'test/b.js': FAILING });
    const ended = await user.tracey(['run', 'repo']);
    expect(ended.exitCode).toBe(3);
    expect(ended.stdout).toContain('test/b.js: 1 of 1 tests failed');
    expect(ended.stdout).toContain('fails: three is not four');
  });

  it('measures each commit of a range in a checkout of its own, and leaves the folder alone', async () => {
    const user = makeUser();
    const repo = join(user.folder, 'repo');
    const mocha = join(import.meta.dirname, '../../node_modules/mocha');
    makeRepo(repo, {
      'package.json': JSON.stringify({
        repository: 'github:sample/fixture',
        scripts: { test: 'mocha' },
        devDependencies: { mocha: `file:${mocha}` },
      }),
      'test/a.js': PASSING,
    });
    writeFiles(repo, { 'test/b.js': PASSING });
    const second = commit(repo, 'Add more');
    writeFiles(repo, { 'test/c.js': FAILING });
    const { ended, report } = await user.runJson(['repo', '--commit', 'HEAD~1', 'HEAD~1..HEAD']);
    expect(ended.exitCode).toBe(0);
    expect(report.runs.map((run) => [run.commitDetails.subject, run.totals.files])).toEqual([
      ['Begin', 1],
      ['Add more', 2],
    ]);
    expect(report.runs[1]?.commit).toBe(second);
    expect(report.runs[1]?.commitDetails).toMatchObject({ branch: 'main', modified: false });
    expect(existsSync(join(repo, 'test/c.js'))).toBe(true);
  });

  it('says that the folder differs from its commit', async () => {
    const user = makeUser();
    const repo = makeRepo(join(user.folder, 'repo'), { 'test/a.js': PASSING });
    writeFiles(repo, { 'test/b.js': PASSING });
    const { report } = await user.runJson(['repo']);
    expect(report.runs[0]?.commitDetails.modified).toBe(true);
    expect(report.runs[0]?.totals.files).toBe(2);
  });

  it('takes settings from .tracey.yml, and a flag before them', async () => {
    const user = makeUser();
    makeRepo(join(user.folder, 'repo'), {
      'specs/a.js': PASSING,
      'test/b.js': FAILING,
      '.tracey.yml': `
job_types:
  - name: performance-tracker-lite
    settings: { samples: 4, env: { COLOUR: green } }
repos:
  - { owner: sample, name: fixture, testFolder: specs, job_type: performance-tracker-lite }
`,
    });
    const configured = await user.runJson(['repo']);
    expect(configured.report.runs[0]).toMatchObject({ samples: 4, totals: { files: 1, passed: 3 } });
    const flagged = await user.runJson(['repo', '--samples', '2', '--spec', 'test/*.js']);
    expect(flagged.report.runs[0]).toMatchObject({ samples: 2, totals: { files: 1, failed: 1 } });
  });

  it('keeps what finished when it is interrupted, ends everything it started, and exits with 130', async () => {
    const user = makeUser();
    const repo = join(user.folder, 'repo');
    const marker = join(user.folder, 'started');
    makeRepo(repo, {
      'test/a.js': PASSING,
      'test/b.js': `
        it('is quick', function () {});
        it('never ends', function (done) {
          this.timeout(0);
          require('fs').writeFileSync(${JSON.stringify(marker)}, String(process.pid));
          setInterval(function () {}, 1000);
        });`,
      'test/c.js': PASSING,
    });
    const appeared = waitForFile(marker);
    const started = user.start(['run', 'repo', '--json']);
    await appeared;
    started.kill('SIGINT');
    const ended = await started.ended;
    expect(ended.exitCode).toBe(130);
    const store = openStore({ file: user.database, readonly: true });
    const [summary] = await store.listRuns({ limit: 10 });
    const { run } = await readWhole(store, summary?.id ?? '');
    await store.close();
    expect(run).toMatchObject({ interrupted: true, outcome: 'aborted', reason: 'interrupted' });
    expect(run.files.map((file) => [file.path, file.outcome])).toEqual([
      ['test/a.js', 'passed'],
      ['test/b.js', 'aborted'],
    ]);
    expect(run.files[1]?.tests.map((test) => [test.title.join(), test.outcome])).toEqual([
      ['is quick', 'passed'],
      ['never ends', 'aborted'],
    ]);
  });

  it('lets the next job in when its holder is killed, and ends what that one left running', async () => {
    const user = makeUser();
    const marker = join(user.folder, 'started');
    makeRepo(join(user.folder, 'slow'), {
      'test/a.js': `it('never ends', function (done) {
        this.timeout(0);
        require('fs').writeFileSync(${JSON.stringify(marker)}, String(process.pid));
        setInterval(function () {}, 1000);
      });`,
    });
    makeRepo(join(user.folder, 'quick'), { 'test/a.js': PASSING });
    const appeared = waitForFile(marker);
    const first = user.start(['run', 'slow']);
    await appeared;
    const second = user.start(['run', 'quick']);
    await second.told('waiting for the machine');
    first.kill('SIGKILL');
    const ended = await second.ended;
    await first.ended;
    expect(ended.exitCode).toBe(0);
    expect(ended.stderr).toContain('ended 1 process that an earlier job left behind');
    expect(isRunning(Number(readFileSync(marker, 'utf8')))).toBe(false);
    expect(readdirSync(join(user.home, 'tracey', 'jobs'))).toEqual([]);
  });

  it('stores what a killed job had measured when the next one begins, as far as that came', async () => {
    const user = makeUser();
    const marker = join(user.folder, 'started');
    makeRepo(join(user.folder, 'slow'), {
      'test/a.js': PASSING,
      'test/b.js': `
        it('is quick', function () {});
        it('outlives its job, and prints to nobody', function (done) {
          this.timeout(0);
          var job = process.ppid;
          require('fs').writeFileSync(${JSON.stringify(marker)}, String(process.pid));
          setInterval(function () { if (process.ppid !== job) console.log('is anybody there?'); }, 1);
        });
        it('never comes', function () {});`,
      'test/c.js': PASSING,
    });
    makeRepo(join(user.folder, 'quick'), { 'test/a.js': PASSING });
    const appeared = waitForFile(marker);
    const first = user.start(['run', 'slow', '--isolation', 'file', '--samples', '2']);
    await appeared;
    first.kill('SIGKILL');
    await first.ended;
    const second = await user.tracey(['run', 'quick']);
    expect(second.exitCode).toBe(0);
    expect(isRunning(Number(readFileSync(marker, 'utf8')))).toBe(false);
    expect(second.stderr).toContain(
      'stored what a killed job had measured: sample/fixture, 4 finished tests in 2 files, run ',
    );
    expect(readdirSync(join(user.home, 'tracey', 'jobs'))).toEqual([]);
    const store = openStore({ file: user.database, readonly: true });
    const [, summary] = await store.listRuns({ limit: 10 });
    const { run } = await readWhole(store, summary?.id ?? '');
    await store.close();
    expect(run).toMatchObject({
      interrupted: true,
      outcome: 'aborted',
      isolation: 'file',
      framework: { name: 'mocha' },
      samples: 2,
      commitDetails: { subject: 'Begin' },
      machine: { after: null },
    });
    expect(run.machine.before?.calibration?.cpuMs).toBeGreaterThan(0);
    expect(run.files).toMatchObject([
      { path: 'test/a.js', outcome: 'passed' },
      {
        path: 'test/b.js',
        outcome: 'aborted',
        durationMs: null,
        tests: [
          { title: ['is quick'], outcome: 'passed' },
          { outcome: 'aborted', reason: 'interrupted in "outlives its job, and prints to nobody"' },
          { title: ['never comes'], outcome: 'aborted' },
        ],
      },
    ]);
  });

  it('gives up waiting at its deadline, naming who has the machine', async () => {
    const user = makeUser();
    makeRepo(join(user.folder, 'slow'), {
      'test/a.js': `it('never ends', function (done) { this.timeout(0); setInterval(function () {}, 1000); });`,
    });
    const first = user.start(['run', 'slow']);
    await first.told('mocha');
    const second = await user.tracey(['run', 'slow', '--wait', '0']);
    expect(second.exitCode).toBe(3);
    expect(second.stderr).toContain(`process ${first.pid}`);
    first.kill('SIGINT');
    await first.ended;
  });
});
