/** The example of a job type from outside, as its author has it: with the package installed, and through the command line. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeRepo, makeUser, type User } from '../e2e/command-line.ts';
import { buildAction, makeWorkflowRunner } from '../e2e/workflow-runner.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import { createEchoService, makeEchoFamily, makeEchoRepo } from './protocol/protocol-fixture.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const EXAMPLE = join(ROOT, 'examples', 'job-type');
const MODULES = join(ROOT, 'node_modules');
const TSC = join(MODULES, '.bin', 'tsc');

let dist = '';
beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'tracey-package-'));
  dist = buildAction(folder);
  execFileSync(TSC, ['-p', 'tsconfig.types.json', '--outDir', join(dist, 'types')], {
    cwd: ROOT,
    stdio: 'pipe',
  });
  return () => rmSync(folder, { recursive: true, force: true });
});

/** The example with its dependencies installed. */
function installExample(): string {
  const folder = makeTemporaryFolder();
  cpSync(EXAMPLE, folder, { recursive: true });
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, '@types'), { recursive: true });
  cpSync(dist, join(modules, 'tracey-action'), { recursive: true });
  for (const name of ['zod', '@types/node', 'undici-types']) {
    symlinkSync(join(MODULES, name), join(modules, name));
  }
  return folder;
}

function checkTypes(folder: string): string {
  const compilerOptions = {
    module: 'NodeNext',
    target: 'ES2024',
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    types: ['node'],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['tracey/*.ts'] }));
  return spawnSync(TSC, ['-p', '.'], { cwd: folder, encoding: 'utf8' }).stdout;
}

/** A repo of a user with the example's files, some of them others. */
function makeExampleRepo(user: User, files: Readonly<Record<string, string>> = {}): string {
  const repo = join(user.folder, 'repo');
  cpSync(EXAMPLE, repo, { recursive: true });
  const packageJson = '{"name":"job-type-example","repository":"github:example/job-type-example"}';
  return makeRepo(repo, { 'package.json': packageJson, ...files }, { hasMocha: false });
}

describe('the example of a job type', () => {
  it('keeps the contract by the test kit of the package, and breaks it when it is broken', () => {
    const folder = installExample();
    const test = () =>
      spawnSync(process.execPath, ['--test', '--test-reporter=tap'], { cwd: folder, encoding: 'utf8' });
    const kept = test();
    expect(kept.stdout).toContain('does its job, and hands over what fits');
    expect(kept.status).toBe(0);
    const file = join(folder, 'tracey', 'start-time.ts');
    replaceIn(file, 'path: script,\n        outcome,', "path: script,\n        outcome: 'fine' as 'passed',");
    replaceIn(file, 'is not known`', 'is strange`.replace(unknownKey, "it")');
    const broken = test();
    expect(broken.stdout).toContain('not ok');
    expect(broken.stdout).toMatch(/host\.record was given a measurement that does not fit: outcome/);
    expect(broken.stdout).toMatch(/not ok \d+ - refuses a key that it does not know/);
    expect(broken.status).toBe(1);
  });

  it('is checked against the types of the package', () => {
    const folder = installExample();
    expect(checkTypes(folder)).toBe('');
    replaceIn(join(folder, 'tracey', 'start-time.ts'), 'loadMs: null', "loadMs: 'none'");
    expect(checkTypes(folder)).toMatch(/start-time\.ts.*'string' is not assignable to type 'number'/s);
  });

  it('is measured with, stored and shown like any other', { timeout: 120_000 }, async () => {
    const user = makeUser();
    const repo = makeExampleRepo(user);
    const { ended, report } = await user.runJson([repo, '--node', '24']);
    expect(ended.stderr).not.toContain('Error');
    expect(ended.exitCode).toBe(0);
    expect(report.runs[0]).toMatchObject({
      jobType: 'start-time',
      outcome: 'passed',
      samples: 5,
      files: [{ path: 'bin/hello.js', tests: [{ title: ['starts'], outcome: 'passed' }] }],
    });
    expect(report.runs[0]?.files[0]?.tests[0]?.samplesMs).toHaveLength(5);
    const shown = await user.tracey(['show', 'latest']);
    expect(shown.stdout).toContain('bin/hello.js > starts');
    const history = await user.tracey(['history', 'bin/hello.js > starts', '--json']);
    expect(history.stdout).toContain('"start-time"');
  });

  it('fails when what it measures fails, with exit code 3', async () => {
    const user = makeUser();
    const repo = makeExampleRepo(user, { 'bin/hello.js': 'process.exit(4);\n' });
    const ended = await user.tracey(['run', repo]);
    expect(ended.stdout).toContain('it ended with 4');
    expect(ended.exitCode).toBe(3);
  });
});

