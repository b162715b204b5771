import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanLine, findLastLines } from '../../core/measure/printed-text.ts';

describe('a printed line', () => {
  it('loses colours, control characters and marks that turn the direction of text', () => {
    expect(cleanLine('\u001b[31mred\u001b[0m\u0007 a\tb \u202Eabc')).toBe('red  a b  abc');
  });

  it('loses the passwords in addresses', () => {
    expect(cleanLine('from https://me:pass@host/x and git+ssh://token@host')).toBe(
      'from https://***@host/x and git+ssh://***@host',
    );
  });

  it('is cut between characters', () => {
    expect(cleanLine('😀'.repeat(10), 4)).toBe('😀😀😀…');
    expect(cleanLine('abcd', 4)).toBe('abcd');
  });

  it('is never longer than its limit and never holds a control character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 50 }), (text, limit) => {
        const line = cleanLine(text, limit);
        expect(Array.from(line).length).toBeLessThanOrEqual(limit);
        expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});

describe('the last lines', () => {
  it('pass over empty ones and take a carriage return for an end', () => {
    expect(findLastLines('one\ntwo\rthree\r\n\n  \nfour\n\n', 3)).toEqual(['two', 'three', 'four']);
    expect(findLastLines('', 3)).toEqual([]);
  });
});
