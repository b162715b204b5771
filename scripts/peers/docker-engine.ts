/**
 * A Docker Engine of its own for a test file or a bench: everything that it keeps lies in a temporary folder, its socket too, and it is
 * gone afterwards with whatever was on it.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import Docker from 'dockerode';
import { computeImageFile, DOCKER_NODES, docker } from './docker.ts';
import { findPeer } from './peer.ts';

export interface DockerEngine {
  /** A `node_modules` with a mocha and what it needs, and nothing else. */
  readonly modules: string;
  readonly socketPath: string;
  readonly api: Docker;
  /** Ends it as `systemctl stop` does. */
  readonly stop: () => Promise<void>;
  /** Ends it as a crash does. */
  readonly crash: () => Promise<void>;
  /** Starts it again on what it had. */
  readonly start: () => Promise<void>;
  /** Ids of every container there is, running or not. */
  readonly listContainers: () => Promise<string[]>;
  readonly close: () => Promise<void>;
}

/** True when an engine can be started here, else why not. */
export async function isDockerThere(): Promise<true | string> {
  const found = await findPeer(docker);
  if ('missing' in found) return found.missing;
  if (process.getuid?.() !== 0) return 'it takes root to start an engine';
  try {
    execFileSync('dockerd', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return 'there is no dockerd on PATH; install it with: node scripts/peers/main.ts docker';
  }
}

/** Starts an engine with the peer's images. */
export async function startDocker(): Promise<DockerEngine> {
  const found = await findPeer(docker);
  if ('missing' in found) throw new Error(found.missing);
  // Short: the paths of sockets may not be long.
  const folder = mkdtempSync(join(tmpdir(), 'tdk-'));
  const socketPath = join(folder, 'docker.sock');
  for (const name of ['data', 'exec']) mkdirSync(join(folder, name));
  // As where systemd starts both: it outlives a crash of the engine.
  const below = startDaemon('containerd', [
    `--root=${folder}/data/containerd`,
    `--state=${folder}/exec/containerd`,
    `--address=${folder}/containerd.sock`,
  ]);
  await below.waitFor('containerd successfully booted');
  let engine: Daemon | null = null;
  const start = async () => {
    engine = startDaemon('dockerd', [
      `--data-root=${folder}/data`,
      `--exec-root=${folder}/exec`,
      `--pidfile=${folder}/pid`,
      `--host=unix://${socketPath}`,
      `--containerd=${folder}/containerd.sock`,
      '--iptables=false',
      '--ip6tables=false',
    ]);
    await engine.waitFor('API listen on');
  };
  const stop = async () => engine?.end('SIGTERM');
  const api = new Docker({ socketPath });
  const listContainers = async () => (await api.listContainers({ all: true })).map(({ Id }) => Id);
  await start();
  for (const version of DOCKER_NODES) {
    const file = join(found.path, computeImageFile(version));
    const answer = await api.importImage(createReadStream(file), { repo: 'node', tag: version });
    await new Promise((resolve, reject) => {
      api.modem.followProgress(answer, (error, done) => (error === null ? resolve(done) : reject(error)));
    });
  }
  return {
    modules: join(found.path, '..', 'mocha', 'node_modules'),
    socketPath,
    api,
    start,
    stop,
    crash: async () => engine?.end('SIGKILL'),
    listContainers,
    async close() {
      for (const id of await listContainers()) await api.getContainer(id).remove({ force: true, v: true });
      await stop();
      await below.end('SIGTERM');
      unmountBelow(folder);
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** A crash leaves what it had mounted. */
function unmountBelow(folder: string): void {
  const mounted = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '');
  for (const place of mounted.reverse()) {
    if (place.startsWith(`${folder}/`)) execFileSync('umount', ['--lazy', place]);
  }
}

interface Daemon {
  /** Resolves when it has printed this; rejects when it ends before. */
  readonly waitFor: (text: string) => Promise<void>;
  readonly end: (signal: NodeJS.Signals) => Promise<void>;
}

function startDaemon(program: string, args: readonly string[]): Daemon {
  const daemon = spawn('nice', ['-n', '5', program, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  const printed: string[] = [];
  const lines = createInterface({ input: daemon.stderr });
  lines.on('line', (line) => {
    printed.push(line);
    if (printed.length > 20) printed.shift();
  });
  return {
    waitFor: (text) =>
      new Promise((resolve, reject) => {
        lines.on('line', (line) => {
          if (line.includes(text)) resolve();
        });
        daemon.once('error', reject);
        daemon.once('exit', (code) =>
          reject(new Error(`${program} ended with ${code}:\n${printed.join('\n')}`)),
        );
      }),
    async end(signal) {
      if (daemon.exitCode !== null || daemon.signalCode !== null) return;
      const ended = once(daemon, 'exit');
      daemon.kill(signal);
      await ended;
    },
  };
}
