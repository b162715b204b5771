import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openFlushing } from '../../core/artifacts/flush.ts';
import { writeShellScript } from '../executable-script.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';

function makeFolder(): string {
  const folder = makeTemporaryFolder();
  mkdirSync(join(folder, 'a/empty'), { recursive: true });
  writeFileSync(join(folder, 'a/index.js'), 'x');
  symlinkSync('nowhere', join(folder, 'a/link'));
  return folder;
}

it('a file system is brought to its disk in one go', async () => {
  const folder = makeFolder();
  const bin = makeTemporaryFolder();
  writeShellScript(join(bin, 'sync'), `echo "$@" > '${bin}/asked'`);
  await openFlushing(folder, bin).finish();
  expect(readFileSync(join(bin, 'asked'), 'utf8')).toBe(`-f ${folder}\n`);
});

it('the disk begins when much is written, one time after the other, and is asked for the rest at the end', async () => {
  const folder = makeFolder();
  const bin = makeTemporaryFolder();
  const asked = join(bin, 'asked');
  writeShellScript(join(bin, 'sync'), `echo asked >> '${asked}'; until [ -e '${bin}/free' ]; do :; done`);
  const flushing = openFlushing(folder, bin);
  flushing.count(1000);
  expect(existsSync(asked)).toBe(false);
  for (let count = 0; count < 5; count += 1) flushing.count(1e8);
  writeFileSync(join(bin, 'free'), '');
  await flushing.finish();
  expect(readFileSync(asked, 'utf8')).toBe('asked\nasked\n');
  flushing.close();
});

it('where that cannot be asked for, or fails, each file is brought there, and what fails then is told', async () => {
  const bin = makeTemporaryFolder();
  const folder = makeFolder();
  await openFlushing(folder, bin).finish();
  writeShellScript(join(bin, 'sync'), 'exit 1');
  const flushing = openFlushing(folder, bin);
  flushing.count(1e8);
  await flushing.finish();
  await expect(openFlushing(join(folder, 'missing'), bin).finish()).rejects.toThrow('ENOENT');
});

it('this machine knows how to', async () => {
  await openFlushing(makeFolder()).finish();
});
