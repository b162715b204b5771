import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeRepo, makeUser, writeFiles } from './command-line.ts';

/** A file whose second test has this title and counts so far. */
function makeFile(title: string, count: number): string {
  return `
    describe('numbers', function () {
      it('adds', function () { if (1 + 1 !== 2) throw new Error('no'); });
      it(${JSON.stringify(title)}, function () {
        // A remark of ours.
        for (let i = 0; i < ${count}; i++) Math.sqrt(i);
      });
    });`;
}

interface Point {
  readonly body: string | null;
  readonly durationMs: number | null;
}

describe('a test that changes from commit to commit', () => {
  it('keeps its history under another name once that is accepted, and begins anew with another body', async () => {
    const user = makeUser();
    const repo = join(user.folder, 'repo');
    makeRepo(repo, { 'test/numbers.js': makeFile('counts', 10) });
    const commit = async (files: Readonly<Record<string, string>>) => {
      writeFiles(repo, files);
      execFileSync('git', ['add', '.'], { cwd: repo });
      execFileSync('git', ['commit', '--quiet', '--message', 'Change it'], { cwd: repo });
      return user.tracey(['run', 'repo', '--confirm', '0']);
    };
    const readPoints = async (name: string): Promise<Point[]> => {
      const { stdout } = await user.tracey(['history', `test/numbers.js > numbers > ${name}`, '--json']);
      const [found] = JSON.parse(stdout) as { points: Point[] }[];
      return found?.points ?? [];
    };
    await user.tracey(['run', 'repo', '--confirm', '0']);

    // Laid out in another way, it has the same body, whatever it is called.
    const renamed = await commit({ 'test/numbers.js': makeFile('counts on', 10).replaceAll('\n', '\n  ') });
    const line =
      '  - { from: "test/numbers.js > numbers > counts", to: "test/numbers.js > numbers > counts on" }';
    expect(renamed.stdout).toContain(`Perhaps renamed\n`);
    expect(renamed.stdout).toContain(`\nrenames:\n${line}\n`);
    expect(renamed.stdout).not.toContain('No longer there');
    expect((await user.tracey(['changes', 'renames'])).stdout).toContain(line);
    expect(await readPoints('counts on')).toHaveLength(1);

    // Accepted, and edited.
    const edited = await commit({
      'test/numbers.js': makeFile('counts on', 20),
      '.tracey.yml': `renames:\n${line}\n`,
    });
    expect(edited.exitCode).toBe(0);
    expect(edited.stdout).not.toContain('Perhaps renamed');
    expect((await user.tracey(['changes', 'renames'])).stdout).toBe('Nothing seems to have another name.\n');
    const points = await readPoints('counts on');
    expect(points).toHaveLength(3);
    expect(points.every(({ body }) => /^[0-9a-f]{12}$/.test(body ?? ''))).toBe(true);
    expect(points[1]?.body).toBe(points[0]?.body);
    expect(points[2]?.body).not.toBe(points[0]?.body);
    const { stdout } = await user.tracey(['history', 'numbers > counts on']);
    expect(stdout.split('\n').filter((row) => row.includes('[test body changed] '))).toHaveLength(1);

    // Everything comes back from an export.
    const { stdout: exported } = await user.tracey(['export']);
    expect(exported.match(new RegExp(`"body":"${points[0]?.body}"`, 'g'))).toHaveLength(2);
    expect((await user.tracey(['config', 'check', 'repo/.tracey.yml'])).exitCode).toBe(0);
  });
});
