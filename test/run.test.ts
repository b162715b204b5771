import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { JobError } from '../core/errors.ts';
import type { JobType } from '../core/job-type.ts';
import { readMachineFacts, readMachineState } from '../core/machine/facts.ts';
import type { FileMeasurement } from '../core/measure/measurement.ts';
import { recoverJournal } from '../core/measure/recover-journal.ts';
import { type RunFacts, runReportSchema } from '../core/model.ts';
import { measureRun, type RunPlan } from '../core/run.ts';
import { createRunId } from '../core/run-id.ts';
import { gatherFiles } from './gather-files.ts';
import { NO_TOOLS } from './host-tools.ts';
import { isRunning } from './process-state.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

const MEASUREMENT: FileMeasurement = {
  path: 'test/a.js',
  outcome: 'passed',
  durationMs: 10,
  loadMs: 1,
  peakRssBytes: 1000,
  exitCode: 0,
  signal: null,
  fingerprint: null,
  suites: [],
  tests: [{ title: ['works'], outcome: 'passed', durationMs: 2, hooksMs: 0, cpuMs: 2, attempts: 1 }],
};

async function makePlan(jobType: JobType, signal = new AbortController().signal): Promise<RunPlan> {
  const state = await readMachineState({ calibration: false });
  const folder = makeTemporaryFolder();
  return {
    id: createRunId(new Date()),
    repository: 'sample/fixture',
    repoFolder: folder,
    commit: {
      sha: 'a'.repeat(40),
      branch: 'main',
      author: 'Ann',
      committedAt: '2026-01-01T00:00:00.000Z',
      subject: 'Begin',
      parents: [],
      modified: false,
    },
    node: { version: '24.0.0', line: '24', executable: process.execPath },
    jobType,
    settings: {},
    testFolder: null,
    runner: 'r',
    role: 'primary',
    dependencies: { source: 'present', packageManager: null, durationMs: null },
    facts: readMachineFacts(),
    before: state,
    scratchFolder: folder,
    journalFile: join(folder, 'journal'),
    lockScope: 'test-run',
    variables: { PATH: process.env['PATH'], GITHUB_TOKEN: 'ghp_secret' },
    signal,
    tools: NO_TOOLS,
    onLog: () => undefined,
    onProgress: () => undefined,
    prepareState: () => ({ read: async () => state, drop: () => undefined }),
  };
}

function makeJobType(run: JobType['run']): JobType {
  return { name: 'fake', parseSettings: (raw) => raw, run };
}

/** Measures, and forgets the files. */
async function measureBriefly(plan: RunPlan): Promise<RunFacts> {
  const { run, close } = await measureRun(plan);
  close();
  return run;
}

const RESULT = { documents: [] } as const;

it('gives a report that fits its schema', async () => {
  const plan = await makePlan(
    makeJobType(async (_, host) => {
      host.record(MEASUREMENT);
      return RESULT;
    }),
  );
  const { run, failure, close } = await measureRun(plan);
  expect(failure).toBeNull();
  const report = { ...run, files: gatherFiles(run.files) };
  close();
  expect(runReportSchema.parse(report)).toMatchObject({
    outcome: 'passed',
    totals: { tests: 1, passed: 1, durationMs: 10 },
  });
});

it('keeps what was recorded before the job type failed', async () => {
  const problem = new JobError('The disk went away.', { code: 'test/disk' });
  const plan = await makePlan(
    makeJobType(async (_, host) => {
      host.record(MEASUREMENT);
      throw problem;
    }),
  );
  const { run, failure, close } = await measureRun(plan);
  expect(failure).toBe(problem);
  expect(run).toMatchObject({ outcome: 'aborted', reason: 'The disk went away.', interrupted: false });
  expect([...run.files]).toHaveLength(1);
  close();
});

