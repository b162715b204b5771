// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the files under test hold ${NAME} as text.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeRepo, makeUser, type User } from '../e2e/command-line.ts';
import { findMistakes } from './workflow-check.ts';

const HUB = `
github: { token: "\${NOT_SET}" }
job: { folder: "\${JOBS}" }
repos:
  - { owner: a, name: one, node_js: ["22", "24"], schedule: "0 0 2 * * *" }
  - { owner: a, name: two, schedule: "30 0 2,14 * * *" }
  - { owner: a, name: three }
`;

/** A user with a repo `hub` of `a/hub`, and a configuration in it. */
function makeHub(config: string | null = HUB): User {
  const user = makeUser();
  const folder = makeRepo(join(user.folder, 'hub'), {}, { hasMocha: false });
  execFileSync('git', ['remote', 'add', 'origin', 'git@github.com:a/hub.git'], { cwd: folder });
  if (config !== null) writeFileSync(join(folder, '.tracey.yml'), config);
  return user;
}

const WORKFLOW = 'hub/.github/workflows/tracey.yml';

describe('tracey matrix', () => {
  it('prints one line of JSON and nothing else, with no secret set', async () => {
    const { exitCode, stdout, stderr } = await makeHub().tracey([
      'matrix',
      '--config',
      'hub/.tracey.yml',
      '--json',
    ]);
    expect({ exitCode, stderr, lines: stdout.split('\n').length }).toEqual({
      exitCode: 0,
      stderr: '',
      lines: 2,
    });
    expect(JSON.parse(stdout).include.map(({ name }: { name: string }) => name)).toEqual([
      'a.one.primary',
      'a.one.field',
      'a.two.primary',
      'a.two.field',
      'a.three.primary',
      'a.three.field',
    ]);
  });

  it('prints a table for people', async () => {
    const { stdout } = await makeHub().tracey(['matrix', '--config', 'hub/.tracey.yml', '--role', 'field']);
    expect(stdout).toBe(`repo     role   runs on                   Node   cron
a/one    field  self-hosted tracey-field  22,24  0 2 * * *
a/two    field  self-hosted tracey-field         0 2 * * *
a/three  field  self-hosted tracey-field
`);
  });

  it('takes filters, and an empty one as none', async () => {
    const ask = async (...flags: string[]) => {
      const args = ['matrix', '--config', 'hub/.tracey.yml', '--json', ...flags];
      const { include } = JSON.parse((await user.tracey(args)).stdout);
      return include.map(({ name }: { name: string }) => name);
    };
    const user = makeHub();
    expect(await ask('--repository', 'a/Two,a/three', '--role', 'primary')).toEqual([
      'a.two.primary',
      'a.three.primary',
    ]);
    expect(await ask('--repository', '', '--role', '', '--schedule', '0 2 * * *')).toEqual([
      'a.one.primary',
      'a.one.field',
      'a.two.primary',
      'a.two.field',
    ]);
  });

  it.each([
    [[], 'cannot be read', 'tracey init'],
    [['--config', 'hub/.tracey.yml', '--repository', 'a/tow'], 'holds no "a/tow"', 'Did you mean "a/two"?'],
    [
      ['--config', 'hub/.tracey.yml', '--schedule', '0 3 * * *'],
      'no schedule makes the cron entry',
      '"0 2 * * *"',
    ],
    [['--config', 'hub/.tracey.yml', '--role', 'spare'], 'It must be primary or field.', '--help'],
    [['--config', 'hub/.tracey.yml', '--repository', 'a/one,'], 'Write items with commas between', '--help'],
  ])('ends with 2 and says what to do: %j', async (flags, what, hint) => {
    const { exitCode, stdout, stderr } = await makeHub().tracey(['matrix', '--json', ...flags]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(what);
    expect(stderr).toContain(hint);
  });
});

describe('tracey init --workflow', () => {
  it('writes a hub for a file about other repos, and tells what to know', async () => {
    const user = makeHub();
    const { exitCode, stdout, stderr } = await user.tracey(['init', 'hub', '--workflow']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
    const text = readFileSync(join(user.folder, WORKFLOW), 'utf8');
    expect(await findMistakes(text)).toEqual([]);
    expect(text).toContain('- cron: "0 2 * * *" # a/one, a/two');
    expect(stderr.replace(user.folder, '')).toBe(`/${WORKFLOW} written: a hub for 3 repos
a/two: schedule "30 0 2,14 * * *" starts at second 30: GitHub starts on the minute, so the seconds are left out.
a/two: schedule "30 0 2,14 * * *" starts 2 times in 24 hours: a job has one slot in 24 hours, so only the first is kept, 02:00.
GitHub reads schedules in UTC; --timezone Europe/Berlin writes them in another time zone.
.tracey.yml names NOT_SET: secrets of the repo, without which no job starts.
No schedule, so measured on request only (repository_dispatch): a/three.
The secret TRACEY_TOKEN, a token that reads the repos and sets their statuses, is needed where they are private.
Without field devices write it with --role primary: their jobs would wait for a runner for a day.
GitHub takes schedules and requests from the default branch only: commit the workflow there.
.tracey.yml names JOBS: set on the machines, or as env: in the workflow.
`);
  });

  it.each([
    ['no file', null],
    ['a file about itself', 'repos: [{ owner: A, name: Hub, schedule: "0 0 2 * * *" }]'],
  ])('writes one for the repo itself where there is %s', async (_, config) => {
    const user = makeHub(config);
    const { exitCode, stderr } = await user.tracey(['init', 'hub', '--workflow']);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('written: a/hub measures itself');
    const text = readFileSync(join(user.folder, WORKFLOW), 'utf8');
    expect(await findMistakes(text)).toEqual([]);
    expect(text).toContain('  push:\n    branches: ["main"]');
    expect(text).not.toContain('tracey-field');
  });

  it('prints it on request, and then writes nothing', async () => {
    const user = makeHub();
    const flags = ['--print', '--role', 'field,primary', '--timezone', 'europe/berlin'];
    const { stdout } = await user.tracey(['init', 'hub', '--workflow', ...flags]);
    expect(await findMistakes(stdout)).toEqual([]);
    expect(stdout).toContain('timezone: "Europe/Berlin"');
    expect(existsSync(join(user.folder, 'hub/.github'))).toBe(false);
  });

  it('writes no time zone where it is the one that GitHub has by itself', async () => {
    const { stdout } = await makeHub().tracey(['init', 'hub', '--workflow', '--print', '--timezone', 'UTC']);
    expect(stdout).toContain('schedule: # UTC');
  });

  it('replaces one only when told to', async () => {
    const user = makeHub();
    mkdirSync(join(user.folder, 'hub/.github/workflows'), { recursive: true });
    writeFileSync(join(user.folder, WORKFLOW), 'mine');
    const refused = await user.tracey(['init', 'hub', '--workflow']);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('is there already.\nLook at what would be written with --print');
    expect(readFileSync(join(user.folder, WORKFLOW), 'utf8')).toBe('mine');
    expect((await user.tracey(['init', 'hub', '--workflow', '--force'])).exitCode).toBe(0);
    expect(readFileSync(join(user.folder, WORKFLOW), 'utf8')).not.toBe('mine');
  });

  it('says so when the folder for it cannot be made', async () => {
    const user = makeHub();
    writeFileSync(join(user.folder, 'hub/.github'), '');
    const { exitCode, stderr } = await user.tracey(['init', 'hub', '--workflow']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('tracey.yml: cannot be written');
  });

  it("writes into the repository's root from a folder below it", async () => {
    const user = makeHub(null);
    mkdirSync(join(user.folder, 'hub/packages/a'), { recursive: true });
    expect((await user.tracey(['init', 'hub/packages/a', '--workflow'])).exitCode).toBe(0);
    expect(existsSync(join(user.folder, WORKFLOW))).toBe(true);
  });

  it.each([
    [['--timezone', 'Middle/Earth'], 'It must be a name of the time zone database'],
    [['--timezone', '+02:00'], 'It must be a name of the time zone database'],
    [['--role', 'spare'], 'It must be primary or field.'],
  ])('refuses what does not exist: %j', async (flags, what) => {
    const { exitCode, stderr } = await makeHub().tracey(['init', 'hub', '--workflow', ...flags]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(what);
  });

  it.each([['repos: [{ owner: a }]', 'repos[0].name is missing']])(
    'refuses a file that is not right: %s',
    async (config, what) => {
      const { exitCode, stderr } = await makeHub(config).tracey(['init', 'hub', '--workflow']);
      expect(exitCode).toBe(2);
      expect(stderr).toContain(what);
    },
  );
});
