import { expect, it } from 'vitest';
import { createTextBuffer } from '../core/text-buffer.ts';
import { joinToPieces } from '../core/text-pieces.ts';

it('gives what was appended since the last time, however much and of however many bytes', () => {
  const text = createTextBuffer(4);
  const parts = ['a', '', 'é–😀', 'x'.repeat(1000), '"\n'];
  for (let time = 0; time < 2; time += 1) {
    for (const part of parts) text.append(part);
    expect(text.bytes).toBe(Buffer.byteLength(parts.join('')));
    expect(text.take().toString('utf8')).toBe(parts.join(''));
    expect(text.bytes).toBe(0);
  }
});

it('joins small texts to large pieces, losing none', () => {
  const texts = Array.from({ length: 10_000 }, (_, at) => `${at},`);
  const pieces = [...joinToPieces(texts)];
  expect(pieces.join('')).toBe(texts.join(''));
  expect(pieces.length).toBeLessThan(10);
  expect(pieces.length).toBeGreaterThan(1);
  expect([...joinToPieces([])]).toEqual([]);
});
