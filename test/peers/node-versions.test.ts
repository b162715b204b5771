import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatThrown } from '../../core/errors.ts';
import { loadVersionList } from '../../core/measure/node-versions/registry.ts';
import { resolveNode } from '../../core/measure/node-versions/resolve.ts';
import type { NodeSources } from '../../core/measure/node-versions/sources.ts';
import { writeShellScript } from '../executable-script.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import { requirePeer } from './require-peer.ts';

/** This machine as it is, except that no Node of its own is on PATH. */
function makeSources(): NodeSources {
  const folder = makeTemporaryFolder();
  writeShellScript(join(folder, 'bin', 'npm'), `PATH='${process.env['PATH']}' exec npm "$@"`);
  return {
    inherited: { ...process.env, PATH: join(folder, 'bin') },
    cacheFolder: join(folder, 'cache'),
    platform: process.platform,
    arch: process.arch,
    now: new Date(),
  };
}

describe("npm's Node binaries", () => {
  const lines = it.for(['0.12', '22']);
  lines('of line %s are fetched, run, and found again', { timeout: 600_000 }, async (line, context) => {
    const sources = makeSources();
    await requirePeer(context, {
      name: 'the npm registry',
      isThere: () => loadVersionList(sources, { mayBeKept: true }).then(() => true as const, formatThrown),
    });
    const fetched = await resolveNode(line, sources);
    expect(fetched).toMatchObject({ requested: line, line, source: 'downloaded' });
    expect(fetched.version.startsWith(`${line}.`)).toBe(true);
    const printed = execFileSync(fetched.executable, ['--version'], { encoding: 'utf8' });
    expect(printed).toBe(`v${fetched.version}\n`);
    expect(readdirSync(dirname(dirname(fetched.executable)))).toEqual(['bin']);
    expect(await resolveNode(line, sources)).toEqual({ ...fetched, source: 'cache' });
  });
});
