import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';

interface Gate {
  readonly port: number;
  readonly close: () => void;
}
const {
  openGate,
}: {
  openGate(options: {
    readonly target: number;
    readonly connection: string;
    readonly tell: (message: unknown) => void;
  }): Promise<Gate>;
} = createRequire(import.meta.url)('../../../job-types/protocol/wire.cjs');

const HEAD = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n';

/** Opens a gate to a service that answers the upgrade, and gives both ends. */
async function openConnection() {
  const told: unknown[] = [];
  const received: string[] = [];
  const { promise: connected, resolve } = Promise.withResolvers<Socket>();
  const server: Server = createServer((socket) => {
    socket.on('data', (chunk) => received.push(chunk.toString('latin1')));
    socket.once('data', () => {
      socket.write(HEAD);
      resolve(socket);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const waiting: (() => void)[] = [];
  const gate = await openGate({
    target: port,
    connection: 'admin',
    tell(message) {
      told.push(message);
      for (const check of waiting) check();
    },
  });
  const client = connect(gate.port, '127.0.0.1');
  onTestFinished(() => {
    gate.close();
    client.destroy();
    server.close();
  });
  client.write(
    'GET /primus HTTP/1.1\r\nHost: here\r\nX-Two: 1\r\nX-Two: 2\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n',
  );
  const service = await connected;
  /** Waits until so much was told; gives what came after the heads. */
  const readTold = (count: number) =>
    new Promise<unknown[]>((enough) => {
      const check = () => {
        if (told.length >= count + 2) enough(told.slice(2));
      };
      waiting.push(check);
      check();
    });
  return { client, service, received, told, readTold };
}

/** A frame of RFC 6455; a client's is masked. */
function createFrame(
  text: string,
  {
    opcode = 1,
    isLast = true,
    isMasked = false,
  }: { opcode?: number; isLast?: boolean; isMasked?: boolean } = {},
): Buffer {
  const payload = Buffer.from(text, 'latin1');
  const size = payload.length;
  const first = opcode | (isLast ? 0x80 : 0);
  const mark = isMasked ? 0x80 : 0;
  const head =
    size < 126
      ? Buffer.from([first, mark | size])
      : size < 65_536
        ? Buffer.from([first, mark | 126, size >> 8, size & 255])
        : Buffer.concat([Buffer.from([first, mark | 127, 0, 0, 0, 0]), uint32(size)]);
  if (!isMasked) return Buffer.concat([head, payload]);
  const mask = Buffer.from([1, 2, 3, 250]);
  return Buffer.concat([head, mask, payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0))]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

const said = (from: string, text: string) => ({ connection: 'admin', from, kind: 'message', text });

it('heads are told by name, and compression is not offered on', async () => {
  const { told, received, readTold } = await openConnection();
  await readTold(0);
  expect(told).toEqual([
    {
      connection: 'admin',
      from: 'client',
      kind: 'request',
      line: 'GET /primus HTTP/1.1',
      headers: { host: 'here', 'x-two': '1, 2', 'sec-websocket-extensions': 'permessage-deflate' },
    },
    {
      connection: 'admin',
      from: 'service',
      kind: 'answer',
      line: 'HTTP/1.1 101 Switching Protocols',
      headers: { upgrade: 'websocket' },
    },
  ]);
  expect(received.join('')).toBe('GET /primus HTTP/1.1\r\nHost: here\r\nX-Two: 1\r\nX-Two: 2\r\n\r\n');
});

it.each([0, 1, 125, 126, 65_535, 65_536])(
  'messages of %i bytes are told whole, of both sides',
  async (size) => {
    const { client, service, readTold } = await openConnection();
    const text = 'x'.repeat(size);
    client.write(createFrame(text, { isMasked: true }));
    expect(await readTold(1)).toEqual([said('client', text)]);
    service.write(createFrame(text));
    expect(await readTold(2)).toContainEqual(said('service', text));
  },
);

it('messages in pieces, several at once, and byte by byte are told one by one', async () => {
  const { service, readTold } = await openConnection();
  const ping = createFrame('ping', { opcode: 9 });
  const pieces = [
    createFrame('one', { isLast: false }),
    ping,
    createFrame(' and', { opcode: 0, isLast: false }),
    createFrame(' two', { opcode: 0 }),
    createFrame('three'),
  ];
  service.write(Buffer.concat(pieces));
  expect(await readTold(2)).toEqual([said('service', 'one and two'), said('service', 'three')]);
  for (const byte of createFrame('four')) service.write(Buffer.from([byte]));
  expect((await readTold(3)).at(-1)).toEqual(said('service', 'four'));
});

it('heartbeats are not told, binary data and the end are', async () => {
  const { client, service, readTold } = await openConnection();
  client.write(createFrame('"primus::ping::1795402994300"', { isMasked: true }));
  client.write(createFrame('abc', { opcode: 2, isMasked: true }));
  const end = '\u0003\u00e8bye';
  expect(await readTold(1)).toEqual([{ connection: 'admin', from: 'client', kind: 'binary', bytes: 3 }]);
  service.write(createFrame(end, { opcode: 8 }));
  expect((await readTold(2)).at(-1)).toEqual({
    connection: 'admin',
    from: 'service',
    kind: 'close',
    code: 1000,
    reason: 'bye',
  });
});
