/**
 * Small repos made of inline files, measured as a job would: the real job type, real processes, a real mocha. And
 * the same file run by plain mocha, to compare.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { computeTestEnvironment, type Variables } from '../../core/measure/environment.ts';
import type { Progress } from '../../core/measure/host.ts';
import { createJournal } from '../../core/measure/journal.ts';
import { createOutputFiles } from '../../core/measure/output-file.ts';
import { runProcess, type SpawnOptions } from '../../core/measure/spawn.ts';
import type { FileResult, Outcome, TestResult } from '../../core/model.ts';
import performanceTrackerLite from '../../job-types/performance-tracker-lite/index.ts';
import { gatherFiles } from '../gather-files.ts';
import { NO_TOOLS } from '../host-tools.ts';
import { RUN_START } from '../run-start.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';

/** The project's own mocha. */
export const MOCHA = fileURLToPath(new URL('../../node_modules/mocha', import.meta.url));

/** Makes a repo that lists mocha and has it installed, in a folder that is gone after the test. */
export function makeRepo(files: Readonly<Record<string, string>>, mocha = MOCHA): string {
  const folder = makeTemporaryFolder();
  writeFiles(folder, { 'package.json': '{"devDependencies":{"mocha":"*"}}', ...files });
  linkPackage(folder, mocha);
  return folder;
}

export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

function linkPackage(repo: string, folder: string): void {
  mkdirSync(join(repo, 'node_modules'), { recursive: true });
  symlinkSync(folder, join(repo, 'node_modules', 'mocha'));
}

export interface MeasureOptions {
  /** As under `job_types[].settings`. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly node?: string;
  readonly signal?: AbortSignal;
  readonly inherited?: Variables;
  readonly onProgress?: (progress: Progress) => void;
  /** Sees what the processes print, as it comes. */
  readonly onOutput?: (chunk: Buffer) => void;
  /** Sees every process that is started. */
  readonly onProcess?: (options: Pick<SpawnOptions, 'command' | 'args' | 'env'>) => void;
}

/** Measures a repo on a Node and returns what a report would hold. */
export async function measureRepo(repoFolder: string, options: MeasureOptions = {}): Promise<FileResult[]> {
  const journal = createJournal(join(makeTemporaryFolder(), 'journal'), RUN_START);
  const scratchFolder = makeTemporaryFolder();
  const outputFiles = createOutputFiles(scratchFolder);
  const signal = options.signal ?? new AbortController().signal;
  const executable = options.node ?? process.execPath;
  await performanceTrackerLite.run(
    {
      id: 'job',
      repository: 'owner/name',
      repoFolder,
      commit: {
        sha: '0'.repeat(40),
        branch: null,
        author: 'A. Uthor',
        committedAt: '2026-01-01T00:00:00.000Z',
        subject: 'Begin',
        parents: [],
        modified: false,
      },
      node: { version: process.versions.node, executable },
      testFolder: null,
      settings: performanceTrackerLite.parseSettings(options.settings ?? {}),
    },
    {
      ...NO_TOOLS,
      scratchFolder,
      signal,
      now: () => new Date(),
      log: () => {},
      showProgress: options.onProgress ?? (() => {}),
      describe: journal.describe,
      record: journal.add,
      runProcess: ({ task: _task, ...process }) => {
        const env = computeTestEnvironment({
          inherited: options.inherited ?? globalThis.process.env,
          nodeFolder: dirname(executable),
          repoFolder,
          mark: 'job',
          own: process.env,
        });
        options.onProcess?.({ ...process, env });
        return runProcess({ ...process, env, signal, outputFiles, onOutput: options.onOutput });
      },
    },
  );
  const files = gatherFiles(journal.files);
  journal.close();
  return files;
}

/** Measures a repo of these files; most often one, `test/a.js`. */
export function measureFiles(
  files: Readonly<Record<string, string>>,
  options?: MeasureOptions,
): Promise<FileResult[]> {
  return measureRepo(makeRepo(files), options);
}

/** Measures `test/a.js` with this text. */
export async function measureFile(text: string, options?: MeasureOptions): Promise<FileResult> {
  const [file] = await measureFiles({ 'test/a.js': text }, options);
  if (file === undefined) throw new Error('nothing was measured');
  return file;
}

