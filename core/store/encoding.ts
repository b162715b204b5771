/**
 * How a result becomes a few bytes and a number again: durations as whole nanoseconds, outcomes as digits,
 * the spread of samples as ten-thousandths, and a block of them as strings of fixed-width numbers. Pure.
 */
import { computeMedian } from '../analysis/statistics.ts';
import { StoreError } from '../errors.ts';
import { OUTCOMES, type Outcome } from '../model.ts';

/** One timing of one subject in one run, as it is kept. Null where there is none. */
export interface Result {
  /** Index into {@link OUTCOMES}. */
  readonly outcome: number;
  readonly durationNs: number | null;
  /** Ten-thousandths of the duration. */
  readonly spread: number | null;
}

/** The results of one subject in the runs of a block, by the run's position; undefined where it was not there. */
export type BlockColumn = readonly (Result | undefined)[];

/** {@link BlockColumn} as it is stored; see docs/schema.md, `block_result`. */
export interface PackedColumn {
  readonly outcomes: string | null;
  readonly durations: Uint8Array | null;
  readonly spreads: Uint8Array | null;
}

/** Longest duration that a double holds to the nanosecond: 2^53 ns, 104 days. */
export const MAX_DURATION_MS = 9_007_199_254;

const ABSENT = '-';

/** Milliseconds to whole nanoseconds, rounded. Throws a StoreError beyond {@link MAX_DURATION_MS}. */
export function toNanoseconds(durationMs: number | null): number | null {
  if (durationMs === null) return null;
  if (durationMs <= MAX_DURATION_MS) return Math.round(durationMs * 1e6);
  throw new StoreError(`Store: a duration must be at most ${MAX_DURATION_MS} ms, got ${durationMs}.`, {
    code: 'store/duration-too-long',
    hint: 'Check the clock of the machine that measured it.',
  });
}

/** Whole nanoseconds to milliseconds: within half a nanosecond of what was written. */
export function toMilliseconds(durationNs: number | null): number | null {
  return durationNs === null ? null : durationNs / 1e6;
}

export function toOutcomeCode(outcome: Outcome): number {
  return OUTCOMES.indexOf(outcome);
}

/** Throws when the database holds a code that we never wrote. */
export function toOutcome(code: number): Outcome {
  const outcome = OUTCOMES[code];
  if (outcome === undefined) throw new RangeError(`no outcome has the code ${code}`);
  return outcome;
}

/**
 * Relative robust standard deviation of samples in ten-thousandths: 1.4826 × median(|x − median(x)|) ÷
 * median(x), where 1.4826 makes it the standard deviation of normally distributed samples (Rousseeuw and
 * Croux 1993). Null for fewer than two samples or a median of zero. At
 * most 14826, since half of all samples that are not negative lie within one median of the median.
 */
export function computeSpread(samplesMs: readonly number[]): number | null {
  if (samplesMs.length < 2) return null;
  const median = computeMedian(samplesMs);
  if (median === 0) return null;
  const deviation = computeMedian(samplesMs.map((sample) => Math.abs(sample - median)));
  return Math.round((1.4826 * 10_000 * deviation) / median);
}

/** What is stored as `spread` as a ratio. */
export function toSpreadRatio(spread: number | null): number | null {
  return spread === null ? null : spread / 10_000;
}

/** Packs a column. Every number is stored plus one, so that zero can stand for null. */
export function packColumn(column: BlockColumn): PackedColumn {
  let [allPassed, longest, hasSpread] = [true, -1, false];
  for (const result of column) {
    if (result?.outcome !== 0) allPassed = false;
    if (result !== undefined && result.durationNs !== null) longest = Math.max(longest, result.durationNs);
    if (result !== undefined && result.spread !== null) hasSpread = true;
  }
  const digits = allPassed ? null : column.map((result) => result?.outcome ?? ABSENT).join('');
  return {
    outcomes: digits,
    durations: longest < 0 ? null : packNumbers(column, countBytes(longest + 1), (r) => r.durationNs),
    spreads: hasSpread ? packNumbers(column, 2, (r) => r.spread) : null,
  };
}

