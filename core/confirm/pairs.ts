/**
 * Pairs: a test file run once at base and once at head, in an order drawn by lot, again and again until everything that is
 * claimed of it is decided. It knows neither commits nor work trees, only how each side is run.
 */
import {
  type Clock,
  createSequentialDecision,
  type Decision,
  type SequentialDecision,
  type Timing,
} from '../analysis/sequential.ts';
import { computeMedian } from '../analysis/statistics.ts';
import type { RatioEstimate, SuspectSubject } from '../analysis/suspect.ts';
import {
  computeFirstLine,
  computeIdentityKey,
  type FileMeasurement,
  type TestMeasurement,
} from '../measure/measurement.ts';
import type { PairProgress } from './progress.ts';

/** So many runs of a side in which a test did not pass, one after the other, and it is given up. */
const MISSES = 3;
/** An estimate takes its time as pairs become many: from here on only every tenth is shown. */
const SHOWN_ALWAYS = 20;

/** What is to be decided. */
export interface Claim {
  readonly subject: SuspectSubject;
  /** What is claimed of the ratio of head to base; null: nothing, so that either direction is of interest. */
  readonly ratio: number | null;
}

export interface PairOptions {
  readonly file: string;
  /** How the file is run on each side. */
  readonly sides: Readonly<Record<SideName, () => Promise<FileMeasurement>>>;
  /** Or nothing is claimed: of the file and each of its tests that passes on both sides, those that are chosen. */
  readonly claims: readonly Claim[] | ChooseSubjects;
  /** Probability of being ever wrong about any of them. */
  readonly alpha: number;
  /** Most pairs. */
  readonly pairs: number;
  /** Whether the time is up. */
  readonly isOver: () => boolean;
  /** From 0 to below 1: the lot. */
  readonly random: () => number;
  readonly onPairs: (progress: PairProgress) => void;
}

export type ChooseSubjects = (subject: SuspectSubject) => boolean;

export type SideName = 'base' | 'head';

/** What the pairs say of one claim. */
export interface Decided {
  readonly claim: Claim;
  /** Null: not decided, and why. */
  readonly decision: Decision | null;
  readonly reason: string | null;
  readonly ratio: RatioEstimate | null;
  /** By which clock the ratio is. */
  readonly clock: Clock;
  readonly pairs: number;
  /** After how many of them it was decided; the others came for what shares them. */
  readonly decidedAfter: number | null;
  /** Medians by the clock on the wall; null without a pair. */
  readonly baseMs: number | null;
  readonly headMs: number | null;
}

/**
 * Runs pairs until all is decided, there are enough of them, or the time is up. The first run of each side counts for
 * nothing: it warms the disk's cache.
 */
export async function runPairs(options: PairOptions): Promise<readonly Decided[]> {
  const { sides, file, isOver } = options;
  const first = { base: await sides.base(), head: await sides.head() };
  const { claims: asked } = options;
  const claims =
    typeof asked === 'function' ? listSubjects(file, first).filter(asked).map(claimNothing) : asked;
  const alpha = options.alpha / Math.max(1, claims.length);
  const trackers = claims.map((claim) => createTracker(claim, alpha));
  for (const tracker of trackers) tracker.look(index(first));
  let done = 0;
  let shown: RatioEstimate | null = null;
  const tell = () => {
    const open = trackers.filter(({ isOpen }) => isOpen());
    const last = open.toSorted((a, b) => a.decision.progress() - b.decision.progress())[0];
    if (last && (done <= SHOWN_ALWAYS || done % 10 === 0)) shown = last.decision.estimate();
    options.onPairs({ file, done, total: options.pairs, ratio: shown, undecided: open.length });
  };
  tell();
  while (done < options.pairs && !isOver() && trackers.some(({ isOpen }) => isOpen())) {
    const pair = await runPair(sides, options.random);
    // What was cut short says nothing.
    if (isOver() && (pair.base.outcome === 'aborted' || pair.head.outcome === 'aborted')) break;
    done += 1;
    const found = index(pair);
    for (const tracker of trackers) tracker.take(found);
    tell();
  }
  return trackers.map((tracker) => tracker.conclude(isOver()));
}

type Pair = Readonly<Record<SideName, FileMeasurement>>;

