import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createOutputFiles, type OutputFiles } from '../../core/measure/output-file.ts';
import { runProcess, type SpawnOptions } from '../../core/measure/spawn.ts';
import { isRunning } from '../process-state.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';

function makeOutputFiles(folder = makeTemporaryFolder()): OutputFiles {
  const files = createOutputFiles(folder);
  onTestFinished(files.close);
  return files;
}

/** Runs JavaScript in a Node of its own that prints into a file. */
function runScript(script: string, options: Partial<SpawnOptions> = {}) {
  const { outputFiles = makeOutputFiles() } = options;
  return runProcess({
    command: process.execPath,
    args: ['-e', script],
    cwd: '/',
    env: {},
    deadlineMs: 60_000,
    ...options,
    outputFiles,
  });
}

it('keeps stdout and stderr in the order in which they were printed, also those of children', async () => {
  const ended = await runScript(`
    console.log('one');
    console.error('two');
    require('child_process').spawnSync(process.execPath, ['-e', 'console.log("three")'], { stdio: 'inherit' });
    process.stdout.write('four');
    process.exit(3);`);
  expect(ended).toMatchObject({ exitCode: 3, stopped: null, output: 'one\ntwo\nthree\nfour' });
});

it('is a file without a name, for which Node makes no socket', async () => {
  const folder = makeTemporaryFolder();
  const ended = await runScript(
    `const stat = require('fs').fstatSync;
     console.log(stat(1).isFile(), stat(2).isFile(), stat(1).nlink, process.stderr.isTTY, process.stderr.constructor.name);`,
    { outputFiles: makeOutputFiles(folder) },
  );
  expect(ended.output).toBe('true true 0 undefined SyncWriteStream\n');
  expect(readdirSync(folder)).toEqual([]);
});

it('is kept as far as its end goes, and no further', async () => {
  const print = (bytes: number) =>
    runScript(`process.stdout.write('é'.repeat(${bytes / 2}))`, { outputBytes: 1000 });
  expect((await print(1000)).output).toBe('é'.repeat(500));
  expect((await print(1002)).output).toBe(`…${'é'.repeat(500)}`);
  expect((await print(200_000)).output).toBe(`…${'é'.repeat(500)}`);
});

it('is cut while the process runs, and goes on after that', async () => {
  // Ends when its output has become shorter three times.
  const ended = await runScript(`
    const fs = require('fs');
    const clock = new Int32Array(new SharedArrayBuffer(4));
    for (let last = 0, cuts = 0; cuts < 3; Atomics.wait(clock, 0, 0, 1)) {
      fs.writeSync(1, 'x'.repeat(65536));
      const { size } = fs.fstatSync(1);
      if (size < last) cuts += 1;
      last = size;
    }
    fs.writeSync(1, 'the end');`);
  expect(ended).toMatchObject({ exitCode: 0, stopped: null });
  expect(ended.output).toMatch(/^…x+the end$/);
  expect(Buffer.byteLength(ended.output)).toBe(16_384 + 3);
});

it("does not begin with another process's", async () => {
  const outputFiles = makeOutputFiles();
  await runScript(`console.log('much more than the next one')`, { outputFiles });
  expect((await runScript('', { outputFiles })).output).toBe('');
  expect((await runScript(`console.log('next')`, { outputFiles })).output).toBe('next\n');
});

it('is not mixed with that of processes that run at the same time', async () => {
  const outputFiles = makeOutputFiles();
  const names = ['one', 'two', 'three'];
  const ended = await Promise.all(names.map((name) => runScript(`console.log('${name}')`, { outputFiles })));
  expect(ended.map(({ output }) => output)).toEqual(['one\n', 'two\n', 'three\n']);
});

it('is there when the process is killed, and no matter for one that cannot start', async () => {
  const outputFiles = makeOutputFiles();
  const script = `console.log('here'); process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1e6);`;
  expect(await runScript(script, { outputFiles })).toMatchObject({ signal: 'SIGKILL', output: 'here\n' });
  await expect(runScript('', { outputFiles, cwd: '/nowhere' })).rejects.toMatchObject({
    code: 'spawn/failed',
  });
  const tooLong = ['x'.repeat(4_000_000)];
  await expect(runScript('', { outputFiles, args: tooLong })).rejects.toMatchObject({ code: 'E2BIG' });
});

it('does not hold up the end of a process that left another behind with it', async () => {
  const ended = await runScript(`
    const child = require('child_process').spawn(
      process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { detached: true, stdio: 'inherit' });
    child.unref();
    console.log('child ' + child.pid + '.');`);
  const child = Number(/child (\d+)\./.exec(ended.output)?.[1]);
  onTestFinished(() => void process.kill(child, 'SIGKILL'));
  expect(ended).toMatchObject({ exitCode: 0, stopped: null });
  expect(isRunning(child)).toBe(true);
});

it('outlives the closing of files for a process that still runs', async () => {
  const outputFiles = makeOutputFiles();
  const running = runScript(`console.log('late')`, { outputFiles });
  outputFiles.close();
  expect((await running).output).toBe('late\n');
});

it('that cannot be made is an error that says so', async () => {
  const folder = join(makeTemporaryFolder(), 'missing');
  await expect(runScript('', { outputFiles: makeOutputFiles(folder) })).rejects.toMatchObject({
    code: 'spawn/output-file',
    message: expect.stringContaining(
      `${join(folder, 'output-0')}: no file could be made for what tests print: `,
    ),
  });
});
