'use strict';
/**
 * The recording layer: a gate on loopback that stands between a client and a service, passes on every byte, and tells what
 * they say to each other — requests and answers of HTTP by their heads, WebSocket messages whole. It knows no library of
 * either side, so nothing of them has to be changed to be recorded. ES2015 without dependencies: it runs on Node 6.
 */
const net = require('net');

const MESSAGE_BYTES = 1024 * 1024;
const OPCODES = { 0: 'rest', 1: 'text', 2: 'binary', 8: 'close', 9: 'ping', 10: 'pong' };
/** Primus' own, at its own times. */
const HEARTBEAT = /^"primus::p[io]ng::/;

/**
 * Opens a gate; clients that connect to its port speak with `target`.
 *
 * @param {{ target: number, connection: string, tell: (message: object) => void }} options
 * @returns {Promise<{ port: number, close: () => void }>}
 */
function openGate(options) {
  const sockets = new Set();
  const server = net.createServer((client) => {
    const service = net.connect(options.target, '127.0.0.1');
    const state = { isUpgraded: false };
    pass({ from: 'client', source: client, sink: service, state, options, sockets });
    pass({ from: 'service', source: service, sink: client, state, options, sockets });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      resolve({
        port: server.address().port,
        close() {
          server.close();
          for (const socket of sockets) socket.destroy();
        },
      });
    });
  });
}

/** Passes on what one side says, and reads along. */
function pass(way) {
  const source = way.source;
  const reader = createReader(way);
  way.sockets.add(source);
  source.setNoDelay(true);
  source.on('data', (chunk) => {
    way.sink.write(reader.read(chunk));
  });
  source.on('end', () => way.sink.end());
  source.on('error', () => way.sink.destroy());
  source.on('close', () => {
    way.sockets.delete(source);
    way.sink.destroy();
  });
}

/** First a head of HTTP, then frames where both sides agreed on them; else whatever follows is only passed on. */
function createReader(way) {
  let kept = Buffer.alloc(0);
  let isHeadRead = false;
  const tell = (message) =>
    way.options.tell(Object.assign({ connection: way.options.connection, from: way.from }, message));
  const frames = createFrameReader(tell);
  return {
    read(chunk) {
      if (isHeadRead) {
        if (way.state.isUpgraded) frames.read(chunk);
        return chunk;
      }
      kept = Buffer.concat([kept, chunk]);
      const end = kept.indexOf('\r\n\r\n');
      if (end === -1) return kept.length > MESSAGE_BYTES ? chunk : Buffer.alloc(0);
      isHeadRead = true;
      const lines = kept.slice(0, end).toString('latin1').split('\r\n');
      const rest = kept.slice(end + 4);
      const head = parseHead(lines);
      tell(Object.assign({ kind: way.from === 'client' ? 'request' : 'answer' }, head));
      if (way.from === 'service') way.state.isUpgraded = head.line.indexOf(' 101 ') !== -1;
      if (way.state.isUpgraded && rest.length > 0) frames.read(rest);
      // Without that offer messages stay as readable as they were written.
      const sent = lines.filter((line) => !/^sec-websocket-extensions:/i.test(line));
      return Buffer.concat([Buffer.from(`${sent.join('\r\n')}\r\n\r\n`, 'latin1'), rest]);
    },
  };
}

function parseHead(lines) {
  const headers = {};
  lines.slice(1).forEach((line) => {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  });
  return { line: lines[0], headers };
}

/** Frames of RFC 6455, put together to messages. */
function createFrameReader(tell) {
  let kept = Buffer.alloc(0);
  let parts = [];
  let first = 'text';
  const takeFrame = (frame) => {
    if (frame.kind === 'close') {
      const code = frame.payload.length >= 2 ? frame.payload.readUInt16BE(0) : null;
      tell({ kind: 'close', code, reason: frame.payload.slice(2).toString('utf8') });
      return;
    }
    if (frame.kind === 'ping' || frame.kind === 'pong') return;
    if (frame.kind !== 'rest') first = frame.kind;
    parts.push(frame.payload);
    if (!frame.isLast) return;
    const payload = Buffer.concat(parts);
    parts = [];
    if (first === 'binary') return tell({ kind: 'binary', bytes: payload.length });
    const text = payload.toString('utf8');
    if (!HEARTBEAT.test(text)) tell({ kind: 'message', text });
  };
  return {
    read(chunk) {
      kept = Buffer.concat([kept, chunk]);
      for (let frame = parseFrame(kept); frame !== null; frame = parseFrame(kept)) {
        kept = kept.slice(frame.length);
        takeFrame(frame);
      }
    },
  };
}

/** The frame that a buffer begins with; null when it is not all there. */
function parseFrame(buffer) {
  if (buffer.length < 2) return null;
  const isMasked = (buffer[1] & 0x80) !== 0;
  let size = buffer[1] & 0x7f;
  let offset = 2;
  if (size === 126) {
    if (buffer.length < 4) return null;
    size = buffer.readUInt16BE(2);
    offset = 4;
  } else if (size === 127) {
    if (buffer.length < 10) return null;
    size = buffer.readUInt32BE(2) * 0x100000000 + buffer.readUInt32BE(6);
    offset = 10;
  }
  const mask = isMasked ? buffer.slice(offset, offset + 4) : null;
  if (isMasked) offset += 4;
  if (buffer.length < offset + size) return null;
  const payload = Buffer.from(buffer.slice(offset, offset + size));
  if (mask !== null) for (let index = 0; index < size; index += 1) payload[index] ^= mask[index % 4];
  return {
    kind: OPCODES[buffer[0] & 0x0f] || 'unknown',
    isLast: (buffer[0] & 0x80) !== 0,
    payload,
    length: offset + size,
  };
}

module.exports = { openGate };
