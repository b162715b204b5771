import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Ended, makeRepo, makeUser, type User } from './command-line.ts';

const PASSING = `it('passes', function () {});`;

/** A message that says what to do, the exit code of its kind, and no stack. */
function expectRefusal(ended: Ended, exitCode: number, ...parts: readonly string[]): void {
  for (const part of parts) expect(ended.stderr).toContain(part);
  expect(ended.stderr).not.toMatch(/^\s+at /m);
  expect(ended.stderr).not.toContain('unexpected');
  expect(ended.exitCode).toBe(exitCode);
}

function makeUserWithRepo(files: Readonly<Record<string, string>> = { 'test/a.js': PASSING }): User {
  const user = makeUser();
  makeRepo(join(user.folder, 'repo'), files);
  return user;
}

describe('bad input gets a clear message and its exit code', () => {
  it('no such folder', async () => {
    expectRefusal(await makeUser().tracey(['run', 'nowhere']), 3, 'nowhere');
  });

  it('a folder that is no git checkout', async () => {
    const user = makeUser();
    mkdirSync(join(user.folder, 'plain'));
    expectRefusal(await user.tracey(['run', 'plain']), 3, 'git');
  });

  it('no framework', async () => {
    const user = makeUser();
    makeRepo(join(user.folder, 'repo'), { 'package.json': '{}' }, { hasMocha: false });
    expectRefusal(await user.tracey(['run', 'repo']), 3, 'no test framework found', 'Add mocha');
  });

  it('no tests', async () => {
    const user = makeUserWithRepo({ 'lib/a.js': '' });
    expectRefusal(await user.tracey(['run', 'repo']), 3, 'found no test files', '--spec');
  });

  it('a spec that matches nothing', async () => {
    const user = makeUserWithRepo();
    expectRefusal(
      await user.tracey(['run', 'repo', '--spec', 'specs/**']),
      3,
      'no test files for "specs/**"',
    );
  });

  it('a Node version that is no version', async () => {
    const user = makeUserWithRepo();
    expectRefusal(await user.tracey(['run', 'repo', '--node', 'twelve']), 2, 'twelve');
  });

  it('an unknown revision', async () => {
    const user = makeUserWithRepo();
    expectRefusal(await user.tracey(['run', 'repo', '--commit', 'no-such-branch']), 3, 'no-such-branch');
  });

  it('an unknown flag, command or value', async () => {
    const user = makeUserWithRepo();
    expectRefusal(await user.tracey(['run', 'repo', '--sample', '3']), 2, '--samples');
    expectRefusal(await user.tracey(['histroy', 'x']), 2, 'history');
    expectRefusal(await user.tracey(['run', 'repo', '--samples', 'many']), 2, 'whole number');
    expectRefusal(await user.tracey(['run', 'repo', '--isolation', 'none at all']), 2, 'file or none');
  });

  it('an unknown job type, or one from outside that is not as it should be', async () => {
    const user = makeUserWithRepo({
      'test/a.js': PASSING,
      'load.mjs': 'export default { name: "load", parseSettings() {} };',
      '.tracey.yml': 'job_types: [{ name: load, path: ./load.mjs }]\n',
    });
    expectRefusal(
      await user.tracey(['run', 'repo', '--job-type', 'magic']),
      2,
      '"magic"',
      'performance-tracker-lite',
    );
    expectRefusal(
      await user.tracey(['run', 'repo', '--job-type', 'load']),
      2,
      'Job type load (./load.mjs): has no function `run`.',
      'docs/job-types.md',
    );
  });

  it('a setting of the job type that does not fit', async () => {
    const user = makeUserWithRepo({
      'test/a.js': PASSING,
      '.tracey.yml': 'job_types: [{ name: performance-tracker-lite, settings: { sample: 3 } }]\n',
    });
    expectRefusal(await user.tracey(['run', 'repo']), 2, 'unknown key "sample"', 'did you mean "samples"?');
  });

  it('a misspelled key in .tracey.yml, with its place and the nearest known one', async () => {
    const user = makeUserWithRepo({
      'test/a.js': PASSING,
      '.tracey.yml': 'repos:\n  - owner: sample\n    name: fixture\n    testfolder: test\n',
    });
    expectRefusal(await user.tracey(['run', 'repo']), 2, '.tracey.yml:4:5', '"testFolder"');
  });

  it('a configuration of 10 MB', async () => {
    const user = makeUserWithRepo();
    writeFileSync(join(user.folder, 'big.yml'), `# ${'x'.repeat(10_000_000)}\n`);
    expectRefusal(await user.tracey(['run', 'repo', '--config', 'big.yml']), 2, 'big.yml');
    expectRefusal(await user.tracey(['config', 'check', 'big.yml']), 2, 'big.yml');
  });

  it('a configuration that is not there', async () => {
    const user = makeUserWithRepo();
    expectRefusal(await user.tracey(['run', 'repo', '--config', 'none.yml']), 2, 'none.yml', 'tracey init');
  });

  it('a database that is a folder, or another file', async () => {
    const user = makeUserWithRepo();
    expectRefusal(await user.tracey(['run', 'repo', '--database', 'repo']), 2, 'folder');
    writeFileSync(join(user.folder, 'notes.db'), 'These are notes, and no database of anybody.'.repeat(100));
    expectRefusal(await user.tracey(['show', '--database', 'notes.db']), 2, 'notes.db');
  });

  it('a history that is not there yet', async () => {
    expectRefusal(await makeUser().tracey(['show']), 2, 'tracey.db');
  });

  it('a run, a test or a report that is not there', async () => {
    const user = makeUserWithRepo();
    await user.tracey(['run', 'repo']);
    expectRefusal(await user.tracey(['show', '99']), 2, 'no run "99"');
    expectRefusal(await user.tracey(['history', 'no such test']), 2, 'nothing is called "no such test"');
    expectRefusal(await user.tracey(['import', 'none.json']), 2, 'none.json');
    expectRefusal(await user.tracey(['import', '-'], '{"schema":"other"}'), 2, 'schema');
  });

  it('a name that can mean several tests', async () => {
    const user = makeUserWithRepo({ 'test/a.js': PASSING, 'test/b.js': PASSING });
    await user.tracey(['run', 'repo']);
    expectRefusal(await user.tracey(['history', 'passes']), 2, 'can mean several', 'test/b.js > passes');
  });

  it('a role that is none', async () => {
    const user = makeUser({ TRACEY_ROLE: 'secondary' });
    expectRefusal(await user.tracey(['show']), 2, 'TRACEY_ROLE', '"secondary"');
  });

  it('a .tracey.yml that init would overwrite', async () => {
    const user = makeUserWithRepo();
    expect((await user.tracey(['init', 'repo'])).exitCode).toBe(0);
    expectRefusal(await user.tracey(['init', 'repo']), 2, 'is there already', '--force');
    const checked = await user.tracey(['config', 'check', 'repo/.tracey.yml', '--json']);
    expect(JSON.parse(checked.stdout)).toMatchObject({ problems: [], notes: [] });
  });
});
