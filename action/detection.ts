/** The lines that `tracey detect` takes, checked: what is not as it must be is an error with its line number. */
import type { ScreenedRun } from '../core/analysis/screener.ts';
import { ConfigError } from '../core/errors.ts';
import { formatUntrusted } from '../core/text.ts';

/** A series as `detect` takes it; `id` only in batches. */
export interface SeriesInput {
  readonly id?: string | number;
  readonly series: readonly (number | null)[];
}

type Fields = Readonly<Record<string, unknown>>;

/** @throws ConfigError when it is not `{"series":[numbers and nulls]}` */
export function parseSeriesInput(text: string, where: string): SeriesInput {
  const { id, series } = parseObject(text, where);
  if (!Array.isArray(series))
    throw createError(where, `"series" must be a list of numbers, got ${show(series)}.`);
  series.forEach((value, index) => {
    checkDuration(value, `${where}: series[${index}]`);
  });
  if (id === undefined) return { series };
  if (typeof id !== 'string' && typeof id !== 'number') {
    throw createError(where, `"id" must be a string or a number, got ${show(id)}.`);
  }
  return { id, series };
}

/** @throws ConfigError when it is not `{"run":17,"runner":"r1","tests":{"name": 12 or [12, 13] or null}}` */
export function parseRunInput(text: string, where: string): ScreenedRun {
  const { run, runner, tests } = parseObject(text, where);
  if (!Number.isSafeInteger(run)) throw createError(where, `"run" must be a whole number, got ${show(run)}.`);
  if (runner !== undefined && typeof runner !== 'string') {
    throw createError(where, `"runner" must be a string, got ${show(runner)}.`);
  }
  if (!isFields(tests)) throw createError(where, `"tests" must be an object, got ${show(tests)}.`);
  for (const name in tests) {
    const value = tests[name];
    for (const sample of Array.isArray(value) ? value : [value]) {
      checkDuration(sample, `${where}: tests[${formatUntrusted(JSON.stringify(name))}]`);
    }
  }
  return { run: run as number, runner: runner ?? '', tests: tests as ScreenedRun['tests'] };
}

function parseObject(text: string, where: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ConfigError(`${where}: not JSON, got ${show(text)}.`, {
      code: 'detect/not-json',
      hint: 'Each line must be one JSON object; "tracey detect --help" has examples.',
      cause,
    });
  }
  if (!isFields(value)) throw createError(where, `must be an object, got ${show(value)}.`);
  return value;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function checkDuration(value: unknown, where: string): void {
  if (value === null || (typeof value === 'number' && Number.isFinite(value) && value >= 0)) return;
  throw createError(where, `must be a number of 0 or more, or null, got ${show(value)}.`);
}

function createError(where: string, what: string): ConfigError {
  return new ConfigError(`${where}: ${what}`, {
    code: 'detect/bad-input',
    hint: '"tracey detect --help" has examples.',
  });
}

function show(value: unknown): string {
  const text = formatUntrusted(typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing'));
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
