/**
 * Made-up runs for the benches: the same seed gives the same runs. Durations are log-normal around a level
 * per test, as real ones are, with all the digits a clock of nanoseconds has.
 */
import type { FileResult, RunReport, TestResult } from '../../core/model.ts';
import { computeTotals } from '../../core/model.ts';

export interface SuiteShape {
  readonly files: number;
  readonly testsPerFile: number;
  /** Timings of each test in a run. */
  readonly samples: number;
}

/** Uniform numbers from 0 to 1 (mulberry32, Tommy Ettinger 2017, public domain). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d_2b_79_f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** Run number `index` of a suite of this shape; one test in a hundred is skipped, one in two hundred fails now and then. */
export function createRun(shape: SuiteShape, index: number): RunReport {
  const random = createRandom(index + 1);
  const startedMs = Date.UTC(2026, 0, 1) + index * 3_600_000;
  const files = Array.from({ length: shape.files }, (_, file) => createFile(shape, { file, index, random }));
  const at = new Date(startedMs).toISOString();
  const sha = formatSha(index);
  const state = {
    at,
    load: toFixed(random()),
    cpuPressure: toFixed(random() / 10),
    memoryFreeBytes: Math.floor(random() * 8e9),
    calibration: {
      version: 1,
      nodeVersion: '24.0.0',
      cpuMs: toFixed(20 + random()),
      memoryMs: toFixed(30 + random()),
    },
  };
  return {
    id: `${startedMs}_${createUuid(random)}`,
    repository: 'happner/sample',
    commit: sha,
    commitDetails: {
      sha,
      branch: 'main',
      author: 'A. Maintainer <maintainer@example.org>',
      committedAt: new Date(startedMs - 600_000).toISOString(),
      subject: `Change number ${index} of the sample library`,
      parents: [formatSha(index - 1)],
      modified: false,
    },
    jobType: 'performance-tracker-lite',
    runner: 'bench',
    role: 'primary',
    isolation: 'file',
    nodeVersion: '24.1.0',
    nodeLine: '24',
    framework: { name: 'mocha', version: '11.1.0' },
    startedAt: at,
    finishedAt: new Date(startedMs + 60_000).toISOString(),
    outcome: files.some((file) => file.outcome === 'failed') ? 'failed' : 'passed',
    interrupted: false,
    samples: shape.samples,
    totals: computeTotals(files),
    dependencies: { source: 'present', packageManager: null, durationMs: null },
    machine: {
      facts: {
        hostname: 'bench',
        platform: 'linux',
        arch: 'x64',
        libc: 'glibc',
        os: 'Debian GNU/Linux 12',
        kernel: '6.1.0-18-amd64',
        cpuModel: 'Example CPU @ 2.00GHz',
        cpuCount: 4,
        memoryBytes: 8_000_000_000,
        governor: 'performance',
        turbo: false,
      },
      before: state,
      after: { ...state, load: toFixed(random()) },
    },
    files,
    documents: [],
  };
}

const TESTS_PER_SUITE = 10;

function createFile(
  shape: SuiteShape,
  { file, index, random }: { readonly file: number; readonly index: number; readonly random: () => number },
): FileResult {
  const suiteCount = Math.ceil(shape.testsPerFile / TESTS_PER_SUITE);
  const tests = Array.from({ length: shape.testsPerFile }, (_, test) => {
    const title = [
      `module ${file}`,
      `part ${Math.floor(test / TESTS_PER_SUITE)}`,
      `does what rule ${test} says`,
    ];
    const number = file * shape.testsPerFile + test;
    return createTest(title, { number, samples: shape.samples, body: createBody(number, index), random });
  });
  const suites = [
    [`module ${file}`],
    ...Array.from({ length: suiteCount }, (_, part) => [`module ${file}`, `part ${part}`]),
  ];
  const failed = tests.some((test) => test.outcome === 'failed');
  return {
    path: `test/module-${file}.test.js`,
    outcome: failed ? 'failed' : 'passed',
    ...(failed && { reason: 'a test failed', output: '  1 failing\n' }),
    durationMs: createDuration(180, random),
    loadMs: createDuration(60, random),
    peakRssBytes: 50_000_000 + Math.floor(random() * 1_000_000),
    exitCode: failed ? 1 : 0,
    signal: null,
    fingerprint: Math.floor(random() * 20)
      .toString(16)
      .padStart(64, `${file % 10}abcdef`),
    suites: suites.map((title) => ({
      title,
      durationMs: createDuration(40, random),
      hooksMs: createDuration(0.05, random),
    })),
    tests,
  };
}

function createTest(
  title: string[],
  { number, samples, body, random }: { number: number; samples: number; body: string; random: () => number },
): TestResult {
  const rest = { title, hooksMs: null, cpuMs: null, attempts: 0, durationMs: null, samplesMs: [] };
  if (number % 100 === 99) return { ...rest, outcome: 'skipped' };
  if (number % 200 === 42 && random() < 0.2) {
    const error = {
      message: `expected ${number} to equal 0`,
      stack: `AssertionError\n    at test:${number}`,
    };
    return { ...rest, outcome: 'failed', attempts: 1, error, body };
  }
  // Levels from 20 µs to 200 ms: many tests are short, few are long.
  const levelMs = 0.02 * 10 ** (4 * createRandom(number)() ** 2);
  const samplesMs = Array.from({ length: samples }, () => createDuration(levelMs, random));
  const sorted = samplesMs.toSorted((a, b) => a - b);
  return {
    title,
    outcome: 'passed',
    durationMs: sorted[samples >> 1] ?? null,
    hooksMs: createDuration(0.02, random),
    cpuMs: createDuration(levelMs, random),
    attempts: 1,
    samplesMs,
    body,
  };
}

/** Somebody edits each test every 250 runs, another one each time. */
function createBody(number: number, index: number): string {
  const edition = Math.floor((index + number * 7) / 250);
  return Math.floor(createRandom(number * 1000 + edition)() * 2 ** 32)
    .toString(16)
    .padStart(12, 'b0d1');
}

/** A log-normal duration around `levelMs`, a tenth wide, in whole nanoseconds. */
function createDuration(levelMs: number, random: () => number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return toFixed(levelMs * Math.exp(normal / 10));
}

function toFixed(number: number): number {
  return Math.round(number * 1e6) / 1e6;
}

function createUuid(random: () => number): string {
  const hex = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** Eight digits of its own, so that the others cannot be taken for a part of them. */
function formatSha(index: number): string {
  return Math.max(0, index).toString(16).padStart(8, '0').padStart(40, 'c0ffee');
}