/** The result at `position` of a packed column of `count` runs; undefined where the subject was not there. */
export function unpackResult(packed: PackedColumn, position: number, count: number): Result | undefined {
  const digit = packed.outcomes === null ? '0' : packed.outcomes[position];
  if (digit === undefined || digit === ABSENT) return undefined;
  return {
    outcome: Number(digit),
    durationNs: unpackNumber(packed.durations, position, count),
    spread: unpackNumber(packed.spreads, position, count),
  };
}

/**
 * The durations in ms of what passed, out of a packed column of `count` runs, into a list of durations: a whole history
 * is unpacked so, and nothing is made for each number.
 */
export function unpackDurations(
  { outcomes, durations }: Pick<PackedColumn, 'outcomes' | 'durations'>,
  {
    count,
    wanted,
    into,
  }: {
    readonly count: number;
    /** Which positions of the column, and where each goes. */
    readonly wanted: readonly { readonly position: number; readonly at: number }[];
    readonly into: Float64Array;
  },
): void {
  for (const { position, at } of wanted) {
    if (outcomes !== null && outcomes[position] !== '0') continue;
    const durationNs = unpackNumber(durations, position, count);
    if (durationNs !== null) into[at] = durationNs / 1e6;
  }
}

/** Columns of results side by side; what is not written to stays as it was. */
export interface ResultColumns {
  readonly outcomes: Uint8Array;
  readonly durationsNs: Float64Array;
  readonly spreads: Int16Array;
}

/**
 * Everything in a packed column of `count` runs, at `at` and what follows: the results of whole histories are unpacked so,
 * and nothing is made for each of them.
 *
 * @param positions of the runs that are wanted; -1 leaves a place out
 */
export function unpackColumn(
  { outcomes, durations, spreads }: PackedColumn,
  {
    count,
    positions,
    at,
    into,
  }: {
    readonly count: number;
    readonly positions: readonly number[];
    readonly at: number;
    readonly into: ResultColumns;
  },
): void {
  for (let index = 0; index < positions.length; index += 1) {
    const position = positions[index] as number;
    const outcome = position < 0 ? -1 : outcomes === null ? 0 : outcomes.charCodeAt(position) - DIGIT_ZERO;
    // Neither where it was not there, nor beyond the end.
    if (!(outcome >= 0)) continue;
    into.outcomes[at + index] = outcome;
    const durationNs = unpackNumber(durations, position, count);
    if (durationNs !== null) into.durationsNs[at + index] = durationNs;
    const spread = unpackNumber(spreads, position, count);
    if (spread !== null) into.spreads[at + index] = spread;
  }
}

const DIGIT_ZERO = 48;

function packNumbers(
  column: BlockColumn,
  width: number,
  pick: (result: Result) => number | null,
): Uint8Array {
  const bytes = new Uint8Array(column.length * width);
  column.forEach((result, position) => {
    const number = result === undefined ? null : pick(result);
    if (number === null) return;
    // Division, not shifts: a duration may need more than 32 bits.
    let rest = number + 1;
    for (let at = (position + 1) * width - 1; rest > 0; at -= 1) {
      bytes[at] = rest % 256;
      rest = Math.floor(rest / 256);
    }
  });
  return bytes;
}

function unpackNumber(bytes: Uint8Array | null, position: number, count: number): number | null {
  if (bytes === null) return null;
  const width = bytes.length / count;
  let number = 0;
  for (let at = position * width; at < (position + 1) * width; at += 1)
    number = number * 256 + (bytes[at] ?? 0);
  return number === 0 ? null : number - 1;
}

function countBytes(number: number): number {
  let [bytes, limit] = [1, 256];
  while (number >= limit) {
    bytes += 1;
    limit *= 256;
  }
  return bytes;
}
