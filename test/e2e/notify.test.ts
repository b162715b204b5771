import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRun } from '../../scripts/bench/runs.ts';
import { makeCertificate, startMailServer } from '../notify/mail-server.ts';
import { receivePackets } from '../notify/statsd-server.ts';
import { openTestStore } from '../store/temporary.ts';
import { commit, makeRepo, makeUser, writeFiles } from './command-line.ts';

// A name of the configuration, not of JavaScript.
const LOGIN = `, user: tracey, password: "\${SMTP_PASSWORD}"`;
const PASSWORD = 'correct horse battery';

function formatConfig(ports: { readonly smtp?: number; readonly statsd?: number }, login = ''): string {
  const smtp = `notify:
  recipients: [team@example.org]
  threshold: 10
  smtp: { host: localhost, port: ${ports.smtp}, from: "Tracey <tracey@example.org>"${login} }
`;
  const statsd = `statsd: { host: 127.0.0.1, port: ${ports.statsd} }\n`;
  return (ports.smtp ? smtp : '') + (ports.statsd ? statsd : '');
}

describe('tracey notify --test', () => {
  it('sends a mail over TLS with a login, and a gauge, and says so', async () => {
    const { key, cert, file } = makeCertificate();
    const { port, mails } = await startMailServer({
      key,
      cert,
      disabledCommands: [],
      authOptional: false,
      onAuth: ({ username, password }, _, callback) =>
        callback(password === PASSWORD ? null : new Error('no'), { user: username }),
    });
    const receiver = await receivePackets();
    const user = makeUser({ SMTP_PASSWORD: PASSWORD, NODE_EXTRA_CA_CERTS: file });
    writeFiles(user.folder, { '.tracey.yml': formatConfig({ smtp: port, statsd: receiver.port }, LOGIN) });

    const { exitCode, stdout, stderr } = await user.tracey(['notify', '--test']);
    expect(stderr).toBe('');
    expect(stdout).toBe(
      `E-mail  sent: localhost:${port} took the mail from Tracey <tracey@example.org> to team@example.org
StatsD  sent: tracey.notify_test went to 127.0.0.1:${receiver.port}; UDP does not tell whether it arrived
`,
    );
    expect(exitCode).toBe(0);
    expect(mails[0]).toMatchObject({ isSecure: true, user: 'tracey', to: ['team@example.org'] });
    expect(mails[0]?.parsed.subject).toBe('[Tracey] A test from test-runner');
    expect(mails[0]?.parsed.text).toContain('Mail from test-runner arrives.');
    expect(await receiver.waitFor('tracey.notify_test')).toBe('tracey.notify_test:1|g');
  });

  it('says as JSON what failed, never with the password, and ends with 3', async () => {
    const { key, cert } = makeCertificate();
    const { port } = await startMailServer({ key, cert, disabledCommands: [] });
    const user = makeUser({ SMTP_PASSWORD: PASSWORD });
    writeFiles(user.folder, { 'hub/.tracey.yml': formatConfig({ smtp: port }, LOGIN) });
    const ended = await user.tracey(['notify', 'hub', '--test', '--json', '--to', 'me@example.org']);
    expect(ended.exitCode).toBe(3);
    expect(JSON.parse(ended.stdout)).toEqual({
      channels: [
        {
          channel: 'email',
          outcome: 'failed',
          server: `localhost:${port}`,
          message: expect.stringContaining('has a certificate that cannot be trusted'),
        },
        { channel: 'statsd', outcome: 'off', server: null, message: 'statsd is not set' },
      ],
    });
    expect(ended.stdout + ended.stderr).not.toContain(PASSWORD);
  });

  it('says that nothing is configured', async () => {
    const user = makeUser();
    const { exitCode, stderr } = await user.tracey(['notify', '--test']);
    expect(exitCode).toBe(2);
    expect(stderr).toBe(
      'tracey: notify: the configuration names no server to send with.\nSet notify.smtp and notify.recipients, or statsd, in .tracey.yml.\n',
    );
  });

  it('names who it cannot write to', async () => {
    const user = makeUser();
    writeFiles(user.folder, { '.tracey.yml': formatConfig({ smtp: 1 }) });
    const bad = await user.tracey(['notify', '--test', '--to', 'me']);
    expect(bad.exitCode).toBe(2);
    expect(bad.stderr).toContain('E-mail: "me" is no e-mail address.');
    const none = await user.tracey(['notify', '--test', '--to', 'me@example.org', '--json']);
    expect(JSON.parse(none.stdout).channels[0].message).toContain('refused the connection');
  });
});

