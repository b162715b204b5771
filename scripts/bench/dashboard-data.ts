/**
 * Databases for the dashboard, made up from a seed: several runners and Node lines that measure the same commits, tests
 * that become slower and recover, failures that come and go, runs that were interrupted, a machine that was
 * upgraded, a file that was renamed.
 *
 *     node scripts/bench/dashboard-data.ts --database site.db [--runs 1000] [--files 25] [--tests 20] [--environments 3]
 */
import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { FileResult, RunReport, Tag, TestResult } from '../../core/model.ts';
import { computeTotals } from '../../core/model.ts';
import { openStore } from '../../core/store/open.ts';
import { createRandom, createRun } from './runs.ts';

export interface DashboardShape {
  /** Of the first environment; the others have a tenth of it each. */
  readonly runs: number;
  readonly files: number;
  readonly testsPerFile: number;
  readonly environments: number;
  readonly samples: number;
}

const ENVIRONMENTS = [
  { runner: 'bench', role: 'primary', nodeLine: '24', nodeVersion: '24.1.0', factor: 1 },
  { runner: 'bench', role: 'primary', nodeLine: '22', nodeVersion: '22.11.0', factor: 1.15 },
  { runner: 'device-7', role: 'field', nodeLine: '24', nodeVersion: '24.1.0', factor: 6 },
] as const;

/** The runs of a database of this shape, in the order in which they would have been measured. */
export function* createDashboardRuns(shape: DashboardShape): Generator<RunReport> {
  for (let index = 0; index < shape.runs; index += 1) {
    yield createRunIn(shape, { index, environment: 0 });
    for (let environment = 1; environment < shape.environments; environment += 1) {
      if (index % 10 === environment) yield createRunIn(shape, { index, environment });
    }
  }
}

/** Writes such a database; `onRun` is told after every run. */
export async function writeDashboardDatabase(
  file: string,
  shape: DashboardShape,
  onRun: (count: number) => void = () => undefined,
): Promise<void> {
  const store = openStore({ file });
  try {
    let count = 0;
    for (const run of createDashboardRuns(shape)) {
      await store.writeRun(run);
      count += 1;
      onRun(count);
    }
    await store.writeTags('happner/sample', { tags: listDashboardTags(shape), isComplete: true });
  } finally {
    await store.close();
  }
}

/** Commits between two releases. */
const RELEASED_EVERY = 25;

/** Releases of these commits, the newest of them not yet released. */
export function listDashboardTags({ runs }: DashboardShape): Tag[] {
  return Array.from({ length: Math.floor((runs - 1) / RELEASED_EVERY) }, (_, release) => ({
    name: `v1.${release}.0`,
    sha: createSha((release + 1) * RELEASED_EVERY - 1),
  }));
}

function createRunIn(
  shape: DashboardShape,
  { index, environment }: { readonly index: number; readonly environment: number },
): RunReport {
  const place = ENVIRONMENTS[environment % ENVIRONMENTS.length] ?? ENVIRONMENTS[0];
  const run = createRun(shape, index);
  const random = createRandom(index * 31 + environment);
  const isUpgraded = index >= shape.runs * 0.7;
  const factor = place.factor * (isUpgraded ? 0.9 : 1);
  const interrupted = random() < 0.01;
  const files = run.files
    .slice(0, interrupted ? Math.ceil(run.files.length / 2) : undefined)
    .map((file, at) => age(file, { at, index, runs: shape.runs, factor }));
  const startedMs = Date.parse(run.startedAt) + environment * 300_000 + Math.floor(random() * 240_000);
  const committedMs =
    Date.parse(run.commitDetails.committedAt) - Math.floor(createRandom(index)() * 3_000_000);
  const sha = createSha(index);
  const startedAt = new Date(startedMs).toISOString();
  const { facts, before, after } = run.machine;
  return {
    ...run,
    id: run.id.replace(/^\d{13}/, String(startedMs)),
    commit: sha,
    commitDetails: {
      ...run.commitDetails,
      sha,
      parents: [createSha(index - 1)],
      committedAt: new Date(committedMs).toISOString(),
    },
    runner: place.runner,
    role: place.role,
    nodeLine: place.nodeLine,
    nodeVersion: isUpgraded && environment === 0 ? '24.2.0' : place.nodeVersion,
    startedAt,
    finishedAt: new Date(startedMs + 60_000 * place.factor).toISOString(),
    outcome: interrupted ? 'aborted' : run.outcome,
    ...(interrupted && { reason: 'the run was interrupted' }),
    interrupted,
    files,
    totals: computeTotals(files),
    machine: {
      facts: {
        ...facts,
        hostname: place.runner,
        arch: place.role === 'field' ? 'arm64' : 'x64',
        ...(isUpgraded && { kernel: '6.12.9-1-amd64' }),
      },
      before: before && { ...before, at: startedAt },
      after: after && { ...after, cpuPressure: random() < 0.03 ? 0.6 : after.cpuPressure },
    },
  };
}

/** As little alike as real ones. */
function createSha(index: number): string {
  return createHash('sha1').update(String(index)).digest('hex');
}

interface Age {
  readonly at: number;
  readonly index: number;
  readonly runs: number;
  readonly factor: number;
}

/** A test file as it is at commit `index`: every seventh got slower one day, every third of those recovered. */
function age(file: FileResult, { at, index, runs, factor }: Age): FileResult {
  const random = createRandom(at + 7);
  const since = runs * (0.3 + 0.6 * random());
  const recovered = at % 21 === 0 ? since + runs * 0.1 : Number.POSITIVE_INFINITY;
  const isSlower = at % 7 === 0 && index >= since && index < recovered;
  const tests = file.tests.map((test, number) =>
    stretch(test, factor * (isSlower && number % 3 === 0 ? 1.35 : 1)),
  );
  const wasRenamed = at === 1 && index < runs / 2;
  return {
    ...file,
    path: wasRenamed ? 'test/old-name.test.js' : file.path,
    durationMs: file.durationMs === null ? null : file.durationMs * factor * (isSlower ? 1.1 : 1),
    loadMs: file.loadMs === null ? null : file.loadMs * factor,
    tests,
  };
}

function stretch(test: TestResult, factor: number): TestResult {
  return {
    ...test,
    durationMs: test.durationMs === null ? null : test.durationMs * factor,
    samplesMs: test.samplesMs.map((ms) => ms * factor),
  };
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      database: { type: 'string' },
      runs: { type: 'string', default: '1000' },
      files: { type: 'string', default: '25' },
      tests: { type: 'string', default: '20' },
      environments: { type: 'string', default: '3' },
      samples: { type: 'string', default: '3' },
    },
  });
  if (values.database === undefined) throw new Error('--database must name the file to write');
  await writeDashboardDatabase(
    values.database,
    {
      runs: Number(values.runs),
      files: Number(values.files),
      testsPerFile: Number(values.tests),
      environments: Number(values.environments),
      samples: Number(values.samples),
    },
    (count) => {
      if (count % 100 === 0) process.stderr.write(`${count} runs\n`);
    },
  );
}
