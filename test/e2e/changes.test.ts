import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { judgeJob } from '../../core/changes/judge-job.ts';
import { describeJudged } from '../../core/changes/screen-commits.ts';
import type { StoredChange } from '../../core/store/change-store.ts';
import { makeHistory, makeRuns, nameTest, type RunShape } from '../changes/history-fixture.ts';
import { openTestStore } from '../store/temporary.ts';
import { makeRepo, makeUser, type User, writeFiles } from './command-line.ts';

const SLOW = nameTest(1, 2);

/** A user whose history has a test that became slower, which nothing has proven. */
async function makeUserWithChange(): Promise<User> {
  const user = makeUser();
  const { sample, shas } = makeHistory(40);
  const factor: RunShape['factor'] = (test, index) => (test === SLOW && index >= 34 ? 1.5 : 1);
  const runs = makeRuns(shas, { factor });
  writeFiles(join(user.home, 'tracey'), { 'here.txt': '' });
  const store = openTestStore({ file: join(user.home, 'tracey', 'tracey.db') });
  await store.writeRuns(runs);
  await judgeJob(runs.slice(-6).map(describeJudged), {
    store,
    repository: await sample.open(),
    thresholdRatio: 1,
    experiment: null,
    onStep: () => undefined,
    onWarning: () => undefined,
  });
  return user;
}

async function listAll(user: User): Promise<StoredChange[]> {
  const { stdout } = await user.tracey(['changes', 'list', '--all', '--json']);
  return JSON.parse(stdout) as StoredChange[];
}

describe('tracey changes', () => {
  it('lists what is slower, and notes what is decided on it, in the repo, too', async () => {
    const user = await makeUserWithChange();
    const [change] = await listAll(user);
    expect(change).toMatchObject({ subject: { text: SLOW }, state: 'new', verdict: null });
    const id = change?.id ?? '';
    expect((await user.tracey(['changes'])).stdout).toMatch(new RegExp(`^${id}  new  +none  `, 'm'));
    const reason = 'sorting: worth "it"';
    const expected = await user.tracey(['changes', 'expect', id.slice(0, 6), '--reason', reason, '--file']);
    expect(expected.exitCode).toBe(0);
    expect(expected.stdout).toContain(`state   expected: ${reason} (command, `);
    expect(readFileSync(join(user.folder, '.tracey-changes.yml'), 'utf8')).toContain(`- test: ${SLOW}\n`);
    expect((await user.tracey(['changes'])).stdout).not.toContain(id);
    await user.tracey(['changes', 'reopen', id]);
    const [reopened] = await listAll(user);
    expect(reopened).toMatchObject({ state: 'new', stateReason: null, stateBy: 'command' });
  });

  it('says so when there is no such change, a reason is missing, or the file is none of decisions', async () => {
    const user = await makeUserWithChange();
    const [change] = await listAll(user);
    const id = change?.id ?? '';
    const unknown = await user.tracey(['changes', 'fix', 'ffffffffffff']);
    expect([unknown.exitCode, unknown.stderr]).toEqual([
      2,
      expect.stringContaining('tracey.db: there is no change "ffffffffffff".'),
    ]);
    expect((await user.tracey(['changes', 'expect', id])).stderr).toContain(
      "'--reason <text>' not specified",
    );
    writeFiles(user.folder, { '.tracey-changes.yml': 'changes: 1\n' });
    const bad = await user.tracey(['changes', 'acknowledge', id, '--reason', 'x', '--file']);
    expect([bad.exitCode, bad.stderr]).toEqual([
      2,
      expect.stringMatching(/\.tracey-changes\.yml:1:\d+: changes must be a list, got 1\./),
    ]);
    expect((await listAll(user))[0]).toMatchObject({ state: 'new' });
  });
});

describe('a .tracey-changes.yml that is not right', () => {
  const BAD = 'changes:\n  - test: total\n    state: fine\n    reason: x\n';
  const SAID = '.tracey-changes.yml:3:5: changes[0].state must be acknowledged, expected, fixed, got "fine".';

  it('is told with its place by config check, alone and beside a configuration, and fails it', async () => {
    const user = makeUser();
    writeFiles(user.folder, { '.tracey.yml': '{}\n', '.tracey-changes.yml': BAD });
    const both = await user.tracey(['config', 'check']);
    expect([both.exitCode, both.stdout]).toEqual([2, '.tracey.yml: fine\n']);
    expect(both.stderr).toContain(`tracey: ${SAID}`);
    const alone = await user.tracey(['config', 'check', '.tracey-changes.yml', '--json']);
    expect([alone.exitCode, JSON.parse(alone.stdout)]).toMatchObject([
      2,
      { file: '.tracey-changes.yml', problems: [{ line: 3, column: 5, code: 'decisions/value' }] },
    ]);
    const absent = await user.tracey(['config', 'check', 'x/.tracey-changes.yml']);
    expect([absent.exitCode, absent.stderr]).toEqual([2, expect.stringContaining('cannot be read')]);
  });

  it('is told by tracey changes, which lists what there is all the same', async () => {
    const user = await makeUserWithChange();
    writeFiles(user.folder, { '.tracey-changes.yml': BAD });
    const { exitCode, stdout, stderr } = await user.tracey(['changes']);
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('test 2')]);
    expect(stderr).toContain(`warning: ${SAID}`);
    rmSync(join(user.folder, '.tracey-changes.yml'));
    mkdirSync(join(user.folder, '.tracey-changes.yml'));
    expect((await user.tracey(['changes'])).stderr).toContain(
      'warning: .tracey-changes.yml: cannot be read: EISDIR',
    );
  });

  it('is told by every job, also when nothing changed', async () => {
    const user = makeUser();
    const test = "it('works', function () {});";
    makeRepo(join(user.folder, 'repo'), { 'test/a.js': test, '.tracey-changes.yml': BAD });
    const { exitCode, stderr } = await user.tracey(['run', 'repo']);
    expect([exitCode, stderr.split(SAID)]).toEqual([
      0,
      [expect.stringMatching(/warning: $/), expect.anything()],
    ]);
  });
});

describe('reports of other machines', () => {
  it('are screened when they are imported, and suspects are told as such', async () => {
    const user = makeUser();
    const shas = Array.from({ length: 40 }, (_, at) => String(at).padStart(2, '0').repeat(20));
    const factor: RunShape['factor'] = (test, index) => (test === SLOW && index >= 34 ? 1.5 : 1);
    const runs = makeRuns(shas, { factor }).map((run) => ({ ...run, runner: 'field-1', role: 'field' }));
    const format = (some: typeof runs) =>
      JSON.stringify({ schema: 'tracey.report/1', traceyVersion: '1.2.3', runs: some });
    writeFiles(user.folder, { 'old.json': format(runs.slice(0, 34)), 'new.json': format(runs) });
    expect((await user.tracey(['import', 'old.json'])).stdout).toBe('');
    const { exitCode, stdout, stderr } = await user.tracey(['import', 'new.json']);
    expect([exitCode, stderr]).toEqual([0, 'new.json: 6 runs stored, 34 known already\n']);
    expect(stdout).toMatch(
      /^happner\/sample on field-1, Node 24\nPerhaps slower; no experiment has proven it\n/,
    );
    expect(stdout).toContain(`${SLOW} on Node 24: `);
    expect(stdout).toContain(
      'No experiment can be made here: base and head would have to run by turns on field-1.',
    );
  });
});
