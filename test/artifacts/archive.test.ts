import fc from 'fast-check';
import { Header, type HeaderData, Pax } from 'tar';
import { describe, expect, it } from 'vitest';
import { type ArchiveEntry, openArchive } from '../../core/artifacts/archive.ts';

const END = Buffer.alloc(1024);

function makeHeader(data: HeaderData): Buffer {
  const block = Buffer.alloc(512);
  new Header({ mode: 0o644, size: 0, type: 'File', ...data }).encode(block);
  return block;
}

function makeFile(path: string, content: Buffer): Buffer {
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
  const header = new Header({ path, mode: 0o644, size: content.length, type: 'File' });
  const block = Buffer.alloc(512);
  const extended = header.encode(block) ? [new Pax({ path } as HeaderData).encode()] : [];
  return Buffer.concat([...extended, block, content, padding]);
}

/** Reads an archive that comes in pieces of so many bytes. */
function readArchive(archive: Buffer, pieceBytes = archive.length) {
  const entries: (ArchiveEntry & { readonly content: string })[] = [];
  let begun: ArchiveEntry | null = null;
  let content: Buffer[] = [];
  const reader = openArchive({
    begin(entry) {
      begun = entry;
      content = [];
    },
    take: (piece, from, count) => content.push(Buffer.from(piece.subarray(from, from + count))),
    end() {
      if (begun !== null) entries.push({ ...begun, content: Buffer.concat(content).toString('base64') });
      begun = null;
    },
    refuse(path, kind) {
      throw new Error(`${path} is ${kind}`);
    },
  });
  for (let at = 0; at < archive.length; at += pieceBytes) reader.write(archive.subarray(at, at + pieceBytes));
  reader.end();
  return entries;
}

describe('an archive', () => {
  it('is read as it was written, however it is cut', () => {
    const name = fc.stringMatching(/^[a-zäß]{1,60}$/);
    const path = fc.array(name, { minLength: 1, maxLength: 6 }).map((names) => names.join('/'));
    const file = fc.record({ path, content: fc.uint8Array({ maxLength: 3000 }) });
    fc.assert(
      fc.property(
        fc.array(file, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 2000 }),
        (files, bytes) => {
          const written = files.map((each) => makeFile(each.path, Buffer.from(each.content)));
          const read = readArchive(Buffer.concat([...written, END]), bytes);
          expect(read.map((each) => [each.path, each.content])).toEqual(
            files.map((each) => [each.path, Buffer.from(each.content).toString('base64')]),
          );
        },
      ),
      { numRuns: 50 },
    );
  });

  it('of chance is refused, and never anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 4000 }), (bytes) => {
        expect(() => readArchive(Buffer.from(bytes))).toThrow(/^The artifact cannot be unpacked: /);
      }),
    );
  });

  it('has folders and links without content, whatever their header says', () => {
    const archive = [
      makeHeader({ path: 'a/', type: 'Directory', mode: 0o755, size: 7 }),
      makeHeader({ path: 'a/l', type: 'SymbolicLink', linkpath: 'b', size: 7 }),
    ];
    expect(readArchive(Buffer.concat([...archive, END]))).toMatchObject([
      { type: 'folder', path: 'a/', mode: 0o755, size: 0, target: '' },
      { type: 'link', path: 'a/l', size: 0, target: 'b' },
    ]);
  });

  it('tells the size of a file of more than 8 GB', () => {
    const sizes: number[] = [];
    const none = () => {};
    const sink = { begin: ({ size }: ArchiveEntry) => sizes.push(size), take: none, end: none };
    const refuse = () => {
      throw new Error('refused');
    };
    openArchive({ ...sink, refuse }).write(makeHeader({ path: 'a', size: 9e12 }));
    expect(sizes).toEqual([9e12]);
  });

  it('is read as its extended headers say', () => {
    const records = '11 path=12\n15 path=a\n b/c\n21 comment=size=9999\n9 size=3\n11 mtime=1\n';
    const header = makeHeader({ path: 'x', type: 'ExtendedHeader', size: records.length });
    const parts = [header, Buffer.concat([Buffer.from(records)], 512), makeHeader({ path: 'y' })];
    const content = Buffer.concat([Buffer.from('abc')], 512);
    expect(readArchive(Buffer.concat([...parts, content, END]))).toMatchObject([
      { path: 'a\n b/c', size: 3, content: Buffer.from('abc').toString('base64') },
    ]);
  });

  const sound = makeFile('a', Buffer.from('a'));
  const pax = (bytes: number) => makeHeader({ path: 'x', type: 'ExtendedHeader', size: bytes });
  const record = Buffer.from('512 path='.padEnd(511, 'x').concat('\n'));
  const damaged = Buffer.from(sound);
  damaged[0] = 0x62;
  const noSize = makeHeader({ path: 'a' });
  noSize.write('zzz', 124);
  let sum = 0;
  for (const [index, byte] of noSize.entries()) sum += index >= 148 && index < 156 ? 0x20 : byte;
  noSize.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);

  it.each<[string, readonly Buffer[], string]>([
    ['with a damaged header', [damaged, END], 'a header is damaged'],
    ['that goes on after its end', [sound, Buffer.alloc(512), sound], 'something comes after its end'],
    ['that never ends', [sound, Buffer.alloc(2 * 1024 * 1024)], 'there is no end to its end'],
    ['that ends too early', [sound], 'it ends too early'],
    ['of nothing', [END], 'there is nothing in it'],
    ['with a size that is none', [noSize, END], 'a file has a size that is none'],
    [
      'with an extended header that is too long',
      [pax(100_000), Buffer.alloc(100_352), END],
      'an extended header is in the wrong place, or too long',
    ],
    [
      'with two extended headers for one file',
      [pax(512), record, pax(512), record, sound, END],
      'an extended header is in the wrong place, or too long',
    ],
    [
      'with an extended header of zeros',
      [pax(512), Buffer.alloc(512), sound, END],
      'an extended header is damaged',
    ],
    ...['9999 path=x\n', '11 path=xx', '9 =xxxxx\n', '9 path\n', '0 \n'].map(
      (text): [string, readonly Buffer[], string] => [
        `with ${JSON.stringify(text)} in an extended header`,
        [pax(text.length), Buffer.concat([Buffer.from(text)], 512), sound, END],
        'an extended header is damaged',
      ],
    ),
  ])('%s is refused', (_, parts, why) => {
    const thrown = () => readArchive(Buffer.concat(parts));
    expect(thrown).toThrow(`The artifact cannot be unpacked: ${why}.`);
  });
});
