import { expect, it } from 'vitest';
import { cutText, formatTestName, formatUntrusted } from '../core/text.ts';

it('writes out what a control character would do to a terminal', () => {
  expect(formatUntrusted('a\nb\r\tc\u001b[31mred\u0000\u0085')).toBe(
    'a\\nb\\r\\tc\\u001b[31mred\\u0000\\u0085',
  );
});

it('writes out what reverses, hides or separates text', () => {
  expect(formatUntrusted('x\u202ey\u200bz\u2028\u2029')).toBe('x\\u202ey\\u200bz\\u2028\\u2029');
});

it('writes out half a surrogate pair', () => {
  expect(formatUntrusted('a\ud800b')).toBe('a\\ud800b');
});

it('leaves letters of every script and joined emoji as they are', () => {
  expect(formatUntrusted('größer 中文 👩‍💻 ✓')).toBe('größer 中文 👩‍💻 ✓');
});

it('names a test by its path and titles, and its namesakes by number', () => {
  expect(formatTestName('test/a.js', { title: ['suite', 'test'] })).toBe('test/a.js > suite > test');
  expect(formatTestName('test/a.js', { title: ['test'], occurrence: 2 })).toBe('test/a.js > test #2');
});

it('cuts a text, but no pair of surrogates', () => {
  expect(cutText('abc', 3)).toBe('abc');
  expect(cutText('ab\u{1f600}', 3)).toBe('ab…');
  expect(cutText('abcd', 3)).toBe('ab…');
});
