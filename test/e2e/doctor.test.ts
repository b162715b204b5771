import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Diagnosis } from '../../action/doctor/diagnosis.ts';
import { basicError, openApiServer, TEST_TOKEN } from '../github/api-server.ts';
import { startMailServer } from '../notify/mail-server.ts';
import { makeRepo, makeUser, type User } from './command-line.ts';

async function diagnose(
  user: User,
): Promise<{ exitCode: number | null; found: Diagnosis[]; stderr: string }> {
  const { exitCode, stdout, stderr } = await user.tracey(['doctor', '.', '--json']);
  return { exitCode, found: stdout === '' ? [] : (JSON.parse(stdout) as Diagnosis[]), stderr };
}

const pick = (found: readonly Diagnosis[], subject: string) =>
  found.filter((one) => one.subject === subject && one.state !== 'fine');

/** A port on which nobody listens any more. */
async function findClosedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('tracey doctor', () => {
  it('looks at everything, and finds a machine that was never used fit', async () => {
    const { exitCode, found } = await diagnose(makeUser({ DOCKER_HOST: 'unix:///nowhere/docker.sock' }));
    const subjects = new Set(found.map(({ subject }) => subject));
    expect([...subjects].sort()).toEqual(
      ['clock', 'disk', 'docker', 'github', 'history', 'ipfs', 'lock', 'machine', 'mail', 'statsd'].sort(),
    );
    expect(found.filter(({ state, subject }) => state === 'wrong' && subject !== 'clock')).toEqual([]);
    expect(pick(found, 'docker')[0]?.what).toBe('no container engine: there is no /nowhere/docker.sock');
    expect(pick(found, 'history')[0]).toMatchObject({ remedy: 'The first job makes it.' });
    expect([0, 1]).toContain(exitCode);
  });

  it('says what is wrong with what the configuration names, what to do, and ends with 1', async () => {
    const port = await findClosedPort();
    const user = makeUser();
    writeFileSync(
      join(user.folder, '.tracey.yml'),
      JSON.stringify({
        artifacts: { ipfs: { host: '127.0.0.1', port } },
        notify: { recipients: ['team@example.org'], smtp: { host: '127.0.0.1', port } },
        statsd: { host: 'nobody.invalid' },
      }),
    );
    const { exitCode, found } = await diagnose(user);
    expect(exitCode).toBe(1);
    expect(pick(found, 'mail')[0]).toMatchObject({
      state: 'wrong',
      what: `E-mail: 127.0.0.1:${port} refused the connection.`,
      remedy: 'Check notify.smtp.host and notify.smtp.port.',
    });
    expect(pick(found, 'ipfs')[0]).toMatchObject({ state: 'wrong', remedy: expect.any(String) });
    expect(pick(found, 'statsd')[0]).toMatchObject({
      state: 'wrong',
      what: expect.stringContaining('nobody.invalid:8125 cannot be found'),
      remedy: 'Check statsd.host.',
    });
  });

  it('greets the mail server and sends nothing', async () => {
    const { port, mails } = await startMailServer();
    const user = makeUser();
    const smtp = { host: '127.0.0.1', port, secure: false };
    writeFileSync(
      join(user.folder, '.tracey.yml'),
      JSON.stringify({ notify: { recipients: ['team@example.org'], smtp } }),
    );
    const { found } = await diagnose(user);
    expect(found.find(({ subject }) => subject === 'mail')).toMatchObject({
      state: 'fine',
      what: expect.stringContaining('lets us in'),
    });
    expect(mails).toEqual([]);
    writeFileSync(join(user.folder, '.tracey.yml'), JSON.stringify({ notify: { smtp } }));
    expect(pick((await diagnose(user)).found, 'mail')[0]?.what).toBe(
      'there is a mail server and nobody to write to',
    );
  });

  it('tells how many runs the history has, and when it is damaged or no database of ours', async () => {
    const user = makeUser();
    makeRepo(join(user.folder, 'repo'), { 'test/a.js': `it('a', function () {});` });
    await user.tracey(['run', 'repo']);
    const history = async () => (await diagnose(user)).found.find(({ subject }) => subject === 'history');
    expect(await history()).toMatchObject({
      state: 'fine',
      what: expect.stringContaining(': 1 run, the newest'),
    });
    writeFileSync(user.database, 'nothing of ours, and longer than a page\n'.repeat(500));
    expect(await history()).toMatchObject({
      state: 'wrong',
      what: expect.stringContaining('is not a SQLite database'),
    });
  });

  it('tells what the token may do with each repo, and never the token', async () => {
    const server = await openApiServer();
    server.answerNext('repos/get', { status: 404, body: basicError('Not Found', '404') });
    const user = makeUser({ GITHUB_TOKEN: TEST_TOKEN, GITHUB_API_URL: server.url });
    writeFileSync(
      join(user.folder, '.tracey.yml'),
      JSON.stringify({ repos: [{ owner: 'happner', name: 'happn-3' }] }),
    );
    const { found, stderr } = await diagnose(user);
    expect(pick(found, 'github')[0]).toMatchObject({
      state: 'wrong',
      what: expect.stringContaining('happner/happn-3: GitHub does not find it'),
    });
    expect(JSON.stringify(found) + stderr).not.toContain(TEST_TOKEN);
  });

  it('says who has the machine', async () => {
    const user = makeUser();
    makeRepo(join(user.folder, 'repo'), {
      'test/a.js': `it('a', function () { this.timeout(0); return new Promise(function () { setInterval(function () {}, 1e6); }); });`,
    });
    const running = user.start(['run', 'repo']);
    onTestFinished(() => running.kill('SIGKILL'));
    await running.told('test/a.js');
    expect(pick((await diagnose(user)).found, 'lock')[0]?.what).toMatch(/^taken: .*performance-tracker-lite/);
    running.kill('SIGINT');
    await running.ended;
  });

  it('shows people a line for each, with what to do below', async () => {
    const user = makeUser({ DOCKER_HOST: 'tcp://192.0.2.1:2375' });
    const { stdout, exitCode } = await user.tracey(['doctor']);
    expect(stdout).toMatch(/^✓ machine {2}test-runner, primary: /m);
    expect(stdout).toMatch(/^✗ docker .*must be the socket of an engine on this machine/m);
    expect(stdout).toMatch(/^ {11}\S/m);
    expect(exitCode).toBe(1);
  });
});

