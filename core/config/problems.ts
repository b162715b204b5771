/**
 * What can be wrong with a `.tracey.yml`: problems with a place in the file, gathered into one error so that
 * everything is fixed in one go. It knows no YAML and no schema, and finds nothing by itself.
 */
import { ConfigError } from '../errors.ts';

/** Where a value lives: keys and list indices from the top of the file. */
export type KeyPath = readonly (string | number)[];

/** One thing that is wrong in the file. */
export interface ConfigProblem {
  /** Permanent, for scripts, e.g. `config/unknown-key`. */
  readonly code: string;
  /** As people write it: `repos[0].testFolder`; empty for the file as a whole. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** What is wrong and what was found, a sentence or two; never holds a secret. */
  readonly message: string;
  /** What to do about it, a sentence; null when the message says it already. */
  readonly hint: string | null;
}

/** Most problems that are listed; the rest is counted. */
export const MAX_LISTED_PROBLEMS = 20;

/** A configuration file that cannot be used: its message lists the problems line by line, in the file's order. */
export class ConfigFileError extends ConfigError {
  readonly file: string;
  /** Every problem, those that the message only counts as well. */
  readonly problems: readonly ConfigProblem[];

  /** `problems` holds at least one; the code is that of the first in the file. */
  constructor(file: string, problems: readonly ConfigProblem[], cause?: unknown) {
    const sorted = problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
    super(formatProblems(file, sorted), { code: sorted[0]?.code ?? 'config/invalid', cause });
    this.file = file;
    this.problems = sorted;
  }
}

/** One problem on one line, the way editors and terminals make a link of it: `file:line:column: message hint`. */
function formatProblem(file: string, problem: ConfigProblem): string {
  const place = `${file}:${problem.line}:${problem.column}`;
  return problem.hint === null
    ? `${place}: ${problem.message}`
    : `${place}: ${problem.message} ${problem.hint}`;
}

/** A key path as people write it: `repos[0].testFolder`; keys that are no plain words come in quotes. */
export function formatKeyPath(path: KeyPath): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (/^[A-Za-z_][\w-]{0,59}$/.test(part)) text += text === '' ? part : `.${part}`;
    else text += `[${formatQuoted(part)}]`;
  }
  return text;
}

/** Text of the file in double quotes, on one line and short enough for a message. */
export function formatQuoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 59)}…` : text);
}

function formatProblems(file: string, problems: readonly ConfigProblem[]): string {
  const lines = problems.slice(0, MAX_LISTED_PROBLEMS).map((problem) => formatProblem(file, problem));
  const rest = problems.length - lines.length;
  if (rest > 0) lines.push(`${file}: and ${rest} more ${rest === 1 ? 'problem' : 'problems'}.`);
  return lines.join('\n');
}
