/** Runs of a repo in containers of a real engine, as a job would have them. */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ArtifactSettings } from '../../core/artifacts/artifacts.ts';
import { createHostTools } from '../../core/job-needs.ts';
import type { JobType } from '../../core/job-type.ts';
import type { Progress } from '../../core/measure/host.ts';
import type { MachineState, RunReport } from '../../core/model.ts';
import { measureRun } from '../../core/run.ts';
import { createRunId } from '../../core/run-id.ts';
import { findJobType } from '../../job-types/index.ts';
import { gatherFiles } from '../gather-files.ts';
import { RUN_START } from '../run-start.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';

const STATE: MachineState = {
  at: '2026-01-01T00:00:00.000Z',
  load: 0,
  cpuPressure: null,
  memoryFreeBytes: 1e9,
  calibration: null,
};
const LOCK_SCOPE = 'test-docker';

/** A repo with its dependencies copied, since links lead out of a container; with null, it has none. */
export function makeContainedRepo(files: Readonly<Record<string, string>>, modules: string | null): string {
  const folder = join(makeTemporaryFolder(), 'repo');
  const all = { 'package.json': '{"devDependencies":{"mocha":"*"}}', ...files };
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  if (modules !== null) cpSync(modules, join(folder, 'node_modules'), { recursive: true });
  return folder;
}

export interface ContainedOptions {
  readonly socketPath: string;
  readonly node: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly signal?: AbortSignal;
  readonly variables?: Readonly<Record<string, string>>;
  readonly cacheFolder?: string;
  readonly artifacts?: ArtifactSettings;
  readonly onProgress?: (progress: Progress) => void;
}

export interface ContainedEnd {
  readonly run: RunReport;
  readonly failure: unknown;
  readonly log: readonly string[];
}

/** Finds the image and measures, as core/job.ts does. */
export async function measureContained(repo: string, options: ContainedOptions): Promise<ContainedEnd> {
  const jobType = findContainedJobType();
  const settings = jobType.parseSettings({ socket: options.socketPath, ...options.settings });
  const signal = options.signal ?? new AbortController().signal;
  const log: string[] = [];
  const onLog = (line: string) => {
    log.push(line);
  };
  const listener = { onStep: onLog, onStatus: () => undefined };
  const cacheFolder = options.cacheFolder ?? makeTemporaryFolder();
  const variables = options.variables ?? {};
  const node = await jobType.resolveNode(options.node, settings, {
    lockScope: LOCK_SCOPE,
    jobsFolder: makeTemporaryFolder(),
    cacheFolder,
    variables,
    signal,
    ...listener,
  });
  const scratchFolder = makeTemporaryFolder();
  const { run, failure, close } = await measureRun({
    id: createRunId(new Date()),
    repository: RUN_START.repository,
    repoFolder: repo,
    commit: RUN_START.commitDetails,
    node,
    jobType,
    settings,
    testFolder: null,
    runner: 'r',
    role: 'primary',
    dependencies: { source: 'none', packageManager: null, durationMs: null },
    facts: RUN_START.machine.facts,
    before: STATE,
    scratchFolder,
    journalFile: join(scratchFolder, 'journal'),
    lockScope: LOCK_SCOPE,
    variables,
    signal,
    tools: createHostTools({
      artifacts: options.artifacts ?? null,
      checkout: repo,
      indexRoot: repo,
      node,
      logFile: join(scratchFolder, 'install.log'),
      variables,
      signal,
      listener,
      cacheFolder,
      toolCacheFolder: undefined,
      outputFolder: scratchFolder,
    }),
    onLog,
    onProgress: options.onProgress ?? (() => undefined),
    prepareState: () => ({ read: async () => STATE, drop: () => undefined }),
  });
  const files = gatherFiles(run.files);
  close();
  return { run: { ...run, files }, failure, log };
}

function findContainedJobType(): JobType & Required<Pick<JobType, 'resolveNode'>> {
  const jobType = findJobType('performance-tracker');
  if (jobType?.resolveNode === undefined) throw new Error('performance-tracker brings no Node');
  return { ...jobType, resolveNode: jobType.resolveNode };
}
