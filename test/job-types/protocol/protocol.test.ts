import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { JobError } from '../../../core/errors.ts';
import happnProtocol from '../../../job-types/happn-protocol/index.ts';
import { createProtocolJobType } from '../../../job-types/protocol/job-type.ts';
import { makeTemporaryFolder } from '../../temporary-folder.ts';
import {
  createEchoService,
  makeEchoFamily,
  makeEchoRepo,
  type ProtocolRunOptions,
  readFile,
  runProtocolJob,
} from './protocol-fixture.ts';

const service = createEchoService({ 'x-mood': 'good' });

function runEcho(version: string, text: string, options: ProtocolRunOptions = {}) {
  const repoFolder = makeEchoRepo(version, text);
  return runProtocolJob(createProtocolJobType(makeEchoFamily()), { repoFolder, ...options });
}

describe('a protocol is written down', () => {
  it('step by step, with what differs from run to run masked, and the same bytes every time', async () => {
    const first = await runEcho('1.2.0', service);
    expect(first.result.files?.map(({ name }) => name)).toEqual([
      'echo_1/1.2.0/protocol.md',
      'echo_1/1.2.0/protocol.json',
    ]);
    expect(JSON.parse(readFile(first, 'echo_1/1.2.0/protocol.json'))).toMatchObject({
      schema: 'tracey.protocol/1',
      library: 'echo',
      version: '1.2.0',
      protocolVersion: 'echo_1',
      steps: [
        { name: 'start', messages: [] },
        {
          name: 'ask',
          title: 'Somebody asks',
          messages: [
            {
              connection: 'asker',
              from: 'client',
              kind: 'request',
              line: 'GET /?at=<time> HTTP/1.1',
              headers: { host: '127.0.0.1:<port>', connection: 'close' },
            },
            {
              from: 'service',
              kind: 'answer',
              line: 'HTTP/1.1 200 OK',
              headers: { 'x-session': '<session>', 'x-mood': 'good' },
            },
          ],
        },
        { name: 'sing', leftOut: 'it cannot sing', messages: [] },
        { name: 'stop', messages: [] },
      ],
    });
    const markdown = readFile(first, 'echo_1/1.2.0/protocol.md');
    expect(markdown).toContain('# The wire protocol of echo 1.2.0');
    expect(markdown).toContain('2. [Somebody asks](#step-ask) — 2 messages, asker');
    expect(markdown).toContain('Left out: it cannot sing.');
    const second = await runEcho('1.2.0', service);
    expect(second.result.files).toEqual(first.result.files);
  });

  it('and measured like tests: a version is a file, its steps are tests', async () => {
    const { recorded } = await runEcho('1.2.0', service);
    expect(recorded).toMatchObject([{ path: 'echo@1.2.0', outcome: 'passed', exitCode: 0 }]);
    const tests = [...(recorded[0]?.tests ?? [])];
    expect(tests.map(({ title, outcome }) => `${outcome}: ${title.join()}`)).toEqual([
      'passed: start: The service starts',
      'passed: ask: Somebody asks',
      'skipped: sing: It sings',
      'passed: stop: The service stops',
    ]);
  });

  it('and compared with the version before it, from an earlier job', async () => {
    const outputFolder = makeTemporaryFolder();
    const first = await runEcho('1.2.0', service, { outputFolder });
    expect(first.result.summary).toBe('Written down: echo 1.2.0.\n');
    const again = await runEcho('1.2.0', service, { outputFolder });
    expect(again.result.summary).toBeUndefined();
    const worse = createEchoService({ 'x-mood': 'bad', 'x-more': 'yes' });
    const next = await runEcho('1.10.0', worse, { outputFolder });
    expect(next.result.summary).toBe(`# What changed on the wire of echo from 1.2.0 to 1.10.0

Protocol version \`echo_1\`, as before.

1 step differs, 2 are the same.

## Step by step

### Somebody asks

- service → asker, answer to that request
  - changed \`headers.x-mood\`: \`"bad"\`, before that \`"good"\`
  - added \`headers.x-more\`: \`"yes"\`
`);
    expect(readFile(next, 'changes.md')).toBe(next.result.summary);
    const changed = createEchoService({ 'x-mood': 'fair', 'x-more': 'yes' });
    const moved = await runEcho('1.10.0', changed, { outputFolder });
    expect(moved.result.summary).toContain('from what it was before to 1.10.0');
    expect(moved.result.summary).toContain('changed `headers.x-mood`: `"fair"`, before that `"bad"`');
    expect(readFile(moved, 'changes.md')).toContain('from 1.2.0 to 1.10.0');
  });
});

