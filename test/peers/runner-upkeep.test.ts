/** What runs on a runner's machine from then on: updates, registrations for one job, what grows old, the IPFS node. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { kubo } from '../../scripts/peers/kubo.ts';
import { findPeer } from '../../scripts/peers/peer.ts';
import { makeCertificate } from '../notify/mail-server.ts';
import { type DebianMachine, isDebianThere } from './debian-machine.ts';
import { requirePeer } from './require-peer.ts';
import { computeSha256, openRunnerMachine, type RunnerMachine } from './runner-machine.ts';

const LONG_MS = 240_000;

let open: RunnerMachine;
let machine: DebianMachine;

beforeAll(async () => {
  if ((await isDebianThere()) !== true) return;
  open = await openRunnerMachine();
  machine = open.machine;
}, LONG_MS);
afterAll(() => open?.close(), LONG_MS);
beforeEach((context) => requirePeer(context, { name: 'Debian', isThere: isDebianThere }));

const waitFor = (condition: string) =>
  machine.run(`timeout 60 sh -c 'until ${condition}; do sleep 0.1; done'`).status;

/** As much of GitHub as the machine asks, on its own loopback: the newest release, its archive, a registration for one job. */
function startGitHub(version: string): void {
  const { key, cert } = makeCertificate();
  writeFileSync(join(open.material, 'key.pem'), key);
  writeFileSync(join(open.material, 'cert.pem'), cert);
  const name = `actions-runner-linux-${process.arch}-${version}.tar.gz`;
  // Another content, so another checksum.
  execFileSync('sh', [
    '-euc',
    'folder=$(mktemp -d); tar -xzf "$1" -C "$folder"; echo "$3" >"$folder/bin/version"; tar -czf "$2" -C "$folder" .; rm -r "$folder"',
    'sh',
    open.archive,
    join(open.material, name),
    version,
  ]);
  const release = {
    tag_name: `v${version}`,
    assets: [
      {
        name,
        browser_download_url: `https://127.0.0.1:8443/${name}`,
        digest: `sha256:${computeSha256(join(open.material, name))}`,
      },
    ],
  };
  writeFileSync(join(open.material, 'release.json'), JSON.stringify(release));
  writeFileSync(
    join(open.material, 'github.mjs'),
    `
    import { createServer } from 'node:https';
    import { readFileSync } from 'node:fs';
    const read = (name) => readFileSync('/mnt/' + name);
    createServer({ key: read('key.pem'), cert: read('cert.pem') }, (request, response) => {
      const json = (status, text) => response.writeHead(status, { 'content-type': 'application/json' }).end(text);
      if (request.url === '/repos/actions/runner/releases/latest') return json(200, read('release.json'));
      if (request.url === '/orgs/happner/actions/runners/generate-jitconfig' && request.headers.authorization === 'token ghs_right')
        return json(201, JSON.stringify({ encoded_jit_config: 'ONEJOB' }));
      if (request.url.endsWith('.tar.gz')) return response.end(read(decodeURIComponent(request.url.slice(1))));
      json(404, '{"message":"Not Found"}');
    }).listen(8443, '127.0.0.1');
    `,
  );
  machine.run('systemd-run --quiet --unit=github /mnt/node /mnt/github.mjs');
  expect(waitFor('curl --silent --insecure --output /dev/null https://127.0.0.1:8443/')).toBe(0);
  machine.run(
    'printf "GITHUB_API_URL=https://127.0.0.1:8443\\nNODE_EXTRA_CA_CERTS=/mnt/cert.pem\\nCURL_CA_BUNDLE=/mnt/cert.pem\\n" >>/etc/tracey/secrets.env',
  );
}

describe("the runner's updates", () => {
  it('put the newest one in place between two jobs, keep its registration, and leave a job alone', {
    timeout: LONG_MS,
  }, () => {
    expect(machine.run(open.install).status).toBe(0);
    startGitHub('2.999.0');
    const registered = machine.run('cat /var/lib/tracey/runner/.runner').text;
    machine.run(
      `printf '#!/bin/sh\\nsleep 1000\\n' >/tmp/Runner.Worker; chmod 755 /tmp/Runner.Worker; systemd-run --quiet --unit=worker --uid=tracey /tmp/Runner.Worker`,
    );
    expect(waitFor('pgrep -u tracey -f Runner.Worker >/dev/null')).toBe(0);
    const busy = machine.run(
      'systemctl start tracey-update.service; journalctl --output=cat --unit=tracey-update',
    );
    expect(busy.text).toContain('A job is running: left for the next time.');
    machine.run('systemctl stop worker');

    const { text } = machine.run(
      'systemctl start tracey-update.service; journalctl --output=cat --unit=tracey-update',
    );
    expect(text).toContain('actions-runner-linux-');
    expect(machine.run('cat /var/lib/tracey/runner/bin/version').text).toBe('2.999.0\n');
    expect(machine.run('cat /var/lib/tracey/runner/.runner').text).toBe(registered);
    expect(machine.run('systemctl is-active "$(cat /var/lib/tracey/runner/.service)"').text).toBe('active\n');
    machine.run('systemctl start tracey-update.service');
    expect(machine.run('journalctl --output=cat --unit=tracey-update').text).toContain(
      'The runner is the newest one.',
    );
    // Setting up again keeps the newer one.
    expect(machine.run('/opt/tracey/setup/install.sh').status).toBe(0);
    expect(machine.run('cat /var/lib/tracey/runner/bin/version').text).toBe('2.999.0\n');
  });

  it('say why when GitHub does not answer, and change nothing', { timeout: LONG_MS }, () => {
    machine.run('systemctl stop github');
    const { text } = machine.run(
      'systemctl start tracey-update.service; journalctl --output=cat --unit=tracey-update | tail -n 5',
    );
    expect(text).toContain('GitHub did not say what the newest version of its runner is.');
    expect(machine.run('systemctl is-active "$(cat /var/lib/tracey/runner/.service)"').text).toBe('active\n');
  });
});

