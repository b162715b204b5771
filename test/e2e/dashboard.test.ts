/** The dashboard as a user publishes and looks at it. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { REPORT_SCHEMA } from '../../core/model.ts';
import { createRun } from '../../scripts/bench/runs.ts';
import { buildPages } from '../../scripts/build-pages.ts';
import { readSite, storeRuns } from '../dashboard/site.ts';
import { makeUser, type User } from './command-line.ts';

const SHAPE = { files: 2, testsPerFile: 4, samples: 2 };
const runs = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, at) => createRun(SHAPE, from + at));

beforeAll(() => {
  const pages = fileURLToPath(new URL('../../dist/dashboard', import.meta.url));
  if (!existsSync(join(pages, 'index.html'))) buildPages(pages);
});

async function makeUserWithRuns(count = 3): Promise<User> {
  const user = makeUser();
  mkdirSync(join(user.home, 'tracey'));
  await storeRuns(user.database, runs(0, count));
  return user;
}

/** Stores one more run, as another program would. */
async function importRun(user: User, index: number): Promise<void> {
  const report = { schema: REPORT_SCHEMA, traceyVersion: '0.1.0', runs: runs(index, index + 1) };
  const { exitCode, stderr } = await user.tracey(['import', '-'], JSON.stringify(report));
  expect(stderr).toContain('1 run stored');
  expect(exitCode).toBe(0);
}

describe('tracey dashboard build', () => {
  it('publishes the history to a folder with its pages, and says what it wrote', async () => {
    const user = await makeUserWithRuns();
    const first = await user.tracey(['dashboard', 'build', '--out', 'out/site', '--json']);
    expect(first.exitCode).toBe(0);
    const site = join(user.folder, 'out/site');
    expect(JSON.parse(first.stdout)).toMatchObject({ site, repositories: 1, environments: 1, runs: 3 });
    expect(readFileSync(join(site, 'index.html'), 'utf8')).toMatch(/^<!doctype html>/i);
    expect(readSite(site).repositories[0]?.url).toBe('https://github.com/happner/sample');
    await importRun(user, 3);
    const again = await user.tracey([
      'dashboard',
      'build',
      '--out',
      'out/site',
      '--server-url',
      'https://git.example.org/',
    ]);
    expect(again).toMatchObject({ exitCode: 0, stdout: '' });
    expect(again.stderr).toMatch(
      /4 runs of 1 repository published to .*: \d+ files written, \d+ kept, \d+ removed/,
    );
    expect(readSite(site).repositories[0]?.url).toBe('https://git.example.org/happner/sample');
  });

  it.each([
    [['--database', 'nothing.db'], 2, 'there is no database here'],
    [['--out', 'taken'], 3, 'this folder is not a site of Tracey, it holds "notes.txt".'],
    [['--out', 'taken/notes.txt'], 3, 'the site must be a folder, this is a file.'],
  ])('says what is wrong, and what to do: %j', async (flags, exitCode, what) => {
    const user = await makeUserWithRuns(1);
    mkdirSync(join(user.folder, 'taken'));
    writeFileSync(join(user.folder, 'taken/notes.txt'), '');
    const ended = await user.tracey(['dashboard', 'build', ...flags]);
    expect(ended).toMatchObject({ exitCode, stdout: '' });
    expect(ended.stderr).toContain(what);
    expect(ended.stderr).not.toContain('defect');
  });
});

describe('tracey dashboard serve', () => {
  it('shows the history, follows it, and ends well with Ctrl-C', async () => {
    const user = await makeUserWithRuns();
    const server = user.start(['dashboard', 'serve', '--port', '0']);
    await server.told('(Ctrl-C ends it)');
    await importRun(user, 3);
    await server.told('published again: 4 runs');
    server.kill('SIGINT');
    const { exitCode, stderr } = await server.ended;
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/The dashboard is at http:\/\/127\.0\.0\.1:\d+\/ /);
  });

  it('shows a site that was published', async () => {
    const user = await makeUserWithRuns();
    await user.tracey(['dashboard', 'build']);
    const server = user.start(['dashboard', 'serve', '--site', 'site', '--port', '0']);
    await server.told('(Ctrl-C ends it)');
    server.kill('SIGTERM');
    expect((await server.ended).exitCode).toBe(0);
  });

  it('refuses a port that is none', async () => {
    const { exitCode, stderr } = await makeUser().tracey(['dashboard', 'serve', '--port', '70000']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('It must be a whole number from 0 to 65535.');
  });
});
