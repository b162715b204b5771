import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StoreError } from '../../core/errors.ts';
import { parseJson } from '../../core/store/json-text.ts';

describe('parseJson', () => {
  it.each([
    ['', 'x:1:1: this is not JSON, got the end of the text.'],
    ['{"a": [1, 2', 'x:1:12: this is not JSON, got the end of the text.'],
    ['[1,,2]', 'x:1:4: this is not JSON, got ",2]".'],
    ['[1,]', 'x:1:4: this is not JSON, got "]".'],
    ['{"a":1,}', 'x:1:8: this is not JSON, got "}".'],
    ['{"a" 1}', 'x:1:6: this is not JSON, got "1}".'],
    ['{1:2}', 'x:1:2: this is not JSON, got "1:2}".'],
    ['[1}', 'x:1:3: this is not JSON, got "}".'],
    ['{]', 'x:1:2: this is not JSON, got "]".'],
    ['[] []', 'x:1:4: this is not JSON, got "[]".'],
    ['{"a":\n\n "tab\there"}', 'x:3:2: this is not JSON, got "\\"tab\\there\\"}".'],
    ['[01]', 'x:1:3: this is not JSON, got "1]".'],
    ['\ufeff{}', 'x:1:1: this is not JSON, got "\ufeff{}".'],
    ["{'a': 1}", 'x:1:2: this is not JSON, got "\'a\': 1}".'],
    ['<html><body>Not found, sorry</body>', 'x:1:1: this is not JSON, got "<html><body>Not foun".'],
  ])('names the place in %j', (text, message) => {
    expect(() => parseJson(text, 'x')).toThrow(StoreError);
    expect(() => parseJson(text, 'x')).toThrow(message);
  });

  it('gives the value of whatever is JSON', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseJson(text, 'x')).toEqual(JSON.parse(text));
      }),
    );
  });

  it('finds the place in a text cut anywhere, however deep', () => {
    const text = `${'['.repeat(50_000)}{"a":"b"}`;
    expect(() => parseJson(text, 'x')).toThrow(
      `x:1:${text.length + 1}: this is not JSON, got the end of the text.`,
    );
  });

  it('never places a mistake beyond the first one', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), (text, seed) => {
        const at = seed % (text.length + 1);
        const spoilt = `${text.slice(0, at)}\u0001${text.slice(at)}`;
        const column = /^x:1:(\d+):/.exec(catchMessage(() => parseJson(spoilt, 'x')))?.[1];
        expect(Number(column)).toBeLessThanOrEqual(at + 1);
      }),
    );
  });
});

function catchMessage(work: () => unknown): string {
  try {
    work();
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : '';
  }
  return '';
}
