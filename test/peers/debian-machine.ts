/** A Debian machine of its own for a test file: booted with systemd in a container, without a network, and gone afterwards. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { debianRoot } from '../../scripts/peers/debian-root.ts';
import { findPeer } from '../../scripts/peers/peer.ts';

const NOT_LISTED = [
  ...['/proc', '/sys', '/dev', '/run', '/tmp', '/mnt', '/var/tmp', '/var/log', '/root/.cache'],
  ...['/var/cache/apt', '/var/lib/apt'],
];

const BOOT_MS = 180_000;

export interface Answer {
  readonly status: number | null;
  /** What it printed, stderr after stdout. */
  readonly text: string;
}

export interface DebianMachine {
  /** Runs a shell script in it, as root. */
  readonly run: (script: string) => Answer;
  /** Runs a shell script until it prints a line that begins so, and kills it and all that it started. */
  readonly runUntil: (script: string, beginning: string) => Promise<void>;
  /** Every file there is but those of the kernel, of the moment, of logs, and what apt keeps for itself. */
  readonly listFiles: () => string[];
  readonly close: () => Promise<void>;
}

/** True when such a machine can be started here, else why not. */
export async function isDebianThere(): Promise<true | string> {
  const found = await findPeer(debianRoot);
  if ('missing' in found) return found.missing;
  if (process.getuid?.() !== 0) return 'it takes root to boot it';
  for (const program of ['systemd-nspawn', 'nsenter', 'shellcheck']) {
    if (spawnSync(program, ['--version'], { stdio: 'ignore' }).error) {
      return `there is no ${program} on PATH; install it with: node scripts/peers/main.ts debian-root`;
    }
  }
  return true;
}

/** Boots one. `material`: a folder that it sees, read-only, as `/mnt`. */
export async function bootDebian(material: string): Promise<DebianMachine> {
  const found = await findPeer(debianRoot);
  if ('missing' in found) throw new Error(found.missing);
  const child = spawn(
    'systemd-nspawn',
    [
      ...['--quiet', '--register=no', '--keep-unit', '--boot', '--private-network', '--console=pipe'],
      ...[`--directory=${found.path}`, '--volatile=overlay', `--bind-ro=${material}:/mnt`],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const printed: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on('line', (line) => printed.push(line));
  }
  const ended = once(child, 'close');
  const enter = (leader: string, script: string) =>
    ['nsenter', '--target', leader, '--all', 'sh', '-c', `cd / && ${script}`] as const;
  const leader = await waitForLeader(child.pid as number);
  const run = (script: string): Answer => {
    const [program, ...args] = enter(leader, script);
    const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', timeout: 120_000 });
    return { status, text: `${stdout}${stderr}` };
  };
  // It waits for the end of booting by itself, once there is somebody to ask.
  const isUp = () => /^(running|degraded)$/.test(run('systemctl is-system-running --wait').text.trim());
  for (const deadlineMs = performance.now() + BOOT_MS; !isUp(); ) {
    if (performance.now() > deadlineMs || child.exitCode !== null)
      throw new Error(`It did not boot: ${printed.slice(-20).join('\n')}`);
    await setTimeout(100);
  }

  return {
    run,
    runUntil: async (script, beginning) => {
      const [program, ...args] = enter(leader, script);
      const running = spawn(program, args, { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
      const over = once(running, 'close');
      const lines: string[] = [];
      for await (const line of createInterface(running.stdout)) {
        lines.push(line);
        if (line.startsWith(beginning)) process.kill(-(running.pid as number), 'SIGKILL');
      }
      const [, signal] = await over;
      if (signal !== 'SIGKILL') throw new Error(`It never printed "${beginning}":\n${lines.join('\n')}`);
    },
    listFiles: () =>
      run(`find / -xdev \\( ${NOT_LISTED.map((path) => `-path ${path}`).join(' -o ')} \\) -prune -o -print`)
        .text.split('\n')
        .sort(),
    close: async () => {
      child.kill('SIGTERM');
      run('systemctl poweroff --force --force');
      await ended;
    },
  };
}

/** The first process inside, as this machine counts. */
async function waitForLeader(pid: number): Promise<string> {
  for (let tries = 0; tries < 300; tries += 1) {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    if (children !== '' && isInside(children.split(' ')[0] as string))
      return children.split(' ')[0] as string;
    await setTimeout(100);
  }
  throw new Error('systemd-nspawn started nothing within 30 s.');
}

/** Whether it is systemd already, and not what makes room for it. */
function isInside(pid: string): boolean {
  try {
    return execFileSync('nsenter', ['--target', pid, '--all', 'cat', '/proc/1/comm'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).startsWith('systemd');
  } catch {
    return false;
  }
}
