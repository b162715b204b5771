/**
 * A repo's test suite, measured: every file in a process of its own (or all in one), one process at a time, round
 * by round, each measurement handed over the moment it is there; or opened, to run single files of it.
 */
import { rmSync } from 'node:fs';
import { glob, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { JobError } from '../errors.ts';
import type { Isolation } from '../model.ts';
import { isReadAtOnce, readInPieces, takeBreaks } from './events.ts';
import { createFingerprints } from './fingerprint.ts';
import type { FoundFramework, Invocation } from './frameworks/framework.ts';
import type { Host, SuiteHost } from './host.ts';
import { createInterpreter } from './interpret.ts';
import type { FileMeasurement } from './measurement.ts';
import type { SpawnResult } from './spawn.ts';

export interface SuiteOptions {
  readonly framework: FoundFramework;
  /** Absolute. */
  readonly repoFolder: string;
  readonly nodeExecutable: string;
  /** Files, folders or globs relative to the repo, in place of the repo's own choice; empty for that. */
  readonly spec: readonly string[];
  readonly samples: number;
  readonly isolation: Isolation;
  /** For each process. */
  readonly deadlineMs: number;
  /** Variables for the tested processes. */
  readonly env: Readonly<Record<string, string>>;
}

/** The files of one process. */
interface Batch {
  readonly invocation: Invocation;
  readonly files: readonly string[];
}

/** How a file is started of which no way is known. */
const NO_INVOCATION: Invocation = { files: [], args: [], nodeFlags: [], env: {}, handedOn: null };

/** A suite of which single files can be run; nothing is recorded. */
export interface OpenSuite {
  /** Paths of its test files, relative to the repo, in the order in which they would run. */
  readonly files: readonly string[];
  /**
   * Runs a test file once, in a process of its own, whatever the isolation of the suite.
   *
   * @param file relative to the repo; it need not be one of `files`
   */
  readonly runFile: (file: string) => Promise<FileMeasurement>;
  /** Runs a test file while V8 writes a profile of each of its processes (`*.cpuprofile`) into a folder; left out where that cannot be had. */
  readonly profileFile?: (file: string, profileFolder: string) => Promise<FileMeasurement>;
  readonly close: () => Promise<void>;
}

/** Often enough that some ms of a test are seen, and seldom enough that looking takes no time itself. */
const PROFILE_INTERVAL_US = 200;

/**
 * Measures a suite; every measurement goes to `host.record`.
 *
 * @throws JobError when there is nothing to measure: `suite/no-files`, or what the framework throws
 */
export async function measureSuite(options: SuiteOptions, host: Host): Promise<void> {
  const { framework, repoFolder, isolation, samples } = options;
  const invocations = await listInvocations(options, host);
  const chosen = options.spec.length === 0 ? invocations : await chooseFiles(options, invocations);
  const batches = chosen.flatMap((invocation): Batch[] => {
    if (invocation.files.length === 0) return [];
    if (isolation === 'none') return [{ invocation, files: invocation.files }];
    return invocation.files.map((file) => ({ invocation, files: [file] }));
  });
  if (batches.length === 0) {
    const where = options.spec.length > 0 ? ` for ${options.spec.map((spec) => `"${spec}"`).join(', ')}` : '';
    throw new JobError(`${repoFolder}: ${framework.name} found no test files${where}.`, {
      code: 'suite/no-files',
      hint: 'Name them with "spec" in the job type\'s settings or with --spec, e.g. --spec "test/**/*.js".',
    });
  }

  const fingerprints = createFingerprints({ repoFolder, frameworkFolder: framework.folder });
  const total = batches.length * samples;
  let done = 0;
  let unread: Generator<void> | null = null;
  // Short as it is, while the next process starts: long before that comes to run anything of the repo.
  const readRest = () => {
    const rest = unread;
    unread = null;
    if (rest !== null) for (const _ of rest);
  };
  try {
    for (let round = 1; round <= samples; round++) {
      for (const batch of batches) {
        if (host.signal.aborted) return;
        host.showProgress({ done, total, label: describeBatch(repoFolder, batch) });
        const ended = await runBatch(options, host, { batch, turn: done, meanwhile: readRest });
        const reading = readBatch(ended, { options, fingerprints, record: host.record });
        // With the first come all the modules to hash that the files share.
        if (done > 0 && isReadAtOnce(ended.events)) unread = reading;
        else await takeBreaks(reading);
        done += 1;
      }
    }
  } finally {
    readRest();
  }
  host.showProgress({ done, total, label: '' });
}

/**
 * Opens a suite for single files of it.
 *
 * @throws JobError what the framework throws when it cannot list its files
 */
export async function openSuite(options: SuiteOptions, host: SuiteHost): Promise<OpenSuite> {
  const { repoFolder } = options;
  const invocations = await listInvocations(options, host);
  const chosen = options.spec.length === 0 ? invocations : await chooseFiles(options, invocations);
  let turn = 0;

  async function run(file: string, nodeFlags: readonly string[]): Promise<FileMeasurement> {
    const path = resolve(repoFolder, file);
    const own = chosen.find(({ files }) => files.includes(path)) ?? chosen[0] ?? NO_INVOCATION;
    const invocation = { ...own, nodeFlags: [...nodeFlags, ...own.nodeFlags] };
    const measured: FileMeasurement[] = [];
    const ended = await runBatch(options, host, { batch: { invocation, files: [path] }, turn: turn++ });
    const record = (measurement: FileMeasurement) => void measured.push(measurement);
    await takeBreaks(readBatch(ended, { options, fingerprints: null, record }));
    const [only] = measured;
    if (only === undefined) throw new Error(`${path}: nothing was measured`);
    return only;
  }

  return {
    files: chosen.flatMap(({ files }) => files.map((file) => computePath(repoFolder, file))),
    runFile: (file) => run(file, []),
    profileFile: (file, folder) =>
      run(file, ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-interval=${PROFILE_INTERVAL_US}`]),
    close: async () => undefined,
  };
}

function listInvocations(options: SuiteOptions, host: SuiteHost): Promise<readonly Invocation[]> {
  return options.framework.listInvocations({
    repoFolder: options.repoFolder,
    nodeExecutable: options.nodeExecutable,
    scratchFolder: host.scratchFolder,
    runProcess: host.runProcess,
    env: options.env,
  });
}

/** The files of a process that has ended. */
interface EndedBatch {
  readonly files: readonly string[];
  readonly ending: SpawnResult;
  /** The file that the process wrote to. */
  readonly events: string;
}

async function runBatch(
  options: SuiteOptions,
  host: SuiteHost,
  of: {
    readonly batch: Batch;
    readonly turn: number;
    /** Short work for the time in which the process starts. */
    readonly meanwhile?: () => void;
  },
): Promise<EndedBatch> {
  const { repoFolder, framework, deadlineMs } = options;
  const { invocation, files } = of.batch;
  // Of this turn and no other, so that they are never taken for another's.
  const events = join(host.scratchFolder, `events-${of.turn}.jsonl`);
  const ending = await host.runProcess({
    command: options.nodeExecutable,
    args: await framework.prepareRun({ invocation, files, scratchFolder: host.scratchFolder }),
    cwd: repoFolder,
    env: { ...invocation.env, ...options.env, TRACEY_EVENTS: events },
    deadlineMs,
    task: { repoFolder, files, events },
    meanwhile: of.meanwhile,
  });
  return { files, ending, events };
}

/** Makes measurements of what a process told, and records them; in pieces, for that can be much. */
function* readBatch(
  { files, ending, events }: EndedBatch,
  to: {
    readonly options: SuiteOptions;
    /** Null when nobody asks what the files loaded. */
    readonly fingerprints: ReturnType<typeof createFingerprints> | null;
    readonly record: (measurement: FileMeasurement) => void;
  },
): Generator<void> {
  const { repoFolder, deadlineMs } = to.options;
  const interpreter = createInterpreter(repoFolder, files);
  const damage = yield* readInPieces(events, interpreter.add);
  const [only] = files;
  const fingerprint =
    files.length === 1 && only !== undefined
      ? (to.fingerprints?.compute(only, interpreter.readModules()) ?? null)
      : null;
  for (const measurement of interpreter.finish({ process: ending, deadlineMs, damage }, fingerprint)) {
    to.record(measurement);
  }
  rmSync(events, { force: true });
}

/** The files that `spec` names, each started as the repo starts it, else as it starts its first. */
async function chooseFiles(options: SuiteOptions, invocations: readonly Invocation[]): Promise<Invocation[]> {
  const { repoFolder } = options;
  const wanted = new Set<string>();
  for (const spec of options.spec) for (const file of await findFiles(repoFolder, spec)) wanted.add(file);
  const first = invocations[0] ?? NO_INVOCATION;
  const chosen = invocations.map((invocation) => ({
    ...invocation,
    files: invocation.files.filter((file) => wanted.delete(file)),
  }));
  const rest = { ...first, files: [...wanted].sort() };
  return [...chosen, rest];
}

/** Files of a spec inside the repo: one file, all JavaScript or TypeScript files below a folder, or a glob. */
async function findFiles(repoFolder: string, spec: string): Promise<string[]> {
  const whole = resolve(repoFolder, spec);
  const isInside = (path: string) => !relative(repoFolder, path).startsWith('..');
  const found = await stat(whole).catch(() => undefined);
  if (found?.isFile()) return isInside(whole) ? [whole] : [];
  const pattern = found?.isDirectory() ? `${spec.replace(/\/+$/, '')}/**/*.{js,cjs,mjs,ts,cts,mts}` : spec;
  const files: string[] = [];
  for await (const file of glob(pattern, { cwd: repoFolder, exclude: ['**/node_modules/**'] })) {
    const path = resolve(repoFolder, file);
    if (isInside(path) && (await stat(path)).isFile()) files.push(path);
  }
  return files.sort();
}

function describeBatch(repoFolder: string, { files }: Batch): string {
  const [first = ''] = files;
  return files.length === 1 ? computePath(repoFolder, first) : `${files.length} files`;
}

function computePath(repoFolder: string, file: string): string {
  return relative(repoFolder, file).split(sep).join('/');
}
