import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  CALIBRATION_VERSION,
  type CalibrationOptions,
  prepareCalibration,
} from '../../core/machine/calibration.ts';
import { isRunning } from '../process-state.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tracey-calibration-'));
});

afterEach(() => vi.useRealTimers());
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function writeScript(source: string): URL {
  const file = path.join(folder, 'workload.mjs');
  writeFileSync(file, source);
  return pathToFileURL(file);
}

function calibrate(options?: CalibrationOptions) {
  return prepareCalibration(options).run();
}

/** For what another process does. */
const WAIT = { timeout: 10_000 };

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

  describe('prepared', () => {
    /** Tells its process and waits for the end of its stdin, as the real one does. */
    const source = () => `
      import { readFileSync, writeFileSync } from 'node:fs';
      writeFileSync(${JSON.stringify(path.join(folder, 'started'))} + process.pid, '');
      readFileSync(0);
      console.log(${JSON.stringify(JSON.stringify(GOOD))});`;
    async function findStarted(): Promise<number> {
      await expect.poll(listStarted, WAIT).toHaveLength(1);
      return Number(listStarted()[0]?.slice('started'.length));
    }
    const listStarted = () => readdirSync(folder).filter((name) => name.startsWith('started'));

    test('starts at once, works when its turn comes, and can have more than one', async () => {
      const prepared = prepareCalibration({ script: writeScript(source()) });
      await findStarted();
      expect((await prepared.run()).calibration).not.toBeNull();
      expect(listStarted()).toHaveLength(1);
      expect((await prepared.run()).calibration).not.toBeNull();
      expect(listStarted()).toHaveLength(2);
    });

    test('does not wait for long, and starts anew then', async () => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      const prepared = prepareCalibration({ script: writeScript(source()) });
      const pid = await findStarted();
      vi.advanceTimersByTime(1000);
      vi.useRealTimers();
      await expect.poll(() => isRunning(pid), WAIT).toBe(false);
      expect((await prepared.run()).calibration).not.toBeNull();
      expect(listStarted()).toHaveLength(2);
    });

    test('ends without its turn when it is dropped', async () => {
      const prepared = prepareCalibration({ script: writeScript(source()) });
      const pid = await findStarted();
      prepared.drop();
      await expect.poll(() => isRunning(pid), WAIT).toBe(false);
    });

    test('says what went wrong while it waited', async () => {
      const script = writeScript(`process.kill(process.pid, 'SIGSEGV')`);
      const prepared = prepareCalibration({ script });
      expect((await prepared.run()).reason).toBe('calibration: the workload was ended by SIGSEGV');
    });
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
