/**
 * runner-setup on a machine: a fresh Debian that is booted, and an archive that stands in for GitHub's runner, which cannot be
 * had without a network.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DebianMachine } from './debian-machine.ts';
import { isDebianThere } from './debian-machine.ts';
import { requirePeer } from './require-peer.ts';
import { openRunnerMachine, PROJECT, type RunnerMachine } from './runner-machine.ts';

const LONG_MS = 240_000;
const STEPS = 13;
const SERVICE = 'actions.runner.happner.box1.service';

let open: RunnerMachine;
let machine: DebianMachine;
let install = '';
let untouched: string[] = [];

beforeAll(async () => {
  if ((await isDebianThere()) !== true) return;
  open = await openRunnerMachine();
  ({ machine, install } = open);
  untouched = machine.listFiles();
}, LONG_MS);
afterAll(() => open?.close(), LONG_MS);
beforeEach((context) => requirePeer(context, { name: 'Debian', isThere: isDebianThere }));

/** Takes everything back, and holds the machine to what it was. */
function undo(): void {
  const { status, text } = machine.run('/mnt/runner-setup/undo.sh');
  expect({ status, text }).toMatchObject({
    status: 0,
    text: expect.stringContaining('Done: this machine is as it was.'),
  });
  expect(text).not.toContain('Warning');
  expect(machine.listFiles()).toEqual(untouched);
}