async function runPair(sides: PairOptions['sides'], random: () => number): Promise<Pair> {
  if (random() < 0.5) {
    const base = await sides.base();
    return { base, head: await sides.head() };
  }
  const head = await sides.head();
  return { base: await sides.base(), head };
}

/** A measured file with its tests by name. */
interface Indexed {
  readonly file: FileMeasurement;
  readonly tests: ReadonlyMap<string, TestMeasurement>;
}
type IndexedPair = Readonly<Record<SideName, Indexed>>;

function index({ base, head }: Pair): IndexedPair {
  const indexOne = (file: FileMeasurement) => ({
    file,
    tests: new Map([...file.tests].map((test) => [computeIdentityKey(test), test])),
  });
  return { base: indexOne(base), head: indexOne(head) };
}

function createTracker(claim: Claim, alpha: number) {
  const decision: SequentialDecision = createSequentialDecision({ claim: claim.ratio, alpha });
  const times: Record<SideName, number[]> = { base: [], head: [] };
  let misses = 0;
  let lost: string | null = null;
  const isOpen = () => lost === null && decision.decision === null;

  /** The times of both sides; null where one has none. */
  function look(pair: IndexedPair): Readonly<Record<SideName, Timing>> | null {
    const base = findTiming(pair.base, claim.subject);
    const head = findTiming(pair.head, claim.subject);
    if (typeof base !== 'string' && typeof head !== 'string') {
      misses = 0;
      return { base, head };
    }
    misses += 1;
    const [side, reason] = typeof base === 'string' ? ['base', base] : ['head', head];
    if (misses === MISSES && decision.decision === null) lost = `at ${side} ${reason}`;
    return null;
  }

  return {
    decision,
    isOpen,
    look,
    take(pair: IndexedPair): void {
      const found = look(pair);
      if (found === null) return;
      times.base.push(found.base.ms);
      times.head.push(found.head.ms);
      decision.add(found);
    },
    conclude(isTimeUp: boolean): Decided {
      const unsaid = isTimeUp
        ? 'the time for confirming was up'
        : 'it took as many pairs as it may, and they do not tell';
      return {
        claim,
        decision: decision.decision,
        reason: decision.decision === null ? (lost ?? unsaid) : null,
        ratio: decision.estimate(),
        clock: decision.clock,
        pairs: decision.pairs,
        decidedAfter: decision.decidedAfter,
        baseMs: times.base.length > 0 ? computeMedian(times.base) : null,
        headMs: times.head.length > 0 ? computeMedian(times.head) : null,
      };
    },
  };
}

/** How long the subject took, or why that is not known. */
function findTiming({ file, tests }: Indexed, subject: SuspectSubject): Timing | string {
  const { titles, occurrence } = subject;
  if (titles.length === 0) {
    if (file.outcome === 'passed' && file.durationMs !== null) return { ms: file.durationMs, cpuMs: null };
    return describeOutcome('the test file', file);
  }
  const test = tests.get(computeIdentityKey({ title: [...titles], occurrence }));
  if (test?.outcome === 'passed' && test.durationMs !== null) {
    return { ms: test.durationMs, cpuMs: test.cpuMs };
  }
  if (test !== undefined) return describeOutcome('the test', test);
  return file.outcome === 'passed' ? 'there is no such test' : describeOutcome('the test file', file);
}

function describeOutcome(
  what: string,
  { outcome, reason, error }: Pick<FileMeasurement, 'outcome' | 'reason' | 'error'>,
): string {
  const why = reason ?? error?.message;
  return `${what} ${outcome === 'passed' ? 'took no time' : outcome}${why === undefined ? '' : `: ${computeFirstLine(why)}`}`;
}

function claimNothing(subject: SuspectSubject): Claim {
  return { subject, ratio: null };
}

/** The file, and its tests that pass on both sides. */
function listSubjects(file: string, pair: Pair): SuspectSubject[] {
  const { base, head } = index(pair);
  const shared = [...head.tests].filter(
    ([key, { outcome }]) => outcome === 'passed' && base.tests.get(key)?.outcome === 'passed',
  );
  return [
    { file, titles: [], occurrence: 1 },
    ...shared.map(([, { title, occurrence }]) => ({ file, titles: title, occurrence: occurrence ?? 1 })),
  ];
}
