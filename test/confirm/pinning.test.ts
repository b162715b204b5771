import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findPinning } from '../../core/confirm/pinning.ts';
import { writeShellScript } from '../executable-script.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';

/** A machine whose kernel allows these CPUs, with `taskset` or without. */
async function findOn(allowed: string, { hasTaskset = true } = {}) {
  const folder = makeTemporaryFolder();
  const roots = { proc: join(folder, 'proc'), sys: folder, etc: folder };
  mkdirSync(join(roots.proc, 'self'), { recursive: true });
  writeFileSync(
    join(roots.proc, 'self', 'status'),
    `Name:\tnode\nCpus_allowed:\tff\nCpus_allowed_list:\t${allowed}\n`,
  );
  if (hasTaskset) writeShellScript(join(folder, 'taskset'), 'exit 0');
  return findPinning({ PATH: folder }, roots);
}

describe('pinning', () => {
  it.each([
    ['0-3', 3],
    ['0,2', 2],
    ['0-1,4-11', 11],
    ['2-3,9', 9],
  ])('takes the last of the CPUs that are ours: %s', async (allowed, cpu) => {
    const pinning = await findOn(allowed);
    expect(pinning).toMatchObject({ cpu, args: ['-c', String(cpu)] });
    expect(pinning?.command).toMatch(/\/taskset$/);
  });

  it('is not done where there is one CPU, none is named, or nothing to do it with', async () => {
    expect(await findOn('3')).toBeNull();
    expect(await findOn('none')).toBeNull();
    expect(await findOn('0-3', { hasTaskset: false })).toBeNull();
  });
});
