import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readMachineFacts, readMachineState } from '../../core/machine/facts.ts';
import type { MachineRoots } from '../../core/machine/readings.ts';
import { runReportSchema } from '../../core/model.ts';

const factsSchema = runReportSchema.shape.machine.shape.facts;
const stateSchema = runReportSchema.shape.machine.shape.before;

let folder: string;
let roots: MachineRoots;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'tracey-facts-'));
  roots = { proc: path.join(folder, 'proc'), sys: path.join(folder, 'sys'), etc: path.join(folder, 'etc') };
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(file: string, content: string): void {
  const full = path.join(folder, file);
  mkdirSync(path.dirname(full), { recursive: true });
  writeFileSync(full, content);
}

function writeGovernor(cpu: string, governor: string): void {
  write(`sys/devices/system/cpu/${cpu}/cpufreq/scaling_governor`, `${governor}\n`);
}

describe('the facts about a machine', () => {
  test('are those of this machine unless said otherwise', () => {
    const facts = readMachineFacts();
    expect(factsSchema.parse(facts)).toEqual(facts);
    expect(facts).toMatchObject({
      hostname: os.hostname(),
      platform: process.platform,
      arch: process.arch,
      kernel: os.release(),
      cpuCount: os.availableParallelism(),
    });
    expect(facts.memoryBytes).toBeGreaterThan(64 * 1024 * 1024);
  });

  test.runIf(process.platform === 'linux')('name the C library that Node itself runs on', () => {
    const { header } = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
    expect(readMachineFacts().libc).toBe(header.glibcVersionRuntime === undefined ? 'musl' : 'glibc');
  });

  test('come from the files of the kernel', () => {
    write('proc/cpuinfo', 'processor\t: 0\nmodel\t\t: 1\nmodel name\t: AMD  EPYC 7543 \nflags\t\t: fpu\n');
    write(
      'proc/meminfo',
      'MemTotal:        3983028 kB\nMemFree:          100 kB\nMemAvailable:    2000000 kB\n',
    );
    write('proc/self/maps', '7f00 r-xp 0 08:01 1 /usr/lib/x86_64-linux-gnu/libc.so.6\n');
    write('etc/os-release', 'NAME="Debian"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n');
    writeGovernor('cpu0', 'performance');
    write('sys/devices/system/cpu/intel_pstate/no_turbo', '1\n');
    expect(readMachineFacts(roots)).toMatchObject({
      cpuModel: 'AMD EPYC 7543',
      memoryBytes: 3_983_028 * 1024,
      libc: 'glibc',
      os: 'Debian GNU/Linux 12 (bookworm)',
      governor: 'performance',
      turbo: false,
    });
  });

  test.each([
    ["PRETTY_NAME='Alpine Linux v3.22'\n", 'Alpine Linux v3.22'],
    ['PRETTY_NAME=Arch\n', 'Arch'],
    ['PRETTY_NAME="cut off', os.type()],
    ['PRETTY_NAME=""\n', os.type()],
    ['PRETTY_NAME="\u001b[2JX"\n', '[2JX'],
    ['', os.type()],
  ])('name the system as in os-release: %j', (content, name) => {
    write('etc/os-release', content);
    expect(readMachineFacts(roots).os).toBe(name);
  });

  test.each([
    ['/lib/ld-musl-aarch64.so.1', 'musl'],
    ['/lib/libc.musl-x86_64.so.1', 'musl'],
    ['/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1', 'glibc'],
    ['/lib/x86_64-linux-gnu/libc-2.31.so', 'glibc'],
    ['/opt/libc.social/node', null],
  ])('tell the C library by what is mapped: %s', (mapped, libc) => {
    write('proc/self/maps', `7f00 r-xp 0 08:01 1 ${mapped}\n`);
    expect(readMachineFacts(roots).libc).toBe(libc);
  });

  test('name the board where the CPU has no name', () => {
    const cpuinfo = 'processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd08\n';
    write('proc/cpuinfo', cpuinfo);
    expect(readMachineFacts(roots).cpuModel).toBe('ARM 0x41 part 0xd08');
    write('proc/device-tree/model', 'Hardkernel ODROID-N2\0');
    expect(readMachineFacts(roots).cpuModel).toBe('Hardkernel ODROID-N2');
    write('proc/cpuinfo', `${cpuinfo}\nSerial\t\t: 1\nModel\t\t: Raspberry Pi 4 Model B Rev 1.4\n`);
    expect(readMachineFacts(roots).cpuModel).toBe('Raspberry Pi 4 Model B Rev 1.4');
  });

  test('name every governor once, of CPUs only', () => {
    writeGovernor('cpu0', 'performance');
    writeGovernor('cpu1', 'ondemand');
    writeGovernor('cpu10', 'performance');
    writeGovernor('cpufreq', 'powersave');
    writeGovernor('cpu2', 'not a governor');
    expect(readMachineFacts(roots).governor).toBe('ondemand,performance');
  });

  test.each([
    ['intel_pstate/no_turbo', '0\n', true],
    ['intel_pstate/no_turbo', '1\n', false],
    ['cpufreq/boost', '1\n', true],
    ['cpufreq/boost', '0\n', false],
    ['cpufreq/boost', 'yes\n', null],
  ])('tell turbo by %s: %j', (file, content, turbo) => {
    write(`sys/devices/system/cpu/${file}`, content);
    expect(readMachineFacts(roots).turbo).toBe(turbo);
  });

  test('fit the model although nothing can be read', () => {
    const facts = readMachineFacts(roots);
    expect(factsSchema.parse(facts)).toEqual(facts);
    expect(facts).toMatchObject({ libc: null, governor: null, turbo: null, os: os.type() });
    expect(facts.memoryBytes).toBe(os.totalmem());
  });

  test('fit the model although everything is garbage', () => {
    const garbage = `\0\u001b[31m${'MemTotal: -5 kB\nmodel name: \u0007\n'.repeat(1000)}`;
    for (const file of ['proc/cpuinfo', 'proc/meminfo', 'proc/self/maps', 'etc/os-release'])
      write(file, garbage);
    write('sys/devices/system/cpu/cpufreq/boost', garbage);
    writeGovernor('cpu0', garbage);
    // A folder in the place of a file.
    write('proc/device-tree/model/name', garbage);
    const facts = readMachineFacts(roots);
    expect(factsSchema.parse(facts)).toEqual(facts);
    expect(facts).toMatchObject({ libc: null, governor: null, turbo: null, memoryBytes: os.totalmem() });
  });
});