/** `outcome: title > title`, and where there is one ` (reason)`, per test in order. */
export function formatTests(file: FileResult): string[] {
  return file.tests.map((test) => {
    const occurrence = test.occurrence === undefined ? '' : ` #${test.occurrence}`;
    const reason = test.reason === undefined ? '' : ` (${test.reason})`;
    return `${test.outcome}: ${test.title.join(' > ')}${occurrence}${reason}`;
  });
}

export interface PlainTest {
  readonly title: string;
  readonly outcome: Outcome;
}

/** Runs one file with the repo's own mocha and its own JSON reporter; tests in alphabetical order. */
export function runPlainMocha(
  repoFolder: string,
  file: string,
  options: { readonly node?: string; readonly args?: readonly string[] } = {},
): PlainTest[] {
  const node = options.node ?? process.execPath;
  const mocha = join(repoFolder, 'node_modules', 'mocha');
  const manifest = JSON.parse(readFileSync(join(mocha, 'package.json'), 'utf8')) as {
    bin: string | { mocha: string };
  };
  const bin = join(mocha, typeof manifest.bin === 'string' ? manifest.bin : manifest.bin.mocha);
  const ended = spawnSync(node, [bin, '--reporter', 'json', ...(options.args ?? []), file], {
    cwd: repoFolder,
    encoding: 'utf8',
    env: computeTestEnvironment({
      inherited: process.env,
      nodeFolder: dirname(node),
      repoFolder,
      mark: 'plain',
      own: {},
    }),
    maxBuffer: 256 * 1024 * 1024,
  });
  return parsePlainReport(ended.stdout, ended.stderr);
}

interface PlainReport {
  readonly tests: readonly { readonly fullTitle: string }[];
  readonly pending: readonly { readonly fullTitle: string }[];
  readonly failures: readonly { readonly fullTitle: string }[];
}

/** The report is the last thing on stdout that begins as it does; tests may print before it. */
function parsePlainReport(stdout: string, stderr: string): PlainTest[] {
  const from = stdout.lastIndexOf('{\n  "stats"');
  if (from === -1) throw new Error(`plain mocha gave no report:\n${stdout}\n${stderr}`);
  const report = JSON.parse(stdout.slice(from, stdout.lastIndexOf('}') + 1)) as PlainReport;
  const count = (list: readonly { readonly fullTitle: string }[]) => {
    const counts = new Map<string, number>();
    for (const { fullTitle } of list) counts.set(fullTitle, (counts.get(fullTitle) ?? 0) + 1);
    return counts;
  };
  const failures = count(report.failures);
  const pending = count(report.pending);
  const take = (counts: Map<string, number>, title: string) => {
    const left = counts.get(title) ?? 0;
    if (left > 0) counts.set(title, left - 1);
    return left > 0;
  };
  return sortTests(
    report.tests.map(({ fullTitle }) => {
      // Mocha 2 and 3 put a space in front of what is outside every suite.
      const title = fullTitle.trim();
      if (take(failures, fullTitle)) return { title, outcome: 'failed' };
      return { title, outcome: take(pending, fullTitle) ? 'skipped' : 'passed' };
    }),
  );
}

/**
 * What plain mocha should have said about the same file: tests that never had their turn are not in its report.
 */
export function computePlainTests(file: FileResult): PlainTest[] {
  const hadTurn = (test: TestResult) => test.outcome !== 'aborted' && !test.reason?.startsWith('never ran');
  return sortTests(
    file.tests.filter(hadTurn).map((test) => ({ title: test.title.join(' ').trim(), outcome: test.outcome })),
  );
}

function sortTests(tests: readonly PlainTest[]): PlainTest[] {
  const computeKey = (test: PlainTest) => JSON.stringify([test.title, test.outcome]);
  return tests.toSorted((a, b) => (computeKey(a) < computeKey(b) ? -1 : 1));
}

/** Measures `test/a.js` with this text, and holds its tests against plain mocha's. */
export async function measureBeside(text: string): Promise<FileResult> {
  const repo = makeRepo({ 'test/a.js': text });
  const [file] = await measureRepo(repo);
  if (file === undefined) throw new Error('nothing was measured');
  expect(computePlainTests(file)).toEqual(runPlainMocha(repo, 'test/a.js'));
  return file;
}
