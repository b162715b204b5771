/**
 * Proving what history nominates: base and head of a suspect's test file are run by turns, on this machine and now, until
 * the ratio of their times says whether the change is real. It stores nothing and tells nobody.
 */
import type { ProfileDifference } from '../analysis/profile-difference.ts';
import type { Clock } from '../analysis/sequential.ts';
import type { Suspect, Verdict } from '../analysis/suspect.ts';
import { listCommitsBetween } from '../repository/read.ts';
import { createRunId } from '../run-id.ts';
import { formatUntrusted } from '../text.ts';
import { type BisectAnswer, bisect, type CommitRange } from './bisect.ts';
import type { ConfirmBudget } from './budget.ts';
import { type Deadline, startDeadline, takeTime } from './deadline.ts';
import { type Answer, formatSha, type Laboratory, openLaboratory, type TestFileUsed } from './experiment.ts';
import type { ExperimentOptions } from './options.ts';
import type { Claim, Decided } from './pairs.ts';

/** So much of the time is for finding out which of several commits it was. */
const SHARE_FOR_BISECTION = 0.3;

/** Of the time that is left, a group may take this much, however many come after it. */
const LEAST_SHARE = 1 / 3;

export interface ConfirmOptions extends Omit<ExperimentOptions, 'id'> {
  readonly budget: ConfirmBudget;
}

/** A suspect and what became of it. */
export interface Confirmation {
  readonly suspect: Suspect;
  readonly verdict: Verdict;
  readonly testFile: TestFileUsed;
  /** By which clock the verdict is: CPU time where the test only computes and others disturbed the clock on the wall. */
  readonly clock: Clock;
  /** Where the time of a confirmed change went; null for others, and where it could not be had. */
  readonly profile: ProfileDifference | null;
}

/** Suspects of one test file between the same two commits. */
type Group = readonly [Suspect, ...Suspect[]];

/** A group of which something was confirmed. */
interface ConfirmedGroup {
  readonly range: CommitRange;
  readonly file: string;
  readonly testFile: TestFileUsed;
  readonly profile: ProfileDifference | null;
  readonly members: readonly { readonly suspect: Suspect; readonly decided: Decided }[];
}

interface Confirming {
  readonly options: ConfirmOptions;
  readonly laboratory: Laboratory;
  readonly deadline: Deadline;
  /** Probability of an error for one suspect. */
  readonly alpha: number;
}

/**
 * Confirms suspects, those of one test file and range of commits together: first all of them, each group within its share of
 * the time, then, where several commits lie between, which of these it was. Each is yielded as soon as it is settled, and
 * every one exactly once: what goes wrong — a base that is gone, does not install or whose tests fail — makes it undecided,
 * with the reason. When `options.signal` is aborted, it ends without those that were not settled. Only for whoever holds the
 * machine. Nothing of what runs is recorded anywhere.
 */
export async function* confirmSuspects(
  suspects: readonly Suspect[],
  options: ConfirmOptions,
): AsyncIterable<Confirmation> {
  const { budget } = options;
  const deadline = startDeadline(budget.durationMs, options.signal);
  const laboratory = await openLaboratory({
    ...options,
    id: createRunId(new Date()),
    signal: deadline.signal,
  });
  const alpha = (1 - budget.level) / Math.max(1, suspects.length);
  const confirming: Confirming = { options, laboratory, deadline, alpha };
  try {
    const groups = groupSuspects(suspects);
    const confirmed: ConfirmedGroup[] = [];
    const laterMs = (await isAnyWide(groups, options)) ? SHARE_FOR_BISECTION * budget.durationMs : 0;
    for (const [index, group] of groups.entries()) {
      const durationMs = (deadline.computeRest() - laterMs) * computeShare(groups.length - index);
      const answer = await askAbout(group, { confirming, durationMs });
      if (options.signal.aborted) break;
      yield* settle(group, { answer, level: budget.level, confirmed });
    }
    for (const [index, group] of confirmed.entries()) {
      const durationMs = deadline.computeRest() / (confirmed.length - index);
      yield* narrow(group, { confirming, durationMs });
    }
  } finally {
    await laboratory.close();
    deadline.close();
  }
}

/**
 * The share of the time that is left for one of so many groups. The largest come first, and are decided the soonest if they
 * are real: what they do not need the others get, while an even share may be too little for any of them.
 */
function computeShare(groups: number): number {
  return Math.max(1 / groups, LEAST_SHARE);
}

/** The largest changes first: what matters most is not left over when the time is up. */
function groupSuspects(suspects: readonly Suspect[]): readonly Group[] {
  const groups = Map.groupBy(suspects, ({ subject, base, head }) =>
    JSON.stringify([subject.file, base, head]),
  );
  const computeSize = (group: Group) =>
    Math.max(...group.map((suspect) => Math.abs(Math.log(computeClaim(suspect)))));
  return [...groups.values()]
    .map((group) => group as [Suspect, ...Suspect[]])
    .sort((a, b) => computeSize(b) - computeSize(a));
}

/** What history says of the ratio; a µs besides, so that zero is a time. */
function computeClaim({ beforeMs, nowMs }: Suspect): number {
  return (nowMs + 0.001) / (beforeMs + 0.001);
}

