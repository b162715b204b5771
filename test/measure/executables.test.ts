import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findExecutables } from '../../core/measure/executables.ts';
import { writeShellScript } from '../executable-script.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';

it('commands are found in the order of PATH, without what cannot be run', async () => {
  const folder = makeTemporaryFolder();
  const at = (name: string) => join(folder, name);
  writeShellScript(join(at('one'), 'tool'), '');
  writeShellScript(join(at('two'), 'tool'), '');
  mkdirSync(join(at('three'), 'tool'), { recursive: true });
  mkdirSync(at('four'));
  writeFileSync(join(at('four'), 'tool'), 'not executable');
  const path = [at('two'), at('three'), at('four'), '', '.', at('absent'), at('one'), at('two')].join(':');
  expect([...findExecutables('tool', path)]).toEqual([join(at('two'), 'tool'), join(at('one'), 'tool')]);
  expect([...findExecutables('tool', undefined)]).toEqual([]);
});
