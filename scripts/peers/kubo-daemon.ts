/** Kubo daemons on loopback with a repo of their own, reaching nobody: for tests and benchmarks. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface KuboDaemon {
  /** `http://127.0.0.1:…` */
  readonly rpc: string;
  readonly gateway: string;
  /** Runs `ipfs` on the daemon, and gives what it prints. */
  readonly run: (...args: readonly string[]) => string;
  /** Ends it at once, as a power cut would. */
  readonly kill: () => Promise<void>;
}

/** No network but loopback, and nobody there to find. */
const SETTINGS = {
  'AutoConf.Enabled': false,
  'Addresses.API': '/ip4/127.0.0.1/tcp/0',
  'Addresses.Gateway': '/ip4/127.0.0.1/tcp/0',
  'Addresses.Swarm': [],
  Bootstrap: [],
  'Routing.Type': 'none',
  'Routing.DelegatedRouters': [],
  'DNS.Resolvers': {},
  'Ipns.DelegatedPublishers': [],
};

/**
 * Starts a daemon; whoever starts it kills it.
 *
 * @param options `folder` is its own; `isOnline`: it looks for what it lacks, and waits for somebody to have it
 */
export async function startKuboDaemon(options: {
  readonly program: string;
  readonly folder: string;
  readonly isOnline?: boolean;
  readonly settings?: Readonly<Record<string, unknown>>;
}): Promise<KuboDaemon> {
  const { program, folder, isOnline = false, settings = {} } = options;
  const repo = join(folder, 'ipfs');
  mkdirSync(repo, { recursive: true });
  const env = { PATH: process.env['PATH'], IPFS_PATH: repo, HOME: folder };
  const run = (...args: readonly string[]) =>
    execFileSync(program, args, { env, encoding: 'utf8', stdio: 'pipe' });
  run('init', '--profile=test', '--empty-repo');
  for (const [key, value] of Object.entries({ ...SETTINGS, ...settings })) {
    run('config', '--json', key, JSON.stringify(value));
  }
  const daemon = spawn(program, ['daemon', ...(isOnline ? [] : ['--offline'])], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kill = async () => {
    if (daemon.exitCode !== null || daemon.signalCode !== null) return;
    daemon.kill('SIGKILL');
    await once(daemon, 'exit');
  };
  await waitUntilReady(daemon);
  const [rpc, gateway] = [parseAddress(readFileSync(join(repo, 'api'), 'utf8')), readGateway(repo)];
  return { rpc, gateway, run, kill };
}

function waitUntilReady(daemon: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let printed = '';
    const listen = (chunk: Buffer) => {
      printed += chunk;
      if (printed.includes('Daemon is ready')) resolve();
    };
    daemon.stdout?.on('data', listen);
    daemon.stderr?.on('data', listen);
    daemon.once('exit', (code) => reject(new Error(`Kubo ended with ${code}: ${printed}`)));
    daemon.once('error', reject);
  });
}

function readGateway(repo: string): string {
  return readFileSync(join(repo, 'gateway'), 'utf8').trim();
}

/** `/ip4/127.0.0.1/tcp/5001` as a web address. */
function parseAddress(text: string): string {
  const [, , host, , port] = text.trim().split('/');
  return `http://${host}:${port}`;
}
