/** What the command line says before any command does anything, and what it needs for it. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeUser } from './command-line.ts';

const COMMANDS = [
  'run',
  'show',
  'history',
  'compare',
  'export',
  'import',
  'dashboard',
  'init',
  'config',
  'matrix',
];

describe('starting', () => {
  it('lists every command in the help, and each has a help of its own', async () => {
    const user = makeUser();
    const { exitCode, stdout } = await user.tracey(['--help']);
    expect(exitCode).toBe(0);
    expect([...stdout.matchAll(/^ {2}(\w+) /gm)].map(([, name]) => name)).toEqual(
      expect.arrayContaining(COMMANDS),
    );
    for (const command of COMMANDS) {
      const help = await user.tracey([command, '--help']);
      expect.soft(help.stdout, command).toContain(`Usage: tracey ${command}`);
      expect.soft(help.exitCode, command).toBe(0);
    }
    const { stdout: ofRun } = await user.tracey(['help', 'run']);
    expect(ofRun).toContain('tracey run --commit v1.0.0..main');
  });

  it('names the nearest command for one that does not exist', async () => {
    const { exitCode, stderr } = await makeUser().tracey(['hisotry']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('(Did you mean history?)');
  });

  it.each(['--version', '-V'])('tells the version with %s', async (flag) => {
    const { exitCode, stdout } = await makeUser().tracey([flag]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('needs no folder where it could keep what was compiled', async () => {
    const user = makeUser();
    const file = join(user.folder, 'no-folder');
    writeFileSync(file, 'somebody else put it here');
    const elsewhere = makeUser({ TRACEY_HOME: file, NODE_COMPILE_CACHE: '' });
    const { exitCode, stdout, stderr } = await elsewhere.tracey(['config', 'check', '--help']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('Usage: tracey config check');
  });

  it('keeps what was compiled in the cache folder', async () => {
    const user = makeUser({ NODE_COMPILE_CACHE: '' });
    await user.tracey(['--version']);
    expect(existsSync(join(user.home, 'tracey', 'cache', 'compile'))).toBe(true);
  });
});
