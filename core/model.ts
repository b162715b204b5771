/**
 * The one definition of what Tracey measures: runs, files, suites, tests, and the report that carries them
 * (`tracey run --json`, `tracey export`, a field device's upload). Types, checks and the published JSON
 * Schema all come from here. Durations are milliseconds, sizes bytes, times UTC ISO 8601.
 */
import { changeReportSchema, machineChangeReportSchema } from './found-model.ts';
import { ROLES, type Role } from './roles.ts';
import { z } from './zod.ts';

export const REPORT_SCHEMA = 'tracey.report/1';

/** `aborted` never finished: a crash, a timeout of the whole file, a kill, or a failed hook before it. */
export const OUTCOMES = ['passed', 'failed', 'skipped', 'aborted'] as const;
export const outcomeSchema = z.enum(OUTCOMES);
export type Outcome = z.infer<typeof outcomeSchema>;

export const ISOLATIONS = ['file', 'none'] as const;
export type Isolation = (typeof ISOLATIONS)[number];

export { ROLES, type Role };

const durationMs = z.number().nonnegative();
const count = z.int().nonnegative();
const timestamp = z.iso.datetime();

/** Longest texts kept. Longer ones are cut with `…`; a title keeps a hash of what was cut, so it stays itself. */
export const TEXT_LIMITS = { title: 16_384, message: 8_192, stack: 16_384, output: 16_384 } as const;

const failureSchema = z.strictObject({
  message: z.string(),
  stack: z.string().optional(),
});
/** What went wrong, as text of the tested code: untrusted wherever it is shown. */
export type Failure = z.infer<typeof failureSchema>;

/** Titles from the outermost suite inwards. `occurrence` (2, 3, …) tells later namesakes within a file apart. */
const identity = {
  title: z.array(z.string()).min(1),
  occurrence: z.int().min(2).optional(),
};

/** How long the hash of a test's body is, in hexadecimal digits. */
export const BODY_DIGITS = 12;

const testResultSchema = z.strictObject({
  ...identity,
  outcome: outcomeSchema,
  /** Why it is not `passed`, in one line of our words. */
  reason: z.string().optional(),
  error: failureSchema.optional(),
  /** Median time of the body over the samples, hooks excluded; null when no sample finished. */
  durationMs: durationMs.nullable(),
  /** Median time of its `beforeEach` and `afterEach` hooks together. */
  hooksMs: durationMs.nullable(),
  /** Median CPU time (user and system) the process spent while the body ran; null where Node cannot tell. */
  cpuMs: durationMs.nullable(),
  /** How often it was tried in its worst sample: 1 + retries. */
  attempts: count,
  /** The body's time in each sample that passed, in order. */
  samplesMs: z.array(durationMs),
  /** Hash of the text of its body, white space apart; left out when it is unknown, or not the same in all samples. */
  body: z
    .string()
    .regex(/^[0-9a-f]{12}$/)
    .optional(),
});
export type TestResult = z.infer<typeof testResultSchema>;

const suiteResultSchema = z.strictObject({
  ...identity,
  /** Median wall time from the suite's first hook to its last. */
  durationMs: durationMs.nullable(),
  /** Median time of its own `before` and `after` hooks. */
  hooksMs: durationMs.nullable(),
});
export type SuiteResult = z.infer<typeof suiteResultSchema>;

const fileResultSchema = z.strictObject({
  /** Relative to the repo's root, `/` between folders. */
  path: z.string().min(1),
  outcome: outcomeSchema,
  /** Why it is not `passed`, or what is remarkable although it is, in one line of our words. */
  reason: z.string().optional(),
  error: failureSchema.optional(),
  /** Median wall time of the file: its process from spawn to exit, or its share of a shared process. */
  durationMs: durationMs.nullable(),
  /** Median time to load the file and what it requires. */
  loadMs: durationMs.nullable(),
  peakRssBytes: count.nullable(),
  exitCode: z.int().nullable(),
  signal: z.string().nullable(),
  /** SHA-256 over the contents of every module the file loaded, its own apart; null when it cannot be known. */
  fingerprint: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
  suites: z.array(suiteResultSchema),
  tests: z.array(testResultSchema),
  /** The end of what the file printed, kept only when it is not `passed`. */
  output: z.string().optional(),
});
export type FileResult = z.infer<typeof fileResultSchema>;

const machineFactsSchema = z.strictObject({
  hostname: z.string(),
  platform: z.string(),
  arch: z.string(),
  /** `glibc`, `musl`, or null where it is neither or unknown. */
  libc: z.string().nullable(),
  os: z.string(),
  kernel: z.string(),
  cpuModel: z.string(),
  cpuCount: count,
  memoryBytes: count,
  /** CPU frequency governor, e.g. `performance`; null where unreadable. */
  governor: z.string().nullable(),
  turbo: z.boolean().nullable(),
});
/** What a machine is; the same from run to run until somebody changes it. */
export type MachineFacts = z.infer<typeof machineFactsSchema>;

const calibrationSchema = z.strictObject({
  /** Of the workload, and of the Node it ran on: only where both are equal can times be compared. */
  version: z.int().min(1),
  nodeVersion: z.string(),
  /** Median time of a fixed amount of integer work. */
  cpuMs: durationMs,
  /** Median time of a fixed walk through memory larger than the caches. */
  memoryMs: durationMs,
});
/** How fast the machine is right now, by a workload that never changes. */
export type Calibration = z.infer<typeof calibrationSchema>;

const machineStateSchema = z.strictObject({
  at: timestamp,
  /** Load average over the last minute. */
  load: z.number().nonnegative(),
  /** Share of the last 10 s in which something waited for a CPU (0–1); null where the kernel does not say. */
  cpuPressure: z.number().min(0).max(1).nullable(),
  memoryFreeBytes: count,
  calibration: calibrationSchema.nullable(),
});
/** What a machine was doing just before or after a run. */
export type MachineState = z.infer<typeof machineStateSchema>;