describe('tracey notify --check', () => {
  const RUN = {
    ...createRun({ files: 1, testsPerFile: 1, samples: 1 }, 1),
    startedAt: new Date(Date.now() - 3 * 86_400_000).toISOString(),
  };
  const SCHEDULED = 'repos: [{ owner: happner, name: sample, schedule: "0 0 2 * * *" }]\n';

  it('mails that a machine is overdue, once, and that it is back in the same thread', async () => {
    const { port, mails } = await startMailServer();
    const user = makeUser();
    writeFiles(user.folder, { '.tracey.yml': formatConfig({ smtp: port }) + SCHEDULED });
    writeFiles(join(user.home, 'tracey'), { 'here.txt': '' });
    const store = openTestStore({ file: join(user.home, 'tracey', 'tracey.db') });
    await store.writeRun(RUN);
    const first = await user.tracey(['notify', '--check']);
    expect([first.exitCode, first.stdout]).toEqual([
      0,
      expect.stringMatching(
        /^Overdue: bench has not measured happner\/sample since .* UTC, and was due by .* UTC\.$/m,
      ),
    ]);
    const again = await user.tracey(['notify', '--check', '--json']);
    expect(JSON.parse(again.stdout)).toEqual({ overdue: [], back: [] });
    await store.writeRun({
      ...createRun({ files: 1, testsPerFile: 1, samples: 1 }, 2),
      startedAt: new Date().toISOString(),
    });
    const back = await user.tracey(['notify', '--check']);
    expect(back.stdout).toBe('Back: bench measures happner/sample again.\n');
    expect(mails.map(({ parsed }) => parsed.subject)).toEqual([
      '[Tracey] happner/sample: bench is overdue',
      '[Tracey] happner/sample: bench is back',
    ]);
    expect(mails[1]?.parsed.inReplyTo ?? mails[1]?.parsed.references).toContain(mails[0]?.parsed.messageId);
  });

  it('says so when nothing is scheduled, and when it is not said what to do', async () => {
    const user = makeUser();
    const none = await user.tracey(['notify', '--check']);
    expect([none.exitCode, none.stderr]).toEqual([
      2,
      'tracey: notify --check: no entry of repos[] has a schedule, so nothing is ever due.\nSet repos[].schedule in .tracey.yml, or name the hub that has them.\n',
    ]);
    const what = await user.tracey(['notify']);
    expect([what.exitCode, what.stderr]).toEqual([
      2,
      expect.stringContaining('notify: it is not said what to do.\nGive --test'),
    ]);
  });
});

const TESTS = `describe('a suite', () => { it('does it', () => {}); it('waits', (done) => { setTimeout(done, DELAY); }); });`;

