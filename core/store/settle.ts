/**
 * Makes a run what a database of UTF-8 text can give back unchanged: the one place where something that was
 * measured is altered on its way in. Pure.
 *
 * - A lone surrogate, which UTF-8 cannot carry, becomes U+FFFD.
 * - Times are kept to the millisecond, so that their text sorts as they do.
 * - A message, stack or output beyond its limit is cut.
 */
import { type Failure, type FileResult, type RunReport, TEXT_LIMITS } from '../model.ts';

/** The run as it will be read back. */
export function settleRun(run: RunReport): RunReport {
  const { before, after } = run.machine;
  return makeWellFormed({
    ...run,
    commitDetails: { ...run.commitDetails, committedAt: settleTime(run.commitDetails.committedAt) },
    startedAt: settleTime(run.startedAt),
    finishedAt: settleTime(run.finishedAt),
    machine: {
      facts: run.machine.facts,
      before: before && { ...before, at: settleTime(before.at) },
      after: after && { ...after, at: settleTime(after.at) },
    },
    files: run.files.map(settleFile),
  });
}

function settleFile(file: FileResult): FileResult {
  return {
    ...file,
    ...(file.error && { error: settleFailure(file.error) }),
    ...(file.output !== undefined && { output: cut(file.output, TEXT_LIMITS.output) }),
    tests: file.tests.map((test) => (test.error ? { ...test, error: settleFailure(test.error) } : test)),
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
