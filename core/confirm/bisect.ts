/**
 * Which of several commits a change came with: by halves, for all subjects of a test file together as long as they share
 * their range. Commits that cannot be run are passed over. It knows neither git nor pairs.
 */

/** A change came after `base` and with or before `head`. */
export interface CommitRange {
  readonly base: string;
  readonly head: string;
}

/** What running `middle` against `base` says of a subject: whether its change is there by `middle`. */
export type BisectAnswer = 'by-then' | 'later' | 'unknown';

export interface BisectOptions<Subject> {
  readonly subjects: readonly Subject[];
  readonly range: CommitRange;
  /** The commits after `base` and before `head`, oldest first. */
  readonly between: readonly string[];
  /** Asks about subjects; null when there is no time to ask. */
  readonly ask: (
    at: { readonly base: string; readonly middle: string },
    subjects: readonly Subject[],
  ) => Promise<ReadonlyMap<Subject, BisectAnswer> | null>;
}

/** So many commits that say nothing, and a range stays as it is. */
const MOST_PASSED_OVER = 3;

/** The range that is left for each subject. */
export async function bisect<Subject>(
  options: BisectOptions<Subject>,
): Promise<ReadonlyMap<Subject, CommitRange>> {
  const left = new Map<Subject, CommitRange>();
  await narrow(options.subjects, { ...options, passedOver: [] });
  return left;

  async function narrow(
    subjects: readonly Subject[],
    at: Pick<BisectOptions<Subject>, 'range' | 'between'> & { readonly passedOver: readonly string[] },
  ): Promise<void> {
    const { range, between, passedOver } = at;
    if (subjects.length === 0) return;
    const middle = pickMiddle(between, passedOver);
    const answers =
      middle === undefined || passedOver.length === MOST_PASSED_OVER
        ? null
        : await options.ask({ base: range.base, middle }, subjects);
    if (middle === undefined || answers === null) {
      for (const subject of subjects) left.set(subject, range);
      return;
    }
    const pick = (answer: BisectAnswer) =>
      subjects.filter((subject) => (answers.get(subject) ?? 'unknown') === answer);
    const place = between.indexOf(middle);
    await narrow(pick('by-then'), {
      range: { base: range.base, head: middle },
      between: between.slice(0, place),
      passedOver,
    });
    await narrow(pick('later'), {
      range: { base: middle, head: range.head },
      between: between.slice(place + 1),
      passedOver,
    });
    await narrow(pick('unknown'), { range, between, passedOver: [...passedOver, middle] });
  }
}

/** The commit nearest to the middle that was not passed over. */
function pickMiddle(between: readonly string[], passedOver: readonly string[]): string | undefined {
  const centre = (between.length - 1) / 2;
  return between
    .map((sha, place) => ({ sha, distance: Math.abs(place - centre) }))
    .filter(({ sha }) => !passedOver.includes(sha))
    .sort((a, b) => a.distance - b.distance)[0]?.sha;
}