const commitSchema = z.strictObject({
  sha: z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/),
  /** Where it was found; never a substitute for the commit. */
  branch: z.string().nullable(),
  author: z.string(),
  committedAt: timestamp,
  subject: z.string(),
  parents: z.array(z.string()),
  /** True when the measured files differed from the commit. */
  modified: z.boolean(),
});
export type Commit = z.infer<typeof commitSchema>;

/** A name that a repository gives to one commit, as it does to releases. */
export interface Tag {
  readonly name: string;
  readonly sha: string;
}

export interface TagList {
  readonly tags: readonly Tag[];
  /** Whether the repository has no others: a clone need not have them all. */
  readonly isComplete: boolean;
}

const totalsSchema = z.strictObject({
  files: count,
  tests: count,
  passed: count,
  failed: count,
  skipped: count,
  aborted: count,
  /** Sum of the files' durations. */
  durationMs,
});
export type Totals = z.infer<typeof totalsSchema>;

const dependenciesSchema = z.strictObject({
  /** `present`: found in the checkout; `installed`: by a package manager, in this job; the others: restored. */
  source: z.enum(['present', 'installed', 'none', 'artifact', 'cache']),
  packageManager: z.string().nullable(),
  durationMs: durationMs.nullable(),
  /** What was looked for where artifacts are used, or made. */
  artifact: z
    .strictObject({
      key: z.string().min(1),
      /** Of the artifact that was restored or made; null when there is none. */
      cid: z.string().nullable(),
      /** Of the artifact, as it was sent. */
      bytes: count.nullable(),
    })
    .optional(),
});
export type Dependencies = z.infer<typeof dependenciesSchema>;

export const documentSchema = z.strictObject({
  name: z.string().min(1),
  mediaType: z.string(),
  content: z.string(),
});
/** A text that a job type wrote. */
export type Document = z.infer<typeof documentSchema>;

/** Name of the document that is shown when the run is over: Markdown by its job type, for people. */
export const SUMMARY_DOCUMENT = 'summary.md';

/** A run's id: when it started and a UUID, so that ids sort by time and never collide. */
export const RUN_ID_PATTERN = /^\d{13}_[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export const runReportSchema = z.strictObject({
  id: z.string().regex(RUN_ID_PATTERN),
  /** `owner/name`. */
  repository: z.string().min(1),
  /** SHA of the measured commit. */
  commit: commitSchema.shape.sha,
  commitDetails: commitSchema,
  jobType: z.string().min(1),
  runner: z.string().min(1),
  role: z.enum(ROLES),
  isolation: z.enum(ISOLATIONS),
  /** The exact version that ran. */
  nodeVersion: z.string().regex(/^\d+\.\d+\.\d+/),
  /** What must be equal to compare: `22` when a line was asked for, `22.11.0` when an exact version was. */
  nodeLine: z.string().min(1),
  framework: z.strictObject({ name: z.string(), version: z.string() }).nullable(),
  startedAt: timestamp,
  finishedAt: timestamp,
  outcome: outcomeSchema,
  reason: z.string().optional(),
  /** True when the run was stopped before its end: what finished is here, the rest is missing. */
  interrupted: z.boolean(),
  /** Rounds through the suite that were asked for. */
  samples: z.int().min(1),
  totals: totalsSchema,
  dependencies: dependenciesSchema,
  machine: z.strictObject({
    facts: machineFactsSchema,
    before: machineStateSchema.nullable(),
    after: machineStateSchema.nullable(),
  }),
  files: z.array(fileResultSchema),
  documents: z.array(documentSchema),
});
/** One job on one Node version: what the history is made of. */
export type RunReport = z.infer<typeof runReportSchema>;

/** What a run is, without the results of its files. */
export type RunFacts = Omit<RunReport, 'files'>;

/**
 * The results of a file, its suites and tests one at a time, so that memory does not grow with their number. Each
 * can be iterated again; while a run is read from the disk, iterating may throw. A FileResult is one.
 */
export type FileResults = Omit<FileResult, 'suites' | 'tests'> & {
  readonly suites: Iterable<SuiteResult>;
  readonly tests: Iterable<TestResult>;
};

/** A run whose files come one at a time, in the manner of {@link FileResults}. A RunReport is one. */
export type RunResults = RunFacts & { readonly files: Iterable<FileResults> };

/** The files of a run, from wherever they come. */
export type FileStream = Iterable<FileResults> | AsyncIterable<FileResults>;

export const reportSchema = z.strictObject({
  schema: z.literal(REPORT_SCHEMA),
  /** Version of Tracey that wrote it. */
  traceyVersion: z.string(),
  runs: z.array(runReportSchema),
  /** What was found of these runs; reports of before this was kept have none. */
  changes: z.array(changeReportSchema).optional(),
  machineChanges: z.array(machineChangeReportSchema).optional(),
});
/** The document of one job, or of an export: what crosses from a field device to the primary. */
export type Report = z.infer<typeof reportSchema>;

/** Counts of a run's files and tests, and the sum of its files' durations. */
export function computeTotals(files: Iterable<FileResults>): Totals {
  const totals = {
    files: 0,
    tests: 0,
    passed: 0,
    failed: 0,
    skipped: 0,
    aborted: 0,
    durationMs: 0,
  };
  for (const file of files) {
    totals.files += 1;
    totals.durationMs += file.durationMs ?? 0;
    for (const test of file.tests) {
      totals.tests += 1;
      totals[test.outcome] += 1;
    }
  }
  return totals;
}
