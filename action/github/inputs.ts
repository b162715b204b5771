/** The inputs of the Action, from the variables in which the runner hands them over to checked values. Pure. */
import { ConfigError } from '../../core/errors.ts';
import type { Variables } from '../../core/measure/environment.ts';
import { ROLES, type Role } from '../../core/model.ts';
import { FORK_CHOICES, type ForkChoice } from './guard.ts';

export const COMMANDS = ['run', 'collect', 'matrix', 'publish'] as const;
export const FAIL_ON = ['tests', 'slowdown', 'never'] as const;
export const COMMENT_CHOICES = ['changes', 'always', 'never'] as const;

/** What is left empty is undefined: the configuration or a default decides. */
export interface ActionInputs {
  readonly command: (typeof COMMANDS)[number];
  readonly repository: string | undefined;
  readonly ref: string | undefined;
  readonly config: string | undefined;
  readonly jobType: string | undefined;
  readonly nodes: readonly string[] | undefined;
  readonly spec: readonly string[] | undefined;
  readonly samples: number | undefined;
  readonly role: Role | undefined;
  readonly database: string | undefined;
  readonly reports: readonly string[];
  readonly site: string;
  readonly token: string | null;
  readonly waitMs: number | undefined;
  readonly failOn: (typeof FAIL_ON)[number];
  readonly fork: ForkChoice;
  readonly comment: (typeof COMMENT_CHOICES)[number];
  readonly status: boolean;
  readonly summary: boolean;
}

/**
 * Parses the inputs.
 *
 * @throws ConfigError `input/bad-value` naming the input, what it must be and what it was
 */
export function parseInputs(variables: Variables): ActionInputs {
  const read = (name: string) => readInput(variables, name);
  return {
    command: parseChoice('command', read('command') ?? 'run', COMMANDS),
    repository: parseRepository(read('repository')),
    ref: read('ref'),
    config: read('config'),
    jobType: read('job-type'),
    nodes: parseWords(read('node-version'), /[\s,]+/),
    spec: parseWords(read('spec'), /\r?\n/),
    samples: parseNumber('samples', read('samples'), { isWhole: true, least: 1 }),
    role: parseOptional(read('role'), (text) => parseChoice('role', text, ROLES)),
    database: read('database'),
    reports: parseWords(read('reports'), /\r?\n/) ?? ['reports'],
    site: read('site') ?? 'site',
    token: read('token') ?? null,
    waitMs: parseOptional(
      parseNumber('wait-minutes', read('wait-minutes'), { isWhole: false, least: 0 }),
      (minutes) => minutes * 60_000,
    ),
    failOn: parseChoice('fail-on', read('fail-on') ?? 'tests', FAIL_ON),
    fork: parseChoice('fork', read('fork') ?? 'label', FORK_CHOICES),
    comment: parseChoice('comment', read('comment') ?? 'changes', COMMENT_CHOICES),
    status: parseFlag('status', read('status') ?? 'true'),
    summary: parseFlag('summary', read('summary') ?? 'true'),
  };
}

/** As the runner names them: upper case, spaces as `_`, hyphens kept. */
function readInput(variables: Variables, name: string): string | undefined {
  const text = variables[`INPUT_${name.toUpperCase()}`]?.trim();
  return text === '' ? undefined : text;
}

function parseOptional<From, To>(value: From | undefined, parse: (value: From) => To): To | undefined {
  return value === undefined ? undefined : parse(value);
}

function parseChoice<Choice extends string>(name: string, text: string, choices: readonly Choice[]): Choice {
  const choice = choices.find((known) => known === text);
  if (choice !== undefined) return choice;
  throw createInputError(name, `must be ${choices.map((known) => `\`${known}\``).join(' or ')}`, text);
}

/** YAML's own booleans arrive as text. */
function parseFlag(name: string, text: string): boolean {
  if (/^true$/i.test(text)) return true;
  if (/^false$/i.test(text)) return false;
  throw createInputError(name, 'must be `true` or `false`', text);
}

function parseNumber(
  name: string,
  text: string | undefined,
  rule: { readonly isWhole: boolean; readonly least: number },
): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isFinite(value) && value >= rule.least && (!rule.isWhole || Number.isSafeInteger(value)))
    return value;
  throw createInputError(
    name,
    `must be a ${rule.isWhole ? 'whole ' : ''}number, ${rule.least} or more`,
    text,
  );
}

function parseWords(text: string | undefined, separator: RegExp): readonly string[] | undefined {
  const words = text
    ?.split(separator)
    .map((word) => word.trim())
    .filter((word) => word !== '');
  return words === undefined || words.length === 0 ? undefined : words;
}

function parseRepository(text: string | undefined): string | undefined {
  // It becomes the name of a folder, too.
  if (text === undefined || /^(?!\.+\/)[\w.-]+\/(?!\.+$)[\w.-]+$/.test(text)) return text;
  throw createInputError('repository', 'must be `owner/name`', text);
}

function createInputError(name: string, rule: string, got: string): ConfigError {
  return new ConfigError(`Input ${name}: ${rule}, got ${JSON.stringify(got.slice(0, 100))}.`, {
    code: 'input/bad-value',
    hint: 'Correct it under `with:` in the workflow.',
  });
}