describe('tracey run', () => {
  it('sends gauges of what was measured', async () => {
    const receiver = await receivePackets();
    const user = makeUser();
    const config = formatConfig({ statsd: receiver.port });
    makeRepo(join(user.folder, 'repo'), { 'test/a.js': TESTS.replace('DELAY', '1'), '.tracey.yml': config });
    const { exitCode, stderr } = await user.tracey(['run', 'repo']);
    expect(exitCode).toBe(0);
    expect(stderr).not.toContain('warning');
    const last = await receiver.waitFor('.a_suite.waits:');
    const host = /^repo\.fixture\.\S+_linux_\w+\.errors:0\|g$/m;
    expect(receiver.packets.join('\n')).toMatch(host);
    expect(last).toMatch(/^repo\.fixture\.\S+\.results\.node_version_24\.a_suite\.does_it:[\d.]+\|g$/m);
  });

  it('mails what is proven to be slower, once, and that it is over', async () => {
    const { port, mails } = await startMailServer();
    const user = makeUser();
    const repo = join(user.folder, 'repo');
    const write = (delayMs: number) => writeFiles(repo, { 'lib/delay.js': `module.exports = ${delayMs};\n` });
    const run = (...flags: readonly string[]) => user.tracey(['run', 'repo', '--samples', '3', ...flags]);
    makeRepo(repo, {
      'lib/delay.js': 'module.exports = 1;\n',
      'test/a.js': TESTS.replace('DELAY', "require('../lib/delay')"),
      // Little is asked of the proof, so that the test is over soon.
      '.tracey.yml': `${formatConfig({ smtp: port })}confirm: { level: 0.9 }\n`,
    });
    await run();
    write(150);
    // Not committed: nobody's business.
    expect((await run()).exitCode).toBe(0);
    commit(repo, 'Wait\nfor <b>nothing</b>');
    const { exitCode, stderr } = await run('--json');
    expect(stderr).toContain('Slower, confirmed');
    expect(exitCode).toBe(4);
    expect(mails.map(({ parsed }) => parsed.subject)).toEqual([
      expect.stringMatching(
        /^\[Tracey\] sample\/fixture: test\/a\.js > a suite > waits .* on Node 24 \(main\)$/,
      ),
    ]);
    expect(mails[0]?.parsed.text).toContain('Wait for <b>nothing</b>, by Test');
    expect(mails[0]?.parsed.text).toMatch(
      /Confirmed: before and after ran in turn on this machine, \d+ pairs/,
    );
    expect(mails[0]?.parsed.html).toContain('&lt;b&gt;nothing&lt;/b&gt;');
    expect((await run()).exitCode).toBe(0);
    expect(mails).toHaveLength(1);
    write(1);
    commit(repo, 'Do not');
    // Once may be chance.
    for (let times = 0; times < 3; times += 1) await run();
    expect(mails[1]?.parsed.subject).toMatch(/waits recovered on Node 24 \(main\)$/);
    expect(mails).toHaveLength(2);
  });

  it('mails that it could not measure, with reason and log, and ends as it would have', async () => {
    const { port, mails } = await startMailServer();
    const user = makeUser();
    const repo = makeRepo(
      join(user.folder, 'repo'),
      { 'test/a.js': TESTS.replace('DELAY', '1'), '.tracey.yml': formatConfig({ smtp: port }) },
      { hasMocha: false },
    );
    const packageJson = { name: 'x', dependencies: { x: 'file:./nowhere.tgz' } };
    writeFiles(repo, { 'package.json': JSON.stringify(packageJson) });
    commit(repo, 'Depend on nothing');
    const { exitCode, stderr } = await user.tracey(['run', 'repo']);
    expect(exitCode).toBe(3);
    expect(stderr).not.toContain('warning:');
    expect(mails[0]?.parsed.subject).toBe('[Tracey] repo: could not be measured (main)');
    expect(mails[0]?.parsed.text).toContain('Depend on nothing');
    expect(mails[0]?.parsed.text).toMatch(/`npm install.*` ended with exit code/);
  });

  it('warns when nobody can be told, and is as green as without', async () => {
    const user = makeUser();
    const repo = join(user.folder, 'repo');
    makeRepo(repo, {
      'test/a.js': TESTS.replace('DELAY', '1'),
      '.tracey.yml': formatConfig({ smtp: 1 }).replace('threshold: 10', 'threshold: 1'),
    });
    mkdirSync(join(user.home, 'tracey'), { recursive: true });
    writeFileSync(join(user.home, 'tracey', 'notify'), '');
    const { exitCode, stderr } = await user.tracey(['run', 'repo']);
    expect(stderr).toMatch(/^warning: E-mail: .*ENOTDIR/m);
    expect(exitCode).toBe(0);
    rmSync(join(user.home, 'tracey', 'notify'));
  });
});