/** Whether of any group there are commits to choose from. */
async function isAnyWide(groups: readonly Group[], options: ConfirmOptions): Promise<boolean> {
  for (const [suspect] of groups) {
    if ((await findCommitsBetween(options, suspect)).length > 0) return true;
  }
  return false;
}

/** The commits to choose from; none where git does not know. */
function findCommitsBetween({ repository }: ConfirmOptions, range: CommitRange): Promise<readonly string[]> {
  return listCommitsBetween(repository, range).catch(() => []);
}

function askAbout(
  group: Group,
  { confirming, durationMs }: { readonly confirming: Confirming; readonly durationMs: number },
): Promise<Answer> {
  const { laboratory, deadline, options, alpha } = confirming;
  const [{ subject, base, head }] = group;
  options.listener.onStep(
    `confirming ${formatUntrusted(subject.file)}, ${formatSha(base)} against ${formatSha(head)}`,
  );
  return laboratory.ask({
    base,
    head,
    file: subject.file,
    claims: group.map((suspect): Claim => ({ subject: suspect.subject, ratio: computeClaim(suspect) })),
    alpha: alpha * group.length,
    pairs: options.budget.pairs,
    isOver: takeTime(deadline, durationMs),
    profiles: true,
  });
}

/** Yields what is not confirmed; what is, is left for narrowing down. */
function* settle(
  group: Group,
  of: { readonly answer: Answer; readonly level: number; readonly confirmed: ConfirmedGroup[] },
): Generator<Confirmation> {
  const { answer, level } = of;
  if ('reason' in answer) {
    const { reason } = answer;
    for (const suspect of group) {
      const { base, head } = suspect;
      const verdict: Verdict = { kind: 'undecided', ratio: null, level, pairs: 0, base, head, reason };
      yield { suspect, verdict, testFile: 'unchanged', clock: 'wall', profile: null };
    }
    return;
  }
  const { decided: all, testFile, profile } = answer;
  const members: ConfirmedGroup['members'][number][] = [];
  for (const [index, suspect] of group.entries()) {
    const decided = all[index];
    if (decided === undefined) throw new Error('a claim was not answered');
    if (isConfirmed(decided)) members.push({ suspect, decided });
    else {
      const verdict = computeVerdict(decided, { level, range: suspect });
      yield { suspect, verdict, testFile, clock: decided.clock, profile: null };
    }
  }
  const [{ base, head, subject }] = group;
  if (members.length > 0)
    of.confirmed.push({ range: { base, head }, file: subject.file, testFile, profile, members });
}

/** Which of several commits it was, as far as the time goes. */
async function* narrow(
  group: ConfirmedGroup,
  { confirming, durationMs }: { readonly confirming: Confirming; readonly durationMs: number },
): AsyncGenerator<Confirmation> {
  const { options } = confirming;
  const { range, members, testFile, profile } = group;
  const left = await bisect({
    subjects: members,
    range,
    between: await findCommitsBetween(options, range),
    ask: createBisectAsk(group, { confirming, isOver: takeTime(confirming.deadline, durationMs) }),
  });
  for (const member of members) {
    const verdict = computeVerdict(member.decided, {
      level: options.budget.level,
      range: left.get(member) ?? range,
    });
    yield { suspect: member.suspect, verdict, testFile, clock: member.decided.clock, profile };
  }
}

function createBisectAsk(
  { file, range }: ConfirmedGroup,
  { confirming, isOver }: { readonly confirming: Confirming; readonly isOver: () => boolean },
) {
  const { laboratory, options, alpha } = confirming;
  type Member = ConfirmedGroup['members'][number];
  return async (
    { base, middle }: { readonly base: string; readonly middle: string },
    members: readonly Member[],
  ): Promise<ReadonlyMap<Member, BisectAnswer> | null> => {
    if (isOver()) return null;
    options.listener.onStep(`bisecting ${formatUntrusted(file)}: is it there at ${formatSha(middle)}?`);
    const answer = await laboratory.ask({
      base,
      head: middle,
      testsOf: range.head,
      file,
      claims: members.map(({ suspect, decided }) => ({
        subject: suspect.subject,
        ratio: decided.ratio?.value ?? null,
      })),
      alpha: alpha * members.length,
      pairs: options.budget.pairs,
      isOver,
      profiles: false,
    });
    if ('reason' in answer) return isOver() ? null : new Map();
    return new Map(
      members.map((member, index) => [member, computeBisectAnswer(answer.decided[index])] as const),
    );
  };
}

function computeBisectAnswer(decided: Decided | undefined): BisectAnswer {
  if (decided === undefined || decided.decision === null) return 'unknown';
  return decided.decision === 'unchanged' ? 'later' : 'by-then';
}

function isConfirmed({ decision }: Decided): boolean {
  return decision === 'slower' || decision === 'faster';
}

function computeVerdict(
  decided: Decided,
  { level, range }: { readonly level: number; readonly range: CommitRange },
): Verdict {
  const { ratio, pairs, reason } = decided;
  const kind = isConfirmed(decided) ? 'confirmed' : decided.decision === null ? 'undecided' : 'refuted';
  return { kind, ratio, level, pairs, base: range.base, head: range.head, reason };
}
