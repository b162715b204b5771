/**
 * Real Node binaries with a mocha of their time: every file gives the same tests and outcomes as the same mocha alone.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { formatThrown } from '../../core/errors.ts';
import { resolveNode } from '../../core/measure/node-versions/resolve.ts';
import type { FileResult } from '../../core/model.ts';
import {
  computePlainTests,
  formatTests,
  makeRepo,
  measureRepo,
  runPlainMocha,
} from '../measure/measure-fixture.ts';
import { BREAKING, COMPARABLE, computeConfiguration } from './mocha-matrix-fixture.ts';
import { requirePeer } from './require-peer.ts';

const CACHE = process.env['TRACEY_PEERS_CACHE'] ?? join(tmpdir(), 'tracey-peers');

const MATRIX = [
  { node: '0.10.48', mocha: '2.5.3' },
  { node: '0.12.18', mocha: '3.5.3' },
  { node: '4.9.1', mocha: '5.2.0' },
  { node: '6.17.1', mocha: '6.2.3' },
  { node: '8.17.0', mocha: '7.2.0' },
  { node: '10.24.1', mocha: '8.4.0' },
  { node: '12.22.12', mocha: '9.2.2' },
  { node: '16.20.2', mocha: '10.8.2' },
  { node: '18.20.8', mocha: '10.8.2' },
  { node: '20.20.2', mocha: '11.7' },
  { node: '22', mocha: '11.7' },
  { node: '24.21.0', mocha: '12.0.3' },
  { node: '26', mocha: '12.0.3' },
];

/** The binary of a version, fetched once. */
async function findNode(version: string): Promise<string> {
  const resolved = await resolveNode(version, {
    inherited: process.env,
    cacheFolder: CACHE,
    platform: process.platform,
    arch: process.arch,
    now: new Date(),
  });
  return resolved.executable;
}

/** The folder of a mocha with its dependencies beside it, installed once. */
async function findMocha(version: string): Promise<string> {
  const place = join(CACHE, 'mocha', version);
  const mocha = join(place, 'node_modules', 'mocha');
  if (existsSync(mocha)) return mocha;
  const temporary = `${place}-${process.pid}`;
  mkdirSync(temporary, { recursive: true });
  writeFileSync(join(temporary, 'package.json'), '{"private":true}');
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', `mocha@${version}`];
  await promisify(execFile)('npm', args, { cwd: temporary });
  rmSync(place, { recursive: true, force: true });
  renameSync(temporary, place);
  return mocha;
}

function find(files: readonly FileResult[], path: string): FileResult {
  const file = files.find((each) => each.path === path);
  if (file === undefined) throw new Error(`${path} was not measured`);
  return file;
}

describe.each(MATRIX)('mocha $mocha on Node $node', (pair) => {
  it('finds every test with its outcome, as that mocha does', { timeout: 600_000 }, async (context) => {
    const peers = { node: '', mocha: '' };
    await requirePeer(context, {
      name: `Node ${pair.node} with mocha ${pair.mocha}`,
      isThere: async () => {
        try {
          peers.node = await findNode(pair.node);
          peers.mocha = await findMocha(pair.mocha);
          return true;
        } catch (thrown) {
          return formatThrown(thrown);
        }
      },
    });
    const major = Number.parseInt(pair.mocha, 10);
    const repo = makeRepo({ ...COMPARABLE, ...BREAKING, ...computeConfiguration(major) }, peers.mocha);
    const files = await measureRepo(repo, { node: peers.node });

    const asked = [...Object.keys(COMPARABLE), ...Object.keys(BREAKING)].sort();
    expect(files.map((file) => file.path).sort()).toEqual(asked);
    for (const path of Object.keys(COMPARABLE)) {
      if (path === 'test/throws-at-once.js' && (major === 4 || major === 5)) continue; // Reports before its end.
      const plain = runPlainMocha(repo, path, { node: peers.node });
      expect.soft(computePlainTests(find(files, path)), path).toEqual(plain);
    }
    for (const file of files) {
      const names = file.tests.map((test) => JSON.stringify([test.title, test.occurrence]));
      expect.soft(new Set(names).size, file.path).toBe(names.length);
      if (file.outcome !== 'passed') expect.soft(file.reason, file.path).toEqual(expect.any(String));
      const bodies = file.tests.filter((test) => test.durationMs !== null).map((test) => test.body);
      expect.soft(bodies, file.path).toEqual(bodies.map(() => expect.stringMatching(/^[0-9a-f]{12}$/)));
    }
    for (const [path, expected] of Object.entries(EXPECTED)) {
      const file = find(files, path);
      expect.soft([`${file.outcome} (${file.reason})`, ...formatTests(file)], path).toEqual(expected);
    }
    const takenDown = find(files, 'test/hooks.js').tests.filter((test) => test.outcome === 'aborted');
    expect.soft(takenDown.map((test) => test.title.at(-1))).toEqual(TAKEN_DOWN);
    for (const test of takenDown) {
      expect.soft(test.reason).toMatch(/^"(before all|before each|after each)" hook.* failed: no \w+$/);
    }
    expect.soft(find(files, 'test/broken.js')).toMatchObject({
      outcome: 'failed',
      reason: expect.stringContaining('could not be loaded: SyntaxError'),
    });
    expect.soft(find(files, 'test/outcomes.js').fingerprint).toMatch(/^[0-9a-f]{64}$/);
  });
});

/** Tests of hooks.js that a failed hook took with it. */
const TAKEN_DOWN = ['is taken down', 'is taken down', 'second', 'third', 'fourth', 'second'];

/** What every pair says alike of the files that say more than their tests do: outcome, reason and tests. */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  'test/exit.js': [
    'aborted (process.exit(0) was called before its tests were over in "leaves")',
    'passed: exit > is before it',
    'aborted: exit > leaves (process.exit(0) was called before its tests were over in "leaves")',
    'aborted: exit > is after it (never ran: process.exit(0) was called before its tests were over in "leaves")',
  ],
  'test/killed.js': [
    'aborted (ended by SIGKILL in "dies")',
    'passed: killed > is before it',
    'aborted: killed > dies (ended by SIGKILL in "dies")',
    'aborted: killed > is after it (never ran: ended by SIGKILL in "dies")',
  ],
  'test/missing.js': ["failed (could not be loaded: Cannot find module './nowhere')"],
  'test/empty.js': ['skipped (it has no tests)'],
  'test/throws-late.js': [
    'failed (1 of 3 tests failed)',
    'passed: late > passes, and throws while the next runs',
    'failed: late > is hit (too late)',
    'passed: late > comes after it',
  ],
};
