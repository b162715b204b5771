import { describe, expect, it } from 'vitest';
import { isRunning } from '../../../process-state.ts';
import { formatTests, measureFile, measureFiles } from '../../measure-fixture.ts';

describe('a file that cannot be loaded', () => {
  it('because of a syntax error has failed, and says where', async () => {
    const file = await measureFile(`describe('x', () => {`);
    expect(file).toMatchObject({ outcome: 'failed', tests: [] });
    expect(file.reason).toContain('could not be loaded: SyntaxError:');
    expect(file.output).toContain('test/a.js:1');
  });

  it('because of a missing module has failed, and names it', async () => {
    const file = await measureFile(`require('./nowhere'); it('x', () => {});`);
    expect(file.outcome).toBe('failed');
    expect(file.reason).toContain("could not be loaded: Cannot find module './nowhere'");
    expect(file.error?.stack).toContain('test/a.js');
  });

  it('as an ES module has failed in the same way', async () => {
    const [file] = await measureFiles(
      { 'test/a.mjs': `import './nowhere.mjs';` },
      { settings: { spec: ['test'] } },
    );
    expect(file?.outcome).toBe('failed');
    expect(file?.reason).toContain('could not be loaded: Cannot find module');
  });

  it('because it exits has failed', async () => {
    const file = await measureFile(`it('x', () => {}); process.exit(0);`);
    expect(file).toMatchObject({
      outcome: 'failed',
      reason: 'ended with exit code 0 before its tests started',
      tests: [],
    });
  });

  it('or holds no test is skipped, never green', async () => {
    const file = await measureFile(`describe('nothing', () => {});`);
    expect(file).toMatchObject({ outcome: 'skipped', reason: 'it has no tests', tests: [] });
  });
});

describe('a process that ends early', () => {
  it.each([
    ['process.exit(0)', 'process.exit(0) was called before its tests were over in "leaves"'],
    ['process.exit(7)', 'process.exit(7) was called before its tests were over in "leaves"'],
    [`process.kill(process.pid, 'SIGSEGV')`, 'ended by SIGSEGV in "leaves"'],
    [`process.kill(process.pid, 'SIGKILL')`, 'ended by SIGKILL in "leaves"'],
    ['process.abort()', 'ended by SIGABRT in "leaves"'],
  ])('with %s keeps what finished and aborts the rest', async (leave, reason) => {
    const file = await measureFile(`
      describe('suite', () => {
        it('finishes', () => {});
        it('leaves', (done) => { ${leave}; });
        it('never starts', () => {});
      });`);
    expect(file).toMatchObject({ outcome: 'aborted', reason });
    expect(formatTests(file)).toEqual([
      'passed: suite > finishes',
      `aborted: suite > leaves (${reason})`,
      `aborted: suite > never starts (never ran: ${reason})`,
    ]);
  });

  it('in a hook names the hook', async () => {
    const file = await measureFile(`
      describe('suite', () => { before(() => { process.exit(3); }); it('never starts', () => {}); });`);
    expect(file.reason).toBe(
      'process.exit(3) was called before its tests were over in "before all" hook for "never starts"',
    );
  });

  it('because nothing is left to wait for says so', async () => {
    const file = await measureFile(
      `it('waits for nothing', function (done) { this.runnable().clearTimeout(); });`,
    );
    expect(file).toMatchObject({
      outcome: 'aborted',
      reason: 'nothing was left to wait for before its tests were over in "waits for nothing"',
    });
  });
});

describe('what happens after the last test', () => {
  it('counts: an uncaught exception makes the file fail', async () => {
    const file = await measureFile(`
      it('passes', () => {});
      after(() => { setTimeout(() => { throw new Error('too late'); }, 50); });`);
    expect(formatTests(file)).toEqual(['passed: passes']);
    expect(file.outcome).toBe('failed');
    expect(file.reason).toMatch(/^ended with exit code \d+ after its last test$/);
    expect(file.output).toContain('too late');
  });

  it('is waited for a while only: what is still open is told, and is not counted as time', async () => {
    const file = await measureFile(`
      const server = require('net').createServer();
      before((done) => { server.listen(0, '127.0.0.1', done); });
      it('listens', () => {});`);
    expect(file).toMatchObject({
      outcome: 'passed',
      reason: 'did not end by itself after its last test; still open: 1 TCPServerWrap',
      exitCode: 0,
    });
    const whole = await measureFile(`it('listens', () => {});`);
    expect(whole.reason).toBeUndefined();
  });
});

describe('a file that never ends', () => {
  it('is ended at its deadline with its child processes, and keeps what finished', async () => {
    const file = await measureFile(
      `
      const { spawn } = require('child_process');
      it('finishes', () => {});
      it('hangs', function (done) {
        this.timeout(0);
        const child = spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1e6)']);
        console.log('child ' + child.pid + '.');
      });
      it('never starts', () => {});`,
      { settings: { deadlineSeconds: 3 } },
    );
    const reason = 'did not end within 3.00 s in "hangs"';
    expect(file).toMatchObject({ outcome: 'aborted', reason });
    expect(formatTests(file)).toEqual([
      'passed: finishes',
      `aborted: hangs (${reason})`,
      `aborted: never starts (never ran: ${reason})`,
    ]);
    const child = Number(/child (\d+)\./.exec(file.output ?? '')?.[1]);
    expect(child).toBeGreaterThan(0);
    await expect.poll(() => isRunning(child)).toBe(false);
  });

  it('is ended although it is busy and ignores SIGTERM', async () => {
    const file = await measureFile(
      `
      it('finishes', () => {});
      it('spins', () => { process.on('SIGTERM', () => {}); for (;;); });`,
      { settings: { deadlineSeconds: 2 } },
    );
    expect(file).toMatchObject({
      outcome: 'aborted',
      reason: 'did not end within 2.00 s in "spins"',
      signal: 'SIGKILL',
      tests: [{ outcome: 'passed' }, { outcome: 'aborted' }],
    });
  });

  it('after its last test says so', async () => {
    const file = await measureFile(
      `
      it('passes', () => {});
      after(() => { setTimeout(() => { for (;;); }, 0); });`,
      { settings: { deadlineSeconds: 2 } },
    );
    expect(file).toMatchObject({
      outcome: 'aborted',
      reason: 'did not end within 2.00 s, though its tests were over',
      tests: [{ outcome: 'passed' }],
    });
  });
});
