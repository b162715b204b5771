import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inspectOnce } from '../../../core/measure/node-versions/inspected.ts';
import type { NodeSources } from '../../../core/measure/node-versions/sources.ts';
import { writeShellScript } from '../../executable-script.ts';
import { makeTemporaryFolder } from '../../temporary-folder.ts';

/** A program that answers as a Node would, says that `path` ran, and counts how often it was asked. */
function makeNode(folder: string, answers: { readonly version: string; readonly path?: string }) {
  const path = join(folder, 'node');
  const calls = join(folder, 'calls');
  const write = (version: string) =>
    writeShellScript(
      path,
      `echo asked >> '${calls}'\necho '["v${version}","x64","${answers.path ?? path}"]' # ${version}`,
    );
  write(answers.version);
  const countCalls = () => (existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n').length : 0);
  return { path, write, countCalls };
}

function makeSources(folder: string): NodeSources {
  return {
    inherited: { PATH: '/usr/bin:/bin' },
    cacheFolder: join(folder, 'cache'),
    platform: 'linux',
    arch: 'x64',
    now: new Date(),
  };
}

describe('a Node binary', () => {
  it('is asked what it is once', async () => {
    const folder = makeTemporaryFolder();
    const node = makeNode(folder, { version: '22.4.0' });
    const sources = makeSources(folder);
    const first = await inspectOnce(node.path, sources);
    expect(first).toEqual({ kind: 'node', version: '22.4.0', arch: 'x64', executable: node.path });
    expect(await inspectOnce(node.path, sources)).toEqual(first);
    expect(node.countCalls()).toBe(1);
  });

  it('is asked again when it is another file', async () => {
    const folder = makeTemporaryFolder();
    const node = makeNode(folder, { version: '22.4.0' });
    const sources = makeSources(folder);
    await inspectOnce(node.path, sources);
    node.write('22.10.0');
    expect(await inspectOnce(node.path, sources)).toMatchObject({ version: '22.10.0' });
    expect(node.countCalls()).toBe(2);
  });

  it('is asked each time when it is a shim: what it starts may be another', async () => {
    const folder = makeTemporaryFolder();
    const real = join(folder, 'versions', 'node');
    mkdirSync(join(folder, 'versions'));
    writeFileSync(real, '');
    const shim = makeNode(folder, { version: '22.4.0', path: real });
    const sources = makeSources(folder);
    await inspectOnce(shim.path, sources);
    expect(await inspectOnce(shim.path, sources)).toMatchObject({ executable: real });
    expect(shim.countCalls()).toBe(2);
  });

  it('is asked each time when it does not answer, is gone, or the answer cannot be kept', async () => {
    const folder = makeTemporaryFolder();
    const sources = makeSources(folder);
    expect(await inspectOnce(join(folder, 'nowhere'), sources)).toMatchObject({ kind: 'unusable' });
    const broken = join(folder, 'broken');
    writeShellScript(broken, 'echo no; exit 1');
    expect(await inspectOnce(broken, sources)).toEqual({ kind: 'unusable', reason: 'no' });
    const node = makeNode(folder, { version: '22.4.0' });
    writeFileSync(join(folder, 'cache'), 'a file where the folder should be');
    await inspectOnce(node.path, sources);
    expect(await inspectOnce(node.path, sources)).toMatchObject({ version: '22.4.0' });
    expect(node.countCalls()).toBe(2);
  });

  it('is asked again when what was kept is damaged', async () => {
    const folder = makeTemporaryFolder();
    const node = makeNode(folder, { version: '22.4.0' });
    const sources = makeSources(folder);
    await inspectOnce(node.path, sources);
    writeFileSync(join(folder, 'cache', 'node', 'linux-x64', 'inspected.json'), '{"half');
    expect(await inspectOnce(node.path, sources)).toMatchObject({ version: '22.4.0' });
    expect(node.countCalls()).toBe(2);
  });
});
