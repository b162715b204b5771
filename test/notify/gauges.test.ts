import { describe, expect, it } from 'vitest';
import type { StatsdStyle } from '../../core/config/schema.ts';
import type { FileResult, RunReport, TestResult } from '../../core/model.ts';
import { type Gauge, listGauges } from '../../core/notify/gauges.ts';
import { createRun } from '../../scripts/bench/runs.ts';
import { HOSTILE } from '../github/news.ts';

const [TEMPLATE] = createRun({ files: 1, testsPerFile: 1, samples: 1 }, 7).files as [FileResult];
const [TEST] = TEMPLATE.tests as [TestResult];

function createTest(title: readonly string[], overrides: Partial<TestResult> = {}): TestResult {
  return { ...TEST, title: [...title], outcome: 'passed', durationMs: 1.5, ...overrides };
}

function createFile(path: string, tests: TestResult[], overrides: Partial<FileResult> = {}): FileResult {
  return { ...TEMPLATE, path, outcome: 'passed', durationMs: 250, suites: [], tests, ...overrides };
}

/** On `MacBook-Air`, an arm64 Mac. */
function createMeasured(files: FileResult[], overrides: Partial<RunReport> = {}): RunReport {
  const run = createRun({ files: 1, testsPerFile: 1, samples: 1 }, 7);
  const facts = { ...run.machine.facts, hostname: 'MacBook-Air', platform: 'darwin', arch: 'x64' };
  return {
    ...run,
    repository: 'happner/tracey',
    outcome: 'passed',
    machine: { ...run.machine, facts },
    totals: { ...run.totals, failed: 0, aborted: 0, durationMs: 1000 },
    files,
    ...overrides,
  };
}

async function list(runs: readonly RunReport[], style: StatsdStyle = 'names'): Promise<Gauge[]> {
  const gauges: Gauge[] = [];
  for await (const gauge of listGauges(
    runs.map(({ files, ...run }) => ({ run, files })),
    style,
  )) {
    gauges.push(gauge);
  }
  return gauges;
}

/** The names of the tests' gauges, without what they have in common. */
async function listNames(files: FileResult[]): Promise<string[]> {
  const prefix = 'repo.tracey.MacBook-Air_darwin_x64.results.node_version_24.';
  const gauges = await list([createMeasured(files)]);
  return gauges.filter(({ name }) => name.startsWith(prefix)).map(({ name }) => name.slice(prefix.length));
}