it('what grows old goes, and nothing else, and not while a job runs', () => {
  const work = '/var/lib/tracey/runner/_work';
  machine.run(
    `runuser -u tracey -- sh -c 'mkdir -p ${work}/old/a ${work}/new ${work}/_temp/old ${work}/_tool/node; touch -d "20 days ago" ${work}/old ${work}/_temp/old ${work}/_tool'`,
  );
  expect(machine.run('systemctl start tracey-leftovers.service').status).toBe(0);
  expect(machine.run(`ls ${work}`).text.split('\n')).toEqual(
    expect.arrayContaining(['_temp', '_tool', 'new']),
  );
  expect(machine.run(`ls -d ${work}/old ${work}/_temp/old`).text).toMatch(/cannot access.*\n.*cannot access/);
});

it('the nightly copy of the history is taken by the timer, and can be read', () => {
  const database = '/var/lib/tracey/data/tracey.db';
  machine.run(
    `cd /var/lib/tracey/data && echo '{"schema":"tracey.report/1","traceyVersion":"0.1.0","runs":[]}' >r.json && runuser -u tracey -- tracey import r.json`,
  );
  expect(machine.run(`test -s ${database}`).status).toBe(0);
  expect(machine.run('systemctl start tracey-backup.service')).toEqual({ status: 0, text: '' });
  const [copy = ''] = machine.run('ls /var/lib/tracey/backups').text.split('\n');
  expect(copy).toMatch(/^tracey-\d{8}T\d{6}Z\.db$/);
  expect(machine.run(`tracey show --database /var/lib/tracey/backups/${copy}`).status).toBe(0);
});

it('a runner for one job at a time is registered anew before each, with a key that jobs cannot read', {
  timeout: LONG_MS,
}, () => {
  machine.run('systemctl reset-failed; systemd-run --quiet --unit=github /mnt/node /mnt/github.mjs');
  const ended = machine.run(`${open.install.replace('RIGHTTOKEN', 'ghs_right')} --ephemeral`);
  expect(ended.text).toContain('Done: this machine is tracey-primary.');
  machine.run(
    `printf '#!/bin/sh\\necho "armed with $ACTIONS_RUNNER_INPUT_JITCONFIG"; sleep 1\\n' >/var/lib/tracey/runner/run.sh`,
  );
  machine.run('systemctl restart tracey-runner');
  expect(
    waitFor('[ "$(journalctl --output=cat --unit=tracey-runner | grep -c "armed with ONEJOB")" -ge 2 ]'),
  ).toBe(0);
  expect(machine.run('runuser -u tracey -- cat /etc/tracey/github-app.env').text).toContain(
    'Permission denied',
  );
  expect(machine.run('systemctl show --property=Environment tracey-runner; ps -eo args').text).not.toContain(
    'ghs_right',
  );
  expect(machine.run('ls /etc/systemd/system').text).not.toContain('actions.runner.');
  machine.run('systemctl stop tracey-runner');
});

it('the IPFS node is private, and lets devices read and nothing else', {
  timeout: LONG_MS,
}, async (context) => {
  const found = await findPeer(kubo);
  await requirePeer(context, {
    name: 'Kubo',
    isThere: async () => ('path' in found ? true : found.missing),
  });
  if (!('path' in found)) return;
  const folder = join(open.material, 'kubo');
  mkdirSync(folder);
  copyFileSync(found.path, join(folder, 'ipfs'));
  const archive = join(open.material, 'kubo.tar.gz');
  execFileSync('tar', ['-czf', archive, '-C', dirname(folder), 'kubo/ipfs']);
  const sum = createHash('sha512').update(readFileSync(archive)).digest('hex');
  const ended = machine.run(
    `/opt/tracey/setup/install.sh --token ghs_right --kubo-archive /mnt/kubo.tar.gz --kubo-sha512 ${sum}`,
  );
  expect(ended.text).toContain('Done: this machine is tracey-primary.');
  const token = (who: string) => machine.run(`sed -n 's/^${who} //p' /etc/tracey/ipfs-tokens`).text.trim();
  const ask = (path: string, who: string | null) =>
    machine
      .run(
        `curl --silent --output /dev/null --write-out '%{http_code}' --request POST ${who === null ? '' : `--header 'Authorization: Bearer ${token(who)}'`} 'http://127.0.0.1:5001/api/v0/${path}'`,
      )
      .text.trim();
  expect(
    waitFor('curl --silent --output /dev/null --request POST http://127.0.0.1:5001/api/v0/version'),
  ).toBe(0);
  expect([ask('version', null), ask('version', 'field'), ask('version', 'primary')]).toEqual([
    '403',
    '200',
    '200',
  ]);
  expect([ask('pin/ls', 'field'), ask('pin/ls', 'primary')]).toEqual(['403', '200']);
  expect(machine.run('tracey-ipfs config Routing.Type').text).toBe('none\n');
  // Again, while the node is at work.
  expect(machine.run('/opt/tracey/setup/install.sh').text).toContain('Done: this machine is tracey-primary.');
  expect(ask('version', 'field')).toBe('200');
  expect(machine.run('tracey-ipfs bootstrap list').text).toBe('');
});
