import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createSpool, recoverSpool, type Spool } from '../../core/measure/spool.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';

const makeFile = () => join(makeTemporaryFolder(), 'spool');

function createTestSpool(file = makeFile()): Spool {
  const spool = createSpool(file);
  onTestFinished(spool.close);
  return spool;
}

/** Writes entries, and where each of them ends. */
function writeEntries(file: string, entries: readonly (readonly string[])[][]): number[] {
  const spool = createSpool(file);
  const ends = entries.map((parts) => {
    spool.append(parts);
    return statSync(file).size;
  });
  spool.close();
  return ends;
}

/** Every entry that can be recovered, with its lines, and what is wrong with the file. */
function recover(file: string): { entries: string[][][]; damage: string | null } {
  const { entries, damage, read, close } = recoverSpool(file);
  const lines = entries.map((parts) => parts.map((extent) => [...read(extent)]));
  close();
  return { entries: lines, damage };
}

describe('a spool', () => {
  it('gives back what was written, as often as asked, whatever was written since', () => {
    const spool = createTestSpool();
    const lines = Array.from({ length: 5000 }, (_, line) => `line ${line} é`);
    const parts = [['one', '', 'zwei – 2'], lines, []];
    const entry = spool.append(parts);
    spool.append([['more']]);
    for (let time = 0; time < 2; time += 1) {
      expect(entry.map((extent) => [...spool.read(extent)])).toEqual(parts);
    }
  });

  it('lets several readers go on side by side', () => {
    const spool = createTestSpool();
    const [first = [], second = []] = spool.append([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    const [one, two] = [spool.read(first), spool.read(second)];
    const read = [one.next(), two.next(), one.next(), two.next()];
    expect(read.map((result) => result.value)).toEqual(['a', 'c', 'b', 'd']);
  });

  it('can be read by nobody else', () => {
    const file = makeFile();
    createTestSpool(file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['its folder is missing', 'missing/spool', 'ENOENT'],
    ['there is such a file', 'spool', 'EEXIST'],
  ])('says so when %s', (_, name, code) => {
    const folder = makeTemporaryFolder();
    writeFileSync(join(folder, 'spool'), '');
    expect(() => createTestSpool(join(folder, name))).toThrow(
      expect.objectContaining({
        name: 'JobError',
        code: 'spool/cannot-write',
        message: expect.stringMatching(`spool: what was measured cannot be kept here: ${code}`),
        hint: expect.stringContaining('job.folder'),
      }),
    );
  });

  it.each([
    [
      'other bytes',
      (file: string) => writeFileSync(file, readFileSync(file, 'latin1').replace('b', 'x'), 'latin1'),
    ],
    ['fewer bytes', (file: string) => truncateSync(file)],
  ])('tells that somebody else changed it rather than give back %s', (_, change) => {
    const file = makeFile();
    const spool = createTestSpool(file);
    const [extent = []] = spool.append([['aaa', 'bbb']]);
    change(file);
    expect(() => [...spool.read(extent)]).toThrow(
      expect.objectContaining({
        name: 'JobError',
        code: 'spool/damaged',
        message: `${file}: the file that held what was measured was changed by somebody else, at byte 0.`,
      }),
    );
  });

  it('takes an entry in whole or not at all', () => {
    const file = makeFile();
    const spool = createTestSpool(file);
    spool.append([['first']]);
    const failing = (function* () {
      yield 'x'.repeat(100_000);
      throw new Error('no more');
    })();
    expect(() => spool.append([['half'], failing])).toThrow('no more');
    const third = spool.append([['third']]);
    expect(third.map((extent) => [...spool.read(extent)])).toEqual([['third']]);
    expect(recover(file)).toEqual({ entries: [[['first']], [['third']]], damage: null });
  });

  it('goes on after its disk was full, with what it had and what fits', () => {
    const file = makeFile();
    // A limit on the size of files is the nearest to a full disk that needs no rights.
    const script = `
      const { createSpool } = await import(${JSON.stringify(new URL('../../core/measure/spool.ts', import.meta.url).href)});
      const spool = createSpool(${JSON.stringify(file)});
      const first = spool.append([['first']]);
      try {
        spool.append([['large'], ['y'.repeat(300_000)]]);
      } catch (thrown) {
        console.log(thrown.code);
      }
      const last = spool.append([['last']]);
      console.log(...spool.read(first[0]), ...spool.read(last[0]));`;
    const shell = `trap '' XFSZ; ulimit -f 200; exec "$0" --input-type=module -e "$1"`;
    const printed = execFileSync('bash', ['-c', shell, process.execPath, script], { encoding: 'utf8' });
    expect(printed).toBe('spool/cannot-write\nfirst last\n');
    expect(recover(file)).toEqual({ entries: [[['first']], [['last']]], damage: null });
  });
});

describe('a spool whose writer was killed', () => {
  const ENTRIES = [
    [['run', '{}']],
    [['file', '{"a":1}'], [], ['t1', 't2 é']],
    [['file', '{}'], ['s'], ['t']],
  ];

  it('cut off anywhere gives back every entry before that, and finds nothing wrong', () => {
    const file = makeFile();
    const ends = writeEntries(file, ENTRIES);
    const bytes = readFileSync(file);
    for (let length = 0; length <= bytes.length; length += 1) {
      writeFileSync(file, bytes.subarray(0, length));
      const whole = ENTRIES.slice(0, ends.filter((end) => end <= length).length);
      expect(recover(file), `${length} bytes`).toEqual({ entries: whole, damage: null });
    }
  });

  it.each([1, 0x80, 0xff])(
    'with any one byte changed (by %i) gives back every entry before that, and no other',
    (mask) => {
      const file = makeFile();
      const ends = writeEntries(file, ENTRIES);
      const bytes = readFileSync(file);
      for (let at = 0; at < bytes.length; at += 1) {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ mask;
        writeFileSync(file, changed);
        const { entries, damage } = recover(file);
        expect(entries, `byte ${at}`).toEqual(ENTRIES.slice(0, ends.filter((end) => end <= at).length));
        expect(damage).toMatch(/^damaged at byte \d+ of \d+$/);
      }
    },
  );

  it('gives back entries of any lines', () => {
    const line = fc.string({ unit: 'grapheme', maxLength: 200 }).map((text) => text.replaceAll('\n', ' '));
    const entry = fc.array(fc.array(line, { maxLength: 5 }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 5 }), fc.integer({ min: 0, max: 200 }), (entries, cut) => {
        const file = makeFile();
        const ends = writeEntries(file, entries);
        const length = Math.max(0, (ends.at(-1) ?? 0) - cut);
        truncateSync(file, length);
        const whole = entries.slice(0, ends.filter((end) => end <= length).length);
        expect(recover(file)).toEqual({ entries: whole, damage: null });
      }),
    );
  });

  it('gives back long entries, and says where the damage is that ends them', () => {
    const file = makeFile();
    const lines = Array.from({ length: 20_000 }, (_, at) => `line ${at}`);
    const [first = 0] = writeEntries(file, [[['a'], lines], [['b'], lines], [['c']]]);
    const bytes = readFileSync(file);
    bytes[first + 100_000] = 0;
    writeFileSync(file, bytes);
    const { entries, damage } = recover(file);
    expect(entries).toEqual([[['a'], lines]]);
    expect(damage).toMatch(new RegExp(`^damaged at byte \\d+ of ${bytes.length}$`));
  });

  it('is read up to what was never written, as a power cut leaves it', () => {
    const file = makeFile();
    writeEntries(file, ENTRIES);
    const { size } = statSync(file);
    appendFileSync(file, Buffer.alloc(4096));
    expect(recover(file)).toEqual({ entries: ENTRIES, damage: `damaged at byte ${size} of ${size + 4096}` });
  });

  it.each([
    ['is gone', () => undefined, 'ENOENT'],
    ['has become a folder', (file: string) => mkdirSync(file), 'it is no file'],
    ['has become a link', (file: string) => symlinkSync('/etc/hostname', file), 'ELOOP'],
    [
      'has become a pipe',
      (file: string) => execFileSync('bash', ['-c', 'mkfifo "$0"', file]),
      'it is no file',
    ],
  ])('says so when it %s', (_, make, what) => {
    const file = makeFile();
    make(file);
    expect(() => recoverSpool(file)).toThrow(
      expect.objectContaining({
        name: 'JobError',
        code: 'spool/unreadable',
        message: expect.stringContaining(`${file}: what was measured cannot be read back: ${what}`),
      }),
    );
  });
});
