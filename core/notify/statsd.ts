/**
 * Sending gauges to a StatsD server, through hot-shots, which is loaded with the first one. Packets go out one after the
 * other, at a pace that a server keeps up with, each small enough not to be split on the way. UDP tells nobody what arrived.
 */
import { lookup } from 'node:dns/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { StatsD } from 'hot-shots';
import type { StatsdConfig } from '../config/config.ts';
import { formatThrown, NotifyError } from '../errors.ts';
import { formatUntrusted } from '../text.ts';
import { formatCount } from '../units.ts';
import type { Gauge } from './gauges.ts';

const DEFAULT_PORT = 8125;
/** What fits into an Ethernet frame with the headers of IPv6 and a tunnel. */
const PACKET_BYTES = 1400;
/** Between two packets: some thousand gauges a second, so that the server's buffer never fills. */
const PAUSE_MS = 1;
/** Decimals of a value, so that none is written with an exponent. */
const DECIMALS = 6;

/** Where gauges go: `127.0.0.1:8125`. */
export function formatStatsdServer({ host, port }: StatsdConfig): string {
  return `${host}:${port ?? DEFAULT_PORT}`;
}

/**
 * Sends gauges in their order.
 *
 * @param options `signal` ends it
 * @returns how many were sent
 * @throws NotifyError `notify/statsd-unreachable`, `notify/statsd-unfinished`
 */
export async function sendGauges(
  gauges: AsyncIterable<Gauge> | Iterable<Gauge>,
  { statsd, signal }: { readonly statsd: StatsdConfig; readonly signal: AbortSignal },
): Promise<number> {
  const client = await openClient(statsd, signal);
  let sent = 0;
  try {
    for await (const packet of gatherPackets(gauges)) {
      if (signal.aborted) throw createUnfinished(statsd, sent);
      await sendPacket(client, packet).catch((cause: unknown) => {
        throw createUnreachable(statsd, cause);
      });
      sent += packet.length;
      await pause(PAUSE_MS);
    }
    return sent;
  } finally {
    await new Promise<void>((resolve) => client.close(() => resolve()));
  }
}

async function openClient(statsd: StatsdConfig, signal: AbortSignal): Promise<StatsD> {
  const { StatsD } = await import('hot-shots');
  return new StatsD({
    host: await findAddress(statsd, signal),
    port: statsd.port ?? DEFAULT_PORT,
    protocol: 'udp',
    maxBufferSize: PACKET_BYTES,
    // Each packet is sent when it is full, and the next one made when it is gone.
    bufferFlushInterval: 2 ** 30,
    closingFlushInterval: 1,
    // Nothing that variables of the environment say to clients of one vendor.
    includeDataDogTags: false,
    datadog: false,
    includeDatadogTelemetry: false,
    errorHandler: () => undefined,
  });
}

/** Looked up once, within the time there is; a host may have IPv6 addresses only. */
async function findAddress(statsd: StatsdConfig, signal: AbortSignal): Promise<string> {
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    signal.throwIfAborted();
    const { address } = await Promise.race([lookup(statsd.host), ended]);
    return address;
  } catch (cause) {
    throw createUnreachable(statsd, cause);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** Gauges that fit into a packet together. */
async function* gatherPackets(gauges: AsyncIterable<Gauge> | Iterable<Gauge>): AsyncGenerator<Gauge[]> {
  let packet: Gauge[] = [];
  let bytes = 0;
  for await (const gauge of gauges) {
    const size = computeBytes(gauge);
    if (packet.length > 0 && bytes + size > PACKET_BYTES) {
      yield packet;
      packet = [];
      bytes = 0;
    }
    packet.push(gauge);
    bytes += size;
  }
  if (packet.length > 0) yield packet;
}

/** Of the line with its line break: `name:value|g|#tags`. */
function computeBytes({ name, tags, value }: Gauge): number {
  const line = `${name}:${roundValue(value)}|g${tags.length > 0 ? `|#${tags.join(',')}` : ''}\n`;
  return Buffer.byteLength(line);
}

function sendPacket(client: StatsD, gauges: readonly Gauge[]): Promise<void> {
  for (const { name, tags, value } of gauges) client.gauge(name, roundValue(value), [...tags]);
  return new Promise((resolve, reject) => {
    client.flush((error) => (error ? reject(error) : resolve()));
  });
}

function roundValue(value: number): number {
  return Math.round(value * 10 ** DECIMALS) / 10 ** DECIMALS;
}

function findCode(thrown: unknown): string | undefined {
  return (thrown as NodeJS.ErrnoException).code;
}

function createUnreachable(statsd: StatsdConfig, cause: unknown): NotifyError {
  const why =
    findCode(cause) === 'ENOTFOUND' ? 'cannot be found' : `cannot be reached: ${formatThrown(cause)}`;
  return new NotifyError(`StatsD: ${formatStatsdServer(statsd)} ${formatUntrusted(why)}.`, {
    code: 'notify/statsd-unreachable',
    hint: 'Check statsd.host in .tracey.yml.',
    cause,
  });
}

function createUnfinished(statsd: StatsdConfig, sent: number): NotifyError {
  const server = formatStatsdServer(statsd);
  return new NotifyError(
    `StatsD: ${server} was sent ${formatCount(sent, 'gauge')}; for the rest there was no time.`,
    {
      code: 'notify/statsd-unfinished',
    },
  );
}