describe('the state of a machine', () => {
  test('is measured now, with a calibration', async () => {
    const state = await readMachineState();
    expect(stateSchema.parse(state)).toEqual(state);
    expect(state.calibration).not.toBeNull();
  });

  test('comes from the files of the kernel', async () => {
    write('proc/loadavg', '1.25 0.50 0.10 2/345 6789\n');
    write('proc/meminfo', 'MemTotal: 3983028 kB\nMemFree: 100 kB\nMemAvailable:    2000000 kB\n');
    write(
      'proc/pressure/cpu',
      'some avg10=91.67 avg60=0.74 avg300=1.97 total=24857237\nfull avg10=99.00 avg60=0.00\n',
    );
    expect(await readMachineState({ roots, calibration: false })).toMatchObject({
      load: 1.25,
      cpuPressure: 0.9167,
      memoryFreeBytes: 2_000_000 * 1024,
      calibration: null,
    });
  });

  test('fits the model although nothing can be read', async () => {
    const state = await readMachineState({ roots, calibration: false });
    expect(stateSchema.parse(state)).toEqual(state);
    expect(state.cpuPressure).toBeNull();
  });

  test('fits the model although everything is garbage', async () => {
    write('proc/loadavg', 'NaN 1e999\n');
    write('proc/meminfo', 'MemAvailable: lots kB\n');
    write('proc/pressure/cpu', 'some avg10=1.2.3 avg60=0\n');
    const state = await readMachineState({ roots, calibration: false });
    expect(stateSchema.parse(state)).toEqual(state);
    expect(state.cpuPressure).toBeNull();
  });

  test('never has a pressure of more than all the time', async () => {
    write('proc/pressure/cpu', 'some avg10=100.01 avg60=0.00 avg300=0.00 total=1\n');
    expect((await readMachineState({ roots, calibration: false })).cpuPressure).toBe(1);
  });

  test('is known without a calibration that failed, with a word of warning', async () => {
    const warnings: string[] = [];
    const script = pathToFileURL(path.join(folder, 'missing.js'));
    const onWarning = (message: string): void => {
      warnings.push(message);
    };
    const state = await readMachineState({ calibration: { script }, onWarning });
    expect(stateSchema.parse(state)).toEqual(state);
    expect(state.calibration).toBeNull();
    expect(warnings).toEqual([
      expect.stringMatching(/^calibration: Error: Cannot find module '.*missing\.js'/),
    ]);
  });
});
