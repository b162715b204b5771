import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Suspect, SuspectSubject } from '../../core/analysis/suspect.ts';
import { type Confirmation, type ConfirmOptions, confirmSuspects } from '../../core/confirm/confirm.ts';
import lite from '../../job-types/performance-tracker-lite/index.ts';
import { MOCHA } from '../measure/measure-fixture.ts';
import { makeRepository, type SampleRepository } from '../repository/sample-repository.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';

const FILE = 'test/sum.js';
const TEST_FILE = `
const { sum } = require('../lib/sum.js');
describe('sum', function () {
  it('adds', function () { sum(2e5); });
});
`;
const GONE = '0'.repeat(40);

/** A loop that takes `times` as long. */
function makeLibrary(times: number): string {
  return `exports.sum = function sum(count) {
  let value = 0;
  for (let n = 0; n < ${times} * count; n += 1) value = (value * 31 + n) % 65521;
  return value;
};
`;
}

function makeSuspect(
  commits: { readonly base: string; readonly head: string },
  subject: Partial<SuspectSubject> = {},
): Suspect {
  return {
    subject: { file: FILE, titles: ['sum', 'adds'], occurrence: 1, ...subject },
    beforeMs: 1,
    nowMs: 20,
    ...commits,
  };
}

interface Confirmed {
  readonly confirmations: readonly Confirmation[];
  readonly steps: readonly string[];
  /** Of the experiments; it is to be gone. */
  readonly folder: string;
}

/** Confirms with a level that a few pairs of a huge difference reach. */
async function confirm(
  repository: SampleRepository,
  suspects: readonly Suspect[],
  options: Partial<ConfirmOptions> = {},
): Promise<Confirmed> {
  const home = makeTemporaryFolder();
  // Where the repo's mocha is found from any work tree.
  mkdirSync(join(home, 'node_modules'));
  symlinkSync(MOCHA, join(home, 'node_modules', 'mocha'));
  const folder = join(home, 'experiments');
  const steps: string[] = [];
  const confirmations: Confirmation[] = [];
  const all = confirmSuspects(suspects, {
    repository: await repository.open(),
    repositoryName: 'sample/sample',
    jobType: lite,
    settings: lite.parseSettings({}),
    testFolder: null,
    node: {
      requested: '24',
      version: process.versions.node,
      line: '24',
      executable: process.execPath,
      source: 'path',
    },
    folder,
    installedIn: [],
    logsFolder: join(home, 'logs'),
    variables: process.env,
    artifacts: null,
    lockScope: `test-${home}`,
    signal: new AbortController().signal,
    budget: { durationMs: 10 * 60_000, pairs: 60, level: 0.9 },
    listener: { onStep: (text) => steps.push(text), onStatus: () => {}, onPairs: () => {} },
    ...options,
  });
  for await (const confirmation of all) confirmations.push(confirmation);
  return { confirmations, steps, folder };
}

function makeHistory(): SampleRepository {
  const repository = makeRepository();
  repository.write('package.json', '{ "name": "sample", "scripts": { "test": "mocha" } }');
  repository.write(FILE, TEST_FILE);
  repository.write('lib/sum.js', makeLibrary(1));
  return repository;
}