describe('tracey doctor --register', () => {
  it('prints the registration token and nothing else', async () => {
    const server = await openApiServer();
    server.serve('actions/create-registration-token-for-org', () => ({
      status: 201,
      body: { token: 'AABBCC', expires_at: '2026-11-23T04:00:00Z' },
    }));
    const user = makeUser({ GITHUB_TOKEN: TEST_TOKEN, GITHUB_API_URL: server.url });
    const ended = await user.tracey([
      'doctor',
      '--register',
      'runner',
      '--url',
      'https://github.com/happner',
    ]);
    expect(ended).toMatchObject({ exitCode: 0, stdout: 'AABBCC\n' });
  });

  it.each([
    [['--register', 'runner'], '--register needs --url.'],
    [['--register', 'runner', '--url', 'https://github.com/a'], 'needs a token in the variable GITHUB_TOKEN'],
    [['--register', 'all'], 'It must be runner or removal or one-job'],
    [['--runner-release', '--platform', 'linux-arm'], 'It must be linux-x64 or linux-arm64'],
  ])('%j is refused', async (args, message) => {
    const { exitCode, stderr } = await makeUser().tracey(['doctor', ...args]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
  });

  it('for one job wants a name and labels', async () => {
    const { exitCode, stderr } = await makeUser({ GITHUB_TOKEN: TEST_TOKEN }).tracey([
      ...['doctor', '--register', 'one-job', '--url', 'https://github.com/happner'],
    ]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('--register one-job needs --name and --labels.');
  });
});

it('tracey backup copies the history, says where to, and gives JSON', async () => {
  const user = makeUser();
  makeRepo(join(user.folder, 'repo'), { 'test/a.js': `it('a', function () {});` });
  await user.tracey(['run', 'repo']);
  mkdirSync(join(user.folder, 'copies'));
  const ended = await user.tracey(['backup', '--to', 'copies', '--json']);
  expect(ended.exitCode).toBe(0);
  const backup = JSON.parse(ended.stdout) as { file: string };
  expect(backup).toMatchObject({ runs: 1, removed: [] });
  const shown = await user.tracey(['show', '--database', backup.file]);
  expect(shown).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('passed') });
  const { stderr } = await user.tracey(['backup', '--to', 'other', '--database', 'none.db']);
  expect(stderr).toContain('there is no database here');
});
