import { readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { openSpool, type Spool } from '../../core/measure/spool.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';

const spools: Spool[] = [];

function openTestSpool(folder = makeTemporaryFolder()): Spool {
  const spool = openSpool(folder);
  spools.push(spool);
  return spool;
}

afterEach(() => {
  for (const spool of spools.splice(0)) spool.close();
});

it('gives back what was written, as often as asked, whatever was written since', () => {
  const spool = openTestSpool();
  const short = spool.write(['one', '', 'zwei – 2']);
  const lines = Array.from({ length: 5000 }, (_, line) => `line ${line} é`);
  const long = spool.write(lines);
  const nothing = spool.write([]);
  for (let time = 0; time < 2; time += 1) {
    expect([...spool.read(short)]).toEqual(['one', '', 'zwei – 2']);
    expect([...spool.read(long)]).toEqual(lines);
    expect([...spool.read(nothing)]).toEqual([]);
  }
});

it('lets several readers go on side by side', () => {
  const spool = openTestSpool();
  const [one, two] = [spool.read(spool.write(['a', 'b'])), spool.read(spool.write(['c', 'd']))];
  const read = [one.next(), two.next(), one.next(), two.next()];
  expect(read.map((result) => result.value)).toEqual(['a', 'c', 'b', 'd']);
});

it('leaves no file that a tested process could find or a killed job could leave behind', () => {
  const folder = makeTemporaryFolder();
  openTestSpool(folder).write(['a']);
  expect(readdirSync(folder)).toEqual([]);
});

it('says so when its folder cannot be written', () => {
  const folder = join(makeTemporaryFolder(), 'missing');
  expect(() => openTestSpool(folder)).toThrow(
    expect.objectContaining({
      name: 'JobError',
      code: 'spool/cannot-write',
      message: expect.stringMatching(/missing: what was measured cannot be kept here: ENOENT/),
      hint: expect.stringContaining('job.folder'),
    }),
  );
});

it.runIf(process.platform === 'linux').each([
  ['other bytes', (text: string) => text.replace('b', 'x')],
  ['fewer bytes', () => ''],
])('tells that somebody else changed it rather than give back %s', (_, change) => {
  const folder = makeTemporaryFolder();
  const spool = openTestSpool(folder);
  const extent = spool.write(['aaa', 'bbb']);
  writeFileSync(findOpenFile(folder), change('aaa\nbbb\n'));
  expect(() => [...spool.read(extent)]).toThrow(
    expect.objectContaining({
      name: 'JobError',
      code: 'spool/damaged',
      message: `${folder}: the file that held what was measured was changed by somebody else, at byte 0 of 8.`,
    }),
  );
});

/** This process's open file that was in a folder: the way in for one who means it. */
function findOpenFile(folder: string): string {
  const links = readdirSync('/proc/self/fd').map((name) => `/proc/self/fd/${name}`);
  const found = links.find((link) => {
    try {
      return readlinkSync(link).startsWith(folder);
    } catch {
      // The descriptor of this very listing.
      return false;
    }
  });
  if (found === undefined) throw new Error('the spool is not open');
  return found;
}
