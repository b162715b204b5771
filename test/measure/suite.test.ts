import { describe, expect, it } from 'vitest';
import { isRunning } from '../process-state.ts';
import { formatTests, makeRepo, measureFiles, measureRepo } from './measure-fixture.ts';

const TWO_FILES = {
  'test/a.js': `
    describe('same', () => { before(() => {}); it('test', () => {}); it('only in a', () => {}); });
    it('root', () => {});`,
  'test/b.js': `
    describe('same', () => { it('test', () => { throw new Error('in b'); }); });
    it('root', () => {});`,
};

describe('isolation none', () => {
  it('runs all files in one process, and each result goes to its file', async () => {
    const commands: string[] = [];
    const shared = await measureFiles(TWO_FILES, {
      settings: { isolation: 'none' },
      onProcess: ({ command }) => commands.push(command),
    });
    expect(commands).toHaveLength(2); // One lists, one runs.
    const apart = await measureFiles(TWO_FILES);
    const summarise = (files: typeof shared) =>
      files.map((file) => [
        file.path,
        file.outcome,
        file.reason,
        formatTests(file).sort(),
        file.suites.map((suite) => suite.title),
      ]);
    expect(summarise(shared)).toEqual(summarise(apart));
    for (const file of shared) {
      expect(file.loadMs).toBeGreaterThan(0);
      expect(file.durationMs).toBeGreaterThan(file.loadMs ?? 0);
      expect(file.fingerprint).toBeNull();
    }
  });

  it('keeps the files that were through when a later one ends the process', async () => {
    const files = await measureFiles(
      {
        'test/a.js': `it('one', () => {});`,
        'test/b.js': `it('two', () => {}); it('leaves', () => { process.exit(0); });`,
        'test/c.js': `it('three', () => {});`,
      },
      { settings: { isolation: 'none' } },
    );
    const reason = 'process.exit(0) was called before its tests were over in "leaves"';
    expect(files.map((file) => [file.path, file.outcome, ...formatTests(file)])).toEqual([
      ['test/a.js', 'passed', 'passed: one'],
      ['test/b.js', 'aborted', 'passed: two', `aborted: leaves (${reason})`],
      ['test/c.js', 'aborted', `aborted: three (never ran: ${reason})`],
    ]);
  });

  it('names the file that could not be loaded, and tells the others so', async () => {
    const files = await measureFiles(
      { 'test/a.js': `it('one', () => {});`, 'test/b.js': `require('./nowhere');` },
      { settings: { isolation: 'none' } },
    );
    const what = "could not be loaded: Cannot find module './nowhere'";
    expect(files.map((file) => [file.path, file.outcome, file.reason])).toEqual([
      ['test/a.js', 'aborted', `never ran: test/b.js ${what}`],
      ['test/b.js', 'failed', what],
    ]);
  });

  it('is not green when the process fails after its last test', async () => {
    const files = await measureFiles(
      {
        'test/a.js': `it('one', () => {});`,
        'test/b.js': `it('two', () => {}); after(() => { setTimeout(() => { throw new Error('late'); }, 20); });`,
      },
      { settings: { isolation: 'none' } },
    );
    expect(files.map((file) => file.outcome)).toEqual(['passed', 'failed']);
    expect(files[1]?.reason).toMatch(/^ended with exit code \d+ after its last test$/);
  });

  it('takes more files than fit into a command line', async () => {
    const files: Record<string, string> = {};
    for (let index = 0; index < 700; index += 1) {
      files[`test/${'long-name-'.repeat(18)}${index}.js`] = `it('passes', () => {});`;
    }
    const measured = await measureFiles(files, { settings: { isolation: 'none' } });
    expect(measured).toHaveLength(700);
    expect(measured.every((file) => file.outcome === 'passed' && file.tests.length === 1)).toBe(true);
  });
});

describe('samples', () => {
  it('go round by round, and give every test as many timings', async () => {
    const labels: string[] = [];
    const files = await measureFiles(
      { 'test/a.js': `it('one', () => {});`, 'test/b.js': `it('two', () => {}); it.skip('none', () => {});` },
      { settings: { samples: 3 }, onProgress: ({ label }) => labels.push(label) },
    );
    expect(labels).toEqual([
      'test/a.js',
      'test/b.js',
      'test/a.js',
      'test/b.js',
      'test/a.js',
      'test/b.js',
      '',
    ]);
    expect(files.flatMap((file) => file.tests.map((test) => test.samplesMs.length))).toEqual([3, 3, 0]);
  });
});

describe('what is asked for', () => {
  it('may be files, folders or globs in place of the repo’s choice', async () => {
    const repo = makeRepo({
      'test/a.js': `it('a', () => {});`,
      'test/deep/b.js': `it('b', () => {});`,
      'test/node_modules/c.js': `it('c', () => {});`,
      'other/d.spec.js': `it('d', () => {});`,
    });
    const list = async (...spec: string[]) => {
      const files = await measureRepo(repo, { settings: { spec } });
      return files.map((file) => file.path).sort();
    };
    expect(await list('test')).toEqual(['test/a.js', 'test/deep/b.js']);
    expect(await list('other/d.spec.js')).toEqual(['other/d.spec.js']);
    expect(await list('**/*.spec.js', 'test/a.js')).toEqual(['other/d.spec.js', 'test/a.js']);
  });

  it('may have brackets in its name', async () => {
    const files = await measureFiles({
      'test/[id].js': `it('passes', () => {});`,
      'test/i.js': `it('i', () => {});`,
    });
    expect(files.map((file) => [file.path, ...formatTests(file)]).sort()).toEqual([
      ['test/[id].js', 'passed: passes'],
      ['test/i.js', 'passed: i'],
    ]);
  });
});

describe('a job that is stopped in the middle', () => {
  it('keeps what finished, marks what was running, and leaves nothing behind', async () => {
    const stop = new AbortController();
    const pids: number[] = [];
    const files = await measureFiles(
      {
        'test/a.js': `it('finishes', () => {});`,
        'test/b.js': `
          it('finishes', () => {});
          it('hangs', function (done) {
            this.timeout(0);
            setInterval(() => {}, 1e6);
            console.log('pid ' + process.pid + '.');
          });`,
        'test/c.js': `it('is not reached', () => {});`,
      },
      {
        signal: stop.signal,
        onOutput: (chunk) => {
          const pid = /pid (\d+)\./.exec(chunk.toString())?.[1];
          if (pid === undefined) return;
          pids.push(Number(pid));
          stop.abort();
        },
      },
    );
    expect(files.map((file) => [file.path, file.outcome, file.reason])).toEqual([
      ['test/a.js', 'passed', undefined],
      ['test/b.js', 'aborted', 'interrupted in "hangs"'],
    ]);
    expect(files[1]?.tests.map((test) => test.outcome)).toEqual(['passed', 'aborted']);
    expect(pids).toHaveLength(1);
    await expect.poll(() => pids.some(isRunning)).toBe(false);
  });
});
