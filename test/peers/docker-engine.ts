/**
 * A Docker Engine of its own for a test file: everything that it keeps lies in a temporary folder, its socket too, and it is
 * gone afterwards with whatever was on it.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import Docker from 'dockerode';
import { computeImageFile, DOCKER_NODES, docker } from '../../scripts/peers/docker.ts';
import { findPeer } from '../../scripts/peers/peer.ts';

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
  let daemon: ChildProcess | null = null;
  const start = async () => {
    const started = spawn(
      'nice',
      [
        '-n',
        '5',
        'dockerd',
        `--data-root=${folder}/data`,
        `--exec-root=${folder}/exec`,
        `--pidfile=${folder}/pid`,
        `--host=unix://${socketPath}`,
        '--iptables=false',
        '--ip6tables=false',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    daemon = started;
    await waitUntilListening(started);
  };
  const end = async (signal: NodeJS.Signals) => {
    if (daemon === null || daemon.exitCode !== null || daemon.signalCode !== null) return;
    const ended = once(daemon, 'exit');
    daemon.kill(signal);
    await ended;
  };
  const stop = () => end('SIGTERM');
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
    crash: () => end('SIGKILL'),
    listContainers,
    async close() {
      for (const id of await listContainers()) await api.getContainer(id).remove({ force: true, v: true });
      await stop();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function waitUntilListening(daemon: ChildProcess): Promise<void> {
  const printed: string[] = [];
  return new Promise((resolve, reject) => {
    if (daemon.stderr === null) throw new Error('its stderr is not read');
    createInterface({ input: daemon.stderr }).on('line', (line) => {
      printed.push(line);
      if (printed.length > 20) printed.shift();
      if (line.includes('API listen on')) resolve();
    });
    daemon.once('error', reject);
    daemon.once('exit', (code) => reject(new Error(`dockerd ended with ${code}:\n${printed.join('\n')}`)));
  });
}
