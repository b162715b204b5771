/** Receivers of gauges on loopback, ended with the test: npm's statsd in a process of its own, and a bare socket. */
import { spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { makeTemporaryFolder } from '../temporary-folder.ts';

const STATSD = fileURLToPath(new URL('../../node_modules/statsd/stats.js', import.meta.url));

/** What statsd 0.9 still calls and Node 23 took away. */
const UTIL_LOG = "data:text/javascript,import util from 'node:util';util.log=console.log";

const BACKEND = `exports.init = (startedAt, config, events) => {
  events.on('flush', (at, { gauges, counters }) => console.log(JSON.stringify({ gauges, counters })));
  return true;
};`;

export interface Flush {
  readonly gauges: Readonly<Record<string, number>>;
  readonly counters: Readonly<Record<string, number>>;
}

export interface StatsdFixture {
  readonly port: number;
  /** The first flush that is as wanted; how many bad lines there were up to then. */
  readonly waitFor: (isWanted: (flush: Flush) => boolean) => Promise<Flush & { readonly badLines: number }>;
}

/** npm's statsd, ready to receive. */
export async function startStatsd(): Promise<StatsdFixture> {
  const folder = makeTemporaryFolder();
  const [port, managementPort] = [await findFreePort(), await findFreePort()];
  const [config, backend] = [join(folder, 'config.js'), join(folder, 'backend.js')];
  writeFileSync(backend, BACKEND);
  const settings = {
    address: '127.0.0.1',
    port,
    mgmt_address: '127.0.0.1',
    mgmt_port: managementPort,
    flushInterval: 50,
    backends: [backend],
    title: false,
  };
  writeFileSync(config, JSON.stringify(settings));
  const child = spawn(process.execPath, ['--import', UTIL_LOG, STATSD, config], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  let badLines = 0;
  const waiting = new Set<(flush: Flush) => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (!line.startsWith('{')) return;
    const flush = JSON.parse(line) as Flush;
    badLines += flush.counters['statsd.bad_lines_seen'] ?? 0;
    for (const check of waiting) check(flush);
  });
  const waitFor: StatsdFixture['waitFor'] = (isWanted) =>
    Promise.race([
      new Promise<Flush & { readonly badLines: number }>((resolve) => {
        const check = (flush: Flush) => {
          if (!isWanted(flush)) return;
          waiting.delete(check);
          resolve({ ...flush, badLines });
        };
        waiting.add(check);
      }),
      ended.then(() => Promise.reject(new Error('statsd ended'))),
    ]);
  await waitFor(() => true);
  return { port, waitFor };
}

async function findFreePort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}

export interface PacketReceiver {
  readonly port: number;
  /** As they came. */
  readonly packets: readonly string[];
  /** Resolves with the packet that holds the text. */
  readonly waitFor: (text: string) => Promise<string>;
}

/** A socket that keeps every packet. */
export async function receivePackets(type: 'udp4' | 'udp6' = 'udp4'): Promise<PacketReceiver> {
  const socket: Socket = createSocket({ type, recvBufferSize: 2 ** 22 });
  socket.bind(0, type === 'udp4' ? '127.0.0.1' : '::1');
  await once(socket, 'listening');
  onTestFinished(() => new Promise<void>((resolve) => socket.close(() => resolve())));
  const packets: string[] = [];
  const waiting: { readonly text: string; readonly resolve: (packet: string) => void }[] = [];
  socket.on('message', (message) => {
    const packet = message.toString();
    packets.push(packet);
    for (const { text, resolve } of waiting) if (packet.includes(text)) resolve(packet);
  });
  return {
    port: socket.address().port,
    packets,
    waitFor: (text) =>
      new Promise((resolve) => {
        const found = packets.find((packet) => packet.includes(text));
        if (found === undefined) waiting.push({ text, resolve });
        else resolve(found);
      }),
  };
}
