/** The scripts of runner-setup on a folder that looks like a machine. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { makeTemporaryFolder } from '../temporary-folder.ts';

const HOOK = new URL('../../action/runner-hook.ts', import.meta.url).href;
const SETUP = fileURLToPath(new URL('../../runner-setup', import.meta.url));

function run(
  script: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): { status: number | null; text: string; stdout: string } {
  const { status, stdout, stderr } = spawnSync(join(SETUP, script), args, {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], ...variables },
  });
  return { status, text: `${stdout}${stderr}`, stdout };
}

const CPU = 'sys/devices/system/cpu';
const MEMORY = 'sys/kernel/mm/transparent_hugepage';

/** A machine with four cores, and whatever a kernel may have. */
function makeMachine(more: Readonly<Record<string, string>> = {}): string {
  const root = makeTemporaryFolder();
  const cores = [0, 1, 2, 3].map((core) => [`${CPU}/cpu${core}/cpufreq/scaling_governor`, 'ondemand\n']);
  const files: Readonly<Record<string, string>> = {
    ...Object.fromEntries(cores),
    [`${CPU}/cpufreq/boost`]: '1\n',
    [`${CPU}/smt/control`]: 'on\n',
    [`${MEMORY}/enabled`]: 'always [madvise] never\n',
    [`${MEMORY}/defrag`]: 'always defer defer+madvise [madvise] never\n',
    'sys/class/thermal/thermal_zone0/temp': '48000\n',
    'proc/sys/vm/swappiness': '60\n',
    'proc/sys/kernel/nmi_watchdog': '1\n',
    'proc/sys/kernel/randomize_va_space': '2\n',
    'proc/irq/default_smp_affinity': 'f\n',
    'proc/irq/1/smp_affinity_list': '0-3\n',
    'proc/irq/22/smp_affinity_list': '2\n',
    'proc/swaps': 'Filename\n',
    'proc/pressure/cpu': 'some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n',
    'proc/self/cgroup': '0::/user.slice\n',
    'lib/systemd/system/apt-daily.timer': '[Timer]\n',
    'lib/systemd/system/cron.service': '[Service]\n',
    'var/lib/empty': '',
    'etc/systemd/system/ours': '',
    ...more,
  };
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

/** Every file of a folder with its content. */
function readAll(root: string): Record<string, string> {
  const names = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = names.map((entry) => join(entry.parentPath, entry.name)).sort();
  return Object.fromEntries(paths.map((path) => [path.slice(root.length + 1), readFileSync(path, 'utf8')]));
}

const tune = (root: string, ...args: readonly string[]) => run('tune.sh', args, { TRACEY_SETUP_ROOT: root });
const listStates = (root: string) =>
  (JSON.parse(tune(root, 'show', '--json').stdout) as { name: string; state: string; value: string }[]).map(
    ({ name, state, value }) => `${name}: ${state} ${value}`.trim(),
  );

describe('tune.sh', () => {
  it('shows what a setting is, sets it, and gives every byte back', () => {
    const root = makeMachine();
    const before = readAll(root);
    expect(listStates(root)).toContain('governor: other ondemand');
    expect(tune(root, 'apply').status).toBe(0);
    const applied = readAll(root);
    expect(applied).toMatchObject({
      [`${CPU}/cpu3/cpufreq/scaling_governor`]: 'performance\n',
      [`${CPU}/cpufreq/boost`]: '0\n',
      [`${CPU}/smt/control`]: 'off\n',
      [`${MEMORY}/enabled`]: 'never\n',
      'proc/sys/vm/swappiness': '1\n',
      'proc/sys/kernel/nmi_watchdog': '0\n',
      'proc/sys/kernel/randomize_va_space': '2\n',
      'proc/irq/22/smp_affinity_list': '0\n',
      'etc/systemd/system/system.slice.d/50-tracey.conf': '[Slice]\nAllowedCPUs=0\n',
      'etc/systemd/system/tracey.slice.d/50-tracey.conf': '[Slice]\nAllowedCPUs=1-3\n',
    });
    expect(applied['etc/systemd/system/apt-daily.timer.d/50-tracey.conf']).toContain('OnCalendar=Sun');
    expect(applied['etc/systemd/system/cron.service.d/50-tracey.conf']).toContain('CPUSchedulingPolicy=idle');
    expect(listStates(root).filter((line) => line.includes(': other'))).toEqual([]);
    expect(tune(root, 'reset').status).toBe(0);
    expect(readAll(root)).toEqual(before);
  });

  it('applied twice gives back what was there before the first time', () => {
    const root = makeMachine();
    const before = readAll(root);
    tune(root, 'apply');
    const once = readAll(root);
    expect(tune(root, 'apply').text).toBe('');
    expect(readAll(root)).toEqual(once);
    tune(root, 'reset');
    tune(root, 'reset');
    expect(readAll(root)).toEqual(before);
  });

  it('says what a device does not have, and does not fail', () => {
    const root = makeTemporaryFolder();
    for (const path of ['sys/devices/system/cpu/cpu0', 'etc/systemd/system', 'var/lib'])
      mkdirSync(join(root, path), { recursive: true });
    expect(tune(root, 'apply')).toMatchObject({ status: 0 });
    expect(listStates(root)).toEqual(
      expect.arrayContaining(['governor: absent', 'smt: absent', 'irq: absent']),
    );
  });

  it('leaves a single core what it is, and threads that the kernel has no word for', () => {
    const root = makeMachine({ [`${CPU}/smt/control`]: 'notsupported\n' });
    tune(root, 'apply');
    expect(readFileSync(join(root, CPU, 'smt/control'), 'utf8')).toBe('notsupported\n');
    expect(listStates(root)).toContain('smt: not needed notsupported');
  });

  it('uses swap early where it is compressed memory', () => {
    const root = makeMachine({ 'proc/swaps': 'Filename\n/dev/zram0 partition 1 0 100\n' });
    tune(root, 'apply');
    expect(readFileSync(join(root, 'proc/sys/vm/swappiness'), 'utf8')).toBe('100\n');
  });

  it('says how it is used', () => {
    expect(tune('', 'something')).toMatchObject({
      status: 2,
      text: expect.stringContaining('Usage: tune.sh'),
    });
  });
});

describe('install.sh', () => {
  const REPO = 'https://github.com/happner';
  const install = (...args: readonly string[]) => run('install.sh', ['--dry-run', ...args]);

  it('says what it would do, and does nothing', () => {
    const { status, text } = install('--role', 'primary', '--url', REPO, '--docker', '--dashboard');
    expect(status).toBe(0);
    expect(text).toMatch(/^\[1\/15\] Packages/m);
    expect(text).toContain('Containers: docker');
    expect(text).toContain('Nothing was done.');
    const field = install('--role', 'field', '--url', REPO, '--ipfs', '192.168.0.4:5001');
    expect(field.text).toContain('Compressed memory instead of swap');
    expect(field.text).not.toMatch(/IPFS node|copies of the history/);
  });

  it.each([
    [[], '--role is missing.'],
    [['--role', 'server'], '--role must be primary or field, got "server".'],
    [['--role', 'primary'], '--url is missing.'],
    [['--role', 'primary', '--url', 'http://github.com/happner'], 'must be the https:// address'],
    [['--role', 'field', '--url', REPO], '--ipfs is missing'],
    [
      ['--role', 'field', '--url', REPO, '--ipfs', 'a:1', '--docker'],
      '--docker and --podman are for a primary',
    ],
    [['--role', 'primary', '--url', REPO, '--kubo-archive', '/k.tgz'], '--kubo-archive needs --kubo-sha512.'],
    [['--role', 'primary', '--url', REPO, '--runner-sha256', 'abc'], '--runner-sha256 must have 64 digits.'],
    [['--role', 'primary', '--url', REPO, '--keep-days', '0'], '--keep-days must be 1 or more'],
    [['--role'], '--role needs a value.'],
    [['--role', 'primary', '--url', REPO, '--name', '-x'], '--name must not begin with a dash, got "-x".'],
    [['--rolle', 'primary'], 'Unknown option: --rolle'],
    [['--token-file', '/nowhere'], '--token-file: /nowhere cannot be read.'],
  ])('%j is refused', (args, message) => {
    const { status, text } = install(...args);
    expect(status).toBe(2);
    expect(text).toContain(message);
  });

  it.each(['$(touch OWNED)', '`touch OWNED`', "a'b", 'a"b', 'a b', 'a\nb', 'a;touch OWNED', '\u001b[2J'])(
    'executes nothing of a name, an address, labels or a token like %j',
    (hostile) => {
      const folder = makeTemporaryFolder();
      for (const args of [
        ['--url', `https://github.com/${hostile}`],
        ['--url', REPO, '--name', hostile],
        ['--url', REPO, '--labels', hostile],
        ['--url', REPO, '--token', hostile],
        ['--url', REPO, '--ipfs', hostile],
      ]) {
        const { status, text } = run('install.sh', ['--dry-run', '--role', 'primary', ...args]);
        expect({ args, status }).toEqual({ args, status: 2 });
        expect(text).not.toContain('\u001b');
        expect(text.split('\n').length).toBeLessThanOrEqual(3);
      }
      expect(existsSync(join(folder, 'OWNED'))).toBe(false);
      expect(existsSync('OWNED')).toBe(false);
    },
  );
});

describe('before a job', () => {
  const SHA = '1'.repeat(40);

  function startJob(
    root: string,
    { event, variables = {} }: { event?: object; variables?: Readonly<Record<string, string>> },
  ) {
    const node = join(root, 'var/lib/tracey/runner/externals/node24/bin/node');
    mkdirSync(dirname(node), { recursive: true });
    writeFileSync(node, `#!/bin/sh\nexec '${process.execPath}' "$@"\n`);
    chmodSync(node, 0o755);
    // As it lies, in the place of the bundle.
    mkdirSync(join(root, 'opt/tracey/cli'), { recursive: true });
    writeFileSync(join(root, 'opt/tracey/cli/guard.js'), `import ${JSON.stringify(HOOK)};\n`);
    writeFileSync(join(root, 'opt/tracey/cli/package.json'), '{"type":"module"}');
    const eventFile = join(root, 'event.json');
    if (event) writeFileSync(eventFile, JSON.stringify(event));
    return run('hooks/job-started.sh', [], {
      TRACEY_SETUP_ROOT: root,
      GITHUB_REPOSITORY: 'happner/happn-3',
      GITHUB_EVENT_NAME: 'pull_request',
      GITHUB_SHA: SHA,
      ...(event ? { GITHUB_EVENT_PATH: eventFile } : {}),
      ...variables,
    });
  }

  const pullRequest = (from: string, more: object = {}) => ({
    action: 'synchronize',
    pull_request: {
      number: 7,
      head: { sha: SHA, ref: 'topic', repo: { full_name: from } },
      base: { sha: SHA, ref: 'main', repo: { full_name: 'happner/happn-3' } },
    },
    ...more,
  });

  it('a fork is refused until a maintainer labels it; a branch of the repo runs', () => {
    const root = makeMachine();
    const refused = startJob(root, { event: pullRequest('somebody/happn-3') });
    expect(refused.status).toBe(1);
    expect(refused.text).toContain('comes from the fork somebody/happn-3');
    expect(refused.text).toContain('label');
    const labelled = pullRequest('somebody/happn-3', { action: 'labeled', label: { name: 'tracey' } });
    expect(startJob(root, { event: labelled })).toMatchObject({ status: 0 });
    expect(startJob(root, { event: pullRequest('happner/happn-3') })).toMatchObject({ status: 0, text: '' });
  });

  it('an event that nobody can read is refused', () => {
    const { status, text } = startJob(makeMachine(), { event: { pull_request: { number: 'seven' } } });
    expect(status).toBe(1);
    expect(text).toContain('the event cannot be read');
  });

  it('too little room on the disk ends the job, with what to do', () => {
    const { status, text } = startJob(makeMachine(), { variables: { TRACEY_FREE_MIB: '999999999' } });
    expect(status).toBe(1);
    expect(text).toContain('a job wants 999999999. Free some space');
  });

  it('a machine that is hot or busy is waited for, and told when it stays so', () => {
    for (const [path, content, told] of [
      ['proc/pressure/cpu', 'some avg10=42.10 avg60=0.00 avg300=0.00 total=0\n', 'CPU pressure 42 %, 48 °C'],
      ['sys/class/thermal/thermal_zone0/temp', '81000\n', 'CPU pressure 0 %, 81 °C'],
    ] as const) {
      const root = makeMachine({ [path]: content });
      const { status, text } = startJob(root, { variables: { TRACEY_CALM_SECONDS: '1' } });
      expect(status).toBe(0);
      expect(text).toContain(`Waiting until the machine is calm: ${told}.`);
      expect(text).toContain(`::warning::The machine did not become calm within 1 s: ${told}.`);
    }
  });
});
