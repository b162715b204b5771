/**
 * A repo's test suite, measured: every file in a process of its own (or all in one), one process at a time, round
 * by round. Each measurement is handed over the moment it is there.
 */
import { rmSync } from 'node:fs';
import { glob, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { JobError } from '../errors.ts';
import type { Isolation } from '../model.ts';
import { readEvents } from './events.ts';
import { createFingerprints } from './fingerprint.ts';
import type { FoundFramework, Invocation } from './frameworks/framework.ts';
import type { Host } from './host.ts';
import { createInterpreter } from './interpret.ts';

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

/**
 * Measures a suite; every measurement goes to `host.record`.
 *
 * @throws JobError when there is nothing to measure: `suite/no-files`, or what the framework throws
 */
export async function measureSuite(options: SuiteOptions, host: Host): Promise<void> {
  const { framework, repoFolder, isolation, samples } = options;
  const invocations = await framework.listInvocations({
    repoFolder,
    nodeExecutable: options.nodeExecutable,
    scratchFolder: host.scratchFolder,
    runProcess: host.runProcess,
    env: options.env,
  });
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
  for (let round = 1; round <= samples; round++) {
    for (const batch of batches) {
      if (host.signal.aborted) return;
      host.showProgress({ done, total, label: describeBatch(repoFolder, batch) });
      await measureBatch(options, host, { batch, fingerprints, turn: done });
      done += 1;
    }
  }
  host.showProgress({ done, total, label: '' });
}

async function measureBatch(
  options: SuiteOptions,
  host: Host,
  of: {
    readonly batch: Batch;
    readonly fingerprints: ReturnType<typeof createFingerprints>;
    readonly turn: number;
  },
): Promise<void> {
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
  });
  const interpreter = createInterpreter(repoFolder, files);
  const damage = await readEvents(events, interpreter.add);
  const [only] = files;
  const fingerprint =
    files.length === 1 && only !== undefined
      ? of.fingerprints.compute(only, interpreter.readModules())
      : null;
  for (const measurement of interpreter.finish({ process: ending, deadlineMs, damage }, fingerprint)) {
    host.record(measurement);
  }
  rmSync(events, { force: true });
}

/** The files that `spec` names, each started as the repo starts it, else as it starts its first. */
async function chooseFiles(options: SuiteOptions, invocations: readonly Invocation[]): Promise<Invocation[]> {
  const { repoFolder } = options;
  const wanted = new Set<string>();
  for (const spec of options.spec) for (const file of await findFiles(repoFolder, spec)) wanted.add(file);
  const [first] = invocations;
  const chosen = invocations.map((invocation) => ({
    ...invocation,
    files: invocation.files.filter((file) => wanted.delete(file)),
  }));
  const rest = { args: [], nodeFlags: [], env: {}, handedOn: null, ...first, files: [...wanted].sort() };
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

function describeBatch(repoFolder: string, batch: Batch): string {
  const [first = ''] = batch.files;
  return batch.files.length === 1
    ? relative(repoFolder, first).split(sep).join('/')
    : `${batch.files.length} files`;
}