describe('listGauges', () => {
  it("has the ancestor's names, and more for files, suites and the total", async () => {
    const suites = [{ title: ['outer', 'inner'], durationMs: 40, hooksMs: 0 }];
    const files = [createFile('test/a.js', [createTest(['outer', 'inner', 'does it'])], { suites })];
    const gauges = await list([createMeasured(files)]);
    expect(gauges).toEqual([
      { name: 'repo.tracey.MacBook-Air_darwin_x64.errors', tags: [], value: 0 },
      { name: 'repo.tracey.MacBook-Air_darwin_x64.total.node_version_24', tags: [], value: 1000 },
      { name: 'repo.tracey.MacBook-Air_darwin_x64.files.node_version_24.test-a__js', tags: [], value: 250 },
      {
        name: 'repo.tracey.MacBook-Air_darwin_x64.suites.node_version_24.outer.inner',
        tags: [],
        value: 40,
      },
      {
        name: 'repo.tracey.MacBook-Air_darwin_x64.results.node_version_24.outer.inner.does_it',
        tags: [],
        value: 1.5,
      },
    ]);
  });

  it('has the major version of an old Node as the ancestor had it', async () => {
    const run = createMeasured([], { nodeVersion: '0.10.48', nodeLine: '0.10' });
    expect((await list([run]))[1]?.name).toBe('repo.tracey.MacBook-Air_darwin_x64.total.node_version_0');
  });

  it('adds up the failed tests of all runs, and counts a file that failed as a whole', async () => {
    const { totals } = createMeasured([]);
    const failed = createMeasured([], { outcome: 'failed', totals: { ...totals, failed: 2, aborted: 1 } });
    const broken = createMeasured([], { outcome: 'aborted', nodeVersion: '22.1.0' });
    const [errors, ...rest] = await list([failed, broken, createMeasured([])]);
    expect(errors).toEqual({ name: 'repo.tracey.MacBook-Air_darwin_x64.errors', tags: [], value: 4 });
    // What failed took as long as it took until it failed.
    expect(rest.map(({ name }) => name)).toEqual([
      'repo.tracey.MacBook-Air_darwin_x64.total.node_version_24',
    ]);
  });

  it('sends zero, and neither null nor what did not pass', async () => {
    const tests = [
      createTest(['zero'], { durationMs: 0 }),
      createTest(['none'], { durationMs: null }),
      createTest(['failed'], { outcome: 'failed' }),
      createTest(['skipped'], { outcome: 'skipped', durationMs: null }),
      createTest(['aborted'], { outcome: 'aborted' }),
    ];
    const file = createFile('test/a.js', tests, { outcome: 'failed' });
    expect(await listNames([file])).toEqual(['zero']);
  });

  it.each([
    ['GET: a.b|c', 'GET___a__b__c'],
    ['a:b:c..d||e', 'a__b__c____d____e'],
    ['does it (fast)', 'does_it_fast'],
    ['path/to/it', 'path-to-it'],
    ['a;tag=1#x,y@z*?{}[]$&%"', 'atag1xyz'],
    ['line\r\nbreak\ttab', 'line_break_tab'],
  ])('cleans %j as statsd would leave it', async (title, clean) => {
    expect(await listNames([createFile('a.js', [createTest(['suite', title])])])).toEqual([`suite.${clean}`]);
  });

  it('keeps tests apart whose names are cleaned to the same', async () => {
    const tests = ['a+b', 'a*b', '加', '減', ''].map((title) => createTest([title]));
    const files = [
      createFile('a.js', [...tests, createTest(['twice']), createTest(['twice'], { occurrence: 2 })]),
      createFile('b.js', [createTest(['twice'])]),
    ];
    const names = await listNames(files);
    expect(new Set(names).size).toBe(8);
    expect(names).toEqual([
      'ab',
      expect.stringMatching(/^ab_[\da-f]{8}$/),
      expect.stringMatching(/^_[\da-f]{8}$/),
      expect.stringMatching(/^_[\da-f]{8}$/),
      expect.stringMatching(/^_[\da-f]{8}$/),
      'twice',
      'twice_2',
      expect.stringMatching(/^twice_[\da-f]{8}$/),
    ]);
    expect(await listNames(files)).toEqual(names);
  });

  it.each(HOSTILE)('lets no text be more than a part of a name, or a tag: %j', async (hostile) => {
    const title = [hostile, hostile];
    const suites = [{ title: [hostile], durationMs: 1, hooksMs: 0 }];
    const files = [createFile(hostile === '' ? 'a' : hostile, [createTest(title)], { suites })];
    const { commitDetails } = createMeasured([]);
    const run = createMeasured(files, {
      repository: `o/${hostile}`,
      runner: hostile,
      jobType: hostile,
      commitDetails: { ...commitDetails, branch: hostile },
    });
    for (const { name } of await list([run])) expect(name).toMatch(/^[\w-]+(\.[\w-]+){2,6}$/);
    for (const { name, tags } of await list([run], 'tags')) {
      expect(name).toMatch(/^tracey\.\w+\.\w+$/);
      for (const tag of tags) expect(tag).toMatch(/^\w+:[\p{L}\p{N}_\-./]+$/u);
    }
  });

  it('fits a gauge into a packet, however long and deep its titles are', async () => {
    const deep = Array.from({ length: 40 }, (_, index) => `${'語x'.repeat(300)}${index}`);
    const files = [createFile('f/'.repeat(400), [createTest(deep)])];
    const run = createMeasured(files, { repository: `${'o'.repeat(200)}/${'r'.repeat(200)}` });
    for (const style of ['names', 'tags'] as const) {
      for (const { name, tags } of await list([run], style)) {
        expect(Buffer.byteLength(`${name}:123456.123456|g|#${tags.join(',')}`)).toBeLessThan(1300);
      }
    }
  });

  it('has few names and many tags in the other style', async () => {
    const suites = [{ title: ['outer'], durationMs: 40, hooksMs: 0 }];
    const files = [createFile('test/a.js', [createTest(['outer', 'inner', 'does it'])], { suites })];
    const gauges = await list([createMeasured(files)], 'tags');
    const shared = [
      'repo:happner/tracey',
      'branch:main',
      'host:MacBook-Air',
      'platform:darwin',
      'arch:x64',
      'runner:bench',
      'role:primary',
      'node:24',
      'node_version:24.1.0',
      'job_type:performance-tracker-lite',
    ];
    expect(gauges).toEqual([
      { name: 'tracey.run.failed', tags: shared, value: 0 },
      { name: 'tracey.run.duration', tags: shared, value: 1000 },
      { name: 'tracey.file.duration', tags: [...shared, 'file:test/a.js'], value: 250 },
      { name: 'tracey.suite.duration', tags: [...shared, 'file:test/a.js', 'suite:outer'], value: 40 },
      {
        name: 'tracey.test.duration',
        tags: [...shared, 'file:test/a.js', 'suite:outer/inner', 'test:does_it'],
        value: 1.5,
      },
    ]);
  });
});