it("a protocol of one's own is written down with what the package gives", async () => {
  const user = makeUser();
  const { scenario } = makeEchoFamily();
  const jobType = `
    import { createProtocolJobType } from 'tracey-action/protocol';
    export default createProtocolJobType({
      name: 'echo-protocol',
      library: 'echo',
      scenario: ${JSON.stringify(scenario)},
      masks: { texts: [['x-session', 'session']], numbers: [], counters: [], patterns: [] },
      nodes: [{ versions: '*', runsOn: '>=18', otherwise: '24' }],
      describeMessage: () => undefined,
      oldest: '1.0.0',
    });`;
  const repo = makeRepo(
    makeEchoRepo('1.2.0', createEchoService({})),
    {
      'package.json': '{"name":"own","repository":"github:example/own"}',
      '.tracey.yml': 'job_types: [{ name: echo-protocol, path: ./tracey/echo-protocol }]',
      'tracey/echo-protocol.mjs': jobType,
    },
    { hasMocha: false },
  );
  cpSync(dist, join(repo, 'node_modules', 'tracey-action'), { recursive: true });
  const ended = await user.tracey(['run', repo, '--job-type', 'echo-protocol']);
  expect(ended.stdout).toContain('Written down: echo 1.2.0.');
  expect(ended.exitCode).toBe(0);
  const shown = await user.tracey(['show', 'latest', '--document', 'echo_1/1.2.0/protocol.md']);
  expect(shown.stdout).toContain('# The wire protocol of echo 1.2.0');
  const unknown = await user.tracey(['show', 'latest', '--document', 'nosuch.md']);
  expect(unknown.stderr).toMatch(/has no document "nosuch\.md"\.\s+It has: echo_1\/1\.2\.0\/protocol\.md/);
  expect(unknown.exitCode).toBe(2);
});

describe('the example of a job type in a workflow', () => {
  const NAME = 'example/job-type-example';

  function makeWorkspace(files: Readonly<Record<string, string>> = {}) {
    const user = makeUser();
    const workspace = makeExampleRepo(user, files);
    const sha = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: workspace, encoding: 'utf8' }).trim();
    return { workspace, sha, repository: NAME, inputs: { status: 'false', comment: 'never' } };
  }

  it('comes from the workspace, and what it writes is in the summary', async () => {
    const written = `
      export default {
        name: 'start-time',
        parseSettings: () => ({}),
        run: async () => ({
          files: [{ name: 'a/b.md', mediaType: 'text/markdown', content: 'b' }],
          summary: '# Found by the job type',
        }),
      };`;
    const step = makeWorkspace({ 'tracey/start-time.ts': written });
    const runner = makeWorkflowRunner(dist);
    const end = await runner.main(step);
    expect(end.outputs['outcome']).toBe('passed');
    expect(end.summary).toContain('# Found by the job type');
    const file = join(runner.traceyHome, 'output', NAME, 'start-time', 'a', 'b.md');
    expect(readFileSync(file, 'utf8')).toBe('b');
  });

  it("is not loaded with a fork's pull request, whoever labelled it", async () => {
    const marker = join(makeTemporaryFolder(), 'ran');
    const hostile = `import { writeFileSync } from 'node:fs';\nwriteFileSync(${JSON.stringify(marker)}, '');`;
    const step = makeWorkspace({ 'tracey/start-time.ts': hostile });
    const head = { sha: step.sha, ref: 'topic', repo: { full_name: 'mallory/fork' } };
    const payload = {
      action: 'labeled',
      label: { name: 'tracey' },
      pull_request: { number: 7, head, base: { ...head, repo: { full_name: NAME } } },
    };
    const end = await makeWorkflowRunner(dist).main({ ...step, event: 'pull_request', payload });
    expect(end.exitCode).toBe(1);
    const errors = end.commands.filter(({ name }) => name === 'error').map(({ value }) => value);
    expect(errors.join()).toContain('its code is not loaded, because the pull request comes from a fork.');
    expect(existsSync(marker)).toBe(false);
  });
});

function replaceIn(file: string, from: string, to: string): void {
  const text = readFileSync(file, 'utf8');
  expect(text).toContain(from);
  writeFileSync(file, text.replace(from, to));
}
