/**
 * What people are told of by mail, one finding each: that a job could not measure, that something became slower, that a
 * machine is overdue, that any of these is over, and that tests are gone. A finding has an id, so that nobody hears of the same problem twice, and holds texts of tested code
 * as they are: whoever renders it makes them harmless.
 */
import type { VanishedTest } from '../changes/vanished-test.ts';
import { z } from '../zod.ts';

/** Where something was measured: what must be equal for a problem to be the same one. */
const placeSchema = z.strictObject({
  /** `owner/name`. */
  repository: z.string(),
  branch: z.string().nullable(),
  jobType: z.string(),
  runner: z.string(),
  /** Release line: `24`, `0.10`; null when it does not depend on the Node version. */
  node: z.string().nullable(),
});
export type Place = z.infer<typeof placeSchema>;

const commitRefSchema = z.strictObject({ sha: z.string(), subject: z.string(), author: z.string() });
export type CommitRef = z.infer<typeof commitRefSchema>;

const errorFindingSchema = z.strictObject({
  kind: z.literal('error'),
  id: z.string().min(1),
  place: placeSchema,
  /** The measured commit; null when it was not even found. */
  commit: commitRefSchema.nullable(),
  reason: z.string(),
  /** The end of the job's log, line by line. */
  log: z.array(z.string()),
});
/** The job could not measure. */
export type ErrorFinding = z.infer<typeof errorFindingSchema>;

const slowerFindingSchema = z.strictObject({
  kind: z.literal('slower'),
  /** Of a change: its series and the commit that it begins with, so that the next change is another problem. */
  id: z.string().min(1),
  place: placeSchema,
  subject: z.strictObject({
    kind: z.enum(['total', 'module', 'file', 'suite', 'test']),
    /** `test/a.js > suite > test`; empty for a total. */
    name: z.string(),
  }),
  /** Base and head ran by turns: the interval of the ratio, and of how many pairs. */
  proof: z.strictObject({ lowRatio: z.number(), highRatio: z.number(), pairs: z.int() }),
  beforeMs: z.number(),
  nowMs: z.number(),
  /** The last commit that is known not to have it, and the one that has it: the same as `commit` or before it. */
  base: commitRefSchema,
  commit: commitRefSchema,
  /** Durations up to now, oldest first; null leaves a gap. In ms. */
  trendMs: z.array(z.number().nullable()),
  /** What else helps to judge it, a sentence each. */
  remarks: z.array(z.string()),
});
/** Something became slower. */
export type SlowerFinding = z.infer<typeof slowerFindingSchema>;

const overdueFindingSchema = z.strictObject({
  kind: z.literal('overdue'),
  id: z.string().min(1),
  place: placeSchema,
  /** When its last run began, and when the next should have come. UTC ISO 8601. */
  lastStartedAt: z.string(),
  dueAt: z.string(),
});
/** A machine did not measure when it should have. */
export type OverdueFinding = z.infer<typeof overdueFindingSchema>;

/** What lasts until it recovers. */
export const problemSchema = z.discriminatedUnion('kind', [
  errorFindingSchema,
  slowerFindingSchema,
  overdueFindingSchema,
]);
export type Problem = z.infer<typeof problemSchema>;

/** Tests are gone. It is told, and that is that. */
export interface VanishedFinding {
  readonly kind: 'vanished';
  readonly id: string;
  readonly place: Place;
  readonly tests: readonly Pick<VanishedTest, 'name' | 'tests' | 'isThere'>[];
  /** The last measured commit that has them, and the first that has not. */
  readonly base: CommitRef;
  readonly commit: CommitRef;
}

/** A problem that people were told of is over. */
export interface RecoveredFinding {
  readonly kind: 'recovered';
  /** The problem's. */
  readonly id: string;
  readonly problem: Problem;
  /** Where it is over. */
  readonly commit: CommitRef | null;
  readonly nowMs: number | null;
}

export type Finding = Problem | RecoveredFinding | VanishedFinding;

/** Names what a problem is about, within everything that is measured. */
export function formatProblemKey(
  kind: Exclude<Finding['kind'], 'recovered'>,
  place: Place,
  subject = '',
): string {
  const { repository, branch, jobType, runner, node } = place;
  return JSON.stringify([kind, repository.toLowerCase(), branch, jobType, runner, node, subject]);
}