describe('install.sh', () => {
  it('makes a runner that is at work, as check.sh says; a second time it changes nothing', {
    timeout: LONG_MS,
  }, () => {
    const accounts = machine.run('md5sum /etc/passwd /etc/group /etc/shadow /etc/gshadow').text;
    expect(machine.run(install)).toMatchObject({
      status: 0,
      text: expect.stringContaining(`[${STEPS}/${STEPS}] Start`),
    });
    const labels = machine.run('cat /var/lib/tracey/runner/.asked').text;
    expect(labels).toMatch(/^--no-default-labels\n--labels\nself-hosted,tracey-primary,linux,(x64|arm64)$/m);
    expect(labels).not.toContain('RIGHTTOKEN');
    expect(
      machine.run('grep -rl RIGHTTOKEN /etc /var/lib/tracey /var/lib/tracey-setup /opt/tracey').text,
    ).toBe(
      // Which knows the right one.
      '/var/lib/tracey/runner/config.sh\n',
    );
    const check = machine.run('/opt/tracey/setup/check.sh --json').text;
    const bad = (JSON.parse(check) as { state: string; what: string }[]).filter(
      ({ state }) => state === 'bad',
    );
    // There is no network here to keep the clock right by.
    expect(bad).toEqual([expect.objectContaining({ what: 'the clock is kept right: no' })]);
    expect(machine.run('runuser -u tracey -- tracey --version').text).toMatch(/^\d+\.\d+\.\d+\n$/);

    const files = machine.listFiles();
    const started = machine.run(`systemctl show --property=ActiveEnterTimestampMonotonic ${SERVICE}`).text;
    expect(machine.run('/opt/tracey/setup/install.sh').status).toBe(0);
    expect(machine.listFiles()).toEqual(files);
    expect(machine.run(`systemctl show --property=ActiveEnterTimestampMonotonic ${SERVICE}`).text).toBe(
      started,
    );
    undo();
    expect(machine.run('md5sum /etc/passwd /etc/group /etc/shadow /etc/gshadow').text).toBe(accounts);
  });

  it('killed at any step is finished by running it again', { timeout: LONG_MS }, async () => {
    for (let step = 1; step <= STEPS; step += 1) await machine.runUntil(install, `[${step}/${STEPS}]`);
    expect(machine.run(install).status).toBe(0);
    const check = machine.run('/opt/tracey/setup/check.sh').text;
    expect(check.match(/^bad .*$/gm)).toEqual(['bad   the clock is kept right: no']);
    undo();
  });

  it.each([3, 5, 6, 10, 12])('killed at step %i can be undone', { timeout: LONG_MS }, async (step) => {
    await machine.runUntil(install, `[${step}/${STEPS}]`);
    undo();
  });

  it('keeps jobs from the machine: systemd finds its units right, and the runner hardly exposed', {
    timeout: LONG_MS,
  }, () => {
    expect(machine.run(install).status).toBe(0);
    const units = machine.run('cd /etc/systemd/system && systemd-analyze verify tracey* actions.runner.*');
    expect(units).toEqual({ status: 0, text: '' });
    for (const template of readdirSync(join(PROJECT, 'runner-setup', 'units')).filter((name) =>
      name.endsWith('.template'),
    )) {
      const unit = `${template.slice(0, -'.service.template'.length)}-check.service`;
      machine.run(
        `sed 's,{{User}},tracey,; s,{{RunnerRoot}},/var/lib/tracey/runner,; s,{{Description}},x,' /opt/tracey/setup/units/${template} >/run/systemd/system/${unit} && systemctl daemon-reload`,
      );
      const exposure = /exposure level for .*: ([\d.]+) /.exec(
        machine.run(`systemd-analyze security --no-pager ${unit}`).text,
      );
      expect(Number(exposure?.[1])).toBeLessThanOrEqual(3);
      machine.run(`rm /run/systemd/system/${unit} && systemctl daemon-reload`);
    }
    expect(
      machine.run('runuser -u tracey -- sh -c "echo x >/var/lib/tracey/runner/bin/Runner.Listener"').text,
    ).toContain('Permission denied');
    expect(
      machine.run('runuser -u tracey -- mv /var/lib/tracey/runner/bin /var/lib/tracey/runner/other').text,
    ).toContain('not permitted');
    expect(machine.run('runuser -u tracey -- cat /etc/tracey/secrets.env').text).toContain(
      'Permission denied',
    );
    undo();
  });

  it('ends what a job left running, and nothing else', { timeout: LONG_MS }, () => {
    expect(machine.run(install).status).toBe(0);
    // As the runner does: a job, then its hook, as processes of the service.
    const job = (script: string) =>
      machine.run(
        `echo '(${script}); touch /var/lib/tracey/data/done' >/var/lib/tracey/runner/_work/jobs; timeout 30 sh -c 'until [ -e /var/lib/tracey/data/done ]; do sleep 0.1; done'; rm /var/lib/tracey/data/done`,
      );
    machine.run(`timeout 30 sh -c 'until [ -p /var/lib/tracey/runner/_work/jobs ]; do sleep 0.1; done'`);
    job(
      'setsid sleep 1000 >/dev/null 2>&1 & setsid sh -c "trap : TERM; while :; do sleep 1; done" >/dev/null 2>&1 &',
    );
    const listProcesses = () => machine.run(`systemctl status --no-pager --full --lines=0 ${SERVICE}`).text;
    expect(listProcesses()).toContain('sleep 1000');
    const { text } = job('/opt/tracey/setup/hooks/job-completed.sh >/var/lib/tracey/data/said 2>&1');
    expect(text).toBe('');
    expect(machine.run('cat /var/lib/tracey/data/said').text).toContain('Ending what a job left running');
    expect(listProcesses()).not.toMatch(/sleep 1000|trap/);
    expect(listProcesses()).toContain('Runner.Listener');
    undo();
  });

  it('makes a device: compressed swap, limits for jobs, no services beside', { timeout: LONG_MS }, () => {
    const field = install.replace('--role primary', '--role field --ipfs 192.168.0.4:5001');
    expect(machine.run(field)).toMatchObject({ status: 0 });
    expect(machine.run(`systemctl show --property=MemoryMax --value ${SERVICE}`).text).not.toContain(
      'infinity',
    );
    expect(machine.run('systemctl is-enabled tracey-zram.service').text).toBe('enabled\n');
    expect(machine.run('ls /etc/systemd/system').text).not.toMatch(/tracey-(kubo|backup)/);
    expect(machine.run('tracey --version').status).toBe(0);
    undo();
  });

  it.each([
    ['--runner-sha256', `${'0'.repeat(64)}`, 'is not what it must be: its sha256 is'],
    ['--token', 'WRONGTOKEN', 'The runner could not be registered'],
    ['--tracey', '/nowhere', 'There is no built Tracey in /nowhere'],
    ['--runner-archive', '/etc/passwd', 'is not what it must be'],
  ])('says what is wrong with %s, and can be undone', { timeout: LONG_MS }, (flag, value, message) => {
    const { status, text } = machine.run(`${install} ${flag} '${value}'`);
    expect(status).toBe(1);
    expect(text).toContain(message);
    undo();
  });

  it('says that 32-bit ARM is out, and what to do', () => {
    const { status, text } = machine.run(
      `mkdir /tmp/arm; printf '#!/bin/sh\\necho armhf\\n' >/tmp/arm/dpkg; chmod +x /tmp/arm/dpkg; PATH=/tmp/arm:$PATH ${install}`,
    );
    expect(status).toBe(1);
    expect(text).toContain('32-bit ARM');
    expect(text).toContain('64-bit Raspberry Pi OS');
    expect(machine.run('/mnt/runner-setup/undo.sh').text).toBe('Nothing was installed on this machine.\n');
    expect(machine.listFiles()).toEqual(untouched);
  });
});

it('shellcheck has nothing to say about any script', async () => {
  const scripts = readdirSync(join(PROJECT, 'runner-setup'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.sh'))
    .map((name) => join('runner-setup', name));
  expect(scripts.length).toBeGreaterThan(10);
  execFileSync('shellcheck', ['--external-sources', ...scripts], { cwd: PROJECT });
});
