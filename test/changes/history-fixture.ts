/** A real repository with a straight history, and made-up runs of its commits. */
import { execFileSync } from 'node:child_process';
import { computeTotals, type FileResult, type RunReport, type TestResult } from '../../core/model.ts';
import { createRun } from '../../scripts/bench/runs.ts';
import { createRandom } from '../analysis/random.ts';
import { makeRepository, type SampleRepository } from '../repository/sample-repository.ts';

export interface SampleHistory {
  readonly sample: SampleRepository;
  /** Oldest first. */
  readonly shas: readonly string[];
}

/** `count` commits on `main`, each with a message of its own or the one that is given for it. */
export function makeHistory(count: number, messages: Readonly<Record<number, string>> = {}): SampleHistory {
  const sample = makeRepository();
  const lines: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const message = messages[index] ?? `Change ${index}`;
    lines.push('commit refs/heads/main', `mark :${index + 1}`);
    lines.push(`committer Ada <ada@example.org> ${1_767_225_600 + index * 3600} +0000`);
    lines.push(`data ${Buffer.byteLength(message)}`, message);
    if (index > 0) lines.push(`from :${index}`);
    lines.push(`M 100644 inline version.txt`, `data ${String(index).length}`, String(index), '');
  }
  execFileSync('git', ['fast-import', '--quiet'], { cwd: sample.folder, input: lines.join('\n') });
  sample.git('reset', '--quiet', '--hard', 'main');
  return { sample, shas: sample.git('log', '--reverse', '--format=%H').split('\n') };
}

export interface RunShape {
  /** What stands for the code that a file loads; by default the same in every run, or null where it is not known. */
  readonly fingerprint?: (file: number, index: number) => string | null;
  /** How many times its usual time a test takes in a run. */
  readonly factor?: (test: string, index: number) => number;
  /** The hash of a test's body in a run; by default none is told. */
  readonly body?: (test: string, index: number) => string | undefined;
  readonly change?: (run: RunReport, index: number) => RunReport;
  readonly files?: number;
}

const TESTS_PER_FILE = 6;

/** The name of a test of {@link makeRuns}. */
export function nameTest(file: number, test: number): string {
  return `test/file-${file}.js > suite > test ${test}`;
}

/** A run of each commit, an hour apart, with noise of 2 %. */
export function makeRuns(shas: readonly string[], shape: RunShape = {}): RunReport[] {
  const random = createRandom(7);
  return shas.map((sha, index) => {
    const files = Array.from({ length: shape.files ?? 3 }, (_, file): FileResult => {
      const tests = Array.from({ length: TESTS_PER_FILE }, (__, test): TestResult => {
        const factor = shape.factor?.(nameTest(file, test), index) ?? 1;
        const body = shape.body?.(nameTest(file, test), index);
        const levelMs = 4 + 3 * file + 2 * test;
        const durationMs = Math.round(1e6 * levelMs * factor * Math.exp(0.02 * random.normal())) / 1e6;
        return {
          title: ['suite', `test ${test}`],
          outcome: 'passed',
          durationMs,
          hooksMs: null,
          cpuMs: null,
          attempts: 1,
          samplesMs: [durationMs],
          ...(body !== undefined && { body }),
        };
      });
      const durationMs = 60 + tests.reduce((sum, one) => sum + (one.durationMs ?? 0), 0);
      return {
        path: `test/file-${file}.js`,
        outcome: 'passed',
        durationMs,
        loadMs: 20,
        peakRssBytes: null,
        exitCode: 0,
        signal: null,
        fingerprint: shape.fingerprint === undefined ? null : shape.fingerprint(file, index),
        suites: [],
        tests,
      };
    });
    const run = createRun({ files: 1, testsPerFile: 1, samples: 1 }, index);
    const committedAt = new Date(1_767_225_600_000 + index * 3_600_000).toISOString();
    const made: RunReport = {
      ...run,
      commit: sha,
      commitDetails: { ...run.commitDetails, sha, subject: `Change ${index}`, committedAt },
      outcome: 'passed',
      files,
      totals: computeTotals(files),
    };
    return shape.change?.(made, index) ?? made;
  });
}

/** The run with samples of each test, as parts of what it took. */
export function sampleTests(run: RunReport, parts: readonly number[]): RunReport {
  return {
    ...run,
    files: run.files.map((file) => ({
      ...file,
      tests: file.tests.map((test) => ({
        ...test,
        samplesMs: parts.map((part) => part * (test.durationMs ?? 0)),
      })),
    })),
  };
}
