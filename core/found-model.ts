/**
 * What is found in a history, as a report carries it: changes of tests, files and totals with what became of them, and shifts
 * of machines. Part of the definition in `model.ts`. Durations are milliseconds, times UTC ISO 8601, ratios 1 for unchanged.
 */
import { ROLES } from './roles.ts';
import { z } from './zod.ts';

/**
 * What people have made of a change: `new`; `acknowledged`, somebody knows and says why; `expected`, it is meant to be so;
 * `fixed`, somebody says that it is over; `recovered`, it is seen to be over.
 */
export const TRIAGE_STATES = ['new', 'acknowledged', 'expected', 'fixed', 'recovered'] as const;

/** Who set the state: nobody yet or what was measured, `tracey changes`, the file in the repo, a commit's trailer. */
export const DECIDERS = ['tracey', 'command', 'file', 'trailer'] as const;

/** What nominated it: the level of several runs, or the newest run alone. */
export const CHANGE_ORIGINS = ['level', 'run'] as const;

const text = z.string().min(1);
const durationMs = z.number().nonnegative();
const ratio = z.number().nonnegative();
const timestamp = z.iso.datetime();

/** The runs that can be compared: a repo in one environment. */
const lane = {
  repository: text,
  runner: text,
  role: z.enum(ROLES),
  nodeLine: text,
  jobType: text,
  isolation: z.enum(['file', 'none']),
};

const verdictSchema = z.strictObject({
  kind: z.enum(['confirmed', 'refuted', 'undecided']),
  /** Head over base; `high` is null where nothing limits it. */
  ratio: z.strictObject({ value: ratio, low: ratio, high: ratio.nullable() }).nullable(),
  level: z.number(),
  pairs: z.int().nonnegative(),
  base: text,
  head: text,
  reason: z.string().nullable(),
});

export const changeReportSchema = z.strictObject({
  ...lane,
  subject: z.strictObject({
    kind: z.enum(['total', 'file', 'load', 'suite', 'test']),
    /** The test file; null for a total. */
    path: z.string().nullable(),
    title: z.array(z.string()),
    occurrence: z.int().min(1),
  }),
  branch: z.string().nullable(),
  direction: z.enum(['slower', 'faster']),
  origin: z.enum(CHANGE_ORIGINS),
  /** The last commit measured before it, and the first measured with it: SHAs. */
  base: text,
  head: text,
  beforeMs: durationMs,
  nowMs: durationMs,
  ratio: ratio.nullable(),
  ratioLow: ratio.nullable(),
  ratioHigh: ratio.nullable(),
  pValue: z.number(),
  /** Ids of the first run of the new level, and of the run whose job found it. */
  headRunId: text,
  foundRunId: text,
  foundAt: timestamp,
  /** What the experiment said; null when there was none. */
  verdict: verdictSchema.nullable(),
  state: z.enum(TRIAGE_STATES),
  stateReason: z.string().nullable(),
  stateBy: z.enum(DECIDERS),
  stateAt: timestamp,
  /** The run that showed that it is over. */
  recoveredRunId: z.string().nullable(),
  /** Texts about it, such as what its profiles say. */
  documents: z.array(z.strictObject({ name: text, mediaType: z.string(), content: z.string() })),
});
/** A change as a report carries it. */
export type ChangeReport = z.infer<typeof changeReportSchema>;

export const machineChangeReportSchema = z.strictObject({
  ...lane,
  /** The first run on the new level. */
  runId: text,
  ratio,
  calibrationRatio: ratio.nullable(),
  causes: z.array(z.string()),
  foundAt: timestamp,
});
/** A shift of everything that a machine does, as a report carries it. */
export type MachineChangeReport = z.infer<typeof machineChangeReportSchema>;
