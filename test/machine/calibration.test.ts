import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CALIBRATION_VERSION, calibrate } from '../../core/machine/calibration.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tracey-calibration-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function writeScript(source: string): URL {
  const file = path.join(folder, 'workload.mjs');
  writeFileSync(file, source);
  return pathToFileURL(file);
}

const GOOD = { version: CALIBRATION_VERSION, checksum: 1_897_768_085, cpuMs: 2, memoryMs: 3 };

describe('the calibration', () => {
  test('times the work that its version stands for', async () => {
    const { calibration, reason } = await calibrate();
    expect(reason).toBeNull();
    expect(calibration?.cpuMs).toBeGreaterThan(0);
    expect(calibration?.memoryMs).toBeGreaterThan(0);
  });

  test('takes what the workload says', async () => {
    const script = writeScript(`console.log(${JSON.stringify(JSON.stringify(GOOD))})`);
    expect(await calibrate({ script })).toEqual({
      calibration: { version: 2, nodeVersion: process.versions.node, cpuMs: 2, memoryMs: 3 },
      reason: null,
    });
  });

  test.each([
    ['of another version', { ...GOOD, version: CALIBRATION_VERSION + 1 }],
    ['of other work', { ...GOOD, checksum: 1 }],
    ['that took no time', { ...GOOD, cpuMs: 0 }],
    ['without a part', { ...GOOD, memoryMs: undefined }],
  ])('refuses a result %s', async (_, output) => {
    const script = writeScript(`console.log(${JSON.stringify(JSON.stringify(output))})`);
    const { calibration, reason } = await calibrate({ script });
    expect(calibration).toBeNull();
    expect(reason).toMatch(/^calibration: the workload answered ".*", not a result of its version$/);
  });

  test.each([
    ['', 'calibration: the workload answered "", not a result of its version'],
    ['console.log("hello")', 'calibration: the workload answered "hello\\n", not a result of its version'],
    ['throw new RangeError("no memory")', 'calibration: RangeError: no memory'],
    ['process.kill(process.pid, "SIGSEGV")', 'calibration: the workload was ended by SIGSEGV'],
    ['console.log("x".repeat(100_000))', 'calibration: stdout maxBuffer length exceeded'],
  ])('tells what went wrong with %j', async (source, reason) => {
    expect(await calibrate({ script: writeScript(source) })).toEqual({ calibration: null, reason });
  });

  test('tells of a workload that ends with a code and without a word', async () => {
    const { reason } = await calibrate({ script: writeScript('process.exit(3)') });
    expect(reason).toMatch(/^calibration: Command failed: /);
  });

  test('does not wait beyond its deadline', async () => {
    const script = writeScript('setInterval(() => {}, 1000)');
    expect(await calibrate({ script, deadlineMs: 200 })).toEqual({
      calibration: null,
      reason: 'calibration: not done after 200 ms',
    });
  });

  test('stops when it is told to, before and in the middle', async () => {
    const stopped = { calibration: null, reason: 'calibration: stopped before its end' };
    const script = writeScript('setInterval(() => {}, 1000)');
    expect(await calibrate({ script, signal: AbortSignal.abort() })).toEqual(stopped);
    const stop = new AbortController();
    const running = calibrate({ script, signal: stop.signal });
    stop.abort();
    expect(await running).toEqual(stopped);
  });

  test('keeps the environment of its caller out of the measurement', async () => {
    const trace = path.join(folder, 'trace');
    const preload = path.join(folder, 'preload.cjs');
    writeFileSync(preload, `require('node:fs').writeFileSync(${JSON.stringify(trace)}, '')`);
    const before = process.env['NODE_OPTIONS'];
    process.env['NODE_OPTIONS'] = `--require ${preload}`;
    try {
      expect((await calibrate()).calibration).not.toBeNull();
    } finally {
      if (before === undefined) delete process.env['NODE_OPTIONS'];
      else process.env['NODE_OPTIONS'] = before;
    }
    expect(existsSync(trace)).toBe(false);
  });
});
