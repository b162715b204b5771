/**
 * Makes a run what a database of UTF-8 text can give back unchanged: the one place where something that was
 * measured is altered on its way in. Pure.
 *
 * - A lone surrogate, which UTF-8 cannot carry, becomes U+FFFD.
 * - Times are kept to the millisecond, so that their text sorts as they do.
 * - A message, stack or output beyond its limit is cut.
 */
import {
  type Failure,
  type FileResults,
  type RunFacts,
  type RunResults,
  TEXT_LIMITS,
  type TestResult,
} from '../model.ts';

/** The run as it will be read back; each file and test is settled when it is its turn. */
export function settleRun(run: RunResults): RunResults {
  const { files, ...facts } = run;
  const { before, after } = facts.machine;
  const settled: RunFacts = makeWellFormed({
    ...facts,
    commitDetails: { ...facts.commitDetails, committedAt: settleTime(facts.commitDetails.committedAt) },
    startedAt: settleTime(facts.startedAt),
    finishedAt: settleTime(facts.finishedAt),
    machine: {
      facts: facts.machine.facts,
      before: before && { ...before, at: settleTime(before.at) },
      after: after && { ...after, at: settleTime(after.at) },
    },
  });
  return { ...settled, files: mapEach(files, settleFile) };
}

function settleFile({ suites, tests, ...facts }: FileResults): FileResults {
  const settled = makeWellFormed({
    ...facts,
    ...(facts.error && { error: settleFailure(facts.error) }),
    ...(facts.output !== undefined && { output: cut(facts.output, TEXT_LIMITS.output) }),
  });
  return { ...settled, suites: mapEach(suites, makeWellFormed), tests: mapEach(tests, settleTest) };
}

function settleTest(test: TestResult): TestResult {
  return makeWellFormed(test.error ? { ...test, error: settleFailure(test.error) } : test);
}

/** What `change` makes of each item, when it is its turn; can be iterated as often as `items`. */
function mapEach<Item, Changed>(items: Iterable<Item>, change: (item: Item) => Changed): Iterable<Changed> {
  return {
    *[Symbol.iterator]() {
      for (const item of items) yield change(item);
    },
  };
}

function settleFailure({ message, stack }: Failure): Failure {
  return {
    message: cut(message, TEXT_LIMITS.message),
    ...(stack !== undefined && { stack: cut(stack, TEXT_LIMITS.stack) }),
  };
}

function settleTime(timestamp: string): string {
  return new Date(timestamp).toISOString();
}

/** The first `limit` characters at most, the last of them `…` when something is missing. */
function cut(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`;
}

/** Plain data whose strings are all well-formed; the same object where they were. */
function makeWellFormed<Data>(data: Data): Data {
  return isWellFormed(data) ? data : (copyWellFormed(data) as Data);
}

function isWellFormed(data: unknown): boolean {
  if (typeof data === 'string') return data.isWellFormed();
  if (data === null || typeof data !== 'object') return true;
  if (Array.isArray(data)) return data.every(isWellFormed);
  for (const key in data) if (!isWellFormed(data[key as keyof typeof data])) return false;
  return true;
}

function copyWellFormed(data: unknown): unknown {
  if (typeof data === 'string') return data.toWellFormed();
  if (data === null || typeof data !== 'object') return data;
  if (Array.isArray(data)) return data.map(copyWellFormed);
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, copyWellFormed(value)]));
}