describe('what goes wrong is told by the step, and nothing stays behind', () => {
  const FAILURES = [
    [
      'a service that does not start',
      "exports.start = (port, done) => done(new Error('no room'));",
      'no room',
    ],
    ['a step that never answers', 'exports.start = () => {};', 'no answer within 0.3 s'],
    [
      'an error that nobody catches',
      "exports.start = () => setTimeout(() => { throw new Error('too late'); }, 1);",
      'too late',
    ],
    ['an exit', 'exports.start = () => process.exit(3);', 'its process ended with exit code 3'],
    [
      'a child that outlives its parent',
      `exports.start = (port, done) => {
        const { spawn } = require('child_process');
        spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true }).unref();
        done(new Error('left alone'));
      };`,
      'left alone',
    ],
  ] as const;
  it.each(FAILURES)('%s', async (what, text, problem) => {
    const { recorded, result, left } = await runEcho('1.2.0', text, { settings: { deadlineSeconds: 0.3 } });
    expect(recorded).toMatchObject([
      { path: 'echo@1.2.0', outcome: 'failed', reason: `step "start": ${problem}` },
    ]);
    expect(result).toEqual({});
    // Those that left their group are found by their mark when the run is over.
    expect(left).toHaveLength(what.startsWith('a child') ? 1 : 0);
  });

  it('a library that cannot be loaded', async () => {
    const { recorded } = await runEcho('1.2.0', "throw new Error('not on this Node')");
    expect(recorded[0]).toMatchObject({
      outcome: 'failed',
      reason: 'it ended before its first step: its process ended with exit code 1',
      output: expect.stringContaining('not on this Node'),
    });
  });

  it('an interruption ends it at once, and is no failure', async () => {
    const stop = new AbortController();
    const running = runEcho('1.2.0', 'exports.start = () => {};', { signal: stop.signal });
    stop.abort();
    expect(await running).toMatchObject({ recorded: [], result: {}, left: [] });
  });
});

describe('which versions are written down', () => {
  it('is said by the settings, exact or as ranges, each once and the oldest first', async () => {
    const { tools, installed } = makeEchoPackages();
    const settings = { versions: ['1.3.0', '1.2', '1.2.0'] };
    const jobType = createProtocolJobType(makeEchoFamily());
    const run = await runProtocolJob(jobType, { settings, tools });
    expect(installed).toEqual(['echo@1.2.0', 'echo@1.3.0']);
    expect(run.recorded.map(({ path }) => path)).toEqual(['echo@1.2.0', 'echo@1.3.0']);
    expect(readFile(run, 'changes.md')).toContain('Nothing: 3 steps, all the same.');
  });

  it.each([
    [{ versions: ['9'] }, 'protocol/unknown-version', 'echo: npm knows no version "9" of it.'],
    [
      { versions: ['0.9.0'] },
      'protocol/too-old',
      'echo 0.9.0: its protocol is not known; the oldest is that of 1.0.0.',
    ],
    [{}, 'protocol/no-library', 'echo: the repo is not echo, and has no dependency of that name.'],
  ])('and what nobody knows is told: %j', async (settings, code, message) => {
    const { tools } = makeEchoPackages();
    const jobType = createProtocolJobType(makeEchoFamily());
    const failed = runProtocolJob(jobType, { settings, tools });
    await expect(failed).rejects.toThrow(JobError);
    await expect(failed).rejects.toMatchObject({ code, message });
  });

  it('is the one of the repo itself, when it is the library', async () => {
    const repo = makeEchoRepo('1.4.0', service);
    const repoFolder = join(repo, 'node_modules', 'echo');
    const { recorded } = await runProtocolJob(createProtocolJobType(makeEchoFamily()), { repoFolder });
    expect(recorded).toMatchObject([{ path: 'echo@1.4.0', outcome: 'passed' }]);
  });

  it.each([
    [{ versions: ['new'] }, /settings\.versions\[0\]: must be a version or a range/],
    [{ deadlineSeconds: 0 }, /settings\.deadlineSeconds: must be above 0/],
    [{ version: '7' }, /unknown key "version"; did you mean "versions"\?/],
  ])('and a mistake in the settings is told: %j', (settings, message) => {
    expect(() => happnProtocol.parseSettings(settings)).toThrow(message);
  });

  it('runs on another Node where the job has one that it does not run on', async () => {
    const asked: string[] = [];
    const family = {
      ...makeEchoFamily(),
      nodes: [{ versions: '<2', runsOn: '<20', otherwise: '18' }],
    };
    const run = await runProtocolJob(createProtocolJobType(family), {
      repoFolder: makeEchoRepo('1.2.0', service),
      tools: {
        resolveNode: async (requested) => {
          asked.push(requested);
          return { version: '18.20.8', executable: process.execPath };
        },
      },
    });
    expect(asked).toEqual(['18']);
    expect(run.log).toEqual(['recording echo@1.2.0 on Node 18.20.8']);
  });
});

/** Packages of a registry that has 1.2.0 and 1.3.0. */
function makeEchoPackages() {
  const installed: string[] = [];
  return {
    installed,
    tools: {
      packages: {
        listVersions: async (_name: string, range: string) => (range === '1.2' ? ['1.2.0'] : []),
        install: async (packages: readonly string[]) => {
          installed.push(...packages);
          return makeEchoRepo(String(packages[0]).replace('echo@', ''), service);
        },
      },
    },
  };
}
