import { createZstdCompress, createZstdDecompress, zstdDecompressSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { openCodec } from '../../core/artifacts/codec.ts';

const PIECE = Buffer.alloc(100_000, 'text that becomes smaller; ');

async function compress(pieces: readonly Buffer[]): Promise<Buffer> {
  const packed: Buffer[] = [];
  const codec = openCodec(createZstdCompress(), (piece) => packed.push(piece));
  for (const piece of pieces) await codec.write(piece);
  await codec.end();
  return Buffer.concat(packed);
}

it('a piece is wholly used when its write is over: its memory may be used again', async () => {
  const room = Buffer.from(PIECE);
  const packed: Buffer[] = [];
  const codec = openCodec(createZstdCompress(), (piece) => packed.push(piece));
  await codec.write(room);
  room.fill(0);
  await codec.end();
  expect(zstdDecompressSync(Buffer.concat(packed)).equals(PIECE)).toBe(true);
});

it('what comes out is handed over at once, however much it is', async () => {
  const packed = await compress(Array.from({ length: 200 }, () => PIECE));
  let largest = 0;
  let bytes = 0;
  const codec = openCodec(createZstdDecompress({ chunkSize: 4096 }), (piece) => {
    largest = Math.max(largest, piece.length);
    bytes += piece.length;
  });
  await codec.write(packed);
  expect(bytes).toBe(200 * PIECE.length);
  expect(largest).toBe(4096);
  await codec.end();
});

it('what the sink throws ends the write, and everything after it', async () => {
  const packed = await compress([PIECE]);
  const codec = openCodec(createZstdDecompress(), () => {
    throw new Error('enough');
  });
  await expect(codec.write(packed)).rejects.toThrow('enough');
  await expect(codec.write(packed)).rejects.toThrow('enough');
  await expect(codec.end()).rejects.toThrow('enough');
});

it('what is nothing of the kind fails, in writing or at the end', async () => {
  const open = () => openCodec(createZstdDecompress(), () => {});
  await expect(open().write(Buffer.from('nothing of the kind'))).rejects.toMatchObject({
    code: expect.stringMatching(/^ZSTD_/),
  });
  const codec = open();
  await codec.write((await compress([PIECE])).subarray(0, 20));
  await expect(codec.end()).rejects.toMatchObject({ code: expect.stringMatching(/^Z/) });
});
