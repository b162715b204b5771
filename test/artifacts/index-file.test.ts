import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CID } from '../../core/artifacts/cid.ts';
import { formatIndex, listEntries, parseIndex, setEntry } from '../../core/artifacts/index-file.ts';

const V0 = 'QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnAs4Q';
const OTHER_V0 = 'QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn';
const V1 = 'bafybeib5k72gzmgpivjxxgmmj3w2slo52cpxu3nolshhxv574vdbyjoxpq';
const KEY = 'linux-x64-glibc-node137-0f1e';

const list = (text: string) => listEntries(parseIndex(text)).map(({ key, cid }) => `${key}:${cid}`);

describe('an index', () => {
  it.each([
    ['lines', `394772979:${V0}\n${KEY}:${V1}\n`],
    ['no line break at the end', `394772979:${V0}\n${KEY}:${V1}`],
    ['Windows line breaks, empty lines and blanks', `\r\n 394772979:${V0} \r\n\r\n${KEY}: ${V1}\r\n`],
    ['a byte order mark', `\uFEFF394772979:${V0}\n${KEY}:${V1}`],
    ['records glued together', `394772979:${V0}${KEY}:${V1}`],
    ['a comment', `# ours\n394772979:${V0}\n${KEY}:${V1}`],
  ])('is read with %s', (_, text) => {
    expect(list(text)).toEqual([`394772979:${V0}`, `${KEY}:${V1}`]);
    expect(parseIndex(text).problems).toEqual([]);
  });

  it('is read in whatever base a CID is written', () => {
    const hex = `f01701220${Buffer.from(CID.parse(V1).multihash.digest).toString('hex')}`;
    expect(list(`${KEY}:${hex}`)).toEqual([`${KEY}:${V1}`]);
    expect(list(`${KEY}:${V1.toUpperCase()}`)).toEqual([`${KEY}:${V1}`]);
  });

  it('counts the last of several entries of a key', () => {
    expect(list(`1:${V0}\n1:${OTHER_V0}`)).toEqual([`1:${OTHER_V0}`]);
  });

  it('reports what is no entry, and keeps it where it was', () => {
    const text = `one\n1:${V0}\n<<<<<<< HEAD\n2:not-a-cid\n3:${OTHER_V0}tail\n`;
    const index = parseIndex(text);
    expect(index.problems).toEqual([
      { line: 1, text: 'one' },
      { line: 3, text: '<<<<<<< HEAD' },
      { line: 4, text: '2:not-a-cid' },
      { line: 5, text: 'tail' },
    ]);
    expect(formatIndex(index)).toBe(`one\n1:${V0}\n<<<<<<< HEAD\n2:not-a-cid\n3:${OTHER_V0}\ntail\n`);
  });

  it('gets an entry in place of what its key had', () => {
    const index = parseIndex(`1:${V0}2:${V0}\n# end`);
    expect(formatIndex(setEntry(index, { key: '1', cid: CID.parse(OTHER_V0) }))).toBe(
      `2:${V0}\n# end\n1:${OTHER_V0}\n`,
    );
  });

  it('is read back as it was written, whatever else is in the file', () => {
    const line = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(`1:${V0}`, `${KEY}:${V1}`, `1:${V0}2:${V1}`, ':', '::', `:${V0}`),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const index = parseIndex(lines.join('\n'));
        const again = parseIndex(formatIndex(index));
        expect(listEntries(again)).toEqual(listEntries(index));
        expect(formatIndex(again)).toBe(formatIndex(index));
      }),
    );
  });
});
