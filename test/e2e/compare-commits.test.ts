import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commit, makeRepo, makeUser, writeFiles } from './command-line.ts';

const TEST_FILE = `
const { sum } = require('../lib/sum.js');
describe('sum', function () {
  it('adds \\u001b[31m', function () { sum(2e5); });
  it('is there', function () {});
});
`;

function makeLibrary(times: number): string {
  return `exports.sum = function sum(count) {
  let value = 0;
  for (let n = 0; n < ${times} * count; n += 1) value = (value * 31 + n) % 65521;
  return value;
};
`;
}

/** A user whose repo has a slow-down in its newest commit. */
function makeSlowedRepo() {
  const user = makeUser();
  const repo = makeRepo(join(user.folder, 'repo'), {
    'lib/sum.js': makeLibrary(1),
    'test/sum.js': TEST_FILE,
    'test/other.js': 'it("is other", function () {});',
  });
  writeFiles(repo, { 'lib/sum.js': makeLibrary(60) });
  commit(repo, 'Slow it down');
  return { user, repo };
}

const QUICKLY = ['--path', 'repo', '--level', '0.8', '--pairs', '30'];

describe('tracey compare of two commits', () => {
  it('tells what is slower and why, in 80 columns, and ends with exit code 4', async () => {
    const { user } = makeSlowedRepo();
    const { exitCode, stdout } = await user.tracey([
      ...['compare', 'HEAD~1', 'HEAD', ...QUICKLY, '--file', 'test/sum.js', '--test', 'adds'],
    ]);
    expect(exitCode).toBe(4);
    expect(stdout).toMatch(
      /^base {2}[\da-f]{10} Begin\nhead {2}[\da-f]{10} Slow it down\n1 test file on Node 24\./,
    );
    expect(stdout).toMatch(
      /\n +change +between +pairs +test\nslower +\S+×? .*test\/sum\.js.*adds \\u001b\[31m\n/,
    );
    expect(stdout).toMatch(/\n {2}\S+ ms more in sum \(lib\/sum\.js:1\)\n/);
    expect(stdout).toMatch(/\n1 slower, 0 faster, 0 unchanged, 0 undecided\n$/);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(
      existsSync(join(user.home, 'tracey', 'jobs')) && readdirSync(join(user.home, 'tracey', 'jobs')),
    ).toEqual([]);
  });

  it('prints all of it as JSON and nothing else, in the other direction', async () => {
    const { user } = makeSlowedRepo();
    const { exitCode, stdout } = await user.tracey([
      ...['compare', 'HEAD', 'HEAD~1', ...QUICKLY, '--file', 'test/sum.js', '--test', 'adds', '--json'],
    ]);
    expect(exitCode).toBe(0);
    const comparison = JSON.parse(stdout);
    expect(comparison).toMatchObject({
      level: 0.8,
      files: [
        {
          path: 'test/sum.js',
          reason: null,
          testFile: 'unchanged',
          tests: [{ titles: ['sum', 'adds \u001b[31m'], occurrence: 1, decision: 'faster' }],
          profile: { schema: 'tracey.profile/1' },
        },
      ],
    });
    expect(comparison.files[0].tests[0].high).toBeLessThan(1);
  });

  it('says what cannot be compared', async () => {
    const { user } = makeSlowedRepo();
    const gone = await user.tracey(['compare', 'HEAD~1', 'HEAD', ...QUICKLY, '--file', 'test/gone.js']);
    expect(gone.exitCode).toBe(3);
    expect(gone.stdout).toContain('\ntest/gone.js: not compared: the test file is not there at head ');
    expect(gone.stdout).toContain('\n0 slower, 0 faster, 0 unchanged, 0 undecided, 1 file not compared\n');

    const unknown = await user.tracey(['compare', 'v0.0.0', 'HEAD', ...QUICKLY]);
    expect(unknown.exitCode).toBe(3);
    expect(unknown.stderr).toContain('git knows no revision "v0.0.0".');

    const level = await user.tracey(['compare', 'HEAD~1', 'HEAD', '--level', '99.9']);
    expect(level.exitCode).toBe(2);
    expect(level.stderr).toContain('It must be a share from 0.5 to below 1: 0.999.');

    const run = await user.tracey(['compare', '1767225600000', 'latest']);
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toContain('tracey.db');
  });

  it('needs a job type that has a suite', async () => {
    const { user } = makeSlowedRepo();
    const ended = await user.tracey([
      'compare',
      'HEAD~1',
      'HEAD',
      ...QUICKLY,
      '--job-type',
      'happn-protocol',
    ]);
    expect(ended.exitCode).toBe(3);
    expect(ended.stderr).toContain('happn-protocol: has no test suite whose files could be run by turns.');
  });
});
