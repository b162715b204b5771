import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { flushFolder } from '../../core/artifacts/flush.ts';
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
  await flushFolder(folder, bin);
  expect(readFileSync(join(bin, 'asked'), 'utf8')).toBe(`-f ${folder}\n`);
});

it('where that cannot be asked for, or fails, each file is brought there, and what fails then is told', async () => {
  const bin = makeTemporaryFolder();
  const folder = makeFolder();
  await flushFolder(folder, bin);
  writeShellScript(join(bin, 'sync'), 'exit 1');
  await flushFolder(folder, bin);
  await expect(flushFolder(join(folder, 'missing'), bin)).rejects.toThrow('ENOENT');
});

it('this machine knows how to', async () => {
  await flushFolder(makeFolder());
});