it('notes the turn of a process after what was left to record of the one before', async () => {
  let recovered: string[] = [];
  const plan = await makePlan(
    makeJobType(async (job, host) => {
      const events = join(host.scratchFolder, 'events');
      const told = [
        { type: 'suite', id: 0, parent: null, title: '', file: null, bail: false },
        { type: 'test', id: 0, suite: 0, title: 'goes on', file: null },
        { type: 'start' },
        { type: 'test-end', test: 0, outcome: 'passed', ms: 1, cpuMs: 1, attempts: 1 },
      ];
      writeFileSync(events, told.map((event) => `${JSON.stringify(event)}\n`).join(''));
      await host.runProcess({
        command: process.execPath,
        args: ['-e', ''],
        cwd: job.repoFolder,
        env: {},
        task: { repoFolder: job.repoFolder, files: [join(job.repoFolder, 'test/b.js')], events },
        meanwhile: () => host.record(MEASUREMENT),
      });
      // As it would be found if the job were killed now.
      const journal = await recoverJournal(plan.journalFile);
      recovered = [...(journal?.files ?? [])].map(({ path }) => path);
      return RESULT;
    }),
  );
  await measureBriefly(plan);
  expect(recovered).toEqual(['test/a.js', 'test/b.js']);
});

it('marks a run that was interrupted', async () => {
  const stop = new AbortController();
  const plan = await makePlan(
    makeJobType(async (_, host) => {
      host.record(MEASUREMENT);
      stop.abort();
      return RESULT;
    }),
    stop.signal,
  );
  expect(await measureBriefly(plan)).toMatchObject({
    outcome: 'aborted',
    reason: 'interrupted',
    interrupted: true,
  });
});

it('calls a run in which nothing ran skipped, never passed', async () => {
  const plan = await makePlan(makeJobType(async () => RESULT));
  expect(await measureBriefly(plan)).toMatchObject({ outcome: 'skipped', reason: 'no test ran' });
});

it("gives a tested process the bare environment with the job type's own variables, and no secret", async () => {
  let printed = '';
  const plan = await makePlan(
    makeJobType(async (job, host) => {
      const script = 'process.stdout.write(JSON.stringify(process.env))';
      const options = {
        command: job.node.executable,
        args: ['-e', script],
        cwd: job.repoFolder,
        env: { OWN: 'yes' },
      };
      printed = (await host.runProcess({ ...options, stdoutBytes: 100_000 })).stdout;
      return RESULT;
    }),
  );
  (await measureRun(plan)).close();
  const seen = JSON.parse(printed) as Record<string, string>;
  expect(seen).toMatchObject({ CI: 'true', TRACEY: 'true', OWN: 'yes', TRACEY_JOB: `test-run/${plan.id}` });
  expect(printed).not.toContain('ghp_secret');
});

it('ends a process that left its process group, before the run is over', async () => {
  let pid = 0;
  const plan = await makePlan(
    makeJobType(async (job, host) => {
      const script = `
        const { spawn } = require('child_process');
        const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' });
        process.stdout.write(String(child.pid), () => process.exit());`;
      const options = { command: job.node.executable, args: ['-e', script], cwd: job.repoFolder, env: {} };
      pid = Number((await host.runProcess({ ...options, stdoutBytes: 100 })).stdout);
      process.kill(pid, 0);
      return RESULT;
    }),
  );
  (await measureRun(plan)).close();
  expect(pid).toBeGreaterThan(0);
  await expect.poll(() => isRunning(pid)).toBe(false);
});

it('is passed when it wrote what it is for, though it measured nothing, and keeps that with the run', async () => {
  const file = { name: 'v1/protocol.md', mediaType: 'text/markdown', content: '# Protocol' };
  const about = { name: 'about', mediaType: 'text/plain', content: 'so' };
  const plan = await makePlan(
    makeJobType(async () => ({ documents: [about], files: [file], summary: '# New' })),
  );
  const { run, written, close } = await measureRun(plan);
  close();
  expect(run.outcome).toBe('passed');
  expect(run.documents).toEqual([
    about,
    file,
    { name: 'summary.md', mediaType: 'text/markdown', content: '# New' },
  ]);
  expect(written).toEqual([file]);
});
