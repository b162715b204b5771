/**
 * The contract test kit: what every job type keeps, as tests that its author runs, with whatever runner has `describe` and
 * `it`. It does what Tracey does — real processes, a real folder —, and looks at nothing that Tracey does not rely on.
 */
import { deepStrictEqual, doesNotThrow, match, ok, throws } from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { formatThrown } from '../core/errors.ts';
import type { Job, JobResult, JobType } from '../core/job-type.ts';
import { computeTestEnvironment } from '../core/measure/environment.ts';
import type { Host } from '../core/measure/host.ts';
import { endLeftovers } from '../core/measure/leftovers.ts';
import type { FileMeasurement } from '../core/measure/measurement.ts';
import { openPackages } from '../core/measure/packages.ts';
import { runProcess } from '../core/measure/spawn.ts';
import { openEarlierFiles } from '../core/output-folder.ts';
import { adoptJobType } from '../core/outside-job-type.ts';
import { readEnvironment } from './environment.ts';

export interface KitOptions {
  /** Of the test runner: `node:test`, mocha, vitest. */
  readonly describe: (name: string, define: () => void) => unknown;
  readonly it: (name: string, test: () => void | Promise<void>) => unknown;
  /** Settings that it takes; left out, it needs none. */
  readonly settings?: unknown;
  /** A folder with a repo in it to do the job on, absolute; left out, nothing is run. */
  readonly repoFolder?: string;
}

const NAME = /^[A-Za-z\d][\w.-]{0,63}$/;
/** A job type that is told to stop before it begins has nothing to wait for. */
const STOP_MS = 30_000;

/** Defines the tests. */
export function describeJobType(jobType: JobType, options: KitOptions): void {
  const { describe, it, repoFolder } = options;
  const name = String(jobType?.name);
  const settings = options.settings ?? {};
  const adopt = () => adoptJobType(jobType, { name, from: 'its test' });

  describe(`the job type ${name}`, () => {
    it('has a name that fits a file, a table and a screen', () => match(name, NAME));

    it('has the members of the contract', () => doesNotThrow(adopt));

    it('takes its settings, and none where it needs none', () => {
      doesNotThrow(() => adopt().parseSettings(settings));
      if (options.settings === undefined) doesNotThrow(() => adopt().parseSettings(undefined));
    });

    for (const wrong of [[], 'text', 7]) {
      it(`refuses settings that are ${JSON.stringify(wrong)}`, () => {
        throws(() => adopt().parseSettings(wrong), { name: 'ConfigError' });
      });
    }

    it('refuses a key that it does not know, and names it', () => {
      const refused = () => adopt().parseSettings({ ...Object(settings), nosuchkey: 1 });
      throws(refused, { name: 'ConfigError', message: /nosuchkey/ });
    });

    it('parses the same settings in the same way, and leaves them as they are', () => {
      const given = freeze(structuredClone(settings));
      deepStrictEqual(adopt().parseSettings(given), adopt().parseSettings(given));
    });

    if (repoFolder === undefined) return;

    it('does its job, and hands over what fits', () =>
      withHost(repoFolder, async (host, recorded) => {
        const parsed = adopt().parseSettings(settings);
        const result: JobResult = await adopt().run(createJob(repoFolder, parsed), host);
        const left = [...(result.files ?? []), ...(result.documents ?? [])];
        ok(recorded.length + left.length > 0, 'it measured nothing and wrote nothing');
        const names = left.map((document) => document.name);
        deepStrictEqual(names, [...new Set(names)], 'two documents have the same name');
      }));

    it('stops when it is told to, and leaves no process', () =>
      withHost(repoFolder, async (host) => {
        const stopped = { ...host, signal: AbortSignal.abort() };
        const parsed = adopt().parseSettings(settings);
        const ended = adopt()
          .run(createJob(repoFolder, parsed), stopped)
          .then(() => 'ended', formatThrown);
        const { promise, resolve } = Promise.withResolvers<string>();
        const timer = setTimeout(() => resolve('late'), STOP_MS);
        const how = await Promise.race([ended, promise]);
        clearTimeout(timer);
        ok(how !== 'late', `it went on for ${STOP_MS / 1000} s after it was told to stop`);
      }));
  });
}

function createJob(repoFolder: string, settings: unknown): Job<unknown> {
  return {
    id: `0000000000000_${randomUUID()}`,
    repository: 'owner/name',
    repoFolder,
    commit: {
      sha: '0'.repeat(40),
      branch: 'main',
      author: 'A. Uthor',
      committedAt: '2026-01-01T00:00:00.000Z',
      subject: 'Begin',
      parents: [],
      modified: false,
    },
    node: { version: process.versions.node, executable: process.execPath },
    settings,
    testFolder: null,
  };
}

/** A host of this machine, and what was recorded through it. */
async function withHost(
  repoFolder: string,
  work: (host: Host, recorded: readonly FileMeasurement[]) => Promise<void>,
): Promise<void> {
  const { variables, cacheFolder } = readEnvironment(process);
  const scratchFolder = await mkdtemp(join(tmpdir(), 'tracey-kit-'));
  const mark = `kit-${randomUUID()}`;
  const recorded: FileMeasurement[] = [];
  const signal = new AbortController().signal;
  const host: Host = {
    scratchFolder,
    signal,
    now: () => new Date(),
    log: () => undefined,
    showProgress: () => undefined,
    describe: () => undefined,
    record: (measurement) => {
      recorded.push(measurement);
    },
    bringDependencies: ({ install }) => install(() => undefined),
    resolveNode: async () => ({ version: process.versions.node, executable: process.execPath }),
    packages: openPackages({ inherited: variables, cacheFolder, signal }),
    earlierFiles: openEarlierFiles(join(scratchFolder, 'output')),
    runProcess: ({ task: _task, within: _within, ...options }) =>
      runProcess({
        ...options,
        signal,
        env: computeTestEnvironment({
          inherited: variables,
          nodeFolder: dirname(process.execPath),
          repoFolder,
          mark,
          own: options.env,
        }),
      }),
  };
  try {
    await work(host, recorded);
  } finally {
    const left = endLeftovers(mark);
    await rm(scratchFolder, { recursive: true, force: true });
    deepStrictEqual(left, [], 'it left processes running');
  }
}

function freeze(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  for (const inner of Object.values(value)) freeze(inner);
  return Object.freeze(value);
}
