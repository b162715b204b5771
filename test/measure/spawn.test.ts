import { describe, expect, it, onTestFinished } from 'vitest';
import { runProcess, type SpawnOptions } from '../../core/measure/spawn.ts';
import { isRunning } from '../process-state.ts';

/** Runs JavaScript in a Node of its own. */
function runScript(script: string, options: Partial<SpawnOptions> = {}) {
  return runProcess({ command: process.execPath, args: ['-e', script], cwd: '/', env: {}, ...options });
}

/** Starts a child that sleeps for good, and prints its id. */
const START_CHILD = (options = '{}') => `
  const child = require('child_process').spawn(
    process.execPath,
    ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1e6)'],
    ${options},
  );
  console.log('child ' + child.pid + '.');`;

const readChild = (output: string) => Number(/child (\d+)\./.exec(output)?.[1]);

describe('a process', () => {
  it('tells how it ended and what it printed', async () => {
    const ended = await runScript(`console.log('out'); console.error('err'); process.exitCode = 3;`);
    expect(ended).toMatchObject({ exitCode: 3, signal: null, stopped: null });
    expect(ended.output).toContain('out\n');
    expect(ended.output).toContain('err\n');
    expect(ended.durationMs).toBeGreaterThan(0);
  });

  it('has the environment it is given, and nothing else', async () => {
    const ended = await runScript('console.log(JSON.stringify(process.env))', { env: { ONE: '1' } });
    expect(JSON.parse(ended.output)).toEqual({ ONE: '1' });
  });

  it('has nothing to read', async () => {
    const ended = await runScript(
      `process.stdin.on('data', () => {}).on('end', () => console.log('ended'));`,
    );
    expect(ended.output).toBe('ended\n');
  });

  it('leaves out no more than it must of what it prints, and shows it', async () => {
    const print = (bytes: number) =>
      runScript(`process.stdout.write('x'.repeat(${bytes}))`, { outputBytes: 1000 });
    expect((await print(1000)).output).toBe('x'.repeat(1000));
    expect((await print(1001)).output).toBe(`…${'x'.repeat(1000)}`);
  });

  it('keeps only the end of what it prints, however much', async () => {
    const ended = await runScript(
      `for (let i = 0; i < 300; i += 1) process.stdout.write('é'.repeat(50000)); process.stdout.write('the end');`,
      { outputBytes: 1001 },
    );
    expect(Buffer.byteLength(ended.output)).toBeLessThanOrEqual(1001 + 3);
    expect(ended.output).toMatch(/^…é+the end$/);
  });

  it('that cannot be started is an error that says so', async () => {
    await expect(runProcess({ command: '/nowhere/tool', args: [], cwd: '/', env: {} })).rejects.toMatchObject(
      {
        code: 'spawn/failed',
        message: expect.stringMatching(/^\/nowhere\/tool: could not be started: .*ENOENT\.$/),
      },
    );
    await expect(runScript('', { cwd: '/nowhere' })).rejects.toMatchObject({ code: 'spawn/failed' });
  });

  it('leaves time for other work while it starts', async () => {
    const order: string[] = [];
    const meanwhile = () => void order.push('meanwhile');
    const onOutput = () => void order.push('printed');
    await runScript(`console.log('here')`, { meanwhile, onOutput });
    expect(order).toEqual(['meanwhile', 'printed']);
    await expect(runScript('', { cwd: '/nowhere', meanwhile })).rejects.toMatchObject({
      code: 'spawn/failed',
    });
    expect(order).toEqual(['meanwhile', 'printed']);
  });

  it('is ended when that work cannot be done, and what went wrong is thrown', async () => {
    const full = new Error('the disk is full');
    const meanwhile = () => {
      throw full;
    };
    await expect(runScript('setInterval(() => {}, 1e6)', { meanwhile })).rejects.toBe(full);
  });

  it('may hand over its stdout whole, up to a limit', async () => {
    const script = `process.stdout.write('x'.repeat(1000)); process.stderr.write('y');`;
    expect((await runScript(script, { stdoutBytes: 1000 })).stdout).toBe('x'.repeat(1000));
    await expect(
      runScript(`${script} setInterval(() => {}, 1e6)`, { stdoutBytes: 999 }),
    ).rejects.toMatchObject({
      code: 'spawn/stdout-limit',
      message: `${process.execPath}: printed more than 999 bytes.`,
    });
  });

  it('shows what it prints as it comes', async () => {
    const chunks: string[] = [];
    await runScript(`console.log('one'); console.error('two');`, {
      onOutput: (chunk) => chunks.push(chunk.toString()),
    });
    expect(chunks.toSorted()).toEqual(['one\n', 'two\n']);
  });
});

describe('the end of a process', () => {
  it('is the end of its children, when it ends by itself', async () => {
    const ended = await runScript(`${START_CHILD()} process.exit(0);`);
    await expect.poll(() => isRunning(readChild(ended.output))).toBe(false);
  });

  it('comes at its deadline, with its children, though they ignore SIGTERM', async () => {
    const ended = await runScript(
      `process.on('SIGTERM', () => {}); ${START_CHILD()} setInterval(() => {}, 1e6);`,
      { deadlineMs: 1000 },
    );
    expect(ended).toMatchObject({ stopped: 'deadline', signal: 'SIGKILL', exitCode: null });
    await expect.poll(() => isRunning(readChild(ended.output))).toBe(false);
  });

  it('comes when the job is stopped, before or while it runs', async () => {
    const stop = new AbortController();
    const running = runScript(`console.log('here'); setInterval(() => {}, 1e6);`, {
      signal: stop.signal,
      onOutput: () => stop.abort(),
    });
    expect(await running).toMatchObject({ stopped: 'aborted', signal: 'SIGTERM', output: 'here\n' });
    expect(await runScript('setInterval(() => {}, 1e6);', { signal: AbortSignal.abort() })).toMatchObject({
      stopped: 'aborted',
    });
  });

  it('is not held up by a descendant that left the group and kept the output open', async () => {
    const ended = await runScript(`${START_CHILD(`{ detached: true, stdio: 'inherit' }`)} child.unref();`);
    const child = readChild(ended.output);
    onTestFinished(() => void process.kill(child, 'SIGKILL'));
    expect(ended).toMatchObject({ exitCode: 0, stopped: null });
    expect(isRunning(child)).toBe(true);
  });
});