describe('confirming', () => {
  it('names the commit that made a test slower, with the ratio and where the time went, and leaves nothing behind', {
    timeout: 300_000,
  }, async () => {
    const repository = makeHistory();
    const commits = [repository.commit('Begin')];
    repository.write('README.md', 'Adds.');
    commits.push(repository.commit('Describe'));
    repository.write('lib/sum.js', makeLibrary(20));
    const culprit = repository.commit('Slow it down');
    repository.write('README.md', 'Adds slowly.');
    const head = repository.commit('Confess');
    const { confirmations, steps, folder } = await confirm(repository, [
      makeSuspect({ base: commits[0] as string, head }),
    ]);
    expect(confirmations).toMatchObject([
      {
        verdict: { kind: 'confirmed', base: commits[1], head: culprit, level: 0.9, reason: null },
        testFile: 'unchanged',
      },
    ]);
    const [{ verdict, profile } = { verdict: null, profile: null }] = confirmations;
    expect(verdict?.ratio?.value).toBeGreaterThan(2);
    expect(verdict?.ratio?.low).toBeGreaterThan(1.009);
    expect(verdict?.pairs).toBeGreaterThan(3);
    expect(profile?.functions.map(({ name, file }) => `${name} ${file}`)).toContain('sum lib/sum.js');
    expect(steps[0]).toMatch(/^confirming test\/sum\.js, [\da-f]{10} against [\da-f]{10}$/);
    expect(steps[1]).toMatch(/^bisecting test\/sum\.js: is it there at [\da-f]{10}\?$/);
    expect(existsSync(folder)).toBe(false);
  });

  it('runs the test file of head on both sides where it changed: what only the test does is refuted', async () => {
    const repository = makeHistory();
    const base = repository.commit('Begin');
    repository.write(FILE, TEST_FILE.replace('2e5', '6e6'));
    const head = repository.commit('Test more');
    const { confirmations } = await confirm(repository, [makeSuspect({ base, head })]);
    expect(confirmations).toMatchObject([
      { verdict: { kind: 'refuted', base, head, reason: null }, testFile: 'head', profile: null },
    ]);
  });

  it('gives each commit its own dependencies, copied from where they are installed already', async () => {
    const repository = makeHistory();
    const needs = (version: string) =>
      `{ "name": "sample", "scripts": { "test": "mocha" }, "dependencies": { "sum": "${version}" } }`;
    repository.write('.gitignore', 'node_modules\n');
    repository.write('package.json', needs('1.0.0'));
    repository.write(FILE, TEST_FILE.replace('../lib/sum.js', 'sum'));
    const base = repository.commit('Begin');
    repository.write('package.json', needs('2.0.0'));
    const head = repository.commit('Upgrade');
    const installed = [
      [base, 1],
      [head, 20],
    ].map(([sha, times]) => {
      const folder = join(makeTemporaryFolder(), 'copy');
      repository.git('worktree', 'add', '--quiet', '--detach', folder, String(sha));
      return { folder, times: Number(times) };
    });
    const [first, second] = installed;
    writePackage(join(first?.folder ?? '', 'node_modules', 'sum'), makeLibrary(first?.times ?? 0));
    // Linked from elsewhere, as in work trees that share what is installed.
    const elsewhere = makeTemporaryFolder();
    writePackage(join(elsewhere, 'sum'), makeLibrary(second?.times ?? 0));
    symlinkSync(elsewhere, join(second?.folder ?? '', 'node_modules'));
    const { confirmations } = await confirm(repository, [makeSuspect({ base, head })], {
      installedIn: installed.map(({ folder }) => folder),
    });
    expect(confirmations).toMatchObject([{ verdict: { kind: 'confirmed', reason: null } }]);
  });

  it('says of each suspect why it cannot be run, and goes on with the others', async () => {
    const repository = makeHistory();
    repository.write('test/old.js', 'it("is old", function () {});');
    const base = repository.commit('Begin');
    repository.write('test/new.js', 'it("is new", function () {});');
    repository.write('test/broken.js', 'it(');
    repository.git('rm', '--quiet', 'test/old.js');
    repository.write(FILE, TEST_FILE.replace('sum(2e5)', 'throw new Error("broken")'));
    const head = repository.commit('Change');
    repository.write(
      'package.json',
      '{ "scripts": { "preinstall": "exit 7" }, "dependencies": { "sum": "file:./lib" } }',
    );
    const uninstallable = repository.commit('Cannot be installed');
    const { confirmations } = await confirm(repository, [
      makeSuspect({ base: GONE, head }),
      makeSuspect({ base, head: GONE }),
      makeSuspect({ base, head }, { file: 'test/new.js', titles: ['is new'] }),
      makeSuspect({ base, head }, { file: 'test/old.js', titles: ['is old'] }),
      makeSuspect({ base, head }, { file: '../../etc/passwd' }),
      makeSuspect({ base, head }),
      makeSuspect({ base, head: uninstallable }),
    ]);
    const short = (sha: string) => sha.slice(0, 10);
    const gone = 'is not in the repository any more, or was never fetched';
    const reasons = confirmations.map(({ suspect, verdict }) => {
      expect(verdict).toMatchObject({ kind: 'undecided', base: suspect.base, head: suspect.head, pairs: 0 });
      return verdict.reason;
    });
    expect(reasons).toHaveLength(7);
    expect(reasons).toEqual(
      expect.arrayContaining([
        `base ${short(GONE)} ${gone}`,
        `head ${short(GONE)} ${gone}`,
        `the test file is not there at base ${short(base)}`,
        `the test file is not there at head ${short(head)}`,
        'at base the test failed: broken',
        expect.stringMatching(
          new RegExp(`^head ${short(uninstallable)} cannot be run: .*npm .* ended with exit code 7`),
        ),
      ]),
    );
  });

  it('leaves everything undecided of a job type that has no suite', async () => {
    const repository = makeHistory();
    const base = repository.commit('Begin');
    const head = repository.commit('Go on');
    const { openSuite: _, ...jobType } = lite;
    const { confirmations } = await confirm(repository, [makeSuspect({ base, head })], { jobType });
    expect(confirmations[0]?.verdict).toMatchObject({
      kind: 'undecided',
      reason: 'performance-tracker-lite has no test suite whose files could be run by turns',
    });
  });

  it('leaves everything undecided when there is no time', async () => {
    const repository = makeHistory();
    const base = repository.commit('Begin');
    repository.write('lib/sum.js', makeLibrary(20));
    const head = repository.commit('Slow it down');
    const budget = { durationMs: 0, pairs: 60, level: 0.9 };
    const { confirmations, folder } = await confirm(repository, [makeSuspect({ base, head })], { budget });
    expect(confirmations).toMatchObject([
      { verdict: { kind: 'undecided', reason: 'the time for confirming was up' } },
    ]);
    expect(existsSync(folder)).toBe(false);
  });

  it('ends at once when the job is to stop, and leaves nothing behind', async () => {
    const repository = makeHistory();
    const base = repository.commit('Begin');
    repository.write(FILE, 'it("hangs", function (done) { this.timeout(0); });');
    const head = repository.commit('Hang');
    const stop = new AbortController();
    const { confirmations, folder } = await confirm(repository, [makeSuspect({ base, head })], {
      signal: stop.signal,
      listener: {
        onStep: () => {},
        onStatus: () => {},
        onPairs: () => stop.abort(),
      },
      settings: lite.parseSettings({ deadlineSeconds: 1 }),
    });
    expect(confirmations).toEqual([]);
    expect(existsSync(folder)).toBe(false);
  });
});

function writePackage(folder: string, source: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "name": "sum", "main": "index.js" }');
  writeFileSync(join(folder, 'index.js'), source);
}
